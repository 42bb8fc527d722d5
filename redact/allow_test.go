package redact_test

import (
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// What is allowed stays, is reported as such, and hides nothing that is found in the same place. A stream does the same.
func TestAllowed(t *testing.T) {
	salt := []byte("0123456789abcdef")
	pol, err := policy.New([]policy.Rule{{Name: "all", Action: policy.Redact}}, policy.Exception{
		Name: "desk", Entities: []string{"EMAIL_ADDRESS", "CREDIT_CARD"}, Salt: salt,
		Values: [][32]byte{policy.HashValue(salt, []byte("desk@example.com")), policy.HashValue(salt, []byte("4111 1111 1111 1111"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(newDetector(t), pol, transformers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ in, want, allowed string }{
		{`{"a":"Desk@Example.com"}`, `{"a":"Desk@Example.com"}`, ""}, // not found at all: capitals
		{`{"a":"to desk@example.com, jane@example.com"}`, `{"a":"to desk@example.com, [EMAIL_ADDRESS]"}`, "EMAIL_ADDRESS"},
		{`{"a":"desk\u0040example.com"}`, `{"a":"desk\u0040example.com"}`, "EMAIL_ADDRESS"},
		{`{"a":"{\"b\":\"desk\\u0040example.com\"}"}`, `{"a":"{\"b\":\"desk\\u0040example.com\"}"}`, "EMAIL_ADDRESS"},
		{`{"a":4111111111111111}`, `{"a":4111111111111111}`, "CREDIT_CARD"},
		{`{"a":"4111-1111-1111-1111"}`, `{"a":"4111-1111-1111-1111"}`, "CREDIT_CARD"},
		{`{"full_name":"desk@example.com"}`, `{"full_name":"[PERSON]"}`, ""}, // also found as a name
		{`{"desk@example.com":1}`, `{"desk@example.com":1}`, "EMAIL_ADDRESS"},
	} {
		r := f.NewRewriter()
		got, err := r.Rewrite(t.Context(), toClient(), []byte(tt.in))
		if err != nil || string(got) != tt.want {
			t.Errorf("Rewrite(%s) = %s, %v, want %s", tt.in, got, err, tt.want)
		}
		if s := allowed(r.Events()); s != tt.allowed {
			t.Errorf("Rewrite(%s) allows %q, want %q", tt.in, s, tt.allowed)
		}
		var out strings.Builder
		w := f.NewWriter(t.Context(), &out, toClient())
		for i := range len(tt.in) {
			if _, err := w.Write([]byte(tt.in[i : i+1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil || out.String() != tt.want {
			t.Errorf("Writer of %s wrote %s, %v, want %s", tt.in, out.String(), err, tt.want)
		}
	}
}

// What was opened for a tool is sealed again where it comes back, though it is allowed there: the tool was to see it, not the client.
func TestAllowedKnown(t *testing.T) {
	pol, err := policy.New([]policy.Rule{{Name: "all", Action: policy.Redact}}, policy.Exception{Name: "desk", Paths: []string{"/a"}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(newDetector(t), pol, transformers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	call := toClient()
	call.Known = new(redact.Known)
	call.Known.Add("EMAIL_ADDRESS", []byte("jane@example.com"))
	for in, left := range map[string]bool{`{"a":"jane@example.com"}`: false, `{"a":"bob@example.com"}`: true} {
		out, err := f.NewRewriter().Rewrite(t.Context(), call, []byte(in))
		if err != nil || (string(out) == in) != left {
			t.Errorf("Rewrite(%s) = %s, %v, want it left: %v", in, out, err, left)
		}
	}
}

func allowed(events []redact.Event) string {
	var s []string
	for _, e := range events {
		if e.Outcome == redact.Allowed {
			if e.Decision.Action != policy.Pass || e.Decision.Rule.Name != "desk" {
				return "wrong decision"
			}
			s = append(s, string(e.Finding.Rule.Entity))
		}
	}
	return strings.Join(s, " ")
}
