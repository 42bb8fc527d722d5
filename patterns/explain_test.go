package patterns_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// What Explain says is reported is what Append reports: on all examples and counter-examples of all
// packs, with all rules, and on texts put together of them. Explain tries every rule at every place, so
// this also tells of rules whose values Append passes over.
func TestExplainAgrees(t *testing.T) {
	det := balanced(t)
	var texts []string
	for _, p := range all(t) {
		for _, r := range p.Rules {
			texts = append(slices.Concat(texts, r.Examples), r.Negatives...)
		}
	}
	r := rand.New(rand.NewPCG(1, 12))
	glue := []string{" ", " ", ", ", ": ", "\n", `","`, `{"id":"`, `"}`, "=", "1", "x", "-"}
	for range len(texts) / 8 {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			text := texts[r.IntN(len(texts))]
			if cut := r.IntN(3 * len(text)); cut < len(text) {
				text = text[:cut]
			}
			b.WriteString(text)
			b.WriteString(glue[r.IntN(len(glue))])
		}
		texts = append(texts, b.String())
	}
	if testing.Short() {
		r.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
		texts = texts[:min(len(texts), 300)]
	}
	type found struct {
		rule       string
		start, end int
		score      float32
	}
	reported := 0
	for i, raw := range texts {
		text := detect.Text{Raw: []byte(raw), Escaped: i%2 == 0, Final: true}
		left := make(map[found]int)
		for _, f := range det.Append(nil, text) {
			left[found{f.Rule.ID, f.Start, f.End, f.Score}]++
		}
		for _, x := range det.Explain(text) {
			if x.Outcome == detect.Reported {
				left[found{x.Rule.ID, x.Start, x.End, x.Score}]--
				reported++
			}
		}
		for f, n := range left {
			if n != 0 {
				t.Errorf("in %q (escaped %v) %+v: Append has %+d more than Explain", raw, text.Escaped, f, n)
			}
		}
	}
	if reported < len(texts)/3 {
		t.Errorf("only %d findings in %d texts", reported, len(texts))
	}
}
