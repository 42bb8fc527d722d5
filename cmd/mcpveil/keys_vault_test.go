package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/mcpveil/mcpveil/kms/kmstest"
)

// A vaultBench is a real Vault with a key and a keyring, made with the policies that export-policy prints.
type vaultBench struct {
	*kmstest.Vault
	t       *testing.T
	dir     string
	yaml    string // more lines of key.vault
	admin   string // tokens
	runtime string
}

func newVaultBench(t *testing.T) *vaultBench {
	t.Helper()
	b := &vaultBench{Vault: kmstest.StartVault(t), t: t, dir: t.TempDir(), yaml: "    selftest_key: selftest\n"}
	b.CreateKey("mcpveil", nil)
	b.CreateKey("selftest", nil)
	b.Root("POST", "secret/config", map[string]any{"cas_required": true})
	b.admin, b.runtime = b.Token(b.policy(roleAdmin)), b.Token(b.policy(roleRuntime))
	return b
}

// config writes a configuration with that token, and more lines.
func (b *vaultBench) config(token string, more ...string) string {
	b.t.Helper()
	yaml := "version: 1\nkey:\n  vault:\n    uri: " + b.KeyURI("mcpveil") + "\n    timeout: 5s\n    token_file: token\n" + b.yaml + strings.Join(more, "")
	dir, err := os.MkdirTemp(b.dir, "")
	if err != nil {
		b.t.Fatal(err)
	}
	path := filepath.Join(dir, "mcpveil.yaml")
	for file, text := range map[string]string{path: yaml, filepath.Join(dir, "token"): token} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	return path
}

// policy is what export-policy prints.
func (b *vaultBench) policy(role string) string {
	b.t.Helper()
	out, stderr, code := runIn(b.t.Context(), "", "keys", "export-policy", "--role", role, "--config", b.config("none"))
	if code != exitOK {
		b.t.Fatalf("export-policy ends with %d: %s", code, stderr)
	}
	return out
}

// keys runs a subcommand of keys with a token, checks its exit code, and returns what it said.
func (b *vaultBench) keys(token string, code int, args ...string) (out string) {
	b.t.Helper()
	stdout, stderr, got := runIn(b.t.Context(), "", append(append([]string{"keys"}, args...), "--config", b.config(token))...)
	if got != code {
		b.t.Errorf("keys %s ends with %d, want %d:\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
	}
	if text := stdout + stderr; strings.Contains(text, token) {
		b.t.Errorf("keys %s prints the token of Vault's:\n%s", strings.Join(args, " "), text)
	}
	return stdout + stderr
}

// doctor returns what doctor found, by check, and the whole as a text.
func (b *vaultBench) doctor(token string, code int, args ...string) (map[string][]diagnosis, string) {
	b.t.Helper()
	text := b.keys(token, code, append([]string{"doctor", "--json"}, args...)...)
	var all struct{ Checks []diagnosis }
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		b.t.Fatalf("doctor --json: %v in %q", err, text)
	}
	found := map[string][]diagnosis{}
	for _, d := range all.Checks {
		found[d.Check] = append(found[d.Check], d)
	}
	return found, text
}

// The policies that export-policy prints are enough for what they are for; without any one of the runtime's
// rights doctor says which.
func TestKeysPolicy(t *testing.T) {
	b := newVaultBench(t)
	if out := b.keys(b.runtime, exitTrouble, "init"); !strings.Contains(out, "denies") || !strings.Contains(out, "--token-file") {
		t.Errorf("init with the runtime's token says %q, want it denied", out)
	}
	b.keys(b.admin, exitOK, "init")
	for _, role := range []string{roleRuntime, roleAdmin} {
		token := map[string]string{roleRuntime: b.runtime, roleAdmin: b.admin}[role]
		found, text := b.doctor(token, exitOK, "--role", role)
		for check, list := range found {
			for _, d := range list {
				if d.Status == checkFail || d.Status == checkWarn && check != "address" {
					t.Errorf("doctor --role %s: %s %s: %s", role, d.Status, check, d.Says)
				}
			}
		}
		if len(found["rights"]) != 1 || found["rights"][0].Status != checkOK || found["self-test"] == nil || found["keyring"] == nil {
			t.Errorf("doctor --role %s does not look at rights, self-test and keyring: %s", role, text)
		}
	}
	p := vaultPlace{mount: "transit", key: "mcpveil", selfTest: "selftest", kv: "secret", top: "mcpveil", tenant: "default"}
	lines := strings.Split(b.policy(roleRuntime), "\n")
	for _, g := range p.grants(roleRuntime) {
		var less []string
		for _, l := range lines {
			if !strings.HasPrefix(l, fmt.Sprintf("path %q", g.path)) {
				less = append(less, l)
			}
		}
		if len(less) != len(lines)-1 {
			t.Fatalf("%s is not on one line of the policy", g.path)
		}
		if g.path == "sys/capabilities-self" {
			continue // what doctor asks by
		}
		found, text := b.doctor(b.Token(strings.Join(less, "\n")), exitFound)
		named := false
		for _, d := range found["rights"] {
			named = named || d.Status == checkFail && strings.HasPrefix(d.Says, strings.TrimSuffix(g.path, "*"))
		}
		if !named {
			t.Errorf("without %s doctor does not name it: %s", g.path, text)
		}
	}
}

