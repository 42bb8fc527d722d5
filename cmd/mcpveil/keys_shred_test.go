package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms/local"
	"github.com/mcpveil/mcpveil/redact"
)

// What was sealed for a data subject opens until the subject is shredded, and never again; that of another one, and of a
// principal of the same name, goes on opening. Shredding waits for the name to be typed.
func TestKeysShredSubject(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	t.Setenv(keyDirVar, dir)
	kek, store, err := local.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[detect.Entity]string{"EMAIL_ADDRESS": "email"}
	rings, err := envelope.NewKeyrings(kek, store, &envelope.KeyringsOptions{Options: envelope.Options{Names: names, Create: true, Refresh: -1, Log: slog.New(slog.DiscardHandler)}})
	if err != nil {
		t.Fatal(err)
	}
	defer rings.Close()
	k, err := rings.Get(t.Context(), "default", envelope.Tokens)
	if err != nil {
		t.Fatal(err)
	}
	c := newCanary()
	seal := func(kind, id string) string {
		token, err := k.Seal(nil, "EMAIL_ADDRESS", []byte(c.email), redact.Scope{Tenant: "default", Kind: kind, ID: id})
		if err != nil {
			t.Fatal(err)
		}
		return string(token)
	}
	jane, jo, principal := seal("subject", "jane"), seal("subject", "jo"), seal("principal", "jane")
	opens := func(token, flag, id string) bool {
		out, _, code := runIn(t.Context(), "", "reveal", "--reason", "T-1", flag, id, "--log", filepath.Join(t.TempDir(), "log"), token)
		return code == exitOK && out == c.email+"\n"
	}
	if !opens(jane, "--subject", "jane") || !opens(jo, "--subject", "jo") || !opens(principal, "--principal", "jane") || opens(jane, "--subject", "jo") {
		t.Fatal("before, each token must open for its own subject and no other")
	}
	if _, stderr, code := runIn(t.Context(), "jo\n", "keys", "shred", "--subject", "jane"); code != exitFound || !strings.Contains(stderr, "another name") || !opens(jane, "--subject", "jane") {
		t.Errorf("shred with another name typed ends with %d and says %q, want nothing changed", code, stderr)
	}
	out, stderr, code := runIn(t.Context(), "jane\n", "keys", "shred", "--subject", "jane")
	if code != exitOK || !strings.Contains(out, "backups and snapshots") || strings.Contains(out, "jane") {
		t.Errorf("shred ends with %d and says %q %q, want it to say what it does not reach, and not who it was", code, out, stderr)
	}
	if opens(jane, "--subject", "jane") {
		t.Error("what was sealed for the subject opens after it was shredded")
	}
	if !opens(jo, "--subject", "jo") || !opens(principal, "--principal", "jane") {
		t.Error("what was sealed for others does not open any more")
	}
	if _, stderr, code := runIn(t.Context(), "", "keys", "shred", "--subject", "jane", "--yes"); code != exitFound || !strings.Contains(stderr, "nothing is kept") {
		t.Errorf("shred a second time ends with %d and says %q", code, stderr)
	}
}

// A tenant is shredded with the rights that export-policy gives an administrator, and no other tenant with it.
func TestKeysShredTenantVault(t *testing.T) {
	b := newVaultBench(t)
	b.keys(b.admin, exitOK, "init")
	beta := b.config(b.admin, "tenant: beta\n")
	if out, stderr, code := runIn(t.Context(), "", "keys", "init", "--config", beta); code != exitOK {
		t.Fatalf("init of another tenant ends with %d: %s%s", code, out, stderr)
	}
	if out := b.keys(b.runtime, exitTrouble, "shred", "--tenant", "default", "--yes"); !strings.Contains(out, "denies") {
		t.Errorf("shred with the runtime's token says %q, want it denied", out)
	}
	if out := b.keys(b.admin, exitOK, "shred", "--tenant", "default", "--yes"); !strings.Contains(out, "destroyed 3 keyrings") {
		t.Errorf("shred says %q", out)
	}
	b.keys(b.admin, exitFound, "list")
	if out, stderr, code := runIn(t.Context(), "", "keys", "list", "--config", beta); code != exitOK || strings.Count(out, "epoch 1") != 3 {
		t.Errorf("then the other tenant's list ends with %d: %s%s", code, out, stderr)
	}
	if status, _ := b.Do("GET", "secret/metadata/mcpveil/default/keysets/token", b.RootToken, nil); status != 404 {
		t.Errorf("of the keyring something is left in Vault: %d", status)
	}
}
