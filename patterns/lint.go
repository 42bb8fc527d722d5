package patterns

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/corpus"
)

// A Lint is something about a rule that works and is probably not what was meant.
type Lint struct {
	Err     *Error // where, and what
	Serious bool   // the rule does harm: it is slow, or cannot find what it is for
}

// A Sample says how often rules find something where there is nothing, under [Balanced].
type Sample struct {
	Bytes int
	False map[string]int // by rule
}

// Bounds of what is not worth a word.
const (
	largeAutomaton = 4 << 20 // bytes
	maxFalse       = 1       // false hits in the sample
)

// CheckRules says what is odd about the rules of packs, which [Check] has nothing against: no anchor, so that the rule costs as much as
// all others; an automaton too large, or a pattern that backtracks; what is found as a text of its own and not inside a longer
// one; findings in traffic in which there is nothing to be found. (A pattern with ^ or $, which could never match inside a text, does
// not compile.)
func CheckRules(packs ...*Pack) ([]Lint, *Sample, error) {
	det, err := detect.New(Select(Recall, packs...))
	if err != nil {
		return nil, nil, err
	}
	balanced, err := detect.New(Select(Balanced, packs...))
	if err != nil {
		return nil, nil, err
	}
	l := &linter{det: det, balanced: balanced, rules: map[string]*Rule{}, sample: Sample{False: map[string]int{}}}
	for _, p := range packs {
		for i := range p.Rules {
			l.rules[p.Rules[i].ID] = &p.Rules[i]
		}
	}
	for _, p := range packs {
		for i := range p.Rules {
			l.repeated(&p.Rules[i])
			l.inside(&p.Rules[i])
		}
	}
	l.plan()
	l.clean()
	return l.all, &l.sample, nil
}

type linter struct {
	det      *detect.Detector // of all rules
	balanced *detect.Detector // of those that are on by default
	rules    map[string]*Rule
	all      []Lint
	sample   Sample
}

func (l *linter) add(r *Rule, serious bool, format string, args ...any) {
	l.all = append(l.all, Lint{&Error{File: r.file, Line: r.line, RuleID: r.ID, Err: fmt.Errorf(format, args...)}, serious})
}

// plan looks at what patterns compile to.
func (l *linter) plan() {
	for _, p := range l.det.Plan() {
		r := l.rules[p.RuleID]
		if r == nil {
			continue
		}
		switch {
		case p.Slow:
			l.add(r, true, "pattern %d has no anchor and is tried %.1f times in each kilobyte: give every match something rare, a literal of three bytes or a sign such as @, or digits at its start; or let names of fields say where to look (tier: field)", p.Pattern, p.PerKB)
		case p.Engine == "nfa":
			l.add(r, false, "pattern %d is too large for an automaton, and many times as slow as one: bound its repetitions, and say less than . where less will do", p.Pattern)
		case p.Engine == "regexp2":
			l.add(r, false, "pattern %d is looked at by a backtracking engine, which is slow where it is tried: is look-around inside needed?", p.Pattern)
		case p.Memory > largeAutomaton:
			l.add(r, false, "pattern %d and those that share its anchor take %d MiB: bound its repetitions", p.Pattern, p.Memory>>20)
		}
	}
}

// repeated looks for repetitions in repetitions, which a backtracking engine tries in all ways there are. (Automata need not care.)
func (l *linter) repeated(r *Rule) {
	for i, p := range r.Patterns {
		if p.Engine != detect.Regexp2 {
			continue
		}
		if nestedRepeat(p.Expr) {
			l.add(r, true, "pattern %d repeats without bound what is itself repeated without bound, which takes time without bound where it fails: bound one of the two", i+1)
		}
	}
}

// nestedRepeat reports whether a group in expr is repeated without bound and has such a repetition at its own end, so that
// there are many ways to say the same: (a+)+.
func nestedRepeat(expr string) bool {
	var open []bool // for each open group: it has such a repetition
	unbounded := func(i int) bool {
		if i >= len(expr) {
			return false
		}
		if expr[i] == '{' {
			end := strings.IndexByte(expr[i:], '}')
			return end > 0 && expr[i+end-1] == ','
		}
		return expr[i] == '*' || expr[i] == '+'
	}
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\\':
			i++
		case c == '[':
			i += classLen(expr[i:]) - 1
		case c == '(':
			open = append(open, false)
		case c == ')' && len(open) > 0:
			has := open[len(open)-1]
			open = open[:len(open)-1]
			if has && unbounded(i+1) {
				return true
			}
			if has && len(open) > 0 {
				open[len(open)-1] = true
			}
		case unbounded(i) && len(open) > 0:
			open[len(open)-1] = true
		}
	}
	return false
}

// inside looks whether what is found by itself is found in the middle of a text as well.
func (l *linter) inside(r *Rule) {
	for i, example := range r.Examples {
		if example[0] == '{' || example[0] == '[' {
			continue
		}
		if finds(l.det, r, example) && !finds(l.det, r, "so it was, and "+example+" was seen, and it went on") {
			l.add(r, false, "example %d of %d is found as a text of its own, but not inside a longer one", i+1, len(r.Examples))
		}
	}
}

// clean looks for anything in traffic that holds nothing.
func (l *linter) clean() {
	texts := corpus.Generate("text", 0, 512<<10, 4).Messages
	for _, text := range append(texts, cleanIDs(512<<10)...) {
		l.sample.Bytes += len(text)
		for _, f := range l.balanced.Append(nil, detect.Text{Raw: text, Escaped: true, Final: true}) {
			l.sample.False[f.Rule.ID]++
		}
	}
	for _, id := range sortedKeys(l.sample.False) {
		if n := l.sample.False[id]; n > maxFalse {
			l.add(l.rules[id], false, "finds %d things in %.1f MB of traffic that holds nothing: give it a check, a context or a narrower pattern", n, float64(l.sample.Bytes)/1e6)
		}
	}
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// cleanIDs returns size bytes of JSON with numbers and names that are nobody's: identifiers, times, digests, measures.
func cleanIDs(size int) (texts [][]byte) {
	r := rand.New(rand.NewPCG(4, 0x6964))
	raw := make([]byte, 32)
	for n := 0; n < size; {
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		u := fmt.Sprintf("%x-%x-4%x-a%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:16])
		at := time.Unix(1_600_000_000+r.Int64N(200_000_000), r.Int64N(1e9)).UTC()
		text := fmt.Appendf(nil, `{"id":"%s","sha":"%s","seen":%d,"seenMs":%d,"at":"%s","snowflake":%d,"ratio":%g,"x":%.14f,"y":%.6f,"version":"%d.%d.%d","object":"%s","count":%d,"node":"%d:%d","price":"%d.%02d"}`,
			u, hex.EncodeToString(raw[:20]), at.Unix(), at.UnixMilli(), at.Format(time.RFC3339Nano), 1<<59+r.Int64N(1<<60), r.Float64(), 180*r.Float64()-90, 1e5*r.Float64(),
			r.IntN(20), r.IntN(50), r.IntN(100), hex.EncodeToString(raw[20:32]), r.Int64N(1e9), r.IntN(1e5), r.IntN(1e5), r.IntN(1e5), r.IntN(100))
		texts = append(texts, text)
		n += len(text)
	}
	return texts
}
