package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/bench/internal/plot"
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

// A Bar is a promise about a figure, or a gate: what a change must not make worse.
type Bar struct {
	What  string  `json:"what"`
	Got   float64 `json:"got"`
	Limit float64 `json:"limit"`
	Unit  string  `json:"unit"`
	Most  bool    `json:"most,omitempty"` // Limit is the greatest allowed, not the least
	Met   bool    `json:"met"`
	Gate  bool    `json:"gate,omitempty"` // does not vary, or its limit has room for noise
}

type report struct {
	Machine string   `json:"machine"`
	Kernel  string   `json:"kernel"`
	Figures []Figure `json:"figures"`
	Bars    []Bar    `json:"bars"`

	tables []*table

	memory *table // of what runs as a process
}

func (r *report) add(f Figure) { r.Figures = append(r.Figures, f) }

// find returns a figure, or nil.
func (r *report) find(name, corpus string) *Figure {
	for i := range r.Figures {
		if f := &r.Figures[i]; f.Name == name && f.Corpus == corpus {
			return f
		}
	}
	return nil
}

// figure returns the value of a figure, or NaN.
func (r *report) figure(name, corpus string) float64 {
	if f := r.find(name, corpus); f != nil {
		return f.Value
	}
	return math.NaN()
}

// atLeast and atMost hold a figure against what the project promises. Memory is a gate as well.
func (r *report) atLeast(what string, got, limit float64, unit string) {
	r.Bars = append(r.Bars, Bar{What: what, Got: got, Limit: limit, Unit: unit, Met: got >= limit})
}

func (r *report) atMost(what string, got, limit float64, unit string) {
	r.Bars = append(r.Bars, Bar{What: what, Got: got, Limit: limit, Unit: unit, Most: true, Met: got <= limit, Gate: unit == "MB" || unit == "KB"})
}

// gateLeast and gateMost are for what fails CI.
func (r *report) gateLeast(what string, got, limit float64, unit string) {
	r.Bars = append(r.Bars, Bar{What: what, Got: got, Limit: limit, Unit: unit, Met: got >= limit, Gate: true})
}

func (r *report) gateMost(what string, got, limit float64, unit string) {
	r.Bars = append(r.Bars, Bar{What: what, Got: got, Limit: limit, Unit: unit, Most: true, Met: got <= limit, Gate: true})
}

// A table is printed once it is complete.
type table struct {
	title string
	rows  [][]string // the first has the names of the columns
}

func (r *report) table(title string, columns ...string) *table {
	t := &table{title, [][]string{columns}}
	r.tables = append(r.tables, t)
	return t
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// print writes t as Markdown that can be read as it stands.
func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n\n", t.title)
	wide := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			wide[i] = max(wide[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range t.rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", wide[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				fmt.Fprintf(w, "| %s%s ", cell, pad)
			} else {
				fmt.Fprintf(w, "| %s%s ", pad, cell)
			}
		}
		fmt.Fprintln(w, "|")
		if n == 0 {
			for i := range row {
				dashes := strings.Repeat("-", wide[i]+1)
				if i == 0 {
					fmt.Fprintf(w, "|-%s", dashes)
				} else {
					fmt.Fprintf(w, "|%s:", dashes)
				}
			}
			fmt.Fprintln(w, "|")
		}
	}
}

// bars returns the promises, or the gates, as a table, and how many are missed.
func (r *report) bars(gates bool) (t *table, missed int) {
	t = &table{"Promised", [][]string{{"bar", "got", "wanted", ""}}}
	if gates {
		t.title = "Gate"
	}
	for _, b := range r.Bars {
		if b.Gate != gates {
			continue
		}
		mark, sign := "met", "≥ "
		if b.Most {
			sign = "≤ "
		}
		if !b.Met {
			mark = "**missed**"
			missed++
		}
		t.row(b.What, strings.TrimSpace(number(b.Got)+" "+b.Unit), sign+number(b.Limit), mark)
	}
	return t, missed
}

func (r *report) save(o options) error {
	return errors.Join(
		saveAs(o.json, func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "\t")
			return e.Encode(r)
		}),
		saveAs(o.csv, r.csv),
		r.plot(o.plots),
	)
}

func (r *report) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"name", "corpus", "value", "unit", "ratio", "allocations a message"})
	for _, f := range r.Figures {
		c.Write([]string{f.Name, f.Corpus, number(f.Value), f.Unit, number(f.Ratio), number(f.Allocs)})
	}
	c.Flush()
	return c.Error()
}

// plot draws what the figures hold into a folder.
func (r *report) plot(dir string) error {
	if dir == "" {
		return nil
	}
	note := r.Machine + ", " + r.Kernel + "; medians, processor time of one core"
	charts := map[string]*plot.Chart{
		"bench-throughput.svg": {Title: "Clean traffic", Series: []string{"rewrite, 60", "rewrite, packs", "json.Valid"}},
		"bench-density.svg":    {Title: "Mixed traffic, values planted in a share of its texts", Series: []string{"rewrite, 60, masked", "rewrite, 60, encrypted", "rewrite, packs, masked", "rewrite, packs, encrypted"}},
		"bench-kernels.svg":    {Title: "Kernels, the whole filter with sixty patterns", Series: []string{"rewrite, 60, avx512", "rewrite, 60, avx2", "rewrite, 60, neon", "rewrite, 60, generic"}},
		"bench-hostile.svg":    {Title: "Inputs made to keep the filter busy, all packs: the thirty slowest", Series: []string{"hostile, rewrite, packs"}, Mark: &plot.Mark{Value: 100, Label: "100 MB/s"}},
	}
	var errs []error
	for name, c := range charts {
		c.Unit, c.Note, c.Log = " MB/s", note, name == "bench-hostile.svg"
		seen := map[string]bool{}
		for _, f := range r.Figures {
			if f.Name != c.Series[0] || seen[f.Corpus] {
				continue
			}
			seen[f.Corpus] = true
			g := plot.Group{Label: f.Corpus}
			for _, s := range c.Series {
				g.Values = append(g.Values, r.figure(s, f.Corpus))
			}
			c.Groups = append(c.Groups, g)
		}
		if c.Log {
			c = c.Sorted()
			c.Groups = c.Groups[max(0, len(c.Groups)-30):]
		}
		if len(c.Groups) > 0 {
			errs = append(errs, saveAs(filepath.Join(dir, name), c.WriteSVG))
		}
	}
	return errors.Join(errs...)
}

// saveAs writes a file, if it has a name.
func saveAs(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// number writes v with three digits, or all before its point.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.Abs(v) >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
