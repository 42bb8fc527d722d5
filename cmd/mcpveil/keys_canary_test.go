package main

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever is done with keyrings, no key is printed: neither a data key, which is known here since it was imported, nor
// the key that wraps it, nor what is stored of it.
func TestKeysPrintNoKeys(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	t.Setenv(keyDirVar, dir)
	script, err := os.ReadFile(filepath.Join("testdata", "keys_import.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(script), "-- clear.json --\n")
	keyset, _, _ := strings.Cut(rest, "\n--")
	data := make([]byte, 64) // that the keyset holds
	for i := range data {
		data[i] = byte(i)
	}
	run := func(stdin string, args ...string) string {
		out, stderr, _ := runIn(t.Context(), stdin, args...)
		if out+stderr == "" {
			t.Errorf("mcpveil %s says nothing", strings.Join(args, " "))
		}
		return out + stderr
	}
	said := []string{run(keyset, "keys", "import")}
	file, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Fields(string(file))
	kek, err := base64.StdEncoding.DecodeString(line[len(line)-1])
	if err != nil || len(kek) != 32 {
		t.Fatalf("the key file holds %d bytes: %v", len(kek), err)
	}
	for _, args := range []string{
		"import", "init", "list", "list --json", "list --all", "status", "doctor", "doctor --json", "rotate --every 0s", "rotate add", "rotate promote 01020304",
		"rotate --force", "rotate disable 01020304 --force", "rotate enable 01020304", "rotate delete 01020304", "rewrap", "rewrap --all", "migrate", "export-policy",
		"shred --subject x --yes", "shred --tenant default --yes",
	} {
		said = append(said, run(keyset, append([]string{"keys"}, strings.Fields(args)...)...))
	}
	for _, key := range [][]byte{kek, data} {
		for from := 0; from+12 <= len(key); from++ {
			part := key[from : from+12]
			for _, form := range []string{string(part), hex.EncodeToString(part), base64.StdEncoding.EncodeToString(part), base64.RawURLEncoding.EncodeToString(part)} {
				for _, text := range said {
					if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
						t.Fatalf("a part of a key is in:\n%s", text)
					}
				}
			}
		}
	}
	if all := strings.Join(said, ""); strings.Contains(all, "encryptedKeyset") || strings.Contains(all, line[len(line)-1]) {
		t.Errorf("what is stored is printed:\n%s", all)
	}
}
