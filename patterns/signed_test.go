package patterns_test

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mcpveil/mcpveil/patterns"
)

func readKey(t *testing.T, file string) patterns.PublicKey {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	k, err := patterns.ParsePublicKey(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestSigned reads what minisign 0.11 signed: acme.yaml, legacy.yaml in its older way, and foreign.yaml with
// another key.
func TestSigned(t *testing.T) {
	const dir = "testdata/signed"
	key := readKey(t, dir+"/key.pub")
	if again, err := patterns.ParsePublicKey(key.String()); err != nil || again.String() != key.String() {
		t.Errorf("the key's one line is not read as the key: %v", err)
	}
	files := fstest.MapFS{}
	if err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(dir + "/" + name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	changed := func(name string, change func([]byte) []byte) fstest.MapFS {
		m := maps.Clone(files)
		m[name] = &fstest.MapFile{Data: change(append([]byte(nil), files[name].Data...))}
		return m
	}
	unsigned := maps.Clone(files)
	delete(unsigned, "acme.yaml.minisig")
	for _, tt := range []struct {
		name, glob string
		files      fstest.MapFS
		keys       []patterns.PublicKey
		err        string
	}{
		{"signed", "acme.yaml", files, []patterns.PublicKey{key}, ""},
		{"in the older way", "legacy.yaml", files, []patterns.PublicKey{key}, ""},
		{"by one of two", "acme.yaml", files, []patterns.PublicKey{{}, key}, ""},
		{"by somebody else", "foreign.yaml", files, []patterns.PublicKey{key}, "foreign.yaml: is not signed by any"},
		{"one of several by somebody else", "*.yaml", files, []patterns.PublicKey{key}, "foreign.yaml: is not signed by any"},
		{"no keys", "acme.yaml", files, nil, "is not signed by any"},
		{"a byte more", "acme.yaml", changed("acme.yaml", func(b []byte) []byte { return append(b, '\n') }), []patterns.PublicKey{key}, "was changed since"},
		{"a byte changed", "acme.yaml", changed("acme.yaml", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), []patterns.PublicKey{key}, "was changed since"},
		{"another pack's signature", "acme.yaml", changed("acme.yaml.minisig", func([]byte) []byte { return files["legacy.yaml.minisig"].Data }), []patterns.PublicKey{key}, "was changed since"},
		{"the comment changed", "acme.yaml", changed("acme.yaml.minisig", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), "made by", "mode by", 1))
		}), []patterns.PublicKey{key}, "was changed since"},
		{"no signature", "acme.yaml", unsigned, []patterns.PublicKey{key}, "is not signed: there is no acme.yaml.minisig"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			packs, err := patterns.Load(patterns.Signed(tt.files, tt.keys...), tt.glob)
			switch {
			case tt.err == "" && (err != nil || len(packs) != 1 || len(packs[0].Rules) == 0):
				t.Errorf("%d packs, %v; want one", len(packs), err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("error %v, want one with %q", err, tt.err)
			}
		})
	}
}

func TestSign(t *testing.T) {
	pack, err := os.ReadFile("testdata/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// A key derived from a password takes a gigabyte; two at a time need not be there.
	defer debug.FreeOSMemory()
	public, private, err := patterns.GenerateKey("open sesame")
	if err != nil {
		t.Fatal(err)
	}
	debug.FreeOSMemory()
	signature, err := patterns.Sign(private, "open sesame", "good.yaml", pack, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"good.yaml": {Data: pack}, "good.yaml.minisig": {Data: signature}}
	if _, err := patterns.Load(patterns.Signed(files, public), "*.yaml"); err != nil {
		t.Error(err)
	}
	debug.FreeOSMemory()
	if _, err := patterns.Sign(private, "open says me", "good.yaml", pack, time.Unix(0, 0)); err == nil {
		t.Error("signed with a wrong password")
	}
	var placed *patterns.Error
	if _, err := patterns.Sign(private, "open sesame", "bad.yaml", []byte("pack: x\nversion: 1\n"), time.Unix(0, 0)); !errors.As(err, &placed) {
		t.Errorf("signed what is no pack: %v", err)
	}
	for _, text := range []string{"", "RWQ", "no key", strings.Repeat("A", 56)} {
		if _, err := patterns.ParsePublicKey(text); err == nil {
			t.Errorf("%q is taken for a key", text)
		}
	}
}

func TestCheckVersions(t *testing.T) {
	core, err := patterns.Builtin("core")
	if err != nil {
		t.Fatal(err)
	}
	core.Version = 3
	for pin, want := range map[string]string{
		"core@3": "", "core@2": "is version 3, and 2 is asked for", "core@4": "is version 3, and 4 is asked for", "us@1": "not among the packs",
		"core": "want NAME@VERSION", "core@": "want NAME@VERSION", "@3": "want NAME@VERSION", "core@0": "want NAME@VERSION", "core@3x": "want NAME@VERSION", "core@03": "want NAME@VERSION",
	} {
		err := patterns.CheckVersions([]string{pin}, core)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pin, err, want)
		}
	}
}

// What is read of an open file is what was verified, though the file changes.
func TestSignedOpen(t *testing.T) {
	const dir = "testdata/signed"
	files := fstest.MapFS{}
	for _, name := range []string{"acme.yaml", "acme.yaml.minisig"} {
		data, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	want := string(files["acme.yaml"].Data)
	f, err := patterns.Signed(files, readKey(t, dir+"/key.pub")).Open("acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	clear(files["acme.yaml"].Data)
	if got, err := io.ReadAll(f); err != nil || string(got) != want {
		t.Errorf("read %.40q, %v", got, err)
	}
}

// A glob that matches signatures as well is for the packs.
func TestSignedGlob(t *testing.T) {
	const dir = "testdata/signed"
	packs, err := patterns.Load(patterns.Signed(os.DirFS(dir), readKey(t, dir+"/key.pub")), "acme.*")
	if err != nil || len(packs) != 1 {
		t.Errorf("Load = %d packs, %v", len(packs), err)
	}
}
