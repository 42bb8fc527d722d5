package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A whyReport says why something in a text was found, or was not. It holds the text: it is for who gave it.
type whyReport struct {
	Places []whyPlace  `json:"places"`
	Hidden []whyHidden `json:"hidden"`

	text []byte
}

// A whyPlace is a place where a rule matches, or nearly does. Start and end are in bytes of the text.
type whyPlace struct {
	Outcome   string        `json:"outcome"`
	Entity    detect.Entity `json:"entity"`
	Rule      string        `json:"rule"`
	Pattern   int           `json:"pattern,omitempty"`
	Start     int           `json:"start"`
	End       int           `json:"end"`
	Text      string        `json:"text"`
	Score     float32       `json:"score"`
	Threshold float32       `json:"threshold"`
	Parts     []whyPart     `json:"parts"`
}

// A whyPart is what one thing adds to a score.
type whyPart struct {
	What string  `json:"what"`
	Adds float32 `json:"adds"`
	Says string  `json:"says"`
}

// A whyHidden is a finding behind an encoding.
type whyHidden struct {
	Entity detect.Entity `json:"entity"`
	Rule   string        `json:"rule"`
	Start  int           `json:"start"`
	End    int           `json:"end"`
	Text   string        `json:"text"`
	Score  float32       `json:"score"`
	Views  int           `json:"views"`
}

// newWhyReport explains what det makes of text, a JSON text if it is an object or an array, of the rules whose ids or
// entities match globs, if there are any.
func newWhyReport(det *detect.Detector, text []byte, globs []string) *whyReport {
	r := &whyReport{Places: []whyPlace{}, Hidden: []whyHidden{}, text: text}
	asked := func(rule *detect.Rule) bool {
		return !rule.Sealed && (len(globs) == 0 || slices.ContainsFunc(globs, func(g string) bool {
			return policy.Glob(g, rule.ID) || policy.Glob(g, string(rule.Entity))
		}))
	}
	trimmed := bytes.TrimSpace(text)
	isJSON := len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(trimmed)
	reported := map[whyHidden]bool{}
	for _, e := range det.Explain(detect.Text{Raw: text, Escaped: isJSON, Final: true}) {
		if !asked(e.Rule) {
			continue
		}
		r.Places = append(r.Places, r.place(&e))
		if e.Outcome == detect.Reported {
			reported[whyHidden{Rule: e.Rule.ID, Start: e.Start, End: e.End}] = true
		}
	}
	for _, f := range redact.NewFinder(det).Append(nil, text) {
		if asked(f.Rule) && len(f.Views) > 0 && !reported[whyHidden{Rule: f.Rule.ID, Start: f.Start, End: f.End}] {
			r.Hidden = append(r.Hidden, whyHidden{f.Rule.Entity, f.Rule.ID, f.Start, f.End, string(text[f.Start:f.End]), f.Score, len(f.Views)})
		}
	}
	return r
}

func (r *whyReport) place(e *detect.Explanation) whyPlace {
	p := whyPlace{
		Outcome: e.Outcome.String(), Entity: e.Rule.Entity, Rule: e.Rule.ID, Pattern: e.Pattern, Start: e.Start, End: e.End,
		Text: string(r.text[e.Start:e.End]), Score: e.Score, Threshold: e.Threshold, Parts: []whyPart{},
	}
	part := func(what string, adds float32, format string, args ...any) {
		p.Parts = append(p.Parts, whyPart{what, adds, fmt.Sprintf(format, args...)})
	}
	if e.Outcome != detect.Incomplete {
		part("base", e.Base, "tier %s", tierNames[e.Rule.Tier])
	}
	for _, c := range e.Checks {
		switch {
		case c.Passed:
			part("check", 0, "%s passes, as %s random ones do", c.Name, rarity(c.PassRate))
		case c.Mode == detect.Require:
			part("check", 0, "%s fails, and the rule requires it", c.Name)
		default:
			part("check", 0, "%s fails, so something else must speak for it", c.Name)
		}
	}
	if e.Checked != e.Base && len(e.Checks) > 0 && e.Outcome != detect.CheckFailed {
		part("checked", e.Checked-e.Base, "what the checks make of it")
	}
	if e.Bias != 0 {
		part("bias", e.Bias, "what an override of the configuration adds")
	}
	r.words(&p, e, false, "context", e.Context)
	r.words(&p, e, true, "against", e.Against)
	if f := e.Field; f.Name != "" {
		says := "the name of its member is " + strconv.Quote(f.Name)
		if f.Partial {
			says = "the name of its member ends in " + strconv.Quote(f.Name)
		}
		if f.Kin && !f.HasKin {
			says += ", which counts for nothing without a parent or a sibling of a person's"
		}
		part("field", e.ByField, "%s", says)
	}
	if says := whyNot[e.Outcome]; says != "" {
		part("but", 0, "%s", says)
	}
	if e.Outcome == detect.Masked {
		p.Parts[len(p.Parts)-1].Says += fmt.Sprintf(" (%s)", e.Token)
	}
	return p
}

