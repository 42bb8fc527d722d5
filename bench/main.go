// Command bench measures the filter and prints what it found:
//
//	go run ./bench            # everything, some minutes
//	go run ./bench -quick     # within a minute
//
// Throughput is of one core, in processor time, the median of several rounds in which all
// contenders take turns on the same bytes; beside it stands the ratio to a yardstick measured in
// the same rounds, encoding/json's Valid, since machines differ from hour to hour. Every contender's
// output is consumed. A MB is 10⁶ bytes.
//
// At the end stand what the project promises, and the gate: what does not vary (allocations, candidates, the
// binary's size, memory) and ratios with room for noise. The command exits with 1 where either is missed, with -steady
// only for the gate. How it compares to others, bench/compare tells.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

type options struct {
	quick     bool
	steady    bool
	corpusDir string
	only      string
	rounds    int
	bytes     int // of each corpus
	huge      int64
	json, csv string
	plots     string
	record    string
}

// The sections, in the order in which they run.
var sections = []struct {
	name string
	run  func(*report, options) error
}{
	{"throughput", throughput},
	{"density", density},
	{"kinds", kinds},
	{"kernels", kernels},
	{"candidates", candidates},
	{"hostile", hostile},
	{"latency", latency},
	{"processes", processes},
}

func main() {
	if playRole() {
		return
	}
	var o options
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	flag.BoolVar(&o.quick, "quick", false, "end within a minute: smaller corpora, fewer rounds")
	flag.BoolVar(&o.steady, "steady", false, "exit with 1 only for what the gate holds")
	flag.StringVar(&o.corpusDir, "corpus", "", "also measure on the .ndjson and .ndjson.gz files in this `folder`")
	flag.StringVar(&o.only, "only", "", "run only these sections: some of "+strings.Join(names, ","))
	flag.StringVar(&o.json, "json", "", "write every figure to this `file`")
	flag.StringVar(&o.csv, "csv", "", "write every figure to this `file`")
	flag.StringVar(&o.plots, "plot", "", "draw plots into this `folder`")
	flag.StringVar(&o.record, "record", "", "write what the gate holds figures against to this `file`: bench/gate.json")
	flag.Parse()
	o.rounds, o.bytes, o.huge = 9, 16<<20, 1<<30
	if o.quick {
		o.rounds, o.bytes, o.huge = 3, 4<<20, 128<<20
	}
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func run(o options) error {
	start := time.Now()
	r := &report{Machine: fmt.Sprintf("%s/%s, %d CPUs, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version()), Kernel: bytescan.Kernel()}
	fmt.Printf("%s, kernel %s\n", r.Machine, r.Kernel)
	only := strings.Split(o.only, ",")
	var took []string
	for _, s := range sections {
		if o.only != "" && !slices.Contains(only, s.name) {
			continue
		}
		begin := time.Now()
		if err := s.run(r, o); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		took = append(took, fmt.Sprintf("%s %.0f s", s.name, time.Since(begin).Seconds()))
		for _, t := range r.tables {
			t.print(os.Stdout)
		}
		r.tables = nil
		runtime.GC() // the corpora of this section
	}
	if err := gate(r, o); err != nil {
		return err
	}
	promised, missed := r.bars(false)
	promised.print(os.Stdout)
	gates, failed := r.bars(true)
	gates.print(os.Stdout)
	fmt.Printf("\n%d bars, %d of them missed, and %d of the gate, in %s: %s\n", len(r.Bars), missed, failed, time.Since(start).Round(time.Second), strings.Join(took, ", "))
	if err := r.save(o); err != nil {
		return err
	}
	if failed > 0 || missed > 0 && !o.steady {
		os.Exit(1)
	}
	return nil
}
