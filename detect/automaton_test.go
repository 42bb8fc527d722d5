package detect

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode/utf8"
)

// An automaton finds what regexp finds, anchored, leftmost-longest.
func TestAutomaton(t *testing.T) {
	exprs := []string{
		`abc`, `a|ab|abc`, `(?:ab)*c`, `[^\x00-\x7f]`, `(?i)straße`, `(?i)k`, `[가-힣]{2,4}`, `\pL+\d`, `.{2,3}x`, `(?s).{2,3}x`, `a\b`, `\ba`, `\Ba`,
		`a\b.a`, `a\B.`, `\b\d{3}\b-\b\d{2}\b`, `(?:\d[ -]?){3,5}\d`, `x{0}a`, `[\x{D7FF}-\x{E000}]`, `[^a]b`, `\x{10FFFF}`, `(?i)[k-s]{2}`, `(?:a|é|字|😀){2}`,
		`[\x80-\x{10ffff}]+z`, `a(?:b\b|c)d?`,
	}
	texts := []string{"", "a", "abc", "ababc", "é", "STRASSE", "straße", "STRAßE", "Kk\u212a", "가나다라마", "é9x", "a\nbx", "aab", "a.a", "12-34", "123-45", "1 2-3 4 5",
		"\ud7ff", "\ue000x", "éb", "\U0010ffff", "ſK", "aé字😀", "日本z", "ab d", "acd", "ab\xff", "\xe3\x81", "\xf4\x90\x80\x80"}
	for _, expr := range exprs {
		for _, text := range texts {
			compare(t, expr, text)
		}
	}
}

// compare runs expr at every place of text with an automaton and with regexp.
func compare(t *testing.T, expr, text string) {
	t.Helper()
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return
	}
	if lo, _ := length(re); lo == 0 {
		return
	}
	a, err := newAutomaton([]*syntax.Regexp{re}, false, 2000)
	if err != nil {
		return
	}
	back, err := newAutomaton([]*syntax.Regexp{re}, true, 20000)
	if err != nil {
		return
	}
	s := &scan{raw: []byte(text)}
	for at := 0; at <= len(text); at++ {
		// A byte of context, so that \b sees it: regexp has no other way.
		want := -1
		if at == 0 || text[at-1] < utf8.RuneSelf && utf8.ValidString(text) {
			lead := ""
			if at > 0 {
				lead = regexp.QuoteMeta(text[at-1 : at])
			}
			std := regexp.MustCompile(`^(?:` + lead + `)(?:` + expr + `)`)
			std.Longest()
			if m := std.FindStringIndex(text[at-min(at, 1):]); m != nil {
				want = at - min(at, 1) + m[1]
			}
		} else {
			continue
		}
		if !utf8.ValidString(text) {
			continue // regexp takes a stray byte for U+FFFD, we for no character
		}
		if got := longest(s, a, at); got != want {
			t.Fatalf("automaton of %q at %q[%d:] ends at %d, want %d", expr, text, at, got, want)
		}
		if want >= 0 {
			var m marks
			s.backward(madeMachine(back, nil), &m, 0, 0, want)
			if !m.has(at) {
				t.Fatalf("automaton of %q run backwards from %q[:%d] does not stop at %d", expr, text, want, at)
			}
		}
	}
}

// longest returns where the longest match of a that begins at text[at] ends, or -1.
func longest(s *scan, a *automaton, at int) int {
	var m marks
	s.forward(madeMachine(a, nil), &m, 0, at, len(s.raw))
	for end := len(s.raw); end > at; end-- {
		if m.has(end) {
			return end
		}
	}
	return -1
}

// randomExpr returns a small pattern.
func randomExpr(r *rand.Rand, depth int) string {
	leaves := []string{"a", "b", "c", "1", "2", "-", " ", "é", "字", `\d`, `\w`, "[a-c]", "[^a]", ".", "[0-9-]", "(?i:K)", `\b`, "[é-字]"}
	if depth == 0 {
		return leaves[r.IntN(len(leaves))]
	}
	sub := func() string { return randomExpr(r, depth-1) }
	switch r.IntN(8) {
	case 0:
		return "(?:" + sub() + "|" + sub() + ")"
	case 1:
		return "(?:" + sub() + ")*"
	case 2:
		return "(?:" + sub() + ")+"
	case 3:
		return "(?:" + sub() + ")?"
	case 4:
		return "(?:" + sub() + "){1,3}"
	case 5:
		return "(?:" + sub() + "){2}"
	}
	return sub() + sub()
}

func randomText(r *rand.Rand, n int) string {
	letters := []rune("abcKk12- .é字\u212a\n")
	var b strings.Builder
	for range n {
		b.WriteRune(letters[r.IntN(len(letters))])
	}
	return b.String()
}

func TestAutomatonRandom(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		compare(t, randomExpr(r, 3), randomText(r, 12))
	}
}

func FuzzAutomaton(f *testing.F) {
	f.Add(uint64(1), "abc")
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		if len(text) > 64 {
			return
		}
		compare(t, randomExpr(rand.New(rand.NewPCG(seed, 2)), 4), text)
	})
}

// Patterns united in one automaton match what each does alone.
func TestUnion(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 3))
		var res []*syntax.Regexp
		for range 5 {
			if re, err := parse(randomExpr(r, 2)); err == nil {
				res = append(res, re)
			}
		}
		u, err := newAutomaton(res, false, maxUnionStates)
		if err != nil || len(res) == 0 {
			continue
		}
		s := &scan{raw: []byte(randomText(r, 10))}
		for i, re := range res {
			a, err := newAutomaton([]*syntax.Regexp{re}, false, maxStates)
			if err != nil {
				t.Fatal(err)
			}
			one := *u
			for k := range one.accept { // only the i'th pattern
				one.accept[k] = make([]uint64, len(u.accept[k]))
				for j, m := range u.accept[k] {
					one.accept[k][j] = m & (1 << i)
				}
			}
			for at := range s.raw {
				if got, want := longest(s, &one, at), longest(s, a, at); got != want {
					t.Fatalf("pattern %d of %v at %q[%d:] ends at %d, want %d", i, res, s.raw, at, got, want)
				}
			}
		}
	}
}

func TestTooLarge(t *testing.T) {
	for _, expr := range []string{`\pL{500}`, `x(?P<value>\pL{500})`} {
		_, err := New([]Rule{{ID: "x", Entity: "X", Tier: ByItself, Patterns: []Pattern{{Expr: expr}}}}, nil)
		if err == nil {
			t.Errorf("New(%q) succeeded, want an error", expr)
		}
	}
}
