package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/mcpveil/mcpveil/detect"
)

// A planReport is what explain --plan prints: a detector's plan, and what a sample adds to it.
type planReport struct {
	Patterns    []planPattern `json:"patterns"`
	Lanes       []planLane    `json:"lanes"`
	SampleBytes int           `json:"sample_bytes,omitempty"`
}

type planPattern struct {
	Rule      string   `json:"rule"`
	Pack      string   `json:"pack"`
	Pattern   int      `json:"pattern"` // 0 for a rule without
	Engine    string   `json:"engine"`
	Anchor    string   `json:"anchor"`
	OffsetMin int      `json:"offset_min"`
	OffsetMax int      `json:"offset_max"` // -1 without bound
	Lane      int      `json:"lane"`
	Group     int      `json:"group"`
	Expected  float64  `json:"expected_per_kb"` // of the group
	Measured  *float64 `json:"measured_per_kb,omitempty"`
	Slow      bool     `json:"slow"`
	Advice    string   `json:"advice,omitempty"`
	States    int      `json:"states"`
	Memory    int      `json:"memory_bytes"`
}

// A planLane sums up a lane, the patterns that are not shown included.
type planLane struct {
	Lane     int      `json:"lane"`
	Patterns int      `json:"patterns"`
	Slow     int      `json:"slow_patterns"`
	Groups   int      `json:"groups"`
	Expected float64  `json:"expected_per_kb"`
	Measured *float64 `json:"measured_per_kb,omitempty"`
}

// slowAdvice says what would help a pattern that is tried almost everywhere.
const slowAdvice = "give every match something rare, a literal of three bytes or a sign such as @ that what stands before it cannot hold, " +
	"or digits at its start; or let names of fields say where to look (tier: field)"

func newPlanReport(det *detect.Detector) *planReport {
	r := &planReport{Patterns: []planPattern{}, Lanes: []planLane{}}
	known := make(map[int]bool) // groups that are in the sum of their lane
	for _, p := range det.Plan() {
		row := planPattern{
			Rule: p.RuleID, Pattern: p.Pattern, Engine: p.Engine, Anchor: p.Anchor, OffsetMin: p.OffsetMin, OffsetMax: p.OffsetMax,
			Lane: p.Lane, Group: p.Group, Expected: p.PerKB, Slow: p.Slow, States: p.States, Memory: p.Memory,
		}
		for len(r.Lanes) <= p.Lane {
			r.Lanes = append(r.Lanes, planLane{Lane: len(r.Lanes)})
		}
		l := &r.Lanes[p.Lane]
		l.Patterns++
		if p.Slow {
			l.Slow++
			row.Advice = slowAdvice
		}
		if !known[p.Group] {
			known[p.Group] = true
			l.Groups++
			l.Expected += p.PerKB
		}
		r.Patterns = append(r.Patterns, row)
	}
	return r
}

// maxSample is how much of a sample is looked at.
const maxSample = 64 << 20

