package envelope_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// TestAliasesOfTenants: tenants share a store, and none finds or opens what is another's: not under its name, and not under the other's either, for
// it has other keys.
func TestAliasesOfTenants(t *testing.T) {
	s, _, _ := inMemory(t)
	var log bytes.Buffer
	o := envelope.KeyringsOptions{Options: *options()}
	o.Create, o.Aliases = true, envelope.NewAliases(&envelope.AliasOptions{MaxEntries: 8, Log: slog.New(slog.NewTextHandler(&log, nil))})
	r := newRings(t, s, &o)
	acme, beta := redact.Scope{Tenant: "acme", Kind: "principal", ID: "x"}, redact.Scope{Tenant: "beta", Kind: "principal", ID: "x"}
	digits := &redact.Shape{Type: "string", Closed: "pattern", Misfit: func(text []byte) string {
		if len(text) != 16 || strings.Trim(string(text), "0123456789") != "" {
			return "pattern"
		}
		return ""
	}}
	const value = "4111111111111111"
	sealed := func(in redact.Scope, shape *redact.Shape) string {
		out, err := r.Alias().Transform(t.Context(), nil, redact.Value{Text: []byte(value), Entity: "CREDIT_CARD", Shape: shape, Whole: true, Call: &redact.Call{Scope: in}})
		must(t, err)
		return string(out)
	}
	locate := r.Decrypt().(redact.Locator)
	found := func(in redact.Scope, text string) int {
		call := &redact.Call{Scope: in, Site: policy.Site{Direction: policy.ToServer}}
		return len(locate.Locate(nil, call, []byte(`{"a":"`+text+`"}`), 0, len(text)+8))
	}
	for _, shape := range []*redact.Shape{nil, digits} {
		ours, theirs := sealed(acme, shape), sealed(beta, shape)
		if ours == theirs {
			t.Errorf("two tenants have %s", ours)
		}
		if got, err := transform(t, r.Decrypt(), "CREDIT_CARD", ours, acme); err != nil || got != value {
			t.Errorf("Decrypt(%s) = %q, %v", ours, got, err)
		}
		if got, err := transform(t, r.Decrypt(), "CREDIT_CARD", ours, beta); !errors.Is(err, redact.ErrNotOurs) {
			t.Errorf("beta opens acme's %s to %q, %v", ours, got, err)
		}
		if shape != nil && (found(acme, ours) != 1 || found(beta, ours) != 0 || found(beta, theirs) != 1) {
			t.Errorf("acme finds %d of its own, beta %d of acme's and %d of its own", found(acme, ours), found(beta, ours), found(beta, theirs))
		}
	}
	// That there is no room is said once, and of nobody by name.
	for i := range 20 {
		_, err := transform(t, r.Alias(), "EMAIL_ADDRESS", strings.Repeat("canary", i+1), acme)
		must(t, err)
	}
	if text := log.String(); strings.Count(text, "no room") != 1 || strings.Contains(text, "canary") || strings.Contains(text, "acme") {
		t.Errorf("the log says %s", text)
	}
}
