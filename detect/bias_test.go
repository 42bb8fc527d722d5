package detect

import (
	"math"
	"testing"
)

// A rule's Bias is added to the score of each match, and explained.
func TestBias(t *testing.T) {
	rule := Rule{ID: "a", Entity: "A", Tier: ByItself, Patterns: []Pattern{{Expr: "N-[0-9]{4}"}}, Checks: []Check{{Name: "luhn", Mode: Boost}}, Fields: []string{"nr"}}
	rare := Rule{ID: "b", Entity: "B", Tier: ByItself, Patterns: []Pattern{{Expr: "DE[0-9]{20}"}}, Checks: []Check{{Name: "iban"}}}
	for _, tt := range []struct {
		bias float32
		text string
		want float32 // 0: not found
	}{
		{0, `DE89370400440532013000`, .99}, {-.1, `DE89370400440532013000`, .89}, {-.6, `DE89370400440532013000`, 0}, {.5, `DE89370400440532013000`, 1},
		{0, `{"nr":"N-1234"}`, .75}, {-.25, `{"nr":"N-1234"}`, .5}, {-.26, `{"nr":"N-1234"}`, 0},
	} {
		a, b := rule, rare
		a.Bias, b.Bias = tt.bias, tt.bias
		det, err := New([]Rule{a, b}, nil)
		if err != nil {
			t.Fatal(err)
		}
		text := Text{Raw: []byte(tt.text), Escaped: true, Final: true}
		got := float32(0)
		for _, f := range det.Append(nil, text) {
			got = f.Score
		}
		if got != tt.want {
			t.Errorf("Bias %v: %s scores %v, want %v", tt.bias, tt.text, got, tt.want)
		}
		for _, x := range det.Explain(text) {
			if x.Bias != tt.bias || x.Outcome == Reported && x.Score != tt.want {
				t.Errorf("Bias %v: %s is explained as %+v", tt.bias, tt.text, x)
			}
		}
	}
	for _, bias := range []float32{1.1, -2, float32(math.NaN())} {
		rule.Bias = bias
		if _, err := New([]Rule{rule}, nil); err == nil {
			t.Errorf("New with Bias %v = nil error", bias)
		}
	}
}
