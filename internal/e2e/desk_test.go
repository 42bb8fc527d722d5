package e2e

import (
	"testing"
)

// Without mcpveil every client reads what the server says: the harness works.
func TestBareDesk(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		for name, serve := range map[string]func(testing.TB, []person) served{"stdio": stdioDesk, "http": httpDesk} {
			t.Run(name, func(t *testing.T) {
				list := people(2)
				d := serve(t, list)
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