// whyNot says what an outcome means to who asks why there is no finding.
var whyNot = map[detect.Outcome]string{
	detect.Covered:     "it lies inside another finding of its rule, which scores no less",
	detect.TooLow:      "what speaks for it is not enough",
	detect.Unsupported: "its rule wants a context word, the name of a field or a check that few random strings pass",
	detect.Masked:      "it starts or ends inside something that is no value of this kind",
	detect.Guarded:     "what touches it makes it a part of a longer word or number",
	detect.Placeholder: "the value is a mask, a placeholder or a token: nothing to be found",
	detect.Incomplete:  "the pattern begins here, and does not go on",
}

func (r *whyReport) words(p *whyPlace, e *detect.Explanation, against bool, what string, adds float32) {
	var words []string
	for _, w := range e.Words {
		if w.Against == against {
			words = append(words, strconv.Quote(string(r.text[w.Start:w.End])))
		}
	}
	if len(words) > 0 {
		p.Parts = append(p.Parts, whyPart{what, adds, strings.Join(words, ", ")})
	}
}

func rarity(rate float64) string {
	switch {
	case rate <= 0:
		return "no"
	case rate >= .995:
		return "all, or nearly all,"
	case rate > .3:
		return fmt.Sprintf("%.0f %% of", 100*rate)
	}
	return fmt.Sprintf("1 in %.0f", 1/rate)
}

func (r *whyReport) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// print writes what is reported first, and then what is not.
func (r *whyReport) print(w io.Writer) error {
	var b bytes.Buffer
	n := 0
	for _, found := range []bool{true, false} {
		for i := range r.Places {
			if p := &r.Places[i]; found == (p.Outcome == detect.Reported.String()) {
				if found {
					n++
				}
				p.print(&b)
			}
		}
		if found {
			for _, h := range r.Hidden {
				n++
				fmt.Fprintf(&b, "found behind %s: %s %s, at %d to %d: %s\n    score     %.2f\n", many(h.Views, "encoding"), h.Entity, h.Rule, h.Start, h.End, strconv.Quote(h.Text), h.Score)
			}
		}
	}
	switch {
	case len(r.Places)+len(r.Hidden) == 0:
		fmt.Fprintln(&b, "nothing is found: no rule's pattern begins anywhere in the text")
	case n == 0:
		fmt.Fprintln(&b, "nothing is found")
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (p *whyPlace) print(b *bytes.Buffer) {
	outcome := p.Outcome
	if outcome == detect.Reported.String() {
		outcome = "found"
	} else {
		outcome = "not found, " + outcome
	}
	fmt.Fprintf(b, "%s: %s %s, at %d to %d: %s\n", outcome, p.Entity, p.Rule, p.Start, p.End, strconv.Quote(p.Text))
	for _, part := range p.Parts {
		adds := "     "
		if part.Adds != 0 || part.What == "base" {
			adds = fmt.Sprintf("%+.2f", part.Adds)
		}
		fmt.Fprintf(b, "    %-8s %s  %s\n", part.What, adds, part.Says)
	}
	switch p.Outcome {
	case detect.CheckFailed.String(), detect.Incomplete.String(): // no score makes it a finding
	default:
		fmt.Fprintf(b, "    score     %.2f  at least %.2f is wanted\n", p.Score, p.Threshold)
	}
}
