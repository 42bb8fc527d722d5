package session_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// seamOptions are of all rules, and label everything on its way to the client.
func seamOptions(t *testing.T) *session.Options {
	t.Helper()
	packs, err := patterns.Builtins(patterns.Names()...)
	if err != nil {
		t.Fatal(err)
	}
	det, err := detect.New(patterns.Select(patterns.Balanced, packs...))
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{{Name: "hide", Direction: policy.ToClient, Action: policy.Redact}, {Name: "rest", Action: policy.Pass}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(det, pol, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &session.Options{Engine: session.Engine{Filter: f, Policy: pol, Detector: det}}
}

// A value that begins in one notification and ends in the next: what stands in the second is replaced. Texts that do not
// belong together are not joined.
func TestSeam(t *testing.T) {
	progress := func(token int, text string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%d,"progress":1,"message":%q}}`, token, text)
	}
	log := func(logger, text string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","logger":%q,"data":%q}}`, logger, text)
	}
	tests := []struct {
		name string
		msgs []string
		gone []string // from what the client gets
		left string   // in it
	}{
		{"card", []string{progress(1, "card 4111 1111"), progress(1, " 1111 1111 was declined")}, []string{"1111 1111 was"}, "[CREDIT_CARD] was declined"},
		{"address", []string{progress(1, "write to ada.lovel"), progress(1, "ace@example.com soon")}, []string{"ace@"}, "[EMAIL_ADDRESS] soon"},
		{"three pieces", []string{progress(1, "write to ada.lovelace@"), progress(1, "exa"), progress(1, "mple.com soon")}, []string{"mple"}, "soon"},
		{"escaped", []string{progress(1, "write to \"ada.lovel"), progress(1, "ace@example.com\" soon")}, []string{"ace@"}, `[EMAIL_ADDRESS]\" soon`},
		{"long before", []string{progress(1, strings.Repeat("word ", 200)+"ada.lovel"), progress(1, "ace@example.com "+strings.Repeat("word ", 200))}, []string{"ace@"}, "[EMAIL_ADDRESS] word"},
		{"log", []string{log("crm", "write to ada.lovel"), log("crm", "ace@example.com soon")}, []string{"ace@"}, "[EMAIL_ADDRESS] soon"},
		{"between them others", []string{progress(1, "write to ada.lovel"), progress(2, "half way"), log("crm", "tick"), progress(1, "ace@example.com soon")}, []string{"ace@"}, "[EMAIL_ADDRESS] soon"},
		{"two calls", []string{progress(1, "sum 4111 1111"), progress(2, "1111 1111 items")}, nil, "1111 1111 items"},
		{"two lines", []string{progress(1, "sum 4111 1111\n"), progress(1, "1111 1111 items")}, nil, "1111 1111 items"},
		{"two words", []string{progress(1, "sent by ada.lovel"), progress(1, " ace at nine")}, nil, " ace at nine"},
	}
	opts := seamOptions(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSession(t, opts)
			p := s.Port(policy.ToClient)
			defer p.Release()
			var all strings.Builder
			for _, m := range test.msgs {
				v := p.Forward(t.Context(), []byte(m))
				if v.Class != session.OK {
					t.Fatalf("%v: %v", v.Class, v.Err)
				}
				all.Write(v.Out)
			}
			for _, gone := range test.gone {
				if strings.Contains(all.String(), gone) {
					t.Errorf("%q is left in %s", gone, all.String())
				}
			}
			if !strings.Contains(all.String(), test.left) {
				t.Errorf("want %q in %s", test.left, all.String())
			}
		})
	}
}

// What one stream brought is nothing to the next that uses the same Port, and of many texts the oldest are let go.
func TestSeamsEnd(t *testing.T) {
	s := newSession(t, seamOptions(t))
	send := func(p *session.Port, token int, text string) string {
		return string(p.Forward(t.Context(), fmt.Appendf(nil,
			`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%d,"message":%q}}`, token, text)).Out)
	}
	const first, second = "card 4111 1111", " 1111 1111 was declined"
	for range 8 { // of a pool, which may forget
		p := s.Port(policy.ToClient)
		if out := send(p, 1, second); !strings.Contains(out, second) {
			t.Errorf("what another stream brought is remembered: %s", out)
		}
		send(p, 1, first)
		p.Release()
	}
	p := s.Port(policy.ToClient)
	defer p.Release()
	send(p, 0, first)
	for n := range 15 {
		send(p, n+1, "tick")
	}
	if out := send(p, 0, second); strings.Contains(out, second) {
		t.Errorf("one of 16 texts was forgotten: %s", out)
	}
	send(p, 0, first)
	for n := range 16 {
		send(p, n+1, "tick")
	}
	if out := send(p, 0, second); !strings.Contains(out, second) {
		t.Errorf("one of 17 texts is remembered: %s", out)
	}
}

// What the policy lets pass is left alone across a seam as well, and a token that is said in pieces stays one.
func TestSeamPasses(t *testing.T) {
	core, err := patterns.Builtin("core")
	if err != nil {
		t.Fatal(err)
	}
	rules, how := patterns.Select(patterns.Balanced, core)
	det, err := detect.New(append(rules, envelope.Rules(map[detect.Entity]string{"EMAIL_ADDRESS": "email"})...), how)
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{
		{Name: "known to all", Direction: policy.ToClient, Entities: []string{"EMAIL_ADDRESS"}, Paths: []string{"/params/message"}, Action: policy.Pass},
		{Name: "hide", Direction: policy.ToClient, Action: policy.Redact}, {Name: "rest", Action: policy.Pass},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(det, pol, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	opts := &session.Options{Engine: session.Engine{Filter: f, Policy: pol, Detector: det}}
	tests := []struct{ name, params, first, second, want string }{
		{"passes", `{"progressToken":1,"message":%q}`, "write to ada.lovel", "ace@example.com soon", "ace@example.com soon"},
		{"does not pass there", `{"level":"info","data":%q}`, "write to ada.lovel", "ace@example.com soon", "[EMAIL_ADDRESS] soon"},
		{"token", `{"level":"info","data":%q}`, "write to pii-email-1" + strings.Repeat("q7", 20), strings.Repeat("x3", 20) + " soon", strings.Repeat("x3", 20) + " soon"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newSession(t, opts).Port(policy.ToClient)
			defer p.Release()
			method := "notifications/message"
			if strings.Contains(test.params, "progressToken") {
				method = "notifications/progress"
			}
			var out string
			for _, text := range []string{test.first, test.second} {
				v := p.Forward(t.Context(), fmt.Appendf(nil, `{"jsonrpc":"2.0","method":%q,"params":`+test.params+`}`, method, text))
				if v.Class != session.OK {
					t.Fatalf("%v: %v", v.Class, v.Err)
				}
				out = string(v.Out)
			}
			if !strings.Contains(out, test.want) {
				t.Errorf("want %q in %s", test.want, out)
			}
		})
	}
}
