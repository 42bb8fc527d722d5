package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// The policy in deploy is what export-policy prints for the names that are the defaults.
func TestDeployedPolicyIsExported(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "mcpveil.yaml")
	if err := os.WriteFile(conf, []byte("version: 1\nkey: {vault: {uri: 'hcvault://vault.example:8200/transit/keys/mcpveil'}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, stderr, code := runIn(t.Context(), "", "keys", "export-policy", "--all-tenants", "--config", conf)
	file := filepath.Join(testenv.Root(t), "deploy", "vault-policy.hcl")
	if code == exitOK && *update {
		if err := os.WriteFile(file, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || code != exitOK || out != string(want) {
		t.Errorf("export-policy ends with %d and differs from deploy/vault-policy.hcl (run with -update): %v %s", code, err, stderr)
	}
}
