package envelope_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// veil returns a filter that seals to the client and opens to the server, and its keyring.
func veil(t testing.TB) (*redact.Filter, *envelope.Keyring) {
	t.Helper()
	o := options()
	o.Aliases = envelope.NewAliases(nil)
	k, err := envelope.New(o)
	must(t, err)
	t.Cleanup(func() { k.Close() })
	rules := append(k.Rules(), detect.Rule{ID: "t.1", Entity: "EMAIL_ADDRESS", Patterns: []detect.Pattern{{Expr: `[a-z]+@[a-z]+\.example`}}, Tier: detect.ByItself, MaxLen: 64})
	det, err := detect.New(rules, nil)
	must(t, err)
	pol, err := policy.New([]policy.Rule{
		{Name: "open", Direction: policy.ToServer, Action: policy.Decrypt},
		{Name: "seal", Direction: policy.ToClient, Action: policy.Encrypt},
		{Name: "pass", Action: policy.Pass},
	})
	must(t, err)
	f, err := redact.New(det, pol, redact.Transformers{{Action: policy.Encrypt}: k.Encrypt(), {Action: policy.Decrypt}: k.Decrypt()}, nil)
	must(t, err)
	return f, k
}

func through(t testing.TB, f *redact.Filter, d policy.Direction, msg string) (string, []redact.Event) {
	t.Helper()
	r := f.NewRewriter()
	out, err := r.Rewrite(t.Context(), &redact.Call{Site: policy.Site{Direction: d, Method: "tools/call"}, Scope: alice}, []byte(msg))
	if err != nil {
		t.Fatalf("Rewrite(%s) = %v", msg, err)
	}
	return string(out), r.Events()
}

// each puts a text between all characters.
func each(s, between string) string { return strings.Join(strings.Split(s, ""), between) }

// TestRendered: what rendering does to a token is undone, whatever it stands in; what else befalls one is not.
func TestRendered(t *testing.T) {
	f, k := veil(t)
	alias, err := k.SealAlias(nil, "EMAIL_ADDRESS", []byte("ada@lovelace.example"), alice)
	must(t, err)
	for _, token := range []string{seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice), string(alias)} {
		half := len(token) / 2
		for _, tt := range []struct {
			name, text, want string // text as it stands in a JSON string, decoded
		}{
			{"as it is", token, "ada@lovelace.example"},
			{"in capitals", strings.ToUpper(token), "ada@lovelace.example"},
			{"in backticks", "`" + token + "`", "`ada@lovelace.example`"},
			{"in quotation marks", `"` + token + `"`, `"ada@lovelace.example"`},
			{"in bold type", "**" + token + "**", "**ada@lovelace.example**"},
			{"in a link", "[x](mailto:" + token + ")", "[x](mailto:ada@lovelace.example)"},
			{"with Markdown's backslashes", strings.ReplaceAll(token, "-", `\-`), "ada@lovelace.example"},
			{"with Markdown's backslashes, in capitals", "see " + strings.ToUpper(strings.ReplaceAll(token, "-", `\-`)) + ".", "see ada@lovelace.example."},
			{"zero-width spaces", "a " + each(token, "\u200b") + " b", "a ada@lovelace.example b"},
			{"a soft hyphen", token[:half] + "\u00ad" + token[half:], "ada@lovelace.example"},
			{"full width", strings.Map(func(r rune) rune { return r - '!' + '！' }, token), "ada@lovelace.example"},
			{"JSON in JSON", `{"to":"` + token + `"}`, `{"to":"ada@lovelace.example"}`},
			{"JSON in JSON in JSON", `{"to":"{\"to\":\"` + token + `\"}"}`, `{"to":"{\"to\":\"ada@lovelace.example\"}"}`},
			{"a URL", "https://h.example/a?to=" + token + "&x=1", "https://h.example/a?to=ada@lovelace.example&x=1"},
			{"percent-encoded", "a?to=" + strings.ReplaceAll(token, "-", "%2D"), "a?to=ada%40lovelace.example"},
			{"HTML", "<b>" + strings.ReplaceAll(token, "-", "&#45;") + "</b>", "<b>ada@lovelace.example</b>"},
			{"mail", token + "@pii.invalid", "ada@lovelace.example"},
			{"CSV", "1," + token + ",2\n", "1,ada@lovelace.example,2\n"},

			{"one letter in capitals", "pii-Email" + token[len("pii-email"):], ""},
			{"a letter less", token[:half] + token[half+1:], ""},
			{"a letter twice", token[:half] + token[half-1:], ""},
			{"a blank in it", token[:half] + " " + token[half:], ""},
			{"a line break in it", token[:half] + "\n" + token[half:], ""},
			{"an underscore", strings.Replace(token, "-", "_", 1), ""},
			{"a dash", strings.Replace(token, "-", "–", 1), ""},
			{"o for 0", strings.Replace(token, "pii", "pll", 1), ""},
			{"the start missing", token[4:], ""},
			{"the end missing", token[:len(token)-2], ""},
			{"another name", strings.Replace(token, "email", "card", 1), ""},
		} {
			raw, err := json.Marshal(tt.text)
			must(t, err)
			msg := `{"params":{"arguments":{"a":` + string(raw) + `}}}`
			out, _ := through(t, f, policy.ToServer, msg)
			var got struct {
				Params struct{ Arguments struct{ A string } }
			}
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Errorf("%s: %s is no JSON: %v", tt.name, out, err)
				continue
			}
			want := tt.want
			if want == "" {
				want = tt.text
			}
			if got.Params.Arguments.A != want {
				t.Errorf("%s: %.90q opens to %.60q, want %.60q", tt.name, tt.text, got.Params.Arguments.A, want)
			}
		}
		// An escape in the message's own bytes.
		for _, text := range []string{`\u0070` + token[1:], strings.ReplaceAll(token, "-", `\u002d`), strings.ReplaceAll(token, "-", `\u002D`)} {
			if out, _ := through(t, f, policy.ToServer, `{"a":"`+text+`"}`); out != `{"a":"ada@lovelace.example"}` {
				t.Errorf("%s opens to %s", text, out)
			}
		}
	}
}

