package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// latency measures what Rewrite alone adds to a message of about 1 KB, by the wall clock.
func latency(r *report, o options) error {
	f, err := newFilters()
	if err != nil {
		return err
	}
	samples, runs := 100_000, 5
	if o.quick {
		samples, runs = 20_000, 3
	}
	fmt.Printf("\nLatency of Rewrite alone, messages of 800 to 1,300 bytes, µs, best of %d runs of %d\n", runs, samples)
	for _, density := range []float64{0, .05} {
		var msgs [][]byte
		for _, m := range corpus.Generate("mixed", density, 8<<20, 3).Messages {
			if len(m) >= 800 && len(m) <= 1300 {
				msgs = append(msgs, m)
			}
		}
		for _, m := range corpus.Generate("prose", density, 4<<20, 3).Messages {
			if len(m) >= 800 && len(m) <= 1300 {
				msgs = append(msgs, m)
			}
		}
		if len(msgs) == 0 {
			return fmt.Errorf("no message of about 1 KB in the corpora")
		}
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
		name := fmt.Sprintf("rewrite encrypt, %g%% density", density*100)
		fmt.Printf("%-32s p50 %8.2f   p99 %8.2f   p99.9 %8.2f\n", name, best[0], best[1], best[2])
		r.add(Figure{Name: name + ", p50", Corpus: "1 KB", Value: best[0], Unit: "µs"})
		r.add(Figure{Name: name + ", p99", Corpus: "1 KB", Value: best[1], Unit: "µs"})
		if density == 0 {
			r.atMost("Rewrite alone, 1 KB message, p99", best[1], 1, "µs")
		}
	}
	return nil
}
