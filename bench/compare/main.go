// Command compare runs mcpveil and others over the same bytes, in the same run:
//
//	cd bench/compare && go run .          # some twenty minutes
//	cd bench/compare && go run . -quick   # four corpora, three rounds
//
// It installs what it measures from the registries of Go, Debian, Python and npm, once, into a folder of the
// user's cache. What cannot be had is left out, and the report says so.
//
// Every contender is a process. In each round each of them works on the same corpus in turn, so that what
// disturbs the machine disturbs all alike. Figures are medians over rounds, in megabytes (10⁶) of messages
// by second of processor time, of all threads; ratios are medians of the rounds' ratios. A contender
// that is too slow to get through a corpus goes on in the next round where it stopped in the last, and works on three
// corpora only.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"time"

	"github.com/mcpveil/mcpveil/bench/internal/sixty"
	"github.com/mcpveil/mcpveil/internal/corpus"
)

// kernelVariable is what tells mcpveil which of its kernels to run with.
const kernelVariable = "MCPVEIL_KERNEL"

type options struct {
	quick         bool
	cache         string
	corpora       string
	only, corpus  *regexp.Regexp
	rounds        int
	bytes         int
	least, most   time.Duration
	json, csv     string
	plots, report string
}

func main() {
	var o options
	worker := flag.String("worker", "", "internal: measure the `engine` of that name")
	patterns := flag.String("patterns", "", "internal: the `file` of patterns")
	profile := flag.String("profile", "", "internal: write a processor profile of the worker to this `file`")
	only := flag.String("only", "", "measure only the contenders whose names match this `regexp`, and the reference")
	kinds := flag.String("kinds", "", "measure only on the corpora whose names match this `regexp`")
	flag.BoolVar(&o.quick, "quick", false, "four corpora, three rounds")
	flag.StringVar(&o.cache, "cache", "", "the `folder` for what is installed; in the user's cache if empty")
	flag.StringVar(&o.corpora, "corpus", "", "also measure on the .ndjson and .ndjson.gz files in this `folder`")
	flag.StringVar(&o.json, "json", "", "write every figure to this `file`")
	flag.StringVar(&o.csv, "csv", "", "write every figure to this `file`")
	flag.StringVar(&o.plots, "plot", "", "draw plots into this `folder`")
	flag.StringVar(&o.report, "report", "", "write the report, in Markdown, to this `file` as well")
	flag.IntVar(&o.rounds, "rounds", 0, "how many rounds; 9, or 3 with -quick, if zero")
	flag.Parse()
	if *worker != "" {
		if err := serve(*worker, *patterns, *profile); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	o.only, o.corpus = regexp.MustCompile(*only), regexp.MustCompile(*kinds)
	o.bytes, o.least, o.most = 16<<20, 60*time.Millisecond, 400*time.Millisecond
	if o.rounds == 0 {
		o.rounds = 9
		if o.quick {
			o.rounds = 3
		}
	}
	if o.quick {
		o.bytes = 8 << 20
		if *kinds == "" {
			o.corpus = regexp.MustCompile("^(mixed|prose|logs|mixed 1%)$")
		}
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(2)
	}
}

func run(o options) error {
	began := time.Now()
	k, err := newKit(o.cache)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mcpveil-compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	patterns := filepath.Join(dir, "patterns60.txt")
	var b bytes.Buffer
	for _, p := range sixty.Patterns() {
		fmt.Fprintf(&b, "%s\t%s\n", p.Name, p.Expr)
	}
	if err := os.WriteFile(patterns, b.Bytes(), 0o644); err != nil {
		return err
	}
	files, err := writeCorpora(o, dir)
	if err != nil {
		return err
	}

	var list []*contender
	for _, c := range contenders {
		if c.Name == reference || o.only.MatchString(c.Name) {
			list = append(list, c)
		}
	}
	for _, c := range list {
		cmd, err := c.command(k, patterns)
		if err == nil {
			c.proc, c.Version, err = start(cmd)
		}
		if err != nil {
			c.Left = err.Error()
			fmt.Fprintf(os.Stderr, "left out: %s: %s\n", c.Name, c.Left)
			continue
		}
		defer func() { c.proc.stop() }()
	}

	r := &report{Machine: machine(), Began: began.UTC().Format("2006-01-02"), Rounds: o.rounds, MB: o.bytes >> 20, Contenders: list}
	for _, f := range files {
		fmt.Fprintf(os.Stderr, "%s %s\n", time.Since(began).Round(time.Second), f.name)
		t, err := measure(list, f, o)
		if err != nil {
			return err
		}
		r.Tables = append(r.Tables, t)
	}
	r.Took = time.Since(began).Round(time.Second).String()
	return r.write(o)
}

// A file is a corpus, one message a line.
type file struct{ name, path string }

func writeCorpora(o options, dir string) (files []file, err error) {
	keep := func(name string, c *corpus.Corpus) error {
		f := file{name, filepath.Join(dir, fmt.Sprintf("%d.ndjson", len(files)))}
		files = append(files, f)
		return os.WriteFile(f.path, append(bytes.Join(c.Messages, []byte("\n")), '\n'), 0o644)
	}
	for _, kind := range corpus.Kinds {
		for _, density := range []float64{0, .01, .05} {
			name := kind
			if density > 0 {
				name = fmt.Sprintf("%s %g%%", kind, density*100)
			}
			if !o.corpus.MatchString(name) || density > 0 && kind != "mixed" {
				continue
			}
			if err := keep(name, corpus.Generate(kind, density, o.bytes, 1)); err != nil {
				return nil, err
			}
		}
	}
	more, err := corpus.ReadDir(o.corpora, o.bytes)
	if err != nil {
		return nil, err
	}
	for _, c := range more {
		if err := keep(c.Kind+" (file)", c); err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no corpus is called so; there are %q", corpus.Kinds)
	}
	return files, nil
}

// measure runs all contenders over one corpus.
func measure(list []*contender, f file, o options) (*table, error) {
	t := &table{Corpus: f.name, Cells: map[string]*cell{}}
	for _, c := range list {
		if c.Left != "" || c.Slow && !slices.Contains(fewCorpora, f.name) {
			continue
		}
		if err := c.proc.load(f.path); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		// The first run warms up, and shows what was found in all of the corpus.
		l, err := c.proc.watched(0, 2*o.most)
		if err != nil {
			c.Left = fmt.Sprintf("on %s: %v", f.name, err)
			fmt.Fprintf(os.Stderr, "left out: %s: %s\n", c.Name, c.Left)
			continue
		}
		t.Cells[c.Name] = &cell{FoundPerMB: float64(l.results) / float64(l.bytes) * 1e6, first: l}
	}
	for range o.rounds {
		speeds := map[string]float64{}
		for _, c := range list {
			if c.Left != "" || t.Cells[c.Name] == nil {
				continue
			}
			l, err := c.proc.watched(o.least, o.most)
			if err != nil {
				c.Left = fmt.Sprintf("on %s: %v", f.name, err)
				fmt.Fprintf(os.Stderr, "left out: %s: %s\n", c.Name, c.Left)
				delete(t.Cells, c.Name)
				continue
			}
			speeds[c.Name] = l.speed()
		}
		for name, s := range speeds {
			x := t.Cells[name]
			x.speeds = append(x.speeds, s)
			for _, other := range []string{reference, reference + " + start"} {
				if o, ok := speeds[other]; ok {
					if x.ratios == nil {
						x.ratios = map[string][]float64{}
					}
					x.ratios[other] = append(x.ratios[other], s/o)
				}
			}
		}
	}
	for _, x := range t.Cells {
		x.MBs = median(x.speeds)
		x.Spread = [2]float64{quantile(x.speeds, .25), quantile(x.speeds, .75)}
		x.Ratio, x.RatioStart = median(x.ratios[reference]), median(x.ratios[reference+" + start"])
	}
	return t, nil
}

func machine() string {
	name := runtime.GOARCH
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := regexp.MustCompile(`model name\s*:\s*(.+)`).FindSubmatch(b); m != nil {
			name = string(m[1])
		}
	}
	return fmt.Sprintf("%s, %d CPUs, %s, %s", name, runtime.NumCPU(), runtime.GOOS, runtime.Version())
}