// measure counts the candidates of det in a file.
func (r *planReport) measure(det *detect.Detector, s streams, name string) error {
	in := io.Reader(s.in)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("--sample: %w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxSample))
	if err != nil {
		return fmt.Errorf("--sample: %w", err)
	}
	if len(text) == 0 {
		return fmt.Errorf("--sample: %s is empty", name)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	counts := det.Candidates(nil, text, json.Valid(line) || json.Valid(text))
	r.SampleBytes = len(text)
	perKB := func(n int64) *float64 {
		v := float64(n) * 1024 / float64(len(text))
		return &v
	}
	sums := make([]int64, len(r.Lanes))
	known := make(map[int]bool)
	for i := range r.Patterns {
		p := &r.Patterns[i]
		p.Measured = perKB(counts[p.Group])
		if !known[p.Group] {
			known[p.Group] = true
			sums[p.Lane] += counts[p.Group]
		}
	}
	for i := range r.Lanes {
		r.Lanes[i].Measured = perKB(sums[i])
	}
	return nil
}

// choose leaves the patterns of rules.
func (r *planReport) choose(rules []chosenRule) {
	packs := make(map[string]string)
	for _, rule := range rules {
		packs[rule.ID] = rule.pack
	}
	r.Patterns = slices.DeleteFunc(r.Patterns, func(p planPattern) bool {
		_, ok := packs[p.Rule]
		return !ok
	})
	for i := range r.Patterns {
		r.Patterns[i].Pack = packs[r.Patterns[i].Rule]
	}
}

// sortByCost puts the dearest first: what was measured, or else is expected.
func (r *planReport) sortByCost() {
	cost := func(p planPattern) float64 {
		if p.Measured != nil {
			return *p.Measured
		}
		return p.Expected
	}
	slices.SortStableFunc(r.Patterns, func(a, b planPattern) int {
		return cmp.Or(cmp.Compare(cost(b), cost(a)), cmp.Compare(a.Group, b.Group))
	})
}

func (r *planReport) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func (r *planReport) table(out io.Writer) error {
	var b bytes.Buffer
	measured := r.SampleBytes > 0
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "RULE\t#\tENGINE\tLANE\tGROUP\tEXPECTED/KB")
	if measured {
		fmt.Fprint(w, "\tMEASURED/KB")
	}
	fmt.Fprintln(w, "\tANCHOR")
	for i := range r.Patterns {
		p := &r.Patterns[i]
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%d\t%s", p.Rule, p.Pattern, p.Engine, p.Lane, p.Group, rate(p.Expected))
		if measured {
			fmt.Fprintf(w, "\t%s", rate(*p.Measured))
		}
		fmt.Fprintf(w, "\t%s\n", p.where())
	}
	_ = w.Flush() // b takes all
	fmt.Fprintln(&b)
	for i := range r.Lanes {
		l := &r.Lanes[i]
		fmt.Fprintf(&b, "lane %d: %s in %s, %s candidates/KB expected", l.Lane, many(l.Patterns, "pattern"), many(l.Groups, "group"), rate(l.Expected))
		if measured {
			fmt.Fprintf(&b, ", %s measured in %d bytes", rate(*l.Measured), r.SampleBytes)
		}
		if l.Slow > 0 {
			fmt.Fprintf(&b, "; %d slow", l.Slow)
		}
		fmt.Fprintln(&b)
	}
	for i := range r.Patterns {
		if p := &r.Patterns[i]; p.Slow {
			fmt.Fprintf(&b, "\nSLOW: rule %s, pattern %d has no anchor and is tried %s times in each kilobyte: %s.\n", p.Rule, p.Pattern, rate(p.Expected), p.Advice)
		}
	}
	_, err := out.Write(b.Bytes())
	return err
}

// maxAnchor is how much of an anchor the table shows. JSON has all of it.
const maxAnchor = 100

// where is the anchor and how far into a match it stands.
func (p *planPattern) where() string {
	at := p.Anchor
	if r := []rune(at); len(r) > maxAnchor {
		at = string(r[:maxAnchor-1]) + "…"
	}
	switch {
	case p.Slow:
		at = "none: " + at
	case p.OffsetMax < 0:
		at += fmt.Sprintf("  %d bytes in, or more", p.OffsetMin)
	case p.OffsetMax > p.OffsetMin:
		at += fmt.Sprintf("  %d to %d bytes in", p.OffsetMin, p.OffsetMax)
	case p.OffsetMax > 0:
		at += fmt.Sprintf("  %s in", many(p.OffsetMax, "byte"))
	}
	return at
}

func many(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// rate prints candidates per kilobyte, with as many digits as can mean something.
func rate(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 0.001:
		return "<0.001"
	case v < 10:
		return fmt.Sprintf("%.3f", v)
	}
	return fmt.Sprintf("%.1f", v)
}
