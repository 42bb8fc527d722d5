package main

import (
	"fmt"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// candidates counts the places at which a cheap test says that a rule may match: nearly all of the cost beyond the one pass over the
// bytes. The count is of bytes that are always the same, so it does not vary.
func candidates(r *report, o options) error {
	p60, packs, err := bothFilters()
	if err != nil {
		return err
	}
	t := r.table("Candidates in a KB of clean traffic, after the exact test of an anchor's bytes", "corpus", "60", "packs")
	for _, kind := range corpus.Kinds {
		c := corpus.Generate(kind, 0, 1<<20, 1)
		row := []string{kind}
		for _, f := range []*filters{p60, packs} {
			var counts []int64
			for _, m := range c.Messages {
				counts = f.detector.Candidates(counts, m, true)
			}
			sum := int64(0)
			for _, n := range counts {
				sum += n
			}
			perKB := float64(sum) / float64(c.Bytes) * 1024
			r.add(Figure{Name: "candidates, " + f.name, Corpus: kind, Value: perKB, Unit: "a KB"})
			row = append(row, fmt.Sprintf("%.2f", perKB))
		}
		t.row(row...)
	}
	return nil
}
