package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/policy"
)

// What opens must be named: a rule that says nothing of where opens nothing by mistake.
func TestOpeningIsNamed(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for _, tt := range []struct{ yaml, want string }{
		{"tools: [{name: send, reveal: [{}]}]", "tools[0].reveal[0]: names no paths: want the arguments in which tokens open, such as /to, or /** for all"},
		{"tools: [{name: send, reveal: [{paths: [/to], grant: some}]}]", "tools[0].reveal[0].grant: want plain, masked or deny"},
		{"tools: [{name: send, reveal: [{paths: [/to], keep: '4'}]}]", "tools[0].reveal[0].keep: is for the grant masked"},
		{"tools: [{name: send, reveal: [{paths: [/to], grant: masked, keep: '9'}]}]", "tools[0].reveal[0].keep: is for the grant masked: how many characters stay, 0 to 8"},
		{"tools: [{name: send, servers: [], reveal: [{paths: [/to], principals: []}]}]", "tools[0].servers: is empty"},
		{"policy: [{direction: to-server, action: decrypt}, {action: block}]", `policy[0]: decrypts and names no names: want the tools for which tokens open, or "*" for all`},
		{"policy: [{direction: to-server, action: decrypt}, {action: block}]", "policy[0]: decrypts and names no paths: want where in a message tokens open, such as /params/arguments/to"},
		{"policy: [{action: mask, grant: masked}, {action: block}]", "policy[0].grant: is for rules that decrypt"},
		{"policy: [{direction: to-server, names: [a], paths: [/x], action: decrypt, with: '4'}, {action: block}]", "policy[0].with: "},
		{"policy: [{direction: to-server, names: [a], paths: [/x], action: decrypt, grant: masked, with: x}, {action: block}]", "policy[0].with: want how many characters stay"},
		{"opening: {per_minute: -1}", "opening.per_minute: want 0 for any number, or more"},
		{"opening: {per_minute: 10, per_hour: 5}", "opening.per_hour: is less than per_minute"},
		{"opening: {honeytokens: {tokens: [jane@example.com]}}", "opening.honeytokens.tokens[0]: is no token"},
		{"opening: {honeytokens: {values: [" + hash + "]}}", "opening.honeytokens: want both salt and values, or none"},
		{"opening: {honeytokens: {salt: ab, values: [" + hash + "]}}", "opening.honeytokens.salt: want 16 to 64 bytes"},
		{"opening: {honeytokens: {salt: " + hash + ", values: [jane@example.com]}}", "opening.honeytokens.values[0]: is no hash"},
	} {
		_, err := config.Parse("f.yaml", []byte("version: 1\n"+tt.yaml+"\n"))
		if err == nil || !strings.Contains(err.Error(), "f.yaml:2: "+tt.want) {
			t.Errorf("%s: %v, want %s", tt.yaml, err, tt.want)
		} else if strings.Contains(err.Error(), "jane") {
			t.Errorf("%s: the error repeats the value: %v", tt.yaml, err)
		}
	}
}

func TestGuardOptions(t *testing.T) {
	salt := []byte("0123456789abcdef")
	sum := policy.HashValue(salt, []byte("canary@example.com"))
	c, err := config.Parse("f.yaml", fmt.Appendf(nil, `version: 1
opening:
  per_minute: 60
  per_hour: 600
  honeytokens: {tokens: [pii-email-1zprc0vl6a], salt: %x, values: [%x]}
`, salt, sum))
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.GuardOptions()
	want := policy.GuardOptions{PerMinute: 60, PerHour: 600, Tokens: []string{"pii-email-1zprc0vl6a"}, Salt: salt, Values: [][32]byte{sum}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("GuardOptions: %v (-want +got):\n%s", err, d)
	}
}

