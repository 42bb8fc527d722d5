package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

var transports = []struct {
	name  string
	serve func(testing.TB, []person) served
}{
	{"stdio", stdioDesk},
	{"http", httpDesk},
}

// Without mcpveil every client reads what the server says: the harness works.
func TestBareDesk(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		for _, tr := range transports {
			t.Run(tr.name, func(t *testing.T) {
				list := people(2)
				d := tr.serve(t, list)
				c := k.open(t, d.target)
				if got := c.version() == modern; got != k.modern {
					t.Errorf("negotiated %s, want modern %v", c.version(), k.modern)
				}
				c.list(t)
				a := c.call(t, "lookup", map[string]any{"row": 1}).ok(t)
				for _, v := range list[1].values() {
					if !contains(a.Text, v) || !contains(a.Structured, v) {
						t.Errorf("lookup answers %s, want %q in text and structuredContent", a.Raw, v)
					}
				}
				c.call(t, "jot", map[string]any{"to": list[0].Email}).ok(t)
				if !contains(d.notes(), list[0].Email) {
					t.Errorf("notes hold %q, want %q", d.notes(), list[0].Email)
				}
			})
		}
	})
}

// The main job: the model sees tokens, the tool that policy trusts gets the
// values, the one it does not trust gets the tokens.
func TestDesk(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		for _, tr := range transports {
			t.Run(tr.name, func(t *testing.T) {
				list := people(2)
				d := tr.serve(t, list)
				to := veiled(t, newHome(t), d.target, "--reveal", "send@/to,/text")
				c := k.open(t, to)
				if got := c.version() == modern; got != k.modern {
					t.Errorf("negotiated %s, want modern %v as without mcpveil", c.version(), k.modern)
				}
				c.list(t)
				sealed, structured := checkLookup(t, c, list[1])

				text := "Dear " + sealed.Email + ", your card " + sealed.Card + " is on its way."
				a := c.call(t, "send", map[string]any{"to": structured.Email, "text": text}).ok(t)
				want := mustJSON(map[string]string{"to": list[1].Email, "text": "Dear " + list[1].Email + ", your card " + list[1].Card + " is on its way."})
				if !sameJSON(d.notes(), want) {
					t.Errorf("send got %s, want %s", d.notes(), want)
				}
				checkNone(t, "the answer of send", a.Raw, list)
				if got := tokens(a.Text); len(got) != 3 || got[0] != sealed.Email && got[0] != sealed.Card {
					t.Errorf("send answers %q, want what it was told, with the tokens it was told", a.Text)
				}

				before := d.notes()
				a = c.call(t, "jot", map[string]any{"to": sealed.Email}).ok(t)
				if got := d.notes()[len(before):]; !sameJSON(got, mustJSON(map[string]string{"to": sealed.Email})) {
					t.Errorf("jot, which nothing may be revealed to, got %s, want the token", got)
				}
				if !contains(a.Text, sealed.Email) {
					t.Errorf("jot answers %q, want the token it was told", a.Text)
				}

				// What the client's side writes in plain passes, and comes back sealed.
				before = d.notes()
				a = c.call(t, "jot", map[string]any{"to": list[0].Email}).ok(t)
				if got := d.notes()[len(before):]; !contains(got, list[0].Email) {
					t.Errorf("jot got %s, want the plain value", got)
				}
				checkNone(t, "the answer of jot", a.Raw, list)
				checkLog(t, to, list)
			})
		}
	})
}

// checkLookup has row 1 looked up and returns what the client saw of it in the text
// and in structuredContent: the same, but that a token of an e-mail address looks like an
// address where the tool's schema wants one.
func checkLookup(t testing.TB, c client, p person) (text, structured customer) {
	t.Helper()
	a := c.call(t, "lookup", map[string]any{"row": 1}).ok(t)
	checkNone(t, "the answer of lookup", a.Raw, []person{p})
	if err := json.Unmarshal([]byte(a.Text), &text); err != nil {
		t.Fatalf("the text of lookup is no JSON any more: %v: %.300q", err, a.Text)
	}
	if err := json.Unmarshal([]byte(a.Structured), &structured); err != nil {
		t.Fatalf("structuredContent is %.300q: %v", a.Structured, err)
	}
	plain := structured
	plain.Email = strings.TrimSuffix(structured.Email, "@pii.invalid")
	if text != plain {
		t.Errorf("text and structuredContent differ: %+v and %+v", text, structured)
	}
	for name, v := range map[string]string{"email": text.Email, "phone": text.Phone, "card_number": text.Card, "iban": text.IBAN, "ssn": text.SSN} {
		if !isToken(v) {
			t.Errorf("lookup shows %s as %q, want a token", name, v)
		}
	}
	if text.ID != p.ID || text.Note != p.Note || text.Since != 2019 {
		t.Errorf("lookup shows id %q, note %q, since %d, want them as they are", text.ID, text.Note, text.Since)
	}
	return text, structured
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && mustJSON(x) == mustJSON(y)
}