// Doctor sees what is wrong with a Vault, and says what to do.
func TestKeysDoctorVault(t *testing.T) {
	b := newVaultBench(t)
	b.keys(b.admin, exitOK, "init")
	check := func(token string, code int, name, status, says string, args ...string) {
		t.Helper()
		found, text := b.doctor(token, code, args...)
		for _, d := range found[name] {
			if d.Status == status && strings.Contains(d.Says+" "+d.Advice, says) {
				return
			}
		}
		t.Errorf("doctor does not find %q as %s of %s: %s", says, status, name, text)
	}
	root := b.RootToken
	check(root, exitOK, "token", checkWarn, "root token")
	check("hvs.nothing", exitFound, "self-test", checkFail, "denies")
	for _, key := range []string{"mcpveil", "selftest"} {
		upsert := b.policy(roleRuntime) + `path "transit/encrypt/` + key + `" { capabilities = ["create", "update"] }`
		check(b.Token(upsert), exitFound, "rights", checkFail, "transit/encrypt/"+key+": may create")
	}
	more := b.policy(roleRuntime) + `path "transit/encrypt/mcpveil" { capabilities = ["update"] }`
	check(b.Token(more), exitOK, "rights", checkWarn, "transit/encrypt/mcpveil: may update, and needs not")
	check(b.admin, exitOK, "rights", checkWarn, "update, and needs not")

	b.Root("POST", "transit/keys/mcpveil/rotate", nil)
	check(b.admin, exitOK, "keyring", checkWarn, "mcpveil keys rewrap", "--role", roleAdmin)
	b.Root("POST", "transit/keys/mcpveil/config", map[string]any{"exportable": true, "deletion_allowed": true})
	check(b.admin, exitFound, "transit key", checkFail, "exportable", "--role", roleAdmin)
	check(b.admin, exitFound, "transit key", checkWarn, "deletion_allowed=false", "--role", roleAdmin)
	b.Root("POST", "secret/config", map[string]any{"cas_required": false, "max_versions": 10})
	check(b.admin, exitFound, "KV", checkWarn, "cas_required=true", "--role", roleAdmin)
	b.Root("POST", "secret/config", map[string]any{"cas_required": true, "max_versions": 1})
	check(b.admin, exitFound, "KV", checkWarn, "keeps 1 versions", "--role", roleAdmin)
	b.Root("POST", "secret/metadata/mcpveil/default/keysets/token", map[string]any{"max_versions": 1})
	check(b.admin, exitFound, "keyring", checkWarn, "max-versions=10", "--role", roleAdmin)

	for skew, status := range map[time.Duration]string{-time.Minute: checkWarn, time.Hour: checkFail} {
		b.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
			return false
		})
		code := map[string]int{checkWarn: exitOK, checkFail: exitFound}[status]
		check(b.runtime, code, "clock", status, "NTP")
	}
	b.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v1/sys/health" && r.Header.Get("X-Vault-Token") != "" {
			t.Error("sys/health is asked with a token")
		}
		return false
	})
	b.Down(true)
	check(b.runtime, exitFound, "health", checkFail, "cannot be reached")
	b.Down(false)
	b.Seal()
	check(b.runtime, exitFound, "health", checkFail, "unseal")
	b.Unseal()
	check(b.runtime, exitOK, "health", checkOK, "unsealed")
	if out := b.keys(b.runtime, exitOK, "doctor"); !strings.Contains(out, "ok    self-test") || !strings.Contains(out, "→") {
		t.Errorf("doctor prints %q, want a line a check, and advice", out)
	}
}

