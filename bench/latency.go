package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// latency measures what Rewrite alone adds to a message of about 1 KB, by the wall clock, which takes some 30 ns of it to read.
func latency(r *report, o options) error {
	p60, packs, err := bothFilters()
	if err != nil {
		return err
	}
	samples, runs := 100_000, 5
	if o.quick {
		samples, runs = 20_000, 3
	}
	t := r.table(fmt.Sprintf("Latency of Rewrite alone, messages of 800 to 1,300 bytes, µs, best of %d runs of %d", runs, samples), "", "p50", "p99", "p99.9")
	for _, density := range []float64{0, .05} {
		var msgs [][]byte
		for _, kind := range []string{"mixed", "prose"} {
			for _, m := range corpus.Generate(kind, density, 8<<20, 3).Messages {
				if len(m) >= 800 && len(m) <= 1300 {
					msgs = append(msgs, m)
				}
			}
		}
		if len(msgs) == 0 {
			return fmt.Errorf("no message of about 1 KB in the corpora")
		}
		for _, f := range []*filters{p60, packs} {
			rw := f.encrypt.NewRewriter()
			best := [3]float64{1e9, 1e9, 1e9}
			for range runs {
				took := make([]float64, samples)
				for i := range took {
					m := msgs[i%len(msgs)]
					t := time.Now()
					out, err := rw.Rewrite(context.Background(), &f.call, m)
					took[i] = float64(time.Since(t).Nanoseconds()) / 1000
					if err != nil {
						return err
					}
					consumed.Add(uint64(len(out)))
				}
				for i, q := range []float64{.5, .99, .999} {
					best[i] = min(best[i], quantile(took, q))
				}
			}
			name := fmt.Sprintf("rewrite, %s, encrypted, %g %% density", f.name, density*100)
			t.row(name, fmt.Sprintf("%.2f", best[0]), fmt.Sprintf("%.2f", best[1]), fmt.Sprintf("%.2f", best[2]))
			for i, q := range []string{"p50", "p99", "p99.9"} {
				r.add(Figure{Name: name + ", " + q, Corpus: "1 KB", Value: best[i], Unit: "µs"})
			}
			if density == 0 {
				r.atMost("Rewrite alone, "+f.name+", clean messages of 1 KB, p99", best[1], 1, "µs")
			}
		}
	}
	return nil
}
