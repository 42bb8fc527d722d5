package detect_test

import (
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// A match may end behind one byte that could divide digits, whatever follows.
func TestNumberEndsWithDivider(t *testing.T) {
	for _, c := range []struct{ expr, text, want string }{
		{`[0-9]{4}-`, "1234-abc", "1234-"},
		{`[0-9]{4}-`, "1234- abc", "1234-"},
		{`[0-9]{4}-`, "1234-", "1234-"},
		{`[0-9]{4}-`, "1234--x", "1234-"},
		{`[0-9]{5}[,.]`, "no. 12345.xyz", "12345."},
		{`[0-9]{5}[,.]`, "no. 12345,xyz", "12345,"},
		{`[0-9]{6}-(?:AB)?`, "123456-xyz", "123456-"},
		{`[0-9]{6}-(?:AB)?`, "123456-ABC", "123456-AB"},
		{`[0-9]{8}\)`, "(12345678)abc", "12345678)"},
		{`[0-9]{2}-[0-9]{2}/`, "12-34/abc", "12-34/"},
	} {
		d, err := detect.New([]detect.Rule{
			{ID: "it", Entity: "IT", Tier: detect.ByItself, Patterns: []detect.Pattern{{Expr: c.expr, Guard: detect.GuardDigit}}},
			{ID: "asleep", Entity: "ASLEEP", Tier: detect.WithContext, Context: []string{"passport"}, Patterns: []detect.Pattern{{Expr: `[0-9]{2}[A-Z]{7}`}}},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for f := range d.All([]byte(c.text)) {
			got += c.text[f.Start:f.End]
		}
		if got != c.want {
			t.Errorf("%s in %q: %q, want %q", c.expr, c.text, got, c.want)
		}
	}
}
