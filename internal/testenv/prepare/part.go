package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// A part is one thing that is made as a whole into one folder.
type part struct {
	name   string
	inputs func(h io.Writer, root string) error // writes all that the result depends on
	build  func(dir, root string) error         // fills dir, which is empty
	tools  func() map[string]string             // what it offers: name to path within dir

	// leftOut, if not nil, says why the part cannot be had on this machine, or "". One that
	// cannot, or could not be made, is left out, and said so: see testenv.Optional.
	leftOut func() string
}

// ensure returns the folder that holds the part, made now if it is not there.
func (p part) ensure(root, base string) (dir string, fresh bool, err error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %s\n", p.name, runtime.GOOS, runtime.GOARCH)
	if err := p.inputs(h, root); err != nil {
		return "", false, err
	}
	dir = filepath.Join(base, p.name+"-"+hex.EncodeToString(h.Sum(nil))[:12])
	if _, err := os.Stat(dir); err == nil {
		return dir, false, nil
	}

	tmp, err := os.MkdirTemp(base, "tmp-"+p.name+"-")
	if err != nil {
		return "", false, err
	}
	defer os.RemoveAll(tmp)
	say("%s: making it in %s", p.name, dir)
	begin := time.Now()
	if err := p.build(tmp, root); err != nil {
		return "", false, err
	}
	for name, rel := range p.tools() {
		if _, err := os.Stat(filepath.Join(tmp, filepath.FromSlash(rel))); err != nil {
			return "", false, fmt.Errorf("made, but without %s: %w", name, err)
		}
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", false, err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return "", false, err
	}
	say("%s: %d MB in %.0f s", p.name, size(dir)>>20, time.Since(begin).Seconds())
	return dir, true, nil
}

// writeList writes the file that [testenv.Read] reads. Its name follows from its
// contents, so that go test, which caches by environment and files, sees a change.
func writeList(base string, files map[string]string) (string, error) {
	raw, err := json.MarshalIndent(files, "", "  ")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	path := filepath.Join(base, "parts-"+hex.EncodeToString(sum[:])[:12]+".json")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, raw, 0o644); err != nil {
		return "", err
	}
	return path, os.Rename(tmp, path)
}

// run runs a command in dir and shows its output only where it fails.
func run(dir string, env []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// hashTree writes names and contents of all files below dir.
func hashTree(w io.Writer, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s %x\n", filepath.ToSlash(rel), sha256.Sum256(raw))
		return err
	})
}

func size(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