// TestUnsealUndoes: the same where a token comes by itself, and nothing more.
func TestUnsealUndoes(t *testing.T) {
	_, k := veil(t)
	alias, err := k.SealAlias(nil, "EMAIL_ADDRESS", []byte("x"), alice)
	must(t, err)
	for _, token := range []string{seal(t, k, "EMAIL_ADDRESS", "x", alice), string(alias)} {
		for _, text := range []string{
			strings.ToUpper(token), "`" + token + "`", `"` + token + `"`, "'" + token + "'", "“" + token + "”", "‘" + token + "’", "«" + token + "»",
			strings.ReplaceAll(token, "-", `\-`), each(token, "\u200b"), "\ufeff" + token, "`" + strings.ToUpper(strings.ReplaceAll(each(token, "\u2060"), "-", `\-`)) + "`",
		} {
			opens(t, k, "rendered", text, alice, "x")
		}
		for _, text := range []string{
			" " + token, token + " ", token + ".", "`" + token, token + "`", "``" + token + "``", `"` + token + "'", strings.ReplaceAll(token, "i", `\i`), strings.ReplaceAll(token, "-", `\\-`),
			strings.ReplaceAll(token, "-", "‐"), strings.Replace(token, "-", "--", 1), each(token, " "), each(token, "\u00a0"), token + "\x00",
		} {
			opens(t, k, "damaged", text, alice, envelope.ErrShape)
		}
	}
}

// TestIdempotent: what is a token stays one, as often as it passes, and what only looks like one stays text and is dealt with as text.
func TestIdempotent(t *testing.T) {
	f, k := veil(t)
	alias, err := k.SealAlias(nil, "EMAIL_ADDRESS", []byte("ada@lovelace.example"), alice)
	must(t, err)
	msg := `{"result":{"content":[{"type":"text","text":"ada@lovelace.example, ` + string(alias) + `"}]}}`
	once, _ := through(t, f, policy.ToClient, msg)
	if strings.Contains(once, "lovelace") || !strings.Contains(once, string(alias)) {
		t.Fatalf("the answer is %s", once)
	}
	if twice, _ := through(t, f, policy.ToClient, once); twice != once {
		t.Errorf("the second time it becomes %s, was %s", twice, once)
	}
	opened, _ := through(t, f, policy.ToServer, once)
	if want := strings.ReplaceAll(msg, string(alias), "ada@lovelace.example"); opened != want {
		t.Errorf("it opens to %s, want %s", opened, want)
	}
	// A look-alike with a value in it: the value is sealed, since nobody vouches for the rest.
	other := newRing(t)
	for _, forged := range []string{seal(t, other, "EMAIL_ADDRESS", "x", alice), "pii-email-2" + strings.Repeat("q", 18), printToken("email", make([]byte, 40))} {
		out, events := through(t, f, policy.ToClient, `{"a":"`+forged+`","b":"`+forged+` eve@evil.example"}`)
		if strings.Contains(out, "eve@evil.example") || strings.Count(out, forged) != 2 {
			t.Errorf("a look-alike becomes %s", out)
		}
		if len(events) == 0 || events[0].Outcome != redact.Forged {
			t.Errorf("%s: events %+v, want Forged", forged, events)
		}
		if out, _ := through(t, f, policy.ToServer, `{"a":"`+forged+`"}`); out != `{"a":"`+forged+`"}` {
			t.Errorf("a look-alike opens to %s", out)
		}
	}
}

// TestSplit: a stream gives the same wherever its windows end: at each byte of a document with tokens of both forms.
func TestSplit(t *testing.T) {
	f, k := veil(t)
	alias, err := k.SealAlias(nil, "EMAIL_ADDRESS", []byte("ada@lovelace.example"), alice)
	must(t, err)
	token := seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice)
	msg := `{"params":{"arguments":{"a":"` + token + `","b":["` + string(alias) + `","` + strings.ToUpper(string(alias)) + `@pii.invalid"],"c":"{\"d\":\"` + token + `\"}","e":"\u0070` + token[1:] + `","f":"` + token[:30] + `"}}}`
	call := &redact.Call{Site: policy.Site{Direction: policy.ToServer, Method: "tools/call"}, Scope: alice}
	want, err := f.NewRewriter().Rewrite(t.Context(), call, []byte(msg))
	must(t, err)
	if bytes.Count(want, []byte("ada@lovelace.example")) != 5 {
		t.Fatalf("the whole message becomes %s", want)
	}
	for i := 1; i < len(msg); i++ {
		var out bytes.Buffer
		w := f.NewWriter(context.Background(), &out, call)
		for _, part := range []string{msg[:i], msg[i:]} {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatalf("split at %d: %v", i, err)
			}
		}
		if err := w.Close(); err != nil || out.String() != string(want) {
			t.Fatalf("split at %d: %s, %v", i, out.String(), err)
		}
	}
}
