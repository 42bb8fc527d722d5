package local_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/kms/local"
)

func open(t *testing.T, dir string) (kms.KEK, kms.Store) {
	t.Helper()
	kek, store, err := local.Open(dir)
	if err != nil {
		t.Fatalf("Open = %v", err)
	}
	return kek, store
}

func keyDir(t *testing.T) string { return filepath.Join(t.TempDir(), "keys") }

func TestSuite(t *testing.T) {
	t.Run("KEK", func(t *testing.T) {
		kmstest.Run(t, func(t *testing.T) kms.KEK { kek, _ := open(t, keyDir(t)); return kek })
	})
	t.Run("Store", func(t *testing.T) {
		kmstest.RunStore(t, func(t *testing.T) kms.Store { _, s := open(t, keyDir(t)); return s })
	})
}

func TestModes(t *testing.T) {
	dir := keyDir(t)
	open(t, dir)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "key"): 0o600} {
		st, err := os.Stat(path)
		if err != nil || st.Mode().Perm() != want {
			t.Errorf("mode of %s = %v, %v; want %v", filepath.Base(path), st.Mode().Perm(), err, want)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%d files in the key folder, want the key alone (%v)", len(files), err)
	}
}

func TestSameKeyAgain(t *testing.T) {
	dir := keyDir(t)
	a, _ := open(t, dir)
	b, _ := open(t, dir)
	ct, err := a.EncryptWithContext(t.Context(), []byte("x"), []byte("ad"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.DecryptWithContext(t.Context(), ct, []byte("ad")); err != nil || string(got) != "x" {
		t.Errorf("DecryptWithContext after opening again = %q, %v", got, err)
	}
}

// TestRefuses: what a message must contain is what somebody who reads it has to do.
func TestRefuses(t *testing.T) {
	key := func(dir string) string { return filepath.Join(dir, "key") }
	tests := []struct {
		name, want string
		break_     func(t *testing.T, dir string, s kms.Store)
	}{
		{"readable key", "chmod 600 ", func(t *testing.T, dir string, _ kms.Store) { must(t, os.Chmod(key(dir), 0o644)) }},
		{"readable folder", "chmod 700 ", func(t *testing.T, dir string, _ kms.Store) { must(t, os.Chmod(dir, 0o755)) }},
		{"key is a link", "not a regular file", func(t *testing.T, dir string, _ kms.Store) {
			must(t, os.Rename(key(dir), key(dir)+"2"))
			must(t, os.Symlink(key(dir)+"2", key(dir)))
		}},
		{"short key", "was it cut", func(t *testing.T, dir string, _ kms.Store) {
			must(t, os.WriteFile(key(dir), []byte("mcpveil-local-key-1 AAAA\n"), 0o600))
		}},
		{"empty key", "not a key file", func(t *testing.T, dir string, _ kms.Store) { must(t, os.Truncate(key(dir), 0)) }},
		{"key gone", "put the key back", func(t *testing.T, dir string, s kms.Store) {
			must(t, s.Put(t.Context(), "ring", 1, []byte("{}")))
			must(t, os.Remove(key(dir)))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := keyDir(t)
			_, s := open(t, dir)
			text, err := os.ReadFile(key(dir))
			must(t, err)
			tt.break_(t, dir, s)
			_, _, err = local.Open(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Open = %v, want an error that says %q", err, tt.want)
			}
			if secret := strings.Fields(string(text))[1]; strings.Contains(err.Error(), secret) {
				t.Error("the error holds the key")
			}
		})
	}
}

func TestRefusesProject(t *testing.T) {
	project := t.TempDir()
	must(t, os.Mkdir(filepath.Join(project, ".git"), 0o700))
	if _, _, err := local.Open(filepath.Join(project, "a", "keys")); err == nil || !strings.Contains(err.Error(), "git checkout") {
		t.Errorf("Open inside a checkout = %v, want it refused", err)
	}
	for _, marker := range []string{"go.mod", "package.json"} {
		project := t.TempDir()
		must(t, os.WriteFile(filepath.Join(project, marker), nil, 0o600))
		sub := filepath.Join(project, "sub")
		must(t, os.Mkdir(sub, 0o700))
		t.Chdir(sub)
		if _, _, err := local.Open(filepath.Join(project, "keys")); err == nil || !strings.Contains(err.Error(), "inside the project") {
			t.Errorf("Open beside %s = %v, want it refused", marker, err)
		}
		if _, err := os.Stat(filepath.Join(project, "keys")); err == nil {
			t.Error("the folder was made nevertheless")
		}
		t.Setenv("HOME", project) // a home folder is no project
		open(t, filepath.Join(project, "keys"))
	}
}

func TestDefaultDir(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", os.Getenv("XDG_CONFIG_HOME"))
	kek, _ := open(t, "")
	dir, err := local.DefaultDir()
	if err != nil || !strings.HasSuffix(kek.URI(), filepath.ToSlash(dir)) {
		t.Errorf("URI() = %q, want one that ends in %q (%v)", kek.URI(), dir, err)
	}
}

func TestProviders(t *testing.T) {
	p := kms.Providers{"local": local.Opener}
	dir := keyDir(t)
	kek, err := p.Open(t.Context(), "local://"+dir)
	if err != nil || kek.URI() != "local://"+dir {
		t.Errorf("Open = %v, %v", kek, err)
	}
	for _, uri := range []string{"local://host/keys", "local:///keys?x=y", "file:///keys"} {
		if _, err := p.Open(t.Context(), uri); err == nil {
			t.Errorf("Open(%q) = nil, want an error", uri)
		}
	}
}

const child = "MCPVEIL_LOCAL_TEST_DIR"

// TestManyAtOnce starts sixteen processes on an empty folder; all must end with one key.
func TestManyAtOnce(t *testing.T) {
	if dir := os.Getenv(child); dir != "" {
		kek, store, err := local.Open(dir)
		must(t, err)
		ct, err := kek.EncryptWithContext(t.Context(), []byte("x"), []byte("ad"))
		must(t, err)
		if err := store.Put(t.Context(), "ring", 1, ct); err != nil && !errors.Is(err, kms.ErrConflict) {
			t.Fatal(err)
		}
		first, _, err := store.Get(t.Context(), "ring")
		must(t, err)
		if _, err := kek.DecryptWithContext(t.Context(), first, []byte("ad")); err != nil {
			t.Fatalf("another process has another key: %v", err)
		}
		return
	}
	dir := keyDir(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestManyAtOnce$")
			cmd.Env = append(os.Environ(), child+"="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
}

// TestDeletedForGood: a keyring that is deleted while another epoch is written does not come back.
func TestDeletedForGood(t *testing.T) {
	_, store := open(t, keyDir(t))
	for i := range 50 {
		must(t, store.Put(t.Context(), "ring", 1, []byte("one")))
		var wg sync.WaitGroup
		var put, deleted error
		wg.Go(func() { put = store.Put(t.Context(), "ring", 2, []byte("two")) })
		wg.Go(func() { deleted = store.Delete(t.Context(), "ring") })
		wg.Wait()
		must(t, deleted)
		if epoch, err := store.Epoch(t.Context(), "ring"); !errors.Is(err, kms.ErrNotFound) {
			t.Fatalf("round %d: deleted, it has epoch %d, %v (Put = %v)", i, epoch, err, put)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
