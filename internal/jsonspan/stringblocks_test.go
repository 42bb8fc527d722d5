package jsonspan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// What is found 64 bytes at a time is what is found byte by byte, and from the text alone.
func TestDullText(t *testing.T) {
	defer bytescan.SetKernel("generic")()
	r := rand.New(rand.NewPCG(8, 1))
	pieces := []string{`\n`, `\"`, `\\`, `\\\"`, `\\n`, `\\\\`, "a", "bc ", `\`, "/", "u", "u0041", `\\u003c`, `\u4e00`, `\/`, `"`, "é", "\x01", "\x7f"}
	valid, hidden := 0, 0
	for n := range 30000 {
		some := len(pieces)
		if n%3 > 0 {
			some = 8 + n%5 // that are well formed, and a few that may not be
		}
		text := []byte(`["\n`)
		for range r.IntN(120) {
			text = append(text, pieces[r.IntN(some)]...)
		}
		if text = append(text, `"]`...); r.IntN(10) == 0 {
			text = text[:r.IntN(len(text))]
		}
		var whole, parts Checker
		got := fmt.Sprint(whole.Check(text, 0))
		parts.Reset(0)
		for i := range text {
			if _, err := parts.Write(text[i : i+1]); err != nil {
				break
			}
		}
		if want := fmt.Sprint(parts.Close()); got != want {
			t.Fatalf("%q: %v, byte by byte %v", text, got, want)
		}
		if got != "<nil>" {
			continue
		}
		valid++
		hides := false
		for i := 1; i < len(text); i++ {
			hides = hides || text[i-1] == '\\' && Hides(text[i:])
		}
		if whole.Hides() != hides {
			t.Fatalf("%q: hides something: %v", text, !hides)
		}
		if hides {
			hidden++
		}
	}
	for n := range 300 { // at all places of a block, and across two
		for _, piece := range []string{`\\/`, `\\u0041`, `\\\\u0041`, `\u0041`} {
			text := `["` + strings.Repeat("a", n%2) + strings.Repeat(`\n`, n/2) + piece + strings.Repeat(`\n`, 70) + `"]`
			var c Checker
			if err := c.Check([]byte(text), 0); err != nil || !c.Hides() {
				t.Errorf("%q: %v, hides something: %v", text, err, c.Hides())
			}
		}
	}
	if valid < 5000 || hidden < 500 {
		t.Errorf("%d texts are well formed, %d hide something", valid, hidden)
	}
}
