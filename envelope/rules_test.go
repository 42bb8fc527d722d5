package envelope_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/redact"
)

// TestRules: a detector finds a token whatever stands beside it, whole, with its entity.
func TestRules(t *testing.T) {
	k := newRing(t)
	det, err := detect.New(k.Rules(), nil)
	must(t, err)
	for entity := range names {
		for _, n := range []int{0, 16, 20, 120, 1000, envelope.MaxPlaintext} {
			token := seal(t, k, entity, strings.Repeat("x", n), alice)
			for _, want := range []string{token, strings.ToUpper(token), token + "@pii.invalid"} {
				for _, around := range []string{
					"%s", `{"email":"%s"}`, "see %s.", "<%s>", "`%s`", "x=%s&y=1", "https://h.example/%s/x", "(%s)", "**%s**", "%s,%[1]s", "a-%s-b", "%s\n", "\u201c%s\u201d",
					"_%s_", "홍길동 %s는", "é%sé", "mailto:%s?subject=x",
				} {
					text := fmt.Sprintf(around, want)
					if !strings.Contains(around, "[1]") {
						text, _, _ = strings.Cut(text, "%!(EXTRA")
					}
					found := det.Append(nil, detect.Text{Raw: []byte(text), Final: true})
					if len(found) != strings.Count(text, want) {
						t.Errorf("%d findings in %.60q…, want %d", len(found), text, strings.Count(text, want))
						continue
					}
					for _, f := range found {
						if got := text[f.Start:f.End]; got != want || f.Rule.Entity != entity || !f.Rule.Sealed || f.Cut {
							t.Errorf("found %.60q… as %s in %q, want the token of %s", got, f.Rule.Entity, around, entity)
						}
					}
				}
			}
		}
	}
}

// TestRulesEscaped: in the bytes of a JSON message, at any depth.
func TestRulesEscaped(t *testing.T) {
	k := newRing(t)
	det, err := detect.New(k.Rules(), nil)
	must(t, err)
	token := seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice)
	for _, around := range []string{`{"a":"%s"}`, `{"a":"x\n%s\n"}`, `{"a":"{\"b\":\"%s\"}"}`, `{"a":"\\\"%s\\\""}`, `{"a":"\t%s"}`, `{"%s":1}`} {
		text := fmt.Sprintf(around, token)
		found := det.Append(nil, detect.Text{Raw: []byte(text), Escaped: true, Final: true})
		if len(found) != 1 || text[found[0].Start:found[0].End] != token {
			t.Errorf("%d findings in %s, want the token", len(found), text)
		}
	}
}

// TestRulesNot: what is too short for a token, of another entity or cut up is none.
func TestRulesNot(t *testing.T) {
	k := newRing(t)
	det, err := detect.New(k.Rules(), nil)
	must(t, err)
	token := seal(t, k, "EMAIL_ADDRESS", "", alice)
	for _, text := range []string{
		token[:len(token)-1], "pii-email-1", "pii-email-3" + token[11:], "pii-other-1" + token[11:], "pii_email_1" + token[11:],
		token[:20] + " " + token[20:], token[:11] + strings.ToUpper(token[11:]),
	} {
		if found := det.Append(nil, detect.Text{Raw: []byte(text), Final: true}); len(found) > 0 {
			t.Errorf("a finding in %q", text)
		}
	}
}

// TestAddNames adds entities to a keyring in use: what has a name keeps it.
func TestAddNames(t *testing.T) {
	k, err := envelope.New(&envelope.Options{Names: map[detect.Entity]string{"EMAIL_ADDRESS": "email"}})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for _, tt := range []struct {
		names map[detect.Entity]string
		err   string
	}{
		{map[detect.Entity]string{"EMAIL_ADDRESS": "mail", "PERSON": "person"}, "has the token name"},
		{map[detect.Entity]string{"OTHER": "email", "PERSON": "person"}, "stands for both"},
		{map[detect.Entity]string{"OTHER": "An Other", "PERSON": "person"}, "is not 1 to"},
		{map[detect.Entity]string{"EMAIL_ADDRESS": "email", "CREDIT_CARD": "card"}, ""},
	} {
		if err := k.AddNames(tt.names); (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("AddNames(%v) = %v, want %q", tt.names, err, tt.err)
		}
	}
	if got := k.Names(); len(got) != 2 || got["EMAIL_ADDRESS"] != "email" || got["CREDIT_CARD"] != "card" {
		t.Errorf("names are %v: of what was refused, something was added, or of the rest something was not", got)
	}
	if _, err := k.Seal(nil, "CREDIT_CARD", []byte("4111"), redact.Scope{Tenant: "a", Kind: "tenant"}); err != nil {
		t.Error(err)
	}
	if _, err := k.Seal(nil, "PERSON", []byte("x"), redact.Scope{Tenant: "a", Kind: "tenant"}); err == nil {
		t.Error("an entity without a name was sealed")
	}
}
