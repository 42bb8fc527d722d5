package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// The lockfile pins every package by its hash and names no registry, so that
// whoever has a mirror uses it.
func TestLockfile(t *testing.T) {
	raw, err := npmFiles.ReadFile("npm/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct {
			Integrity, Resolved string
			Link                bool
		}
	}
	if err := json.Unmarshal(raw, &lock); err != nil {
		t.Fatal(err)
	}
	if len(lock.Packages) < 100 {
		t.Fatalf("lockfile holds %d packages, want hundreds", len(lock.Packages))
	}
	for name, p := range lock.Packages {
		if name != "" && p.Integrity == "" {
			t.Errorf("package %s is not pinned by its hash", name)
		}
		if p.Resolved != "" {
			t.Errorf("package %s names where it came from; write the lockfile with --omit-lockfile-registry-resolved", name)
		}
	}
	if strings.Contains(string(raw), "://") {
		t.Error("lockfile names a host; strip its \"funding\" members")
	}
}

func TestSDKVersionIsTheModules(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(testenv.Root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "github.com/modelcontextprotocol/go-sdk " + sdk; !strings.Contains(string(raw), want) {
		t.Errorf("go.mod does not require %q", want)
	}
}

func TestEnsure(t *testing.T) {
	base := t.TempDir()
	built, fail := 0, true
	p := part{
		name:   "x",
		inputs: func(w io.Writer, _ string) error { _, err := io.WriteString(w, "v1"); return err },
		build: func(dir, _ string) error {
			built++
			if err := os.WriteFile(filepath.Join(dir, "half"), nil, 0o600); err != nil || fail {
				return errors.Join(err, errors.New("broken"))
			}
			return os.WriteFile(filepath.Join(dir, "tool"), nil, 0o600)
		},
		tools: func() map[string]string { return map[string]string{"tool": "tool"} },
	}
	if _, _, err := p.ensure("", base); err == nil {
		t.Fatal("ensure of a part whose build fails returned no error")
	}
	if left, _ := os.ReadDir(base); len(left) != 0 {
		t.Fatalf("a failed build left %v behind", left)
	}
	fail = false
	dir, fresh, err := p.ensure("", base)
	if err != nil || !fresh {
		t.Fatalf("ensure = %v, %v, want fresh and no error", fresh, err)
	}
	again, fresh, err := p.ensure("", base)
	if err != nil || fresh || again != dir || built != 2 {
		t.Errorf("second ensure = %q, %v, %v after %d builds, want %q as it is after 2", again, fresh, err, built, dir)
	}
	p.tools = func() map[string]string { return map[string]string{"other": "other"} }
	p.inputs = func(w io.Writer, _ string) error { _, err := io.WriteString(w, "v2"); return err }
	if _, _, err := p.ensure("", base); err == nil {
		t.Error("ensure of a part that lacks a tool it promises returned no error")
	}
}
