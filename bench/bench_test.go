package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/bench/internal/sixty"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/internal/corpus"
	"github.com/mcpveil/mcpveil/patterns"
)

// What the programs get as a pack file is the sixty patterns and nothing else, each with its examples found.
func TestSixtyConfig(t *testing.T) {
	file, err := sixtyConfig(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if c.Packs == nil || len(c.Packs) > 0 || len(c.PackFiles) != 1 {
		t.Errorf("the configuration has packs %q and files %q, want none and one", c.Packs, c.PackFiles)
	}
	packs, err := patterns.Load(os.DirFS(filepath.Dir(file)), c.PackFiles[0])
	if err != nil {
		t.Fatal(err)
	}
	rules, want := patterns.Rules(packs...), sixty.Rules()
	if len(rules) != len(want) {
		t.Fatalf("%d rules, want %d", len(rules), len(want))
	}
	for i, r := range rules {
		if r.ID != want[i].ID || r.Tier != want[i].Tier || r.MaxLen != want[i].MaxLen || len(r.Patterns) != 1 || r.Patterns[0].Expr != want[i].Patterns[0].Expr || r.Patterns[0].Guard != want[i].Patterns[0].Guard {
			t.Errorf("rule %d is %+v, want %+v", i, r, want[i])
		}
	}
	if err := patterns.Check(packs...); err != nil {
		t.Error(err)
	}
}

// Ratios are of rounds: a round in which everything was slow changes none.
func TestTiming(t *testing.T) {
	a := timing{perByte: []float64{1e-9, 9e-9, 1e-9}}
	b := timing{perByte: []float64{2e-9, 18e-9, 2e-9}}
	if got := a.of(&b); got != 2 {
		t.Errorf("a is %v times as fast as b, want 2", got)
	}
	if got := a.mbs(); math.Abs(got-1000) > 1e-6 {
		t.Errorf("a makes %v MB/s, want 1000", got)
	}
}

// A lap works on every message, and counts what is allocated.
func TestLap(t *testing.T) {
	c := corpus.Generate("smallreq", 0, 10_000, 1)
	seen, sink := map[*byte]int{}, []byte(nil)
	j := job{"test", c, func(msg []byte) uint64 {
		seen[&msg[0]]++
		sink = append([]byte(nil), msg...)
		time.Sleep(10 * time.Microsecond)
		return uint64(len(sink))
	}}
	perByte, allocs := j.lap(true)
	if len(seen) != len(c.Messages) || perByte <= 0 || allocs < 1 || allocs > 3 {
		t.Errorf("a lap saw %d of %d messages, took %v s a byte, %v allocations a message, want all, some, and one or little more", len(seen), len(c.Messages), perByte, allocs)
	}
}

// The gate fails for more candidates than are recorded, a slower kernel, and a larger binary, and only then.
func TestGate(t *testing.T) {
	var was recorded
	if err := json.Unmarshal(recordedJSON, &was); err != nil {
		t.Fatal(err)
	}
	if len(was.Candidates["60"]) != len(corpus.Kinds) || len(was.Candidates["packs"]) != len(corpus.Kinds) {
		t.Fatalf("gate.json records %d and %d kinds of corpora, want all %d: run with -record", len(was.Candidates["60"]), len(was.Candidates["packs"]), len(corpus.Kinds))
	}
	for _, tt := range []struct {
		name   string
		factor float64
		more   float64
		missed int
	}{{"as recorded", 1, 0, 0}, {"a little more", 1.05, 0, 0}, {"much more", 1.2, .1, 2 * len(corpus.Kinds)}} {
		r := &report{}
		for rules, kinds := range was.Candidates {
			for kind, n := range kinds {
				r.add(Figure{Name: "candidates, " + rules, Corpus: kind, Value: n*tt.factor + tt.more})
			}
		}
		if err := gate(r, options{}); err != nil {
			t.Fatal(err)
		}
		if _, missed := r.bars(true); missed != tt.missed || len(r.Bars) != 2*len(corpus.Kinds) {
			t.Errorf("%s: %d bars of %d missed, want %d of %d", tt.name, missed, len(r.Bars), tt.missed, 2*len(corpus.Kinds))
		}
	}
	for ratio, want := range map[float64]int{.01: 1, 100: 0} {
		r := &report{Figures: []Figure{{Name: "rewrite, 60, generic", Corpus: "mixed", Ratio: ratio}}}
		if err := gate(r, options{}); err != nil {
			t.Fatal(err)
		}
		if _, missed := r.bars(true); missed != want || len(r.Bars) != 1 {
			t.Errorf("a kernel at %v of json.Valid: %d missed of %d, want %d of 1", ratio, missed, len(r.Bars), want)
		}
	}
}

func TestReport(t *testing.T) {
	r := &report{}
	r.atLeast("speed", 9, 10, "MB/s")
	r.atMost("time", 1, 2, "µs")
	r.gateMost("allocations", 1, 0, "")
	promised, missed := r.bars(false)
	gates, failed := r.bars(true)
	if missed != 1 || failed != 1 {
		t.Errorf("%d bars and %d gates missed, want 1 and 1", missed, failed)
	}
	var b bytes.Buffer
	promised.print(&b)
	gates.print(&b)
	for _, want := range []string{"| speed |", "≥ 10", "**missed**", "| time ", "≤ 2", "met", "| allocations |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, b.String())
		}
	}
	r.add(Figure{Name: "x", Corpus: "y", Value: 1.5, Unit: "MB/s"})
	b.Reset()
	if err := r.csv(&b); err != nil || !strings.Contains(b.String(), "x,y,1.5,MB/s") {
		t.Errorf("csv writes %q, %v", b.String(), err)
	}
}
