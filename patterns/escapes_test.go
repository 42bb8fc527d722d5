package patterns_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// Go writes <, > and & as escapes, others what is not ASCII, and these end in letters and digits. Whatever a rule's
// examples hold is found between escapes as it is between what they stand for.
func TestBetweenEscapes(t *testing.T) {
	var packs []*patterns.Pack
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		packs = append(packs, p)
	}
	det, err := detect.New(patterns.Rules(packs...), nil)
	if err != nil {
		t.Fatal(err)
	}
	found := func(text, example string, escaped bool) string {
		at := strings.Index(text, example)
		var b strings.Builder
		for _, f := range det.Append(nil, detect.Text{Raw: []byte(text), Escaped: escaped, Final: true}) {
			fmt.Fprintln(&b, f.Rule.ID, f.Start-at, f.End-at, f.Score)
		}
		return b.String()
	}
	for _, p := range packs {
		for i := range p.Rules {
			for _, e := range p.Rules[i].Examples {
				if strings.ContainsAny(e, "\\\n\t\r") {
					continue
				}
				for _, around := range [][2]string{{"<", `\u003c`}, {">", `\u003e`}, {">", `\u003E`}, {"&", `\u0026`}, {"\n", `\n`}, {"\f", `\f`}, {"\t", `\t`}} {
					plain, escaped := around[0]+e+" "+around[0], around[1]+e+" "+around[1] // some values could hold a >
					if want, got := found(plain, e, false), found(escaped, e, true); got != want {
						t.Errorf("%s:\n%sin %q, want\n%sas in %q", p.Rules[i].ID, got, escaped, want, plain)
					}
				}
			}
		}
	}
}
