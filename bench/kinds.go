package main

import (
	"fmt"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/corpus"
)

// kinds measures what more rules cost: the sixty patterns alone, with credentials of 140 more providers, and with all packs.
func kinds(r *report, o options) error {
	rules, _, err := builtin()
	if err != nil {
		return err
	}
	var all []*filters
	for _, set := range []struct {
		name string
		more []detect.Rule
	}{{"60", nil}, {"60 + 140 providers", providers(140)}, {"60 + packs", rules}} {
		f, err := sixtyFilters(set.name, set.more...)
		if err != nil {
			return err
		}
		all = append(all, f)
	}
	t := r.table("What more kinds cost: Rewrite, MB/s (share of 60 alone)", "corpus", all[0].name, all[1].name, fmt.Sprintf("%s (%d rules)", all[2].name, all[2].rules))
	for _, kind := range []string{"mixed", "text", "prose", "logs"} {
		c := corpus.Generate(kind, 0, o.bytes, 1)
		var jobs []job
		for _, f := range all {
			jobs = append(jobs, job{f.name, c, f.rewrite(f.mask)})
		}
		res := measure(jobs, o.rounds)
		row := []string{kind}
		for i := range res {
			share := res[i].of(&res[0])
			r.add(Figure{Name: "rewrite, " + jobs[i].name, Corpus: kind, Value: res[i].mbs(), Unit: "MB/s", Ratio: share})
			row = append(row, fmt.Sprintf("%s (%.0f %%)", number(res[i].mbs()), 100*share))
			if kind == "mixed" && i > 0 {
				r.atLeast("mixed, Rewrite, "+jobs[i].name+", of 60", 100*share, 90, "%")
			}
		}
		t.row(row...)
	}
	return nil
}

// providers makes n rules as packs have them for credentials of providers: a prefix that nobody else
// has, and a random string.
func providers(n int) (rules []detect.Rule) {
	const consonants, vowels = "bcdfgklmnprstvz", "aeiou"
	ends := []string{"_", "-", "_live_", "_pat_", "_key_", "-api-"}
	forms := []string{`[A-Za-z0-9]{32}`, `[a-f0-9]{40}`, `[A-Za-z0-9_-]{24,64}`, `[A-Z0-9]{20}`}
	for i := range n {
		a, b, c := i%len(consonants), i/len(consonants)%len(vowels), (i*7+3)%len(consonants)
		prefix := consonants[a:a+1] + vowels[b:b+1] + consonants[c:c+1] + ends[i%len(ends)]
		rules = append(rules, detect.Rule{
			ID: fmt.Sprintf("provider.%d", i), Entity: detect.Entity(fmt.Sprintf("PROVIDER_%d", i)), Tier: detect.ByItself,
			Patterns: []detect.Pattern{{Expr: prefix + forms[i%len(forms)], Guard: detect.GuardWord}},
		})
	}
	return rules
}
