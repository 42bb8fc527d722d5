package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/policy"
)

// A token on the command line is opened, one line each, also in capitals and with what redact adds to it; and only
// standard output ever holds the value, whatever becomes of the rest.
func TestRevealTokens(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(keyDirVar, filepath.Join(dir, "keys"))
	c := newCanary()
	records := filepath.Join(dir, "reveal.jsonl")
	answer := `{"jsonrpc":"2.0","id":1,"result":{"a":"` + c.email + `"}}` + "\n"
	sealed, _, code := runIn(t.Context(), answer, "filter", "--direction", "to-client", "--principal", "jane")
	token := regexp.MustCompile(`pii-email-1[0-9a-z]+`).FindString(sealed)
	if code != exitOK || token == "" {
		t.Fatalf("filter ends with %d: %s", code, sealed)
	}
	cut := token[:len(token)-3]
	planted := filepath.Join(dir, "planted.yaml")
	salt := bytes.Repeat([]byte{7}, 16)
	yaml := fmt.Sprintf("version: 1\nopening: {honeytokens: {salt: %x, values: [%x]}}\n", salt, policy.HashValue(salt, []byte(c.email)))
	if err := os.WriteFile(planted, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		args []string
		want string
		code int
	}{
		{"one", []string{token}, c.email + "\n", exitOK},
		{"two", []string{token, strings.ToUpper(token)}, c.email + "\n" + c.email + "\n", exitOK},
		{"an e-mail address", []string{token + "@pii.invalid"}, c.email + "\n", exitOK},
		{"one was cut", []string{token, cut}, c.email + "\n", exitFound},
		{"planted", []string{"--config", planted, token}, "", exitFound},
		{"a value in place of a token", []string{c.text()}, "", exitFound},
	} {
		args := append([]string{"reveal", "--reason", "INC-1", "--principal", "jane", "--log", records}, row.args...)
		out, stderr, code := runIn(t.Context(), "", args...)
		if out != row.want || code != row.code {
			t.Errorf("%s: reveal ends with %d and writes %q, want %d and %q: %s", row.name, code, out, row.code, row.want, stderr)
		}
		if names := c.leaked(stderr); names != nil || strings.Contains(stderr, token) {
			t.Errorf("%s: standard error holds %v or the token: %s", row.name, names, stderr)
		}
	}
	log, err := os.ReadFile(records)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), `"outcome":"opened"`); n != 5 {
		t.Errorf("%d openings are on record, want 5:\n%s", n, log)
	}
	if n := strings.Count(string(log), `"level":"WARN"`); n != 3 || strings.Count(string(log), `"outcome":"honeytoken"`) != 1 {
		t.Errorf("%d records are warnings, want 3, of which one of a honeytoken:\n%s", n, log)
	}
	if names := c.leaked(string(log)); names != nil || strings.Contains(string(log), "pii-") {
		t.Errorf("the records hold %v, or tokens:\n%s", names, log)
	}
}
