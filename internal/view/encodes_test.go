package view

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// folds reports whether decoding raw as often as can be decodes anything but escapes that only separate.
func folds(raw string) bool {
	var s Stack
	s.DecodeAll([]byte(raw))
	for s.Deeper() {
		if l := &s.levels[s.n-1]; l.folded && l.kind != detect.Spread {
			return true
		}
	}
	return false
}

func TestEncodes(t *testing.T) {
	for text, want := range map[string]bool{
		"":                           false,
		`a\nb \"c\" C:\\temp\\new`:   false,
		`50 % of it, a&b, x = y + 1`: false,
		`zoë, 漢字, 한글, Иван`:          false,
		`a <b or c> d`:               true,
		`Jane%20Doe`:                 true,
		`Jane&amp;Doe`:               true,
		`name=Jane+Doe`:              true,
		`=4A=61`:                     true,
		`\u004aane`:                  true,
		`{\"a\":\"\\u004aane\"}`:     true,
		`01\/02\/1990`:               true,
		`J\u200bane`:                 true,
		"J\u200bane":                 true,
		"Ｊane":                       true,
		"jane<b>.doe":                true,
		"jane<a href=\\\"x\\\">.doe": true,
	} {
		if got := Encodes([]byte(text)); got != want {
			t.Errorf("Encodes(%q) = %v, want %v", text, got, want)
		}
	}
}

// Where Encodes sees nothing, there is nothing to decode.
func TestEncodesMissesNothing(t *testing.T) {
	parts := []string{"a", "J", "4", " ", "%", "41", "&", "#65;", "amp;", "=", "+", "<", "b>", ">", "/", `\n`, `\"`, `\\`, `\/`, `\\\\`, `\u0041`, `\\u0041`,
		"é", "漢", "Ｊ", "\u200b", "В", "о", "’", "\u00a0", "ﬁ", "<i>", `\r\n`, ".", "@", "-", "u0041", "n"}
	seen := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		for range 2000 {
			var b strings.Builder
			for range 1 + r.IntN(10) {
				b.WriteString(parts[r.IntN(len(parts))])
			}
			if raw := b.String(); !Encodes([]byte(raw)) {
				if seen++; folds(raw) {
					t.Fatalf("Encodes(%q) = false, and it decodes to something else", raw)
				}
			}
		}
	}
	if seen < 1000 {
		t.Errorf("only %d texts have nothing to decode", seen)
	}
}