// Without the keyring for subjects nothing is sealed for one, so where that is the scope doctor looks at it.
func TestKeysDoctorSubjects(t *testing.T) {
	b := newVaultBench(t)
	b.keys(b.admin, exitOK, "init")
	conf := b.config(b.RootToken, "scope: subject\nsubject: jane\n")
	out, stderr, code := runIn(t.Context(), "", "keys", "doctor", "--config", conf)
	if code != exitOK || !strings.Contains(out, "default/keysets/subject opens") {
		t.Errorf("doctor ends with %d: %s%s", code, out, stderr)
	}
	b.Root("DELETE", "secret/metadata/mcpveil/default/keysets/subject", nil)
	out, stderr, code = runIn(t.Context(), "", "keys", "doctor", "--config", conf)
	if code != exitFound || !strings.Contains(out, "default/keysets/subject") || !strings.Contains(out, "mcpveil keys init") {
		t.Errorf("without it doctor ends with %d: %s%s", code, out, stderr)
	}
}

// Doctor logs in once, and looks at the keyrings with what it got: a secret id may be good for one login.
func TestKeysDoctorLogin(t *testing.T) {
	b := newVaultBench(t)
	b.keys(b.admin, exitOK, "init")
	b.Root("POST", "sys/auth/approle", map[string]any{"type": "approle"})
	b.Root("POST", "auth/approle/role/once", map[string]any{"token_ttl": "1h", "secret_id_num_uses": 1})
	id := b.Root("GET", "auth/approle/role/once/role-id", nil)["data"].(map[string]any)["role_id"].(string)
	secret := b.Root("POST", "auth/approle/role/once/secret-id", map[string]any{})["data"].(map[string]any)["secret_id"].(string)
	conf, file := filepath.Join(b.dir, "once.yaml"), filepath.Join(b.dir, "secret-id")
	yaml := "version: 1\nkey:\n  vault:\n    uri: " + b.KeyURI("mcpveil") + "\n    timeout: 5s\n" + b.yaml + "    login: {approle: {role_id: " + id + ", secret_id_file: " + file + "}}\n"
	for file, text := range map[string]string{conf: yaml, file: secret} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	policy, stderr, code := runIn(t.Context(), "", "keys", "export-policy", "--config", conf)
	if code != exitOK {
		t.Fatalf("export-policy ends with %d: %s", code, stderr)
	}
	b.Root("POST", "sys/policies/acl/once", map[string]any{"policy": policy})
	b.Root("POST", "auth/approle/role/once", map[string]any{"token_policies": "once", "token_no_default_policy": true})
	out, stderr, code := runIn(t.Context(), "", "keys", "doctor", "--config", conf)
	if code != exitOK || !strings.Contains(out, "ok    keyring        default/keysets/token opens") {
		t.Errorf("doctor ends with %d: %s%s", code, out, stderr)
	}
	if out, _, code := runIn(t.Context(), "", "keys", "doctor", "--config", conf); code != exitFound || !strings.Contains(out, "fail  login") {
		t.Errorf("with a secret id that is used up doctor ends with %d: %s", code, out)
	}
}

// A key of the wrong kind is told by looking at it, and by the self-test where the token may not look.
func TestKeysDoctorKind(t *testing.T) {
	b := &vaultBench{Vault: kmstest.StartVault(t), t: t, dir: t.TempDir()}
	found, text := b.doctor(b.RootToken, exitFound)
	if d := found["transit key"]; len(d) != 1 || d[0].Status != checkFail || !strings.Contains(d[0].Advice, "vault write transit/keys/mcpveil type=aes256-gcm96") {
		t.Errorf("without a key doctor says %s", text)
	}
	for kind, more := range map[string]map[string]any{
		"convergent": {"derived": true, "convergent_encryption": true},
		"derived":    {"derived": true},
		"rsa-2048":   {"type": "rsa-2048"},
	} {
		b.Root("POST", "transit/keys/mcpveil/config", map[string]any{"deletion_allowed": true})
		b.Root("DELETE", "transit/keys/mcpveil", nil)
		b.CreateKey("mcpveil", more)
		found, text := b.doctor(b.RootToken, exitFound)
		for _, check := range []string{"transit key", "self-test"} {
			if len(found[check]) == 0 || found[check][0].Status != checkFail {
				t.Errorf("%s: doctor's %s says %s", kind, check, text)
			}
		}
		if !slices.ContainsFunc(found["transit key"], func(d diagnosis) bool { return strings.Contains(d.Says, kind) }) {
			t.Errorf("doctor does not call the key %s: %s", kind, text)
		}
	}
}

