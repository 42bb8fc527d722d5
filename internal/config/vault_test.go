package config_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/config"
)

const vaultHead = "version: 1\nkey:\n  vault:\n    uri: hcvault://vault.example/transit/keys/mcpveil\n"

// Each login is taken with what it needs, and refused with what it lacks, at its line.
func TestVaultLogins(t *testing.T) {
	for _, tt := range []struct{ yaml, want string }{
		{"    token_file: t\n", ""},
		{"    login: {approle: {role_id: r, secret_id_file: s}}\n", ""},
		{"    login: {approle: {role_id_file: r, secret_id_file: s, wrapped: true, role_name: mcpveil}}\n", ""},
		{"    login: {kubernetes: {role: r}}\n", ""},
		{"    login: {jwt: {role: r, token_file: t}}\n", ""},
		{"    cert_file: c\n    key_file: k\n    login: {cert: {}}\n", ""},
		{"    login: {agent: {}}\n", ""},
		{"    login:\n      agent:\n", ""},
		{"    selftest_key: other\n    namespace: a/b\n    server_name: v\n    redirects: [\"v1:8200\"]\n    ignore_environment: true\n", ""},

		{"    token_file: t\n    login: {agent: {}}\n", "both token_file and login"},
		{"    login: {}\n", "x.yaml:5: key.vault.login: want one of"},
		{"    login: {agent: {}, jwt: {role: r, token_file: t}}\n", "want one of"},
		{"    login: {aprole: {}}\n", "did you mean approle"},
		{"    login:\n      approle: {secret_id_file: s}\n", "x.yaml:6: key.vault.login.approle: want role_id or role_id_file"},
		{"    login: {approle: {role_id: r, role_id_file: r, secret_id_file: s}}\n", "one of them"},
		{"    login: {approle: {role_id: r}}\n", "want secret_id_file"},
		{"    login: {approle: {role_id: r, secret_id: SECRET-CANARY}}\n", "unknown field"},
		{"    login: {approle: {role_id: r, secret_id_file: s, wrapped: true}}\n", "needs role_name"},
		{"    login: {approle: {role_id: r, secret_id_file: s, role_name: r}}\n", "wrapped secret id alone"},
		{"    login: {approle: {mount: ../sys, role_id: r, secret_id_file: s}}\n", "approle.mount: want words"},
		{"    login: {kubernetes: {}}\n", "want role"},
		{"    login: {kubernetes: {role: r, mount: \"a b\"}}\n", "kubernetes.mount: want words"},
		{"    login: {jwt: {role: r}}\n", "want token_file"},
		{"    login: {cert: {}}\n", "needs key.vault.cert_file"},
		{"    login: {agent: {token: SECRET-CANARY}}\n", "unknown field"},
		{"    cert_file: c\n", "go together"},
		{"    redirects: [\"https://x\"]\n", "redirects[0]: want HOST"},
		{"    redirects: [\"*.example\"]\n", "redirects[0]: want HOST"},
		{"    namespace: \"/a\"\n", "namespace: want words"},
		{"    selftest_key: mcpveil\n", "is the key of uri"},
		{"    selftest_key: a/b\n", "selftest_key: want the name"},
		{"    timeout: 0s\n", "timeout: want more"},
		{"    token: SECRET-CANARY\n", "unknown field"},
	} {
		_, err := config.Parse("x.yaml", []byte(vaultHead+tt.yaml))
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.yaml, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want an error that says %q", tt.yaml, err, tt.want)
		case err != nil && strings.Contains(err.Error(), "CANARY"):
			t.Errorf("%s: the error repeats a secret: %v", tt.yaml, err)
		}
	}
	plain := strings.Replace(vaultHead, "hcvault://vault.example", "hcvault+http://127.0.0.1:8100", 1)
	if _, err := config.Parse("x.yaml", []byte(plain+"    ca_file: c\n")); err == nil || !strings.Contains(err.Error(), "plain http") {
		t.Errorf("a certificate for plain http: %v", err)
	}
}

// What a login's defaults are.
func TestVaultDefaults(t *testing.T) {
	c, err := config.Parse("x.yaml", []byte(vaultHead+"    login: {kubernetes: {role: r}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if l := c.Key.Vault.Login.Kubernetes; l.Mount != "kubernetes" || l.TokenFile != "/var/run/secrets/kubernetes.io/serviceaccount/token" {
		t.Errorf("kubernetes: %+v", l)
	}
}

// The part about Vault of the example is right with each of the logins that it shows.
func TestExampleVault(t *testing.T) {
	raw, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^  # vault:\n(?:  #.*\n)*`).FindString(string(raw))
	head, logins, ok := strings.Cut(regexp.MustCompile(`(?m)^  # `).ReplaceAllString(text, "  "), "    login:")
	_, logins, _ = strings.Cut(logins, "\n")
	head = regexp.MustCompile(`(?m)^    token_file:.*\n`).ReplaceAllString(head, "")
	each := regexp.MustCompile(`(?m)^      [a-z]+:.*\n(?:        .*\n)*`).FindAllString(logins, -1)
	if !ok || len(each) != 5 {
		t.Fatalf("the example shows %d logins, want 5:\n%s", len(each), logins)
	}
	for _, login := range each {
		if _, err := config.Parse("example", []byte("version: 1\nkey:\n"+head+"    login:\n"+login)); err != nil {
			t.Errorf("%v in\n%s", err, login)
		}
	}
}
