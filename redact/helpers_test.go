package redact_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// rules are few, and find what the tests plant.
func rules() []detect.Rule {
	return []detect.Rule{
		{ID: "t.email.1", Entity: "EMAIL_ADDRESS", Tier: detect.ByItself, MaxLen: 100,
			Patterns: []detect.Pattern{{Expr: `[A-Za-z0-9._%+-]{1,64}@[a-z0-9.-]{1,30}\.(?:com|org|invalid)`, Guard: detect.GuardWord}}},
		{ID: "t.card.1", Entity: "CREDIT_CARD", Tier: detect.ByItself, MaxLen: 19, Checks: []detect.Check{{Name: "luhn", Mode: detect.Require}},
			Patterns: []detect.Pattern{{Expr: `[2-6][0-9]{3}(?:[ -]?[0-9]{4}){3}`, Guard: detect.GuardDigit}}},
		{ID: "t.name.1", Entity: "PERSON", Tier: detect.ByField, MaxLen: 100, Fields: []string{"full_name"}},
		{ID: "t.secret.1", Entity: "SECRET", Tier: detect.ByItself, MaxLen: 60,
			Patterns: []detect.Pattern{{Expr: `sk_live_[A-Za-z0-9]{24,}`, Guard: detect.GuardWord}}},
		{ID: "t.token.email", Entity: "EMAIL_ADDRESS", Sealed: true, Tier: detect.ByItself, MaxLen: 300, Patterns: []detect.Pattern{{Expr: `pii-email-1[0-9a-f]{2,280}`}}},
		{ID: "t.token.card", Entity: "CREDIT_CARD", Sealed: true, Tier: detect.ByItself, MaxLen: 300, Patterns: []detect.Pattern{{Expr: `pii-card-1[0-9a-f]{2,280}`}}},
		{ID: "t.token.person", Entity: "PERSON", Sealed: true, Tier: detect.ByItself, MaxLen: 300, Patterns: []detect.Pattern{{Expr: `pii-person-1[0-9a-f]{2,280}`}}},
	}
}

var tokenNames = map[detect.Entity]string{"EMAIL_ADDRESS": "email", "CREDIT_CARD": "card", "PERSON": "person", "SECRET": "secret"}

// seal makes the tokens that fakes open: "pii-email-1", the text in hexadecimal, and 00.
func seal(e detect.Entity, text string) string {
	return "pii-" + tokenNames[e] + "-1" + hex.EncodeToString([]byte(text)) + "00"
}

func unseal(text string) (string, bool) {
	_, body, _ := strings.Cut(text, "-1")
	plain, err := hex.DecodeString(body)
	if err != nil || len(plain) == 0 || plain[len(plain)-1] != 0 {
		return "", false
	}
	return string(plain[:len(plain)-1]), true
}

// transformers are fakes of what package envelope has.
func transformers() redact.Transformers {
	return redact.Transformers{
		{Action: policy.Mask}: redact.Mask(4),
		{Action: policy.Hash}: redact.TransformerFunc(func(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
			return fmt.Appendf(dst, "hash-%s-%d", tokenNames[v.Entity], len(v.Text)), nil
		}),
		{Action: policy.Encrypt}: redact.TransformerFunc(func(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
			return append(dst, seal(v.Entity, string(v.Text))...), nil
		}),
		{Action: policy.Decrypt}: redact.TransformerFunc(func(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
			plain, ok := unseal(string(v.Text))
			if !ok {
				return dst, redact.ErrNotOurs
			}
			return append(dst, plain...), nil
		}),
	}
}

func newDetector(t testing.TB) *detect.Detector {
	t.Helper()
	det, err := detect.New(rules(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return det
}

// newFilter returns a filter with one rule for each entity and action, and Pass or other
// actions for the rest: "CREDIT_CARD:mask,*:encrypt".
func newFilter(t testing.TB, pol string) *redact.Filter {
	t.Helper()
	return filterOf(t, pol, nil)
}

func filterOf(t testing.TB, pol string, opts *redact.Options) *redact.Filter {
	t.Helper()
	var rs []policy.Rule
	for i, s := range strings.Split(pol, ",") {
		entity, action, _ := strings.Cut(s, ":")
		a, err := policy.ParseAction(action)
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, policy.Rule{Name: fmt.Sprint("r", i), Entities: []string{entity}, Action: a})
	}
	if last := rs[len(rs)-1]; last.Entities[0] == "*" {
		rs[len(rs)-1].Entities = nil
	} else {
		rs = append(rs, policy.Rule{Name: "rest", Action: policy.Pass})
	}
	p, err := policy.New(rs)
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(newDetector(t), p, transformers(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func toClient() *redact.Call {
	return &redact.Call{Site: policy.Site{Direction: policy.ToClient, Method: "tools/call", Name: "crm"}}
}

func toServer() *redact.Call {
	return &redact.Call{Site: policy.Site{Direction: policy.ToServer, Method: "tools/call", Name: "crm"}}
}

// summary is what an event says, in a line.
func summary(events []redact.Event) string {
	var b strings.Builder
	for i, e := range events {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s %s %s", e.Pointer, e.Finding.Rule.Entity, e.Decision.Action)
		switch e.Outcome {
		case redact.Forged:
			b.WriteString(" forged")
		case redact.Kept:
			b.WriteString(" kept")
		case redact.Protected:
			b.WriteString(" protected")
		}
	}
	return b.String()
}
