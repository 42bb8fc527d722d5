package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpveil/mcpveil/bench/internal/plot"
)

type report struct {
	Machine    string       `json:"machine"`
	Began      string       `json:"began"`
	Took       string       `json:"took"`
	Rounds     int          `json:"rounds"`
	MB         int          `json:"mb"`
	Contenders []*contender `json:"contenders"`
	Tables     []*table     `json:"tables"`
	Bars       []bar        `json:"bars"`
}

type table struct {
	Corpus string           `json:"corpus"`
	Cells  map[string]*cell `json:"cells"`
}

type cell struct {
	MBs        float64    `json:"mb_s"`
	Spread     [2]float64 `json:"quartiles"`
	Ratio      float64    `json:"ratio,omitempty"`       // to Hyperscan, block
	RatioStart float64    `json:"ratio_start,omitempty"` // to Hyperscan, block + start
	FoundPerMB float64    `json:"found_per_mb"`

	first  lap
	speeds []float64
	ratios map[string][]float64
}

// A bar is what the project promises of a ratio.
type bar struct {
	What  string  `json:"what"`
	Got   float64 `json:"got"`
	Limit float64 `json:"limit"`
}

var promises = []struct {
	what, corpus, contender string
	start                   bool
	limit                   float64
}{
	{"clean mixed, full filter, of Hyperscan block", "mixed", "mcpveil", false, 10},
	{"clean mixed, full filter, of Hyperscan with start offsets", "mixed", "mcpveil", true, 19},
	{"the same under strict: full, of Hyperscan block", "mixed", "mcpveil, strict: full", false, 4},
	{"prose, scan only, of Hyperscan block", "prose", "mcpveil detect", false, 20},
	{"log lines, scan only, of Hyperscan block", "logs", "mcpveil detect", false, 14},
	{"clean mixed, full filter, AVX2, of Hyperscan block", "mixed", "mcpveil, AVX2", false, 7},
	{"clean mixed, full filter, plain Go, of Hyperscan block", "mixed", "mcpveil, plain Go", false, 1.5},
}

func (r *report) write(o options) error {
	for _, p := range promises {
		for _, t := range r.Tables {
			x := t.Cells[p.contender]
			if x == nil || t.Corpus != p.corpus && t.Corpus != p.corpus+"_d00 (file)" {
				continue
			}
			got := x.Ratio
			if p.start {
				got = x.RatioStart
			}
			what := p.what
			if t.Corpus != p.corpus {
				what += " (" + t.Corpus + ")"
			}
			r.Bars = append(r.Bars, bar{what, got, p.limit})
		}
	}
	r.markdown(os.Stdout)
	var errs []error
	save := func(name string, f func(io.Writer) error) {
		if name == "" {
			return
		}
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		var out *os.File
		if err == nil {
			out, err = os.Create(name)
		}
		if err == nil {
			if err = f(out); err == nil {
				err = out.Close()
			}
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	save(o.report, func(w io.Writer) error { r.markdown(w); return nil })
	save(o.csv, r.csv)
	save(o.json, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "\t")
		return e.Encode(r)
	})
	if o.plots != "" {
		save(filepath.Join(o.plots, "compare-engines.svg"), r.engines().WriteSVG)
		save(filepath.Join(o.plots, "compare-tools.svg"), r.tools().WriteSVG)
	}
	if len(errs) > 0 {
		return errs[0]
	}
	return r.agree()
}

// agree holds what mcpveil's kernels found against each other.
func (r *report) agree() error {
	for _, t := range r.Tables {
		for _, name := range []string{"mcpveil detect", "mcpveil"} {
			var first *cell
			for _, form := range []string{"", ", AVX2", ", plain Go"} {
				switch x := t.Cells[name+form]; {
				case x == nil:
				case first == nil:
					first = x
				case x.first.bytes != first.first.bytes || x.first.results != first.first.results || x.first.sum != first.first.sum:
					return fmt.Errorf("%s, %s%s found other than %s: %+v, %+v", t.Corpus, name, form, name, x.first, first.first)
				}
			}
		}
	}
	return nil
}

