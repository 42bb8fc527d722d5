package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/internal/eval"
)

func patternsEvalCommand(s streams) *cobra.Command {
	var flags common
	var choice ruleChoice
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "eval FILE.jsonl[.gz]…",
		Short: "measure precision and recall on labelled texts",
		Long: `eval finds what the filter would in labelled texts, and says how much of it is right. A file has one
JSON object a line, {"id":…,"lang":"en","text":"…","spans":[{"s":15,"e":31,"t":"EMAIL","v":"…"}]}: s and e
count bytes of the text's UTF-8, t is the set's own label, v may be left out. It may be gzipped; - is standard input.

  SPANS   values that the file labels so
  RIGHT   those that are found: the same entity, and at least half of the bytes in common, one to one
  FALSE   findings that are none of them; FALSE/MB, in a million bytes of text
  MISSED  spans that are not found
  P R F1  precision, recall and what balances them; EXACT, if all of the bytes must be in common

Where readings of one value overlap, the one that is right counts, and the others are not held against it;
where none is right, they count as one false hit. The line "strongest" counts only the strongest of findings that
overlap, that with the highest score, else the longest: a wrong reading that is stronger is then false, and the
right one missed.

Labels of well-known schemes are understood: Presidio's, Google's, Amazon's, Azure's, AI4Privacy's, MEDDOCAN's, those
of named-entity recognition, and our entities. --map FILE names more, or others: a YAML mapping of labels to
entities, "" to leave out what a label stands for, neither missed nor wrong. Scored are the entities that the file's
labels mean and that rules are there for, or those of --entities; the other labels are listed.

--misses FILE writes each miss and each false hit there as a line of JSON, with the text around: for who may
read the labelled texts.`,
		Example: `  mcpveil patterns eval dev.jsonl.gz --entities EMAIL_ADDRESS,PHONE_NUMBER --misses misses.jsonl
  mcpveil patterns eval dev.jsonl --map labels.yaml --file mine.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := flags.load()
			if err != nil {
				return err
			}
			packs, names, err := choice.load(c)
			if err != nil {
				return err
			}
			det, err := newDetector(c, packs, names)
			if err != nil {
				return err
			}
			return o.run(s, det, names, args)
		},
	}
	flags.registerConfig(cmd)
	choice.registerFiles(cmd)
	cmd.Flags().StringVar(&o.mapFile, "map", "", "read what labels mean from `FILE` (YAML), before what is built in")
	cmd.Flags().StringSliceVar(&o.entities, "entities", nil, "score these `ENTITIES` only: A,B")
	cmd.Flags().StringVar(&o.misses, "misses", "", "write what was missed and what is wrong to `FILE`, with the text around")
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

type evalOptions struct {
	mapFile, misses string
	entities        []string
	json            bool
}

func (o *evalOptions) run(s streams, det *detect.Detector, names map[detect.Entity]string, files []string) error {
	labels, err := o.labels(names)
	if err != nil {
		return err
	}
	var records []eval.Record
	for _, file := range files {
		more, err := readLabelled(s, file)
		if err != nil {
			return &exitError{exitTrouble, err}
		}
		records = append(records, more...)
	}
	scored, err := o.scored(records, labels)
	if err != nil {
		return err
	}
	scorer := eval.NewScorer(labels, scored)
	w, err := newMistakes(o.misses)
	if err != nil {
		return &exitError{exitTrouble, err}
	}
	if w != nil {
		scorer.OnMistake(w.write)
	}
	finder := eval.NewFinder(det)
	var hits []eval.Hit
	for i := range records {
		hits = finder.Find(hits[:0], records[i].Text)
		scorer.Add(&records[i], hits)
	}
	if err := w.close(); err != nil {
		return &exitError{exitTrouble, err}
	}
	write := writeEvalTable
	if o.json {
		write = writeEvalJSON
	}
	if err := write(s.out, scorer.Report(), labels); err != nil {
		return &exitError{exitTrouble, err}
	}
	return nil
}

// labels are the built-in ones and those of --map.
func (o *evalOptions) labels(names map[detect.Entity]string) (*eval.Labels, error) {
	var known []detect.Entity
	for _, e := range entities(names) {
		known = append(known, detect.Entity(e))
	}
	labels := eval.NewLabels(known)
	if o.mapFile == "" {
		return labels, nil
	}
	more, err := config.LoadLabels(o.mapFile)
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	for _, l := range more {
		labels.Set(l.Label, detect.Entity(l.Entity))
	}
	return labels, nil
}

// scored are the entities to score: those asked for, each of which must be found or labelled, or those that
// records have and that are found.
func (o *evalOptions) scored(records []eval.Record, labels *eval.Labels) ([]detect.Entity, error) {
	if len(o.entities) == 0 {
		scored := eval.Entities(records, labels)
		if len(scored) == 0 {
			return nil, misused("no label of the file means an entity that rules find: say with --map which do; the labels are %s", strings.Join(labelsOf(records), ", "))
		}
		return scored, nil
	}
	var scored []detect.Entity
	for _, name := range o.entities {
		e := detect.Entity(strings.TrimSpace(name))
		if !labels.Known(e) {
			return nil, misused("--entities %s: no pack that is on finds this entity: mcpveil check lists them with --entities", e)
		}
		scored = append(scored, e)
	}
	return scored, nil
}

func labelsOf(records []eval.Record) []string {
	var all []string
	for i := range records {
		for _, sp := range records[i].Spans {
			if at, ok := slices.BinarySearch(all, sp.Label); !ok {
				all = slices.Insert(all, at, sp.Label)
			}
		}
	}
	return all
}

func readLabelled(s streams, name string) ([]eval.Record, error) {
	in, err := s.open(name)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	defer in.Close()
	return eval.Read(name, in)
}

// mistakes writes what was missed and what is wrong, as lines of JSON. A nil one writes nothing.
type mistakes struct {
	file *os.File
	w    *bufio.Writer
	err  error
}

// newMistakes begins a file that only its owner may read: it holds text.
func newMistakes(name string) (*mistakes, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--misses: %w", err)
	}
	return &mistakes{file: f, w: bufio.NewWriter(f)}, nil
}

// A mistakeLine is a line of --misses.
type mistakeLine struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Line   int             `json:"line"`
	Kind   string          `json:"kind"` // miss or false
	Entity detect.Entity   `json:"entity"`
	Start  int             `json:"s"`
	End    int             `json:"e"`
	Text   string          `json:"text"`
	Before string          `json:"before"`
	After  string          `json:"after"`
	Labels []string        `json:"labels"` // of spans there
	Found  []mistakeHit    `json:"found"`  // findings there
}

type mistakeHit struct {
	Start  int           `json:"s"`
	End    int           `json:"e"`
	Entity detect.Entity `json:"entity"`
	Rule   string        `json:"rule"`
	Score  float32       `json:"score"`
}

// around is how many bytes of the text before and behind a mistake are written.
const around = 60

func (m *mistakes) write(e eval.Mistake) {
	text := e.Record.Text
	from, to := max(0, e.Start-around), min(len(text), e.End+around)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	l := mistakeLine{
		ID: e.Record.ID, Line: e.Record.Line, Kind: "false", Entity: e.Entity, Start: e.Start, End: e.End,
		Text: text[e.Start:e.End], Before: text[from:e.Start], After: text[e.End:to], Labels: e.Labels, Found: []mistakeHit{},
	}
	if e.Miss {
		l.Kind = "miss"
	}
	if l.Labels == nil {
		l.Labels = []string{}
	}
	for _, h := range e.Found {
		l.Found = append(l.Found, mistakeHit(h))
	}
	enc := json.NewEncoder(m.w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil && m.err == nil {
		m.err = err
	}
}

func (m *mistakes) close() error {
	if m == nil {
		return nil
	}
	return cmp.Or(m.err, m.w.Flush(), m.file.Close())
}

func writeEvalTable(out io.Writer, r *eval.Report, labels *eval.Labels) error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "ENTITY\tSPANS\tRIGHT\tFALSE\tMISSED\tP\tR\tF1\tEXACT P\tR\tF1\tFALSE/MB\t")
	row := func(name string, half, exact eval.Tally) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%.1f\t\n", name, half.Right+half.Missed, half.Right, half.False, half.Missed, rates(half), rates(exact), r.PerMB(half.False))
	}
	for i := range r.Entities {
		e := &r.Entities[i]
		row(string(e.Entity), e.Half, e.Exact)
	}
	row("all", r.Half, r.Exact)
	row("strongest", r.StrongestHalf, r.StrongestExact)
	_ = w.Flush() // b takes all
	fmt.Fprintf(&b, "\n%s, %d bytes\n", many(r.Texts, "text"), r.Bytes)
	if said := notScored(r, labels); said != "" {
		fmt.Fprintf(&b, "not scored: %s\n", said)
	}
	_, err := out.Write(b.Bytes())
	return err
}

// rates are the precision, recall and F1 of t, as columns; a dash where there was nothing.
func rates(t eval.Tally) string {
	rate := func(of int, v float64) string {
		if of == 0 {
			return "-"
		}
		return fmt.Sprintf("%.3f", v)
	}
	return rate(t.Right+t.False, t.Precision()) + "\t" + rate(t.Right+t.Missed, t.Recall()) + "\t" + rate(t.Right+t.False+t.Missed, t.F1())
}

// notScored lists the labels that are not in the score, and why.
func notScored(r *eval.Report, labels *eval.Labels) string {
	var said []string
	for label, n := range r.NotScored {
		why := ""
		switch e, ok := labels.Entity(label); {
		case !ok:
			why = ", unknown"
		case e == "":
			why = ", left out"
		case !labels.Known(e):
			why = ", no rule"
		}
		said = append(said, fmt.Sprintf("%s (%d%s)", label, n, why))
	}
	slices.Sort(said)
	return strings.Join(said, ", ")
}

// What eval --json prints.
type (
	evalJSON struct {
		Texts     int            `json:"texts"`
		Bytes     int            `json:"bytes"`
		Entities  []evalRow      `json:"entities"`
		All       evalRow        `json:"all"`
		Strongest evalRow        `json:"strongest"`
		NotScored map[string]int `json:"not_scored"`
	}
	evalRow struct {
		Entity     detect.Entity `json:"entity,omitempty"`
		Half       evalRates     `json:"half"`
		Exact      evalRates     `json:"exact"`
		FalsePerMB float64       `json:"false_per_mb"`
	}
	evalRates struct {
		eval.Tally
		Precision float64 `json:"p"`
		Recall    float64 `json:"r"`
		F1        float64 `json:"f1"`
	}
)

func writeEvalJSON(out io.Writer, r *eval.Report, _ *eval.Labels) error {
	rates := func(t eval.Tally) evalRates { return evalRates{t, t.Precision(), t.Recall(), t.F1()} }
	row := func(name detect.Entity, half, exact eval.Tally) evalRow {
		return evalRow{name, rates(half), rates(exact), r.PerMB(half.False)}
	}
	j := evalJSON{
		Texts: r.Texts, Bytes: r.Bytes, Entities: []evalRow{}, NotScored: r.NotScored,
		All: row("", r.Half, r.Exact), Strongest: row("", r.StrongestHalf, r.StrongestExact),
	}
	for i := range r.Entities {
		j.Entities = append(j.Entities, row(r.Entities[i].Entity, r.Entities[i].Half, r.Entities[i].Exact))
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(j)
}
