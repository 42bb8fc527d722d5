// Command bench measures the filter and prints what it found:
//
//	go run ./bench            # everything, some minutes
//	go run ./bench -quick     # within a minute
//
// Throughput is of one core, in processor time, the median of several rounds in which all
// contenders take turns on the same bytes; beside it stands the ratio to a yardstick measured in
// the same rounds, encoding/json's Valid, since machines differ from hour to hour. Every contender's
// output is consumed. The bars at the end are the ones the project promises; a missed one makes
// the command exit with 1; with -steady only one that no noisy neighbour can cause.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

// A Figure is one measurement.
type Figure struct {
	Name   string  `json:"name"`
	Corpus string  `json:"corpus"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Ratio  float64 `json:"ratio,omitempty"`  // to the yardstick in the same run
	Allocs float64 `json:"allocs,omitempty"` // a message
}

// A Bar is a promise about a figure.
type Bar struct {
	What  string  `json:"what"`
	Got   float64 `json:"got"`
	Limit float64 `json:"limit"`
	Unit  string  `json:"unit"`
	Met   bool    `json:"met"`
	Time  bool    `json:"time"` // of a clock: a noisy machine can miss it
}

type report struct {
	Machine string   `json:"machine"`
	Figures []Figure `json:"figures"`
	Bars    []Bar    `json:"bars"`
}

func (r *report) add(f Figure) { r.Figures = append(r.Figures, f) }

func (r *report) atLeast(what string, got, limit float64, unit string) {
	r.Bars = append(r.Bars, Bar{what, got, limit, unit, got >= limit, unit == "MB/s"})
}

func (r *report) atMost(what string, got, limit float64, unit string) {
	r.Bars = append(r.Bars, Bar{what, got, limit, unit, got <= limit, unit == "µs"})
}

type options struct {
	quick     bool
	steady    bool
	corpusDir string
	rounds    int
	bytes     int // of each corpus
	huge      int64
}

func main() {
	if playRole() {
		return
	}
	var o options
	flag.BoolVar(&o.quick, "quick", false, "end within a minute: smaller corpora, fewer rounds")
	flag.BoolVar(&o.steady, "steady", false, "exit with 1 only for a missed bar on allocations, memory or ratios, not on times")
	flag.StringVar(&o.corpusDir, "corpus", "", "also measure on the .ndjson and .ndjson.gz files in this `folder`")
	out := flag.String("json", "", "write every figure to this `file`")
	flag.Parse()
	o.rounds, o.bytes, o.huge = 7, 16<<20, 1<<30
	if o.quick {
		o.rounds, o.bytes, o.huge = 3, 4<<20, 128<<20
	}
	if err := run(o, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func run(o options, out string) error {
	start := time.Now()
	r := &report{Machine: fmt.Sprintf("%s/%s, %d CPUs, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())}
	fmt.Println(r.Machine)
	for _, section := range []func(*report, options) error{throughput, latency, processes} {
		if err := section(r, o); err != nil {
			return err
		}
	}
	fmt.Printf("\nBars%56s %12s\n", "got", "want")
	missed, fail := 0, false
	for _, b := range r.Bars {
		mark, sign := "ok", "≥"
		if b.Met == (b.Got < b.Limit) {
			sign = "≤"
		}
		if !b.Met {
			mark = "MISSED"
			if missed++; !b.Time || !o.steady {
				fail = true
			}
		}
		fmt.Printf("%-48s %11.4g %s%11.4g %-10s %s\n", b.What, b.Got, sign, b.Limit, b.Unit, mark)
	}
	fmt.Printf("\n%d bars met, %d missed, %s\n", len(r.Bars)-missed, missed, time.Since(start).Round(time.Second))
	if out != "" {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(out, b, 0o644); err != nil {
			return err
		}
	}
	if fail {
		os.Exit(1)
	}
	return nil
}