// After the transit key was rotated, rewrap moves each keyring to its latest version, and only then says how the earlier
// ones are forbidden; with those forbidden all goes on.
func TestKeysRewrapVault(t *testing.T) {
	b := newVaultBench(t)
	b.keys(b.admin, exitOK, "init")
	if out, stderr, code := runIn(t.Context(), "", "keys", "init", "--config", b.config(b.admin, "tenant: beta\n")); code != exitOK {
		t.Fatalf("init of another tenant ends with %d: %s%s", code, out, stderr)
	}
	b.Root("POST", "transit/keys/mcpveil/rotate", nil)
	if out := b.keys(b.admin, exitFound, "rewrap", "--all", "--check", "--min-version", "2"); !strings.Contains(out, "6 of 6 keyrings are under a version before 2") {
		t.Errorf("rewrap --check says %q", out)
	}
	if out := b.keys(b.admin, exitOK, "rewrap", "--min-version", "2"); !strings.Contains(out, "default/keysets/token: from version 1 to 2") || strings.Contains(out, "min_decryption_version") {
		t.Errorf("rewrap of one tenant says %q, want it to move, and nothing of forbidding what others need", out)
	}
	b.keys(b.admin, exitFound, "rewrap", "--all", "--check", "--min-version", "2")
	out := b.keys(b.admin, exitOK, "rewrap", "--all", "--min-version", "2")
	if !strings.Contains(out, "default/keysets/digest: under version 2") || !strings.Contains(out, "beta/keysets/subject: from version 1 to 2") ||
		!strings.Contains(out, "vault write transit/keys/mcpveil/config min_decryption_version=2") {
		t.Errorf("rewrap --all says %q", out)
	}
	b.Root("POST", "transit/keys/mcpveil/config", map[string]any{"min_decryption_version": 2})
	if out := b.keys(b.admin, exitOK, "list", "--all", "--json"); strings.Count(out, `"wrapped_under":2`) != 6 {
		t.Errorf("list says %s", out)
	}
	if out := b.keys(b.runtime, exitOK, "list"); !strings.Contains(out, "default/keysets/token  epoch 2") {
		t.Errorf("list with the runtime's token says %s", out)
	}
	if out := b.keys(b.runtime, exitTrouble, "list", "--all"); !strings.Contains(out, "denies") {
		t.Errorf("list --all with the runtime's token says %s", out)
	}
	b.keys(b.admin, exitFound, "rewrap", "--all", "--min-version", "3")
	if out := b.keys(b.runtime, exitTrouble, "rewrap"); !strings.Contains(out, "denies") {
		t.Errorf("rewrap with the runtime's token says %q", out)
	}
}

