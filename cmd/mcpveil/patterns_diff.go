package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

func patternsDiffCommand(s streams) *cobra.Command {
	var samples []string
	var places, asJSON, fail bool
	cmd := &cobra.Command{
		Use:   "diff A B --sample FILE",
		Short: "say what other rules would change in a sample",
		Long: `diff finds with the rules of A and with those of B what is in samples, and says what differs, by entity and rule. A and B are each

  a configuration file: its packs, profile and overrides
  a pack: the default, and that pack besides
  strict, balanced or recall: the built-in packs under that profile; default

A sample, which may be gzipped, is JSON lines, each read as a message would be, or text, line by line; - is standard input.

  A, B      findings
  ONLY A/B  findings that the other one does not have: the same bytes, as the same entity

--places prints where each of those stands, with its letters and digits hidden. With --fail the exit code is 1 if anything differs.`,
		Example: `  mcpveil patterns diff default mine.yaml --sample traffic.jsonl.gz
  mcpveil patterns diff old.yaml new.yaml --sample traffic.jsonl --places`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asJSON && places {
				return misused("patterns diff: --places is not for --json")
			}
			if len(samples) == 0 {
				return misused("patterns diff: name a --sample")
			}
			d := &diffReport{places: places, Rules: []*diffRow{}, rows: map[diffKey]*diffRow{}, out: bufio.NewWriter(s.out)}
			for i, arg := range args {
				if err := d.sides[i].load(arg); err != nil {
					return err
				}
			}
			for _, name := range samples {
				if err := d.sample(cmd.Context(), s, name); err != nil {
					return &exitError{exitTrouble, fmt.Errorf("patterns diff: %w", err)}
				}
			}
			write := d.table
			if asJSON {
				write = d.json
			}
			if err := cmp.Or(write(), d.out.Flush()); err != nil {
				return &exitError{exitTrouble, err}
			}
			if fail && d.differs > 0 {
				return &exitError{code: exitFound}
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&samples, "sample", nil, "look into `FILE`; may be given again")
	cmd.Flags().BoolVar(&places, "places", false, "print each place that differs")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&fail, "fail", false, "exit with 1 if anything differs")
	return cmd
}

// A diffSide finds with one of the two sets of rules.
type diffSide struct {
	rewriter *redact.Rewriter // under a policy that passes everything
	finder   *redact.Finder
	found    []detect.Finding
}

// load makes the rules that arg names.
func (d *diffSide) load(arg string) error {
	c := config.Default()
	if _, err := patterns.ParseProfile(arg); err == nil {
		c.Profile = arg
	} else if arg != "default" {
		path, err := filepath.Abs(arg)
		if err != nil {
			return misused("patterns diff: %w", err)
		}
		if packs, err := patterns.Load(files{}, filepath.ToSlash(path)); err == nil && len(packs) > 0 {
			c.PackFiles = []string{path}
		} else if c, err = config.Load(arg); err != nil {
			return &exitError{exitConfig, err}
		}
	}
	packs, names, err := loadPacks(c)
	if err != nil {
		return err
	}
	det, err := newDetector(c, packs, names)
	if err != nil {
		return err
	}
	pass, err := policy.New([]policy.Rule{{Name: "diff", Action: policy.Pass}})
	if err != nil {
		return err
	}
	f, err := redact.New(det, pass, nil, nil)
	if err != nil {
		return &exitError{exitConfig, err}
	}
	d.rewriter, d.finder = f.NewRewriter(), redact.NewFinder(det)
	return nil
}

// find finds in a line, a message if isJSON.
func (d *diffSide) find(ctx context.Context, line []byte, isJSON bool) error {
	d.found = d.found[:0]
	if !isJSON {
		d.found = d.finder.Append(d.found, line)
		d.found = slices.DeleteFunc(d.found, func(f detect.Finding) bool { return f.Rule.Sealed })
		return nil
	}
	if _, err := d.rewriter.Rewrite(ctx, &redact.Call{Site: policy.Site{Direction: policy.ToClient}}, line); err != nil {
		return err
	}
	for _, e := range d.rewriter.Events() {
		if !e.Finding.Rule.Sealed {
			d.found = append(d.found, e.Finding)
		}
	}
	return nil
}

