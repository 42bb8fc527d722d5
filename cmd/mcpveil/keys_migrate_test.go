package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms/local"
)

// A keyring of an earlier version is used as it is, doctor says that it is one, and once it is moved what was sealed under it
// opens and equal values get the tokens they got.
func TestKeysMigrate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	t.Setenv(keyDirVar, dir)
	kek, store, err := local.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	k, err := envelope.Create(t.Context(), kek, store, "default/default", &envelope.Options{Refresh: -1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	k.Close()
	seal := func() string {
		t.Helper()
		out, stderr, code := runIn(t.Context(), sealMe, "filter", "--direction", "to-client", "--principal", "jane")
		if code != exitOK || !strings.Contains(out, "pii-email-1") {
			t.Fatalf("filter ends with %d: %s%s", code, out, stderr)
		}
		return out
	}
	before := seal()
	if out, _, code := runIn(t.Context(), "", "keys", "doctor"); code != exitOK || !strings.Contains(out, "mcpveil keys migrate") {
		t.Errorf("doctor ends with %d and says %s, want it to say that the keyring is of an earlier version", code, out)
	}
	if _, stderr, code := runIn(t.Context(), "", "keys", "init"); code != exitFound || !strings.Contains(stderr, "migrated first") {
		t.Errorf("init beside it ends with %d and says %q", code, stderr)
	}
	out, stderr, code := runIn(t.Context(), "", "keys", "migrate")
	if code != exitOK || strings.Contains(out, "default/default ") || strings.Count(out, "epoch 1") != 3 {
		t.Errorf("migrate ends with %d: %s%s", code, out, stderr)
	}
	if after := seal(); after != before {
		t.Errorf("after migrate the value is sealed as %s, want %s", after, before)
	}
	if out, stderr, code := runIn(t.Context(), before, "reveal", "--reason", "T-1", "--principal", "jane", "--log", filepath.Join(t.TempDir(), "log")); code != exitOK || out != sealMe {
		t.Errorf("after migrate reveal ends with %d: %s%s", code, out, stderr)
	}
	if _, stderr, code := runIn(t.Context(), "", "keys", "migrate"); code != exitFound || !strings.Contains(stderr, "no keyring of an earlier version") {
		t.Errorf("migrate a second time ends with %d and says %q", code, stderr)
	}
}