// An operator can read what opens where, and hears of what is wider than it need be.
func TestOpenings(t *testing.T) {
	for _, tt := range []struct {
		yaml            string
		opens, warnings []string
	}{
		{"", nil, nil},
		{"opening: {per_hour: 100}\ntools: [{name: send, servers: [crm], reveal: [{entities: [EMAIL_ADDRESS], paths: [/to, /cc/*], principals: [jane]}]}]",
			[]string{"plain of EMAIL_ADDRESS in /params/arguments/to, /params/arguments/cc/* of tools/call send, for jane, at crm"}, nil},
		{"tools: [{name: send, reveal: [{entities: [PERSON], paths: [/to], grant: deny}]}]", []string{"nothing of PERSON in /params/arguments/to of tools/call send, for anybody"}, nil},
		{"opening: {per_hour: 100}\ntools: [{name: '*', reveal: [{paths: [/**], grant: masked}]}]", []string{"masked of every entity in /params/arguments/** of tools/call *, for anybody"},
			[]string{"wherever they stand in the arguments", "for every tool", "of every entity"}},
		{"opening: {per_hour: 100}\npolicy: [{name: a, direction: to-server, methods: [resources/read], names: ['crm://*'], entities: [PERSON], paths: [/params/uri], action: decrypt}, {action: block}]",
			[]string{"plain of PERSON in /params/uri of resources/read crm://*, for anybody"}, []string{"other messages than calls of tools"}},
		{"opening: {per_hour: 100}\npolicy: [{name: a, direction: to-server, names: [x], entities: [PERSON], paths: [/params/arguments/*], action: decrypt}, {action: block}]",
			[]string{"plain of PERSON in /params/arguments/* of tools/call x, for anybody"}, []string{"wherever they stand"}},
		{"tools: [{name: send, reveal: [{entities: [PERSON], paths: [/a/**]}]}]", []string{"plain of PERSON in /params/arguments/a/** of tools/call send, for anybody"}, []string{"nothing bounds how much"}},
	} {
		c, err := config.Parse("f.yaml", []byte("version: 1\n"+tt.yaml+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		rules, err := c.PolicyRules()
		if err != nil {
			t.Fatal(err)
		}
		opens, warnings := c.Openings(rules)
		if d := cmp.Diff(tt.opens, opens); d != "" {
			t.Errorf("%s: opens (-want +got):\n%s", tt.yaml, d)
		}
		if len(warnings) != len(tt.warnings) {
			t.Errorf("%s: warnings %q, want %q", tt.yaml, warnings, tt.warnings)
			continue
		}
		for i, w := range warnings {
			if !strings.Contains(w, tt.warnings[i]) {
				t.Errorf("%s: warning %q, want %q", tt.yaml, w, tt.warnings[i])
			}
		}
	}
}

func TestParseReveal(t *testing.T) {
	got, err := config.ParseReveal("send_mail:EMAIL_ADDRESS, PERSON@/to,/cc/*")
	if err != nil || got.Name != "send_mail" {
		t.Fatalf("ParseReveal = %+v, %v", got, err)
	}
	want := []config.Reveal{{Entities: []string{"EMAIL_ADDRESS", "PERSON"}, Paths: []string{"/to", "/cc/*"}}}
	if d := cmp.Diff(want, got.Reveal); d != "" {
		t.Errorf("ParseReveal (-want +got):\n%s", d)
	}
	for in, want := range map[string]string{
		"":                    "names no tool",
		"@/to":                "names no tool",
		":PERSON@/to":         "names no tool",
		"send":                "--reveal send: names no arguments, want TOOL[:ENTITY,…]@/ARGUMENT,…, such as send_mail:EMAIL_ADDRESS@/to; @/** is all of them",
		"send:PERSON":         "--reveal send: names no arguments",
		"send:PERSON,@/to":    "--reveal send: an entity is empty",
		"send@/to,":           "--reveal send: an argument is no JSON Pointer",
		"send@/to,cc":         "--reveal send: an argument is no JSON Pointer",
		"send@/a/**/b":        "--reveal send: an argument is no JSON Pointer",
		"send@example.com@/a": "",
	} {
		_, err := config.ParseReveal(in)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("ParseReveal(%q) = %v, want %s", in, err, want)
		}
	}
}
