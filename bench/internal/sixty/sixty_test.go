package sixty_test

import (
	"regexp"
	"testing"

	"github.com/mcpveil/mcpveil/bench/internal/sixty"
	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/corpus"
)

// The rules find what the same patterns find in Go's regexp, on text where both mean the same: no
// escapes, and of overlapping matches of one pattern the first.
func TestRules(t *testing.T) {
	patterns, rules := sixty.Patterns(), sixty.Rules()
	if len(patterns) != 60 || len(rules) != 60 {
		t.Fatalf("%d patterns, %d rules, want 60 of each", len(patterns), len(rules))
	}
	d, err := detect.New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Plan() {
		if p.Slow || p.Engine != "automaton" && p.Engine != "layout" {
			t.Errorf("%s runs in the slow lane: %+v", p.RuleID, p)
		}
	}
	var found []detect.Finding
	total := 0
	for _, c := range corpus.Generate("prose", .2, 200_000, 1).Planted {
		text := []byte("see (" + c.Value + ") there")
		got := map[string]bool{}
		found = d.Append(found[:0], detect.Text{Raw: text, Final: true})
		for _, f := range found {
			got[string(f.Rule.Entity)+string(text[f.Start:f.End])] = true
		}
		for _, p := range patterns {
			if m := regexp.MustCompile(p.Expr).Find(text); m != nil {
				total++
				if !got[p.Name+string(m)] {
					t.Errorf("%s of %q is not found", p.Name, text)
				}
			}
		}
	}
	if total < 100 {
		t.Fatalf("%d matches were compared, want many", total)
	}
}
