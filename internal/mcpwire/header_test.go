package mcpwire_test

import (
	"net/http"
	"testing"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
)

func TestHeaderValues(t *testing.T) {
	for value, want := range map[string]string{
		"":                      "",
		"us-west1":              "us-west1",
		"a b":                   "a b",
		"日本語":                   "=?base64?5pel5pys6Kqe?=",
		" us-west1":             "=?base64?IHVzLXdlc3Qx?=",
		"us-west1 ":             "=?base64?dXMtd2VzdDEg?=",
		"line1\nline2":          "=?base64?bGluZTEKbGluZTI=?=",
		"\tindented":            "=?base64?CWluZGVudGVk?=",
		"=?base64?literal?=":    "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=",
		"=?base64?no end":       "=?base64?no end",
		"jane.doe@example.test": "jane.doe@example.test",
	} {
		got := mcpwire.EncodeHeader(value)
		if got != want {
			t.Errorf("EncodeHeader(%q) = %q, want %q", value, got, want)
		}
		if back, ok := mcpwire.DecodeHeader(got); !ok || back != value {
			t.Errorf("DecodeHeader(%q) = %q, %t, want %q, true", got, back, ok, value)
		}
	}
	for _, bad := range []string{"=?base64?SGVs!!!bG8=?=", "=?base64?SGVsbG8?="} {
		if got, ok := mcpwire.DecodeHeader(bad); ok {
			t.Errorf("DecodeHeader(%q) = %q, true, want false", bad, got)
		}
	}
	if got, ok := mcpwire.DecodeHeader(" \tx\t "); got != "x" || !ok {
		t.Errorf(`DecodeHeader(" \tx\t ") = %q, %t, want x, true`, got, ok)
	}
}

func TestHeaderNamesAreCanonical(t *testing.T) {
	for _, name := range []string{mcpwire.HeaderVersion, mcpwire.HeaderSession, mcpwire.HeaderMethod,
		mcpwire.HeaderName, mcpwire.HeaderParamPrefix + "X", mcpwire.HeaderLastEvent} {
		if got := http.CanonicalHeaderKey(name); got != name {
			t.Errorf("CanonicalHeaderKey(%q) = %q, want the name itself", name, got)
		}
	}
}

func FuzzHeaderValue(f *testing.F) {
	f.Add("x")
	f.Add("=?base64?eA==?=")
	f.Add(" é ")
	f.Fuzz(func(t *testing.T, value string) {
		enc := mcpwire.EncodeHeader(value)
		for i := range len(enc) {
			if enc[i] < ' ' || enc[i] > '~' {
				t.Fatalf("EncodeHeader(%q) = %q holds byte %#x, want printable ASCII only", value, enc, enc[i])
			}
		}
		if got, ok := mcpwire.DecodeHeader(enc); !ok || got != value {
			t.Fatalf("DecodeHeader(EncodeHeader(%q)) = %q, %t", value, got, ok)
		}
	})
}
