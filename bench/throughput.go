package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/corpus"
	"github.com/mcpveil/mcpveil/redact"
)

// A contender takes one message and returns what proves that it did its work.
type contender struct {
	name string
	run  func(msg []byte) uint64
}

var seed = maphash.MakeSeed()

func (f *filters) contenders(dense bool) []contender {
	buf := make([]byte, 0, 1<<20)
	var found []detect.Finding
	rewrite := func(filter *redact.Filter) func([]byte) uint64 {
		r, call := filter.NewRewriter(), &f.call
		return func(msg []byte) uint64 {
			out, err := r.Rewrite(context.Background(), call, msg)
			if err != nil {
				panic("bench: " + err.Error())
			}
			return uint64(len(out)) + uint64(out[len(out)/2])
		}
	}
	list := []contender{
		{"copy", func(msg []byte) uint64 {
			buf = append(buf[:0], msg...)
			return uint64(buf[len(buf)/2])
		}},
		{"json.Valid", func(msg []byte) uint64 {
			if !json.Valid(msg) {
				panic("bench: the corpus holds what is not JSON")
			}
			return 1
		}},
		{"detect", func(msg []byte) uint64 {
			found = f.detector.Append(found[:0], detect.Text{Raw: msg, Escaped: true, Final: true})
			return uint64(len(found))
		}},
		{"rewrite mask", rewrite(f.mask)},
	}
	if dense {
		list = append(list, contender{"rewrite encrypt", rewrite(f.encrypt)})
	}
	return list
}

// throughput measures the library, in process, on one core.
func throughput(r *report, o options) error {
	f, err := newFilters()
	if err != nil {
		return err
	}
	var sets []*corpus.Corpus
	for _, kind := range corpus.Kinds {
		sets = append(sets, corpus.Generate(kind, 0, o.bytes, 1))
	}
	for _, d := range []float64{.001, .01, .05} {
		c := corpus.Generate("mixed", d, o.bytes, 1)
		c.Kind = fmt.Sprintf("mixed %g%%", d*100)
		sets = append(sets, c)
	}
	more, err := corpus.ReadDir(o.corpusDir, o.bytes)
	if err != nil {
		return err
	}
	sets = append(sets, more...)

	fmt.Printf("\nThroughput, MB/s of one core, %d rules, %d MB a corpus (× json.Valid in the same rounds; allocations a message)\n", f.rules, o.bytes>>20)
	fmt.Printf("%-16s %10s %10s %18s %22s %24s\n", "corpus", "copy", "json.Valid", "detect", "rewrite mask", "rewrite encrypt")
	for _, c := range sets {
		res := measure(f.contenders(true), c, o.rounds)
		fmt.Printf("%-16s %10.0f %10.0f %10.0f ×%-6.2f", c.Kind, res["copy"].mbs, res["json.Valid"].mbs, res["detect"].mbs, res["detect"].ratio)
		for _, n := range []string{"rewrite mask", "rewrite encrypt"} {
			fmt.Printf(" %10.0f ×%-4.2f (%3.0f)", res[n].mbs, res[n].ratio, res[n].allocs)
		}
		fmt.Println()
		for n, v := range res {
			r.add(Figure{Name: n, Corpus: c.Kind, Value: v.mbs, Unit: "MB/s", Ratio: v.ratio, Allocs: v.allocs})
		}
		if c.Kind == "mixed" {
			r.atLeast("Rewrite, clean mixed traffic, plain Go", res["rewrite mask"].mbs, 150, "MB/s")
		}
		if len(c.Planted) == 0 && slices.Contains(corpus.Kinds, c.Kind) {
			r.atMost("Rewrite, clean "+c.Kind+", allocations a message", res["rewrite mask"].allocs, 0, "")
		}
	}
	return nil
}

type result struct{ mbs, ratio, allocs float64 }

// measure runs every contender over the corpus, taking turns, and returns medians.
func measure(list []contender, c *corpus.Corpus, rounds int) map[string]result {
	speeds := map[string][]float64{}
	ratios := map[string][]float64{}
	res := map[string]result{}
	for round := range rounds + 1 {
		took := map[string]float64{}
		for _, k := range list {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			t := cpuTime()
			sum := uint64(0)
			for _, m := range c.Messages {
				sum += k.run(m)
			}
			d := cpuTime() - t
			runtime.ReadMemStats(&after)
			sink(sum)
			took[k.name] = max(d, time.Microsecond).Seconds()
			if round == rounds { // warm by now
				v := res[k.name]
				v.allocs = float64((after.Mallocs - before.Mallocs) / uint64(len(c.Messages)))
				res[k.name] = v
			}
		}
		if round == 0 {
			continue // warm up
		}
		for _, k := range list {
			speeds[k.name] = append(speeds[k.name], float64(c.Bytes)/1e6/took[k.name])
			ratios[k.name] = append(ratios[k.name], took["json.Valid"]/took[k.name])
		}
	}
	for n, v := range res {
		v.mbs, v.ratio = median(speeds[n]), median(ratios[n])
		res[n] = v
	}
	return res
}

// consumed keeps the compiler from leaving out work whose result nobody reads.
var consumed atomic.Uint64

func sink(v uint64) { consumed.Add(maphash.Comparable(seed, v)) }

func median(v []float64) float64 { return quantile(v, .5) }

func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}
