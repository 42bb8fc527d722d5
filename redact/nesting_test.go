package redact

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// How deep a place stands does not depend on which places were asked about before.
func TestLevelAsItGoes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	inner := `{"a":[1,"x y",{"b\"c":"d\\e"}],"z":"é\n\ud83d\ude00","n":` + strconv.Quote(`{"deep":["q",{"r":"s\t"}]} `) + `}`
	levels := map[int]int{}
	for _, text := range []string{inner, " \n " + inner, inner + " and then", "no JSON: " + inner, `"` + strings.Repeat("x", 30), "[" + strings.Repeat(inner+",", 9) + inner + "]", "  "} {
		msg := []byte(`"` + string(jsonspan.AppendQuote(nil, text)) + `"`)
		var offsets []int // where no escape goes on
		for i := 1; i < len(msg)-1; {
			offsets = append(offsets, i)
			if msg[i] == '\\' {
				_, n, _ := jsonspan.Unescape(msg[i:])
				i += n
			} else {
				i++
			}
		}
		var p pass
		p.buf, p.nesting.start = msg, -1
		for at := 0; at < len(offsets); at += r.IntN(len(offsets)/6 + 2) {
			if r.IntN(10) == 0 {
				at = r.IntN(at + 1)
			}
			var fresh pass
			fresh.buf, fresh.nesting.start = msg, -1
			got, want := p.level(offsets[at]), fresh.level(offsets[at])
			if got != want {
				t.Fatalf("at %d of %s: level %d, want %d", offsets[at], msg, got, want)
			}
			levels[want]++
		}
	}
	if len(levels) < 3 {
		t.Errorf("levels met: %v, want three", levels)
	}
}
