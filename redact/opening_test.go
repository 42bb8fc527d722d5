package redact_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// opening returns a filter of rules that decrypt, with a guard.
func opening(t *testing.T, g *policy.Guard, rules ...policy.Rule) *redact.Filter {
	t.Helper()
	for i := range rules {
		rules[i].Direction, rules[i].Action = policy.ToServer, policy.Decrypt
		if rules[i].Name == "" {
			rules[i].Name = fmt.Sprint("r", i)
		}
	}
	pol, err := policy.New(append(rules, policy.Rule{Name: "rest", Direction: policy.ToServer, Action: policy.Pass}, policy.Rule{Name: "seal", Direction: policy.ToClient, Action: policy.Encrypt}))
	if err != nil {
		t.Fatal(err)
	}
	tr := transformers()
	tr[redact.Use{Action: policy.Mask, With: "2"}] = redact.Mask(2)
	tr[redact.Use{Action: policy.Decrypt}] = redact.TransformerFunc(func(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
		plain, ok := unseal(string(v.Text))
		switch {
		case strings.HasSuffix(string(v.Text), "0f"):
			return dst, redact.ErrForeign
		case strings.HasSuffix(string(v.Text), "0e"):
			return dst, redact.ErrUnknownKey
		case !ok:
			return dst, redact.ErrNotOurs
		}
		return append(dst, plain...), nil
	})
	f, err := redact.New(newDetector(t), pol, tr, &redact.Options{Guard: g})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func alarmsOf(events []redact.Event) string {
	var all []string
	for _, e := range events {
		said := e.Pointer + " " + string(e.Finding.Rule.Entity) + " " + e.Decision.Action.String()
		if e.Alarm != redact.NoAlarm {
			said += " " + e.Alarm.String()
		}
		all = append(all, said)
	}
	return strings.Join(all, "; ")
}

// What becomes of tokens on their way to a server, by what is granted, and what is said of it.
func TestOpening(t *testing.T) {
	mail, card := seal("EMAIL_ADDRESS", "jane@example.com"), seal("CREDIT_CARD", "4111 1111 1111 1111")
	canary := seal("EMAIL_ADDRESS", "canary@example.com")
	salt := []byte("0123456789abcdef")
	g, err := policy.NewGuard(policy.GuardOptions{Tokens: []string{seal("EMAIL_ADDRESS", "bait@example.com"), strings.TrimSuffix(mail, "00") + "0f"},
		Salt: salt, Values: [][32]byte{policy.HashValue(salt, []byte("canary@example.com"))}})
	if err != nil {
		t.Fatal(err)
	}
	f := opening(t, g,
		policy.Rule{Name: "never", Paths: []string{"/to"}, Entities: []string{"PERSON"}, Grant: policy.Deny},
		policy.Rule{Name: "last two", Paths: []string{"/card"}, Entities: []string{"CREDIT_CARD"}, Grant: policy.Masked, With: "2"},
		policy.Rule{Name: "mail", Paths: []string{"/to", "/cc/*"}})
	for _, tt := range []struct{ msg, want, events string }{
		{`{"to":"` + mail + `"}`, `{"to":"jane@example.com"}`, "/to EMAIL_ADDRESS decrypt"},
		{`{"body":"see ` + mail + `."}`, `{"body":"see ` + mail + `."}`, "/body EMAIL_ADDRESS pass denied"},
		{`{"to":"` + seal("PERSON", "Ann Lee") + `"}`, `{"to":"` + seal("PERSON", "Ann Lee") + `"}`, "/to PERSON pass denied"},
		{`{"card":"` + card + `"}`, `{"card":"**** **** **** **11"}`, "/card CREDIT_CARD mask"},
		{`{"card":"x ` + card + ` y"}`, `{"card":"x **** **** **** **11 y"}`, "/card CREDIT_CARD mask"},
		{`{"card":"` + mail + `"}`, `{"card":"` + mail + `"}`, "/card EMAIL_ADDRESS pass denied"},
		{`{"to":"` + canary + `"}`, `{"to":"` + canary + `"}`, "/to EMAIL_ADDRESS pass honeytoken"},
		{`{"body":"` + canary + `"}`, `{"body":"` + canary + `"}`, "/body EMAIL_ADDRESS pass honeytoken"},
		{`{"cc":["` + mail + `","` + seal("EMAIL_ADDRESS", "bait@example.com") + `"]}`, `{"cc":["jane@example.com","` + seal("EMAIL_ADDRESS", "bait@example.com") + `"]}`, "/cc/0 EMAIL_ADDRESS decrypt; /cc/1 EMAIL_ADDRESS pass honeytoken"},
		{`{"to":"` + strings.TrimSuffix(mail, "00") + `0f"}`, `{"to":"` + strings.TrimSuffix(mail, "00") + `0f"}`, "/to EMAIL_ADDRESS decrypt honeytoken"},
		{`{"to":"` + strings.TrimSuffix(card, "00") + `0f"}`, `{"to":"` + strings.TrimSuffix(card, "00") + `0f"}`, "/to CREDIT_CARD decrypt foreign"},
		{`["` + strings.TrimSuffix(card, "00") + `0f","` + strings.TrimSuffix(card, "00") + `0f"]`, `["` + strings.TrimSuffix(card, "00") + `0f","` + strings.TrimSuffix(card, "00") + `0f"]`, "/0 CREDIT_CARD pass foreign; /1 CREDIT_CARD pass foreign"},
		{`{"to":"` + strings.TrimSuffix(card, "00") + `0e"}`, `{"to":"` + strings.TrimSuffix(card, "00") + `0e"}`, "/to CREDIT_CARD decrypt unknown_key"},
		{`{"to":"` + strings.TrimSuffix(card, "00") + `01"}`, `{"to":"` + strings.TrimSuffix(card, "00") + `01"}`, "/to CREDIT_CARD decrypt"},
		{`{"` + mail + `":1}`, `{"` + mail + `":1}`, "/[EMAIL_ADDRESS] EMAIL_ADDRESS pass denied"},
	} {
		c := toServer()
		c.Known = &redact.Known{}
		r := f.NewRewriter()
		got, err := r.Rewrite(t.Context(), c, []byte(tt.msg))
		if err != nil || string(got) != tt.want {
			t.Errorf("Rewrite(%s) = %s, %v, want %s", tt.msg, got, err, tt.want)
		}
		if got := alarmsOf(r.Events()); got != tt.events {
			t.Errorf("Rewrite(%s): events %q, want %q", tt.msg, got, tt.events)
		}
		// What went out in plain, and nothing else, is looked for in the answer.
		if got, want := c.Known.In("jane@example.com"), strings.Contains(tt.want, "jane@"); got != want {
			t.Errorf("Rewrite(%s) remembers that it opened the address: %v, want %v", tt.msg, got, want)
		}
		if out, _, err := write(t, f, c, []byte(tt.msg), func() int { return 5 }); err != nil || out != tt.want {
			t.Errorf("Writer(%s) = %s, %v, want %s", tt.msg, out, err, tt.want)
		}
	}
	// To the client a token of ours is nothing to be alarmed of, and one that is not is.
	c, r := toClient(), f.NewRewriter()
	msg := `["` + canary + `","` + strings.TrimSuffix(card, "00") + `0f"]`
	if out, err := r.Rewrite(t.Context(), c, []byte(msg)); err != nil || string(out) != msg || alarmsOf(r.Events()) != "/0 EMAIL_ADDRESS pass; /1 CREDIT_CARD pass foreign" {
		t.Errorf("to the client Rewrite(%s) = %s, %v, %q", msg, out, err, alarmsOf(r.Events()))
	}
}

// A budget is a principal's, whatever the tool and however many messages it takes; what is over it stays closed.
func TestOpeningBudget(t *testing.T) {
	now := time.Unix(1e9, 0)
	g, err := policy.NewGuard(policy.GuardOptions{PerMinute: 3, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	f := opening(t, g, policy.Rule{Name: "all"})
	mail := seal("EMAIL_ADDRESS", "jane@example.com")
	open := func(principal string, n int) (opened int, alarms int) {
		c := toServer()
		c.Site.Principal = principal
		r := f.NewRewriter()
		out, err := r.Rewrite(t.Context(), c, []byte(`["`+strings.Repeat(mail+`","`, n-1)+mail+`"]`))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Events() {
			if e.Alarm == redact.Overdrawn && e.Outcome == redact.Kept {
				alarms++
			}
		}
		return strings.Count(string(out), "jane@example.com"), alarms
	}
	for i, tt := range []struct {
		principal        string
		n, opened, alarm int
	}{{"a", 2, 2, 0}, {"a", 2, 1, 1}, {"b", 1, 1, 0}, {"a", 1, 0, 1}} {
		if opened, alarms := open(tt.principal, tt.n); opened != tt.opened || alarms != tt.alarm {
			t.Errorf("message %d, of %s: %d of %d opened, %d alarms, want %d and %d", i, tt.principal, opened, tt.n, alarms, tt.opened, tt.alarm)
		}
	}
	now = now.Add(66 * time.Second)
	if opened, _ := open("a", 2); opened != 2 {
		t.Errorf("a minute later %d opened, want 2", opened)
	}
}

// A mask that a grant asks for must be there.
func TestMaskedNeedsAMask(t *testing.T) {
	pol, err := policy.New([]policy.Rule{{Name: "m", Direction: policy.ToServer, Action: policy.Decrypt, Grant: policy.Masked, With: "3"}, {Action: policy.Block}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := redact.New(newDetector(t), pol, transformers(), nil); err == nil || !strings.Contains(err.Error(), "mask with 3, which is not configured") {
		t.Errorf("New = %v, want an error", err)
	}
}

// A honeytoken is one as an e-mail address, too, and in capitals: what opens must not depend on how it is written.
func TestHoneytokenAsAddress(t *testing.T) {
	det, err := detect.New([]detect.Rule{{
		ID: "token.email", Entity: "EMAIL_ADDRESS", Sealed: true, Tier: detect.ByItself, MaxLen: 512,
		Patterns: []detect.Pattern{{Expr: `pii-email-1[0-9a-f]+(?:@pii\.invalid)?`}, {Expr: `PII-EMAIL-1[0-9A-F]+(?:@PII\.INVALID)?`}}, // as envelope.Rules has them
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{{Name: "open", Direction: policy.ToServer, Action: policy.Decrypt}, {Name: "rest", Action: policy.Pass}})
	if err != nil {
		t.Fatal(err)
	}
	bait := seal("EMAIL_ADDRESS", "bait@example.com")
	g, err := policy.NewGuard(policy.GuardOptions{Tokens: []string{bait}})
	if err != nil {
		t.Fatal(err)
	}
	tr := redact.Transformers{{Action: policy.Decrypt}: redact.TransformerFunc(func(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
		plain, ok := unseal(strings.TrimSuffix(strings.ToLower(string(v.Text)), "@pii.invalid"))
		if !ok {
			return dst, redact.ErrNotOurs
		}
		return append(dst, plain...), nil
	})}
	f, err := redact.New(det, pol, tr, &redact.Options{Guard: g})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{bait, bait + "@pii.invalid", strings.ToUpper(bait), strings.ToUpper(bait + "@pii.invalid")} {
		msg := `{"to":"` + token + `"}`
		r := f.NewRewriter()
		got, err := r.Rewrite(t.Context(), toServer(), []byte(msg))
		if events := alarmsOf(r.Events()); err != nil || string(got) != msg || events != "/to EMAIL_ADDRESS pass honeytoken" {
			t.Errorf("Rewrite(%s) = %s, %v, events %q, want it closed, and said why", msg, got, err, events)
		}
	}
}