func (d *diffSide) has(f *detect.Finding) bool {
	return slices.ContainsFunc(d.found, func(o detect.Finding) bool {
		return o.Start == f.Start && o.End == f.End && o.Rule.Entity == f.Rule.Entity
	})
}

type diffKey struct {
	entity detect.Entity
	rule   string
}

// A diffRow is what a rule finds on either side.
type diffRow struct {
	Entity detect.Entity `json:"entity"`
	Rule   string        `json:"rule"`
	Found  [2]int        `json:"found"` // in A and in B
	Only   [2]int        `json:"only"`
}

type diffReport struct {
	Lines int        `json:"lines"`
	Bytes int        `json:"bytes"`
	Rules []*diffRow `json:"rules"`

	sides   [2]diffSide
	rows    map[diffKey]*diffRow
	places  bool
	differs int
	out     *bufio.Writer
}

func (d *diffReport) sample(ctx context.Context, s streams, name string) error {
	in, err := s.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	br := bufio.NewReader(in)
	if magic, _ := br.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(br)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		br = bufio.NewReader(z)
	}
	data, err := io.ReadAll(io.LimitReader(br, maxSample+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	case len(data) == 0:
		return fmt.Errorf("%s is empty", name)
	case len(data) > maxSample:
		return fmt.Errorf("%s is longer than %d bytes: take a part of it", name, maxSample)
	}
	d.Bytes += len(data)
	var check jsonspan.Checker
	for n := 1; len(data) > 0; n++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		d.Lines++
		isJSON := check.Check(line, 0) == nil
		for i := range d.sides {
			if err := d.sides[i].find(ctx, line, isJSON); err != nil {
				return fmt.Errorf("%s:%d: %w", name, n, err)
			}
		}
		d.compare(name, n, line)
	}
	return nil
}

func (d *diffReport) compare(name string, n int, line []byte) {
	for i := range d.sides {
		other := &d.sides[1-i]
		for k := range d.sides[i].found {
			f := &d.sides[i].found[k]
			key := diffKey{f.Rule.Entity, f.Rule.ID}
			row := d.rows[key]
			if row == nil {
				row = &diffRow{Entity: key.entity, Rule: key.rule}
				d.rows[key] = row
			}
			row.Found[i]++
			if other.has(f) {
				continue
			}
			row.Only[i]++
			d.differs++
			if d.places {
				fmt.Fprintf(d.out, "%s:%d: only %c: %s (%s, %s) %s\n", name, n, 'A'+i, f.Rule.Entity, f.Confidence(), f.Rule.ID, masked(line[f.Start:f.End]))
			}
		}
	}
}

// differing are the rows in which something differs, by entity and rule.
func (d *diffReport) differing() {
	keys := slices.SortedFunc(maps.Keys(d.rows), func(a, b diffKey) int {
		return cmp.Or(cmp.Compare(a.entity, b.entity), cmp.Compare(a.rule, b.rule))
	})
	for _, k := range keys {
		if r := d.rows[k]; r.Only[0]+r.Only[1] > 0 {
			d.Rules = append(d.Rules, r)
		}
	}
}

func (d *diffReport) table() error {
	d.differing()
	found := [2]int{}
	for _, r := range d.rows {
		found[0] += r.Found[0]
		found[1] += r.Found[1]
	}
	if len(d.Rules) > 0 {
		if d.places {
			fmt.Fprintln(d.out)
		}
		w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ENTITY\tRULE\tA\tB\tONLY A\tONLY B")
		for _, r := range d.Rules {
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\n", r.Entity, r.Rule, r.Found[0], r.Found[1], r.Only[0], r.Only[1])
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(d.out)
	}
	_, err := fmt.Fprintf(d.out, "%s, %d bytes: A finds %d, B %d; %s\n", many(d.Lines, "line"), d.Bytes, found[0], found[1], many(d.differs, "difference"))
	return err
}

func (d *diffReport) json() error {
	d.differing()
	e := json.NewEncoder(d.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(d)
}
