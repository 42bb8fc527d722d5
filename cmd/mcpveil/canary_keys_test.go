package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/mcpveil/mcpveil/policy"
)

// What handles keys says no key, and what opens tokens says no value but where it was asked for: not on standard error,
// not in records, not in what it says of its mistakes.
func TestCanaryKeys(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(keyDirVar, filepath.Join(dir, "keys"))
	t.Setenv("VAULT_TOKEN", "")
	c := newCanary()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	salt := []byte("0123456789abcdef")
	planted := policy.HashValue(salt, []byte("planted@example.com"))
	conf := write("own.yaml", "version: 1\npacks: [core, secrets, secrets-dev]\nprincipal: jane\naliases: {}\npolicy:\n"+
		"  - {direction: to-server, names: [send], paths: [/params/arguments/to], entities: [EMAIL_ADDRESS], action: decrypt}\n"+
		"  - {direction: to-server, action: pass}\n  - {action: encrypt}\n"+
		"opening: {per_minute: 100, honeytokens: {salt: "+hex.EncodeToString(salt)+", values: ["+hex.EncodeToString(planted[:])+"]}}\n")
	records := filepath.Join(dir, "records.jsonl")

	// A keyset whose key the test knows, made by Tink and imported in clear.
	h, err := keyset.NewHandle(daead.AESSIVKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	entry, err := h.Primary()
	if err != nil {
		t.Fatal(err)
	}
	key := entry.Key().(*aessiv.Key).KeyBytes().Data(insecuresecretdataaccess.Token{})
	var clearSet, broken bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&clearSet)); err != nil {
		t.Fatal(err)
	}
	broken.WriteString(strings.Replace(clearSet.String(), "AesSivKey", "AesGcmKey", 1))

	secrets := map[string]string{}
	forms := func(name string, b []byte) {
		secrets[name+" in hexadecimal"] = hex.EncodeToString(b[:12])
		secrets[name] = string(b[:12])
		for i := range 3 { // wherever it stands in what is encoded
			secrets[fmt.Sprintf("%s in base64 at %d", name, i)] = base64.StdEncoding.EncodeToString(b[3-i : 15])[:12]
		}
		secrets[name+" as numbers"] = strings.Trim(fmt.Sprint(b[:8]), "[]")
	}
	forms("the imported key", key)

	runs := 0
	do := func(stdin string, shown bool, args ...string) string {
		t.Helper()
		stdout, stderr, _ := runIn(t.Context(), stdin, args...)
		runs++
		for name, value := range secrets {
			if strings.Contains(stdout+stderr, value) {
				t.Errorf("mcpveil %s says %s:\n%s%s", strings.Join(args, " "), name, stdout, stderr)
			}
		}
		if names := c.leaked(stderr); names != nil {
			t.Errorf("standard error of mcpveil %s holds %v:\n%s", strings.Join(args, " "), names, stderr)
		}
		if names := c.leaked(stdout); names != nil && !shown {
			t.Errorf("standard output of mcpveil %s holds %v:\n%s", strings.Join(args, " "), names, stdout)
		}
		return stdout
	}
	do(broken.String(), false, "keys", "import", "--config", conf)
	do(clearSet.String()[:len(clearSet.String())-9], false, "keys", "import", "--config", conf)
	do(c.text(), false, "keys", "import", "--config", conf)
	do(clearSet.String(), false, "keys", "import", "--config", conf)
	do(clearSet.String(), false, "keys", "import", "--config", conf) // there already
	text, err := os.ReadFile(filepath.Join(dir, "keys", "key"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text))
	kek, err := base64.StdEncoding.DecodeString(fields[len(fields)-1])
	if err != nil {
		t.Fatal(err)
	}
	forms("the wrapping key", kek)

	answer := `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":` + c.json() + `}]}}` + "\n"
	sealed := do(answer, false, "filter", "--direction", "to-client", "--config", conf, "--log", records)
	_, token, _ := strings.Cut(sealed, "mail ")
	token, _, _ = strings.Cut(token, " ")
	if !strings.HasPrefix(token, "pii-email-") {
		t.Fatalf("what is sealed is %q", sealed)
	}
	call := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"send","arguments":{"to":"` + token + `","note":"` + token + `"}}}` + "\n"
	if out := do(call, true, "filter", "--direction", "to-server", "--config", conf, "--log", records); !strings.Contains(out, c.email) {
		t.Errorf("the token does not open: %s", out)
	}
	reveal := []string{"reveal", "--config", conf, "--log", records, "--reason", "INC-1"}
	if out := do("", true, append(reveal, "--principal", "jane", token)...); !strings.Contains(out, c.email) {
		t.Errorf("reveal shows %q", out)
	}
	do(sealed, true, append(reveal, "--principal", "jane")...)
	do("", false, append(reveal, "--principal", "jo", token)...)
	do("", false, append(reveal, "--principal", "jane", c.email)...)
	do("", false, append(reveal, "--principal", "jane", "--entity", c.secret, token)...)
	do("", false, "reveal", "--config", conf, "--log", records, "--principal", c.email, "--reason", c.text(), token)
	do("", false, "reveal", "--config", conf, "--log", dir, "--reason", "INC-1", "--principal", "jane", token) // no place for records
	for _, args := range [][]string{
		{"status"}, {"list"}, {"list", "--json", "--all"}, {"doctor"}, {"doctor", "--json"}, {"init"}, {"rewrap", "--all"}, {"export-policy"},
		{"rotate", "--every", "0s"}, {"rotate", "--force"}, {"rotate", "add"}, {"rotate", "promote", c.secret}, {"rotate", "disable", "ffffffff"},
		{"shred", "--subject", "C-1001"},
	} {
		do("", false, append(append([]string{"keys"}, args...), "--config", conf)...)
	}
	do("", false, "check", "--config", conf)
	do("", false, "check", "--config", write("bad.yaml", "version: 1\nopening: {honeytokens: {tokens: ["+token+", "+c.email+"], values: ["+c.secret+"]}, per_minute: "+c.email+"}\naliases: {ttl: "+c.email+"}\n"))
	// A wrapping key that is cut is a secret still.
	if err := os.WriteFile(filepath.Join(dir, "keys", "key"), text[:len(text)-6], 0o600); err != nil {
		t.Fatal(err)
	}
	do("", false, "keys", "status", "--config", conf)
	if runs < 25 {
		t.Errorf("%d runs", runs)
	}
	log, err := os.ReadFile(records)
	if err != nil || len(log) == 0 {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(log)) {
		if names := c.leaked(l); names != nil && !strings.Contains(l, `"reason":"mail `) { // an operator's own words
			t.Errorf("the records hold %v: %s", names, l)
		}
		for name, value := range secrets {
			if strings.Contains(l, value) {
				t.Errorf("the records hold %s", name)
			}
		}
	}
}
