package main

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed workers
var workers embed.FS

// A kit is a folder with all that is measured, installed once and kept.
type kit struct {
	dir  string // the cache
	self string // this program, which is the worker in Go
}

func newKit(dir string) (*kit, error) {
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(cache, "mcpveil-compare")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, name := range []string{"hyperscan.c", "worker.py", "worker.mjs"} {
		b, err := workers.ReadFile("workers/" + name)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return nil, err
		}
	}
	self, err := os.Executable()
	return &kit{dir, self}, err
}

func (k *kit) path(parts ...string) string {
	return filepath.Join(append([]string{k.dir}, parts...)...)
}

func (k *kit) has(parts ...string) bool {
	_, err := os.Stat(k.path(parts...))
	return err == nil
}

// sh runs a command in dir and returns the end of what it wrote, if it fails, as the error.
func sh(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s: %w: %s", name, err, lines[len(lines)-1])
	}
	return nil
}

// hyperscan builds the worker against Debian's package of that name, libhyperscan or libvectorscan. The two
// cannot be installed side by side, so they are unpacked into folders of their own.
func (k *kit) hyperscan(lib string) (worker string, err error) {
	worker = k.path(lib + ".worker")
	if k.has(lib + ".worker") {
		return worker, nil
	}
	for _, tool := range []string{"apt-get", "dpkg", "gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", errors.New("no " + tool + " here")
		}
	}
	debs, root := k.path(lib+".debs"), k.path(lib)
	if err := os.MkdirAll(debs, 0o755); err != nil {
		return "", err
	}
	if err := sh(debs, "apt-get", "download", "-q", lib+"5", lib+"-dev"); err != nil {
		return "", err
	}
	files, _ := filepath.Glob(filepath.Join(debs, "*.deb"))
	for _, deb := range files {
		if err := sh(debs, "dpkg", "-x", deb, root); err != nil {
			return "", err
		}
	}
	libs, _ := filepath.Glob(filepath.Join(root, "usr/lib/*/libhs.so"))
	if len(libs) == 0 {
		return "", errors.New("the package holds no libhs.so")
	}
	at := filepath.Dir(libs[0])
	return worker, sh(k.dir, "gcc", "-O2", "-I", filepath.Join(root, "usr/include"), "-o", worker, "hyperscan.c", "-L", at, "-lhs", "-Wl,-rpath,"+at)
}

// python makes a virtual environment with packages and returns its interpreter.
func (k *kit) python(packages ...string) (string, error) {
	python, done := k.path("venv", "bin", "python"), "pip."+strings.Map(plain, strings.Join(packages, "-"))
	if k.has(done) {
		return python, nil
	}
	if !k.has("venv", "bin", "python") {
		if err := sh(k.dir, "python3", "-m", "venv", "venv"); err != nil {
			return "", err
		}
	}
	if err := sh(k.dir, python, append([]string{"-m", "pip", "install", "-q"}, packages...)...); err != nil {
		return "", err
	}
	return python, os.WriteFile(k.path(done), nil, 0o644)
}

// node installs packages and returns the folder that holds node_modules.
func (k *kit) node(packages ...string) (string, error) {
	dir := k.path("node")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for _, p := range packages {
		if k.has("node", "node_modules", filepath.FromSlash(p)) {
			continue
		}
		if err := sh(dir, "npm", "install", "--silent", "--prefix", dir, p); err != nil {
			return "", err
		}
	}
	return dir, nil
}

func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
		return r
	}
	return '_'
}
