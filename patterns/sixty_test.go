package patterns_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/testenv"
)

// sixty are the patterns that engines are compared on, by name. They are nobody's rules: written for any
// engine, with \b for guards, without checks, some of them unbounded.
func sixty(t testing.TB, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	exprs := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		if name, expr, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") {
			exprs[name] = expr
		}
	}
	if len(exprs) != 60 {
		t.Fatalf("%s has %d patterns, want 60", file, len(exprs))
	}
	return exprs
}

const sixtyFile = "../bench/internal/sixty/patterns60.txt"

// The patterns are those that other engines were measured with.
func TestSixtyShared(t *testing.T) {
	if diff := cmp.Diff(sixty(t, testenv.Shared(t, "data/p60.txt")), sixty(t, sixtyFile)); diff != "" {
		t.Errorf("patterns differ (-shared +ours):\n%s", diff)
	}
}

// sixtyMaxLen bounds the matches of the unbounded ones. No text of the test has one as long.
const sixtyMaxLen = 2048

// TestSixty: patterns that somebody brings from elsewhere compile, have an anchor, and find what Go's regexp finds.
// Two things differ, and no others. Go looks for the next match behind the last one; we report all that do not lie
// inside another. And what starts or ends inside a number with a decimal point, a long hex string, a UUID or base64 is
// not reported, however well it matches: the patterns have no literal, or none that is long.
func TestSixty(t *testing.T) {
	exprs := sixty(t, sixtyFile)
	names := slices.Sorted(maps.Keys(exprs))
	var rules []detect.Rule
	regexps, here := make(map[string]*regexp.Regexp), make(map[string]*regexp.Regexp)
	w := &writer{r: rand.New(rand.NewPCG(60, 3))}
	for _, name := range names {
		rules = append(rules, detect.Rule{
			ID: name, Entity: detect.Entity(name), Tier: detect.ByItself, MaxLen: sixtyMaxLen, Patterns: []detect.Pattern{{Expr: exprs[name]}},
		})
		regexps[name] = regexp.MustCompile(exprs[name])
		regexps[name].Longest()
		here[name] = regexp.MustCompile(`\A(?s:.)(?:` + exprs[name] + `)`)
		here[name].Longest()
		tree, err := syntax.Parse(exprs[name], syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		w.trees = append(w.trees, tree)
	}
	det, err := detect.New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range det.Plan() {
		if p.Slow || p.Engine != "automaton" && p.Engine != "layout" {
			t.Errorf("%s has no anchor: %+v", p.RuleID, p)
		}
	}

	total, found := make(map[string]int), make(map[string]int)
	for range 4000 {
		text := " " + w.text()
		ours := make(map[string][][2]int)
		for _, f := range det.Append(nil, detect.Text{Raw: []byte(text), Final: true}) {
			ours[f.Rule.ID] = append(ours[f.Rule.ID], [2]int{f.Start, f.End})
			_, before := utf8.DecodeLastRuneInString(text[:f.Start])
			if m := here[f.Rule.ID].FindStringIndex(text[f.Start-before:]); m == nil || m[1] != before+f.End-f.Start {
				t.Errorf("%s: %q of %q is found, but there is the match %v", f.Rule.ID, text[f.Start:f.End], text, m)
			}
		}
		for _, name := range names {
			for _, m := range regexps[name].FindAllStringIndex(text, -1) {
				total[name]++
				switch {
				case slices.ContainsFunc(ours[name], func(f [2]int) bool { return f[0] <= m[0] && m[1] <= f[1] }):
					found[name]++
				case !attached(text, m[0], m[1]):
					t.Errorf("%s: %q of %q is not found: %v", name, text[m[0]:m[1]], text, ours[name])
				}
			}
		}
	}
	for _, name := range names {
		if n := total[name]; n < 50 || found[name] < n*3/5 {
			t.Errorf("%s: %d of %d matches are found, want most", name, found[name], n)
		}
	}
}

// attached reports whether text[start:end] may be a part of a longer token that numbers stand in.
func attached(text string, start, end int) bool {
	part := func(i int) bool {
		return 0 <= i && i < len(text) && (strings.IndexByte("+/=-.", text[i]) >= 0 || text[i] < utf8.RuneSelf && (unicode.IsLetter(rune(text[i])) || unicode.IsDigit(rune(text[i]))))
	}
	return part(start-1) || part(end)
}

// A writer writes texts that hold what patterns match.
type writer struct {
	r     *rand.Rand
	trees []*syntax.Regexp
}

func (w *writer) text() string {
	var b strings.Builder
	for range 1 + w.r.IntN(6) {
		switch w.r.IntN(3) {
		case 0:
			b.WriteString(w.pick("the", "order", "is", "x", "id", "3", "2026", "No", "account", "Pass", "sk", "AB"))
		default:
			w.match(&b, w.trees[w.r.IntN(len(w.trees))])
		}
		b.WriteString(w.pick(" ", " ", "\n", ", ", ": ", "\"", "(", ")", "/", "=", ";", "@", "-", ".", "x", "7"))
	}
	return b.String()
}

func (w *writer) pick(texts ...string) string { return texts[w.r.IntN(len(texts))] }

// match writes what re matches, word boundaries aside.
func (w *writer) match(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			if s := string(c); re.Flags&syntax.FoldCase != 0 {
				b.WriteString(w.pick(strings.ToLower(s), strings.ToUpper(s)))
			} else {
				b.WriteString(s)
			}
		}
	case syntax.OpCharClass:
		for { // a printable one
			c := rune(' ' + w.r.IntN(95))
			for i := 0; i < len(re.Rune); i += 2 {
				if re.Rune[i] <= c && c <= re.Rune[i+1] {
					b.WriteRune(c)
					return
				}
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteString(w.pick(" ", ":", "=", "a", "é", "0"))
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			w.match(b, sub)
		}
	case syntax.OpAlternate:
		w.match(b, re.Sub[w.r.IntN(len(re.Sub))])
	case syntax.OpCapture:
		w.match(b, re.Sub[0])
	case syntax.OpQuest:
		w.repeat(b, re.Sub[0], 0, 1)
	case syntax.OpStar:
		w.repeat(b, re.Sub[0], 0, 4)
	case syntax.OpPlus:
		w.repeat(b, re.Sub[0], 1, 12)
	case syntax.OpRepeat:
		most := re.Max
		if most < 0 {
			most = re.Min + 12
		}
		w.repeat(b, re.Sub[0], re.Min, most)
	case syntax.OpWordBoundary, syntax.OpEmptyMatch:
	default:
		panic("no text for " + re.String())
	}
}

func (w *writer) repeat(b *strings.Builder, re *syntax.Regexp, least, most int) {
	for range least + w.r.IntN(most-least+1) {
		w.match(b, re)
	}
}