// Keyrings of a key of the wrong kind are moved to another key; after that the first is not needed.
func TestKeysMoveVault(t *testing.T) {
	b := newVaultBench(t)
	b.keys(b.admin, exitOK, "init")
	before := b.keys(b.admin, exitOK, "list", "--json")
	b.CreateKey("better", nil)
	old, better := b.KeyURI("mcpveil"), b.KeyURI("better")
	conf := b.config(b.RootToken)
	text, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(conf, []byte(strings.Replace(string(text), old, better, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, stderr, code := runIn(t.Context(), "", "keys", "list", "--config", conf); code != exitFound || !strings.Contains(out, "wrapped by another key") {
		t.Errorf("before, list ends with %d: %s%s", code, out, stderr)
	}
	for range 2 { // it may be run again
		out, stderr, code := runIn(t.Context(), "", "keys", "rewrap", "--from", old, "--config", conf)
		if code != exitOK || strings.Count(out, ": moved, under version 1") != 3 {
			t.Errorf("rewrap --from ends with %d: %s%s", code, out, stderr)
		}
	}
	b.Root("POST", "transit/keys/mcpveil/config", map[string]any{"deletion_allowed": true})
	b.Root("DELETE", "transit/keys/mcpveil", nil)
	after, stderr, code := runIn(t.Context(), "", "keys", "list", "--json", "--config", conf)
	id := regexp.MustCompile(`"id":"[0-9a-f]{8}"`)
	if got, want := id.FindAllString(after, -1), id.FindAllString(before, -1); code != exitOK || len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("without the first key list ends with %d: %s%s, want the keys %v", code, after, stderr, want)
	}
}

// A keyset that google/tink/go or tinkey encrypted with a transit key is imported, bound to something or not; in clear it is as
// well. Nothing that is printed holds a key.
func TestKeysImportVault(t *testing.T) {
	b := newVaultBench(t)
	b.CreateKey("old", nil)
	script, err := os.ReadFile(filepath.Join("testdata", "keys_import.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(script), "-- clear.json --\n")
	inClear, _, _ := strings.Cut(rest, "\n--")
	ks, err := keyset.NewJSONReader(strings.NewReader(inClear)).Read()
	if err != nil {
		t.Fatal(err)
	}
	var binary bytes.Buffer
	if err := keyset.NewBinaryWriter(&binary).Write(ks); err != nil {
		t.Fatal(err)
	}
	encrypt := func(bound string) string { // as their KMS clients do
		answer := b.Root("POST", "transit/encrypt/old", map[string]any{
			"plaintext": base64.StdEncoding.EncodeToString(binary.Bytes()), "associated_data": base64.StdEncoding.EncodeToString([]byte(bound)),
		})
		text, _ := answer["data"].(map[string]any)["ciphertext"].(string)
		return `{"encryptedKeyset":"` + base64.StdEncoding.EncodeToString([]byte(text)) + `"}`
	}
	admin := b.Token(b.policy(roleAdmin) + `path "transit/encrypt/old" { capabilities = ["update"] }
path "transit/decrypt/old" { capabilities = ["update"] }`)
	old := []string{"--wrapped-by", b.KeyURI("old")}
	file := filepath.Join(b.dir, "keyset.json")
	if err := os.WriteFile(file, []byte(encrypt("")), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, row := range []struct {
		name, stdin string
		args        []string
		code        int
		says        string
	}{
		{"in clear, JSON", inClear, nil, exitOK, "01020304  primary"},
		{"in clear, binary", binary.String(), nil, exitOK, "01020304  primary"},
		{"encrypted", encrypt(""), old, exitOK, "01020304  primary"},
		{"encrypted, from a file", "", append(old, file), exitOK, "01020304  primary"},
		{"encrypted and bound", encrypt("crm"), append(old, "--associated-data", "crm"), exitOK, "01020304  primary"},
		{"bound to something else", encrypt("crm"), append(old, "--associated-data", "erp"), exitConfig, "another key, or is bound to other"},
		{"bound, and not said", encrypt("crm"), old, exitConfig, "another key, or is bound to other"},
		{"encrypted, and not said", encrypt(""), nil, exitConfig, "say with which key"},
		{"by another Vault's key", encrypt(""), []string{"--wrapped-by", "hcvault://elsewhere:8200/transit/keys/old"}, exitConfig, "no key of the configuration's Vault"},
	} {
		conf := b.config(admin, fmt.Sprintf("tenant: t%d\n", i))
		out, stderr, code := runIn(t.Context(), row.stdin, append(append([]string{"keys", "import"}, row.args...), "--config", conf)...)
		if code != row.code || !strings.Contains(out+stderr, row.says) {
			t.Errorf("%s: import ends with %d, want %d and %q: %s%s", row.name, code, row.code, row.says, out, stderr)
		}
		for _, secret := range []string{"AQIDBAUG", "\x01\x02\x03\x04\x05\x06", "01020304050607", admin} {
			if strings.Contains(out+stderr, secret) {
				t.Errorf("%s: import prints a key, or Vault's token: %s%s", row.name, out, stderr)
			}
		}
		if list, stderr, code := runIn(t.Context(), "", "keys", "list", "--config", conf); (code == exitOK) != (row.code == exitOK) {
			t.Errorf("%s: then list ends with %d: %s%s", row.name, code, list, stderr)
		}
	}
}
