package main

import (
	"fmt"
	"slices"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// throughput measures the library, in process, on one core, on clean traffic of every kind.
func throughput(r *report, o options) error {
	p60, packs, err := bothFilters()
	if err != nil {
		return err
	}
	sets := make([]*corpus.Corpus, len(corpus.Kinds))
	for i, kind := range corpus.Kinds {
		sets[i] = corpus.Generate(kind, 0, o.bytes, 1)
	}
	more, err := corpus.ReadDir(o.corpusDir, o.bytes)
	if err != nil {
		return err
	}

	t := r.table(fmt.Sprintf("Throughput on clean traffic, MB/s of one core (× json.Valid), %d MB a corpus; 60 patterns, and all packs with %d rules", o.bytes>>20, packs.rules),
		"corpus", "copy", "json.Valid", "detect 60", "Rewrite 60", "strict: full", "detect packs", "Rewrite packs", "allocations")
	for _, c := range append(sets, more...) {
		jobs := []job{
			{"copy", c, copying()},
			{"json.Valid", c, valid},
			{"detect, 60", c, p60.detect()},
			{"rewrite, 60", c, p60.rewrite(p60.mask)},
			{"rewrite, 60, strict: full", c, p60.rewrite(p60.full)},
			{"detect, packs", c, packs.detect()},
			{"rewrite, packs", c, packs.rewrite(packs.mask)},
		}
		res := measure(jobs, o.rounds)
		row := []string{c.Kind}
		for i := range res {
			r.add(Figure{Name: jobs[i].name, Corpus: c.Kind, Value: res[i].mbs(), Unit: "MB/s", Ratio: res[i].of(&res[1]), Allocs: res[i].allocs})
			if i < 2 {
				row = append(row, number(res[i].mbs()))
			} else {
				row = append(row, fmt.Sprintf("%s (%.2f)", number(res[i].mbs()), res[i].of(&res[1])))
			}
		}
		t.row(append(row, number(res[3].allocs+res[4].allocs+res[6].allocs))...)
		if slices.Contains(sets, c) {
			r.gateMost("Rewrite, clean "+c.Kind+", allocations a message", res[3].allocs+res[4].allocs+res[6].allocs, .01, "") // the runtime has some of its own
		}
	}
	return nil
}

// density measures what it costs to replace what is found, as a share of the throughput on clean traffic.
func density(r *report, o options) error {
	p60, packs, err := bothFilters()
	if err != nil {
		return err
	}
	densities := []float64{0, .001, .01, .05}
	var jobs []job
	for _, d := range densities {
		c := corpus.Generate("mixed", d, o.bytes, 1)
		for _, f := range []*filters{p60, packs} {
			jobs = append(jobs, job{f.name + ", masked", c, f.rewrite(f.mask)}, job{f.name + ", encrypted", c, f.rewrite(f.encrypt)})
		}
	}
	res := measure(jobs, o.rounds)
	perDensity := len(jobs) / len(densities)
	t := r.table("Mixed traffic with values planted in a share of its texts: Rewrite, MB/s (share of clean)", "", "clean", "0.1 %", "1 %", "5 %")
	for i := range perDensity {
		row := []string{jobs[i].name}
		for k, d := range densities {
			x := &res[k*perDensity+i]
			share := x.of(&res[i])
			r.add(Figure{Name: "rewrite, " + jobs[i].name, Corpus: fmt.Sprintf("mixed %g%%", d*100), Value: x.mbs(), Unit: "MB/s", Ratio: share, Allocs: x.allocs})
			row = append(row, fmt.Sprintf("%s (%.0f %%)", number(x.mbs()), 100*share))
			for _, bar := range []struct {
				name         string
				density      float64
				limit, floor float64
			}{
				{"60, masked", .01, 90, 65}, {"60, masked", .05, 75, 55}, {"60, encrypted", .05, 50, 35},
				{"packs, masked", .01, 90, 65}, {"packs, masked", .05, 75, 55}, {"packs, encrypted", .05, 50, 35},
			} {
				if bar.name == jobs[i].name && bar.density == d {
					what := fmt.Sprintf("Rewrite, %s, %g %% density, of clean", bar.name, 100*d)
					r.atLeast(what, 100*share, bar.limit, "%")
					r.gateLeast(what, 100*share, bar.floor, "%")
				}
			}
		}
		t.row(row...)
	}
	return nil
}
