package e2e

import (
	"strings"
	"testing"
)

// What policy blocks is answered, in a way that every client takes as the answer of the
// tool, without a value; and the connection goes on.
func TestBlock(t *testing.T) {
	conf := `version: 1
policy:
- {name: cards stay home, direction: to-server, entities: [CREDIT_CARD], action: block}
- {name: no bank accounts, direction: to-client, entities: [IBAN_CODE], action: block}
- {name: let the rest pass, direction: to-server, action: pass}
- {name: seal the rest, direction: to-client, action: encrypt}
`
	eachKind(t, func(t *testing.T, k kind) {
		for _, tr := range transports {
			t.Run(tr.name, func(t *testing.T) {
				list := people(2)
				d := tr.serve(t, list)
				to := veiled(t, newHome(t), d.target, "--config", config(t, conf))
				c := k.open(t, to)
				c.list(t)

				a := c.call(t, "jot", map[string]any{"text": "charge " + list[0].Card})
				if !a.IsError || a.Err != "" || a.Text == "" {
					t.Errorf("a blocked call is answered %+v, want a tool's error that says why", a)
				}
				checkNone(t, "the answer to a blocked call", a.Raw, list)
				if d.notes() != "" {
					t.Errorf("a blocked call reached the server: %q", d.notes())
				}

				a = c.call(t, "lookup", map[string]any{"row": 1})
				if !a.IsError || a.Err != "" || a.Structured != "" {
					t.Errorf("a blocked answer arrives as %+v, want a tool's error", a)
				}
				checkNone(t, "a blocked answer", a.Raw, list)

				c.call(t, "jot", map[string]any{"text": "nothing to hide"}).ok(t)
				if !contains(d.notes(), "nothing to hide") {
					t.Error("after a blocked call the next one does not arrive")
				}
				checkLog(t, to, list)
			})
		}
	})
}

// What looks like a token and is not ours, or not for us, stays as it is: it is never
// opened, also where policy opens tokens.
func TestForeignTokens(t *testing.T) {
	list := people(2)
	h := newHome(t)
	see := func(h home, flags ...string) customer {
		c := goClient(t, veiled(t, h, stdioDesk(t, list).target, flags...), "")
		text, _ := checkLookup(t, c, list[1])
		return text
	}
	mine := see(h)
	middle := len(mine.Email) / 2
	other := "q"
	if mine.Email[middle] == 'q' {
		other = "p"
	}
	foreign := map[string]string{
		"of another key":        see(newHome(t)).Email,
		"of another principal":  see(h, "--principal", "somebody else").Email,
		"of another tenant":     see(h, "--config", config(t, "version: 1\ntenant: other\n")).Email,
		"with a letter changed": mine.Email[:middle] + other + mine.Email[middle+1:],
		"cut short":             mine.Email[:len(mine.Email)-1],
		"under another entity":  strings.Replace(mine.Email, "pii-email-", "pii-phone-", 1),
	}
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			d := tr.serve(t, list)
			to := veiled(t, h, d.target, "--reveal", "send@/to,/text")
			c := goClient(t, to, "")
			for what, token := range foreign {
				if token == mine.Email {
					t.Errorf("a token %s is the same as ours", what)
				}
				before := d.notes()
				c.call(t, "send", map[string]any{"to": token, "text": mine.Card}).ok(t)
				got := d.notes()[len(before):]
				if want := mustJSON(map[string]string{"to": token, "text": list[1].Card}); !sameJSON(got, want) {
					t.Errorf("with a token %s send got %s, want it as it was: %s", what, got, want)
				}
			}
			checkLog(t, to, list)
			counted := 0
			for line := range strings.Lines(to.log.String()) {
				if contains(line, `"direction":"to-server"`) && contains(line, `"outcome":"forged"`) {
					counted++
				}
			}
			if counted != len(foreign) {
				t.Errorf("the records count %d calls with a token that is not ours, want %d", counted, len(foreign))
			}
		})
	}
}