func (r *report) markdown(w io.Writer) {
	fmt.Fprintf(w, "%s. %s, %d rounds, %d MB a corpus, %s.\n", r.Machine, r.Began, r.Rounds, r.MB, r.Took)
	for _, part := range []struct {
		title string
		value func(*cell) float64
	}{
		{"MB/s of processor time, medians", func(x *cell) float64 { return x.MBs }},
		{"Times Hyperscan, block", func(x *cell) float64 { return x.Ratio }},
		{"Found by MB (messages changed, where it is the whole that is measured)", func(x *cell) float64 { return x.FoundPerMB }},
	} {
		fmt.Fprintf(w, "\n| %s |", part.title)
		for _, t := range r.Tables {
			fmt.Fprintf(w, " %s |", t.Corpus)
		}
		fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---:|", len(r.Tables)))
		for _, c := range r.Contenders {
			if !r.measured(c) {
				continue
			}
			fmt.Fprintf(w, "| %s |", c.Name)
			for _, t := range r.Tables {
				if x := t.Cells[c.Name]; x != nil {
					fmt.Fprintf(w, " %s |", number(part.value(x)))
				} else {
					fmt.Fprint(w, " – |")
				}
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintf(w, "\n| | version | was asked for |\n|---|---|---|\n")
	for _, c := range r.Contenders {
		version := c.Version
		if c.Left != "" {
			version = "**left out**: " + c.Left
		}
		fmt.Fprintf(w, "| %s | %s | %s |\n", c.Name, version, c.Asked)
	}
	fmt.Fprintf(w, "\n| bar | got | at least | |\n|---|---:|---:|---|\n")
	for _, b := range r.Bars {
		mark := "met"
		if !(b.Got >= b.Limit) {
			mark = "**missed**"
		}
		fmt.Fprintf(w, "| %s | %s× | %g× | %s |\n", b.What, number(b.Got), b.Limit, mark)
	}
}

func (r *report) measured(c *contender) bool {
	return slices.ContainsFunc(r.Tables, func(t *table) bool { return t.Cells[c.Name] != nil })
}

func (r *report) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"contender", "group", "version", "corpus", "MB/s", "lower quartile", "upper quartile", "of Hyperscan block", "of Hyperscan block with starts", "found by MB"})
	for _, t := range r.Tables {
		for _, k := range r.Contenders {
			if x := t.Cells[k.Name]; x != nil {
				c.Write([]string{k.Name, k.Group, k.Version, t.Corpus, number(x.MBs), number(x.Spread[0]), number(x.Spread[1]), number(x.Ratio), number(x.RatioStart), number(x.FoundPerMB)})
			}
		}
	}
	c.Flush()
	return c.Error()
}

// engines is the chart of those that were asked for the same, by corpus.
func (r *report) engines() *plot.Chart {
	c := &plot.Chart{Title: "Sixty identical patterns, throughput of one core", Unit: " MB/s", Note: r.note(),
		Series: []string{"mcpveil", "mcpveil detect", "mcpveil, AVX2", "mcpveil, plain Go", reference, "Hyperscan, block + start", "Vectorscan, block", "go-re2, one alternation"}}
	for _, t := range r.Tables {
		g := plot.Group{Label: t.Corpus}
		for _, s := range c.Series {
			g.Values = append(g.Values, t.speed(s))
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

// tools is the chart of all on the first corpus.
func (r *report) tools() *plot.Chart {
	t := r.Tables[0]
	c := &plot.Chart{Title: "All on " + t.Corpus + ", throughput of one core, logarithmic", Unit: " MB/s", Note: r.note(), Log: true, Series: []string{"same sixty patterns", "what it comes with"}}
	for _, k := range r.Contenders {
		v := t.speed(k.Name)
		switch {
		case math.IsNaN(v):
		case k.Group == sixtyPatterns:
			c.Groups = append(c.Groups, plot.Group{Label: k.Name, Values: []float64{v, math.NaN()}})
		case k.Group == ownRules:
			c.Groups = append(c.Groups, plot.Group{Label: k.Name, Values: []float64{math.NaN(), v}})
		}
	}
	return c.Sorted()
}

func (r *report) note() string {
	return fmt.Sprintf("%s; medians of %d rounds, processor time; %s", r.Machine, r.Rounds, r.Began)
}

func (t *table) speed(name string) float64 {
	if x := t.Cells[name]; x != nil {
		return x.MBs
	}
	return math.NaN()
}

// number writes v with three digits, or all before its point.
func number(v float64) string {
	switch {
	case math.IsNaN(v) || v == 0:
		return "–"
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func median(v []float64) float64 { return quantile(v, .5) }

func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(v))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}
