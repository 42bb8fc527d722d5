package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Wherever a pattern matches, one of its starts fits, however many they are joined to.
func TestStarts(t *testing.T) {
	matches, several := 0, 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		re, err := parse(randomExpr(r, 4))
		if err != nil {
			continue
		}
		p := &pattern{rule: &rule{Rule: &Rule{Tier: ByItself}}, re: re, maxLen: 100}
		g, err := p.find()
		if err != nil || g.beforeRe != nil || g.compile(maxStates) != nil {
			continue
		}
		if len(g.parts) > 1 {
			several++
		}
		for _, starts := range [][]start{g.parts, condense(g.parts, 3), condense(g.parts, 1)} {
			s := &scan{raw: []byte(randomText(r, 12))}
			for at := range s.raw {
				s.walk(g, at, at)
				if s.ends.seen == 0 {
					continue
				}
				matches++
				fits := false
				for k := range starts {
					fits = fits || starts[k].fits(s.raw[at:])
				}
				if !fits {
					t.Fatalf("seed %d: %v matches at %q[%d:], where none of %d starts fits", seed, re, s.raw, at, len(starts))
				}
			}
		}
	}
	if matches < 1000 || several < 100 {
		t.Errorf("%d matches, %d patterns with several starts: want more", matches, several)
	}
}

// fits reports whether st fits text; what is missing fits.
func (st *start) fits(text []byte) bool {
	for k := range min(len(text), len(st.sets)) {
		if !st.sets[k].Has(text[k]) {
			return false
		}
	}
	return true
}

// A choice of words gets an anchor for each, and joined they are as many as are allowed.
func TestCondense(t *testing.T) {
	re, err := parse(`(?:alpha|[Bb]ravo|charlie|delta)=[0-9]{4}`)
	if err != nil {
		t.Fatal(err)
	}
	p := &pattern{rule: &rule{Rule: &Rule{Tier: ByItself}}, re: re, maxLen: 30}
	g, err := p.find()
	if err != nil {
		t.Fatal(err)
	}
	sure := condense(g.parts, 4)
	if len(sure) > 4 || apart(sure) > g.chance {
		t.Errorf("four starts of %v: %d with a chance of %v; the chance of one is %v", re, len(sure), apart(sure), g.chance)
	}
	one := condense(g.parts, 1)
	if len(one) != 1 || one[0].sets != g.sets {
		t.Errorf("one start of %v is %s, want %s", re, bytesExpr(one[0].sets[:]), bytesExpr(g.sets[:]))
	}
}

// What is a run for the byte scan begins with digits and separators only.
func TestIsRun(t *testing.T) {
	for expr, want := range map[string]bool{
		`[0-9]{4} [0-9]{4}`: true, `[0-9]{3}-[0-9]{2}-[0-9]{4}`: true, `[0-9]{7}x`: true, `[0-9]{6}x`: false, `[0-9]{5}`: false,
		`-[0-9]{9}`: false, `[0-9a]{9}`: false, `[0-9]{3}:[0-9]{9}`: false, `[0-9](?:[ .-]?[0-9]){8}`: true,
	} {
		re, err := parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		p := &pattern{rule: &rule{Rule: &Rule{Tier: ByItself}}, re: re, maxLen: 30}
		g, err := p.find()
		if err != nil {
			t.Fatal(err)
		}
		starts := condense(g.parts, 1)
		if got := starts[0].run; got != want {
			t.Errorf("start of %s is a run: %v, want %v", expr, got, want)
		}
	}
}

// No run has more than two separators in a row: the byte scan would not find it.
func TestRunSeparators(t *testing.T) {
	d, err := New([]Rule{{ID: "r", Entity: "X", Tier: ByItself, Patterns: []Pattern{{Expr: `[0-9]{2} - [0-9]{4}`}, {Expr: `[0-9]{2}[ ().-]{3}[0-9]{9}`}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"12 - 3456", "12 .-345678901", "12() 345678901"} {
		if got := d.Append(nil, Text{Raw: []byte(text), Final: true}); len(got) != 1 {
			t.Errorf("Append(%q) finds%s, want one", text, show(got))
		}
	}
	if got := len(d.lanes[0].starts); got == 0 || got > bytescan.Anchors {
		t.Errorf("%d starts", got)
	}
}
