package detect

import (
	"errors"
	"math/rand/v2"
	"regexp/syntax"
	"testing"
)

// What certain says of an expression holds: it compiles, and is no larger than that.
func TestExtent(t *testing.T) {
	exprs := []string{`[^\x00-\x{10FFFF}]`, `a[\x{D800}-\x{DFFF}]`, `\x{D800}`, `^a`, `a$`, `\ba`, `a\Bb`, `(?:a\bb)`, `.`, `(?s).`, `[^a]{3}`, `\pL{3,9}`, `(?:a?b?){2,40}c`,
		`(?i)kiss\x{1e9e}`, `(?:(?:ab|\p{Han}+)*x){0,7}`, `(?i)[k-sß]{1,30}`, `(?:a*){3}`, `[\x{1000}-\x{3FFFF}]+`, `(?:[0-9]{3}(?:-|\x{2010})?){1,}`}
	for seed := range uint64(3000) {
		exprs = append(exprs, randomExpr(rand.New(rand.NewPCG(seed, 3)), 4))
	}
	sure := 0
	for _, expr := range exprs {
		re, err := syntax.Parse(expr, syntax.Perl)
		if err != nil {
			t.Fatal(expr, err)
		}
		e, ok := extentOf(re)
		if !ok {
			continue
		}
		sure++
		for _, reverse := range []bool{false, true} {
			n := &nfa{reverse: reverse, depth: wholeDepth}
			if _, err := n.add(re, n.emit(inst{op: opMatch})); err != nil || n.boundaries {
				t.Fatalf("%q, reverse %v: %v, \\b %v", expr, reverse, err, n.boundaries)
			}
			m, err := newSimulator(re, reverse)
			if err != nil || int64(len(n.insts)) > e.insts+1 || int64(m.size) > 4*(e.ends+e.follows) {
				t.Errorf("%q, reverse %v, has %d instructions, a simulator of %d bytes (%v); it was to have at most %+v", expr, reverse, len(n.insts), m.size, err, e)
			}
			a, err := newAutomaton([]*syntax.Regexp{re}, reverse, maxStates)
			if err == nil && a.start[0] == 0 && a.start[1] == 0 {
				t.Errorf("%q, reverse %v, matches nothing", expr, reverse)
			}
		}
	}
	if sure < 1000 {
		t.Errorf("certain of %d of %d expressions, want more", sure, len(exprs))
	}
}

// Backwards an expression may have more instructions: a rule for which that is too much is refused, and is not found so when it runs.
func TestTooLargeBackwards(t *testing.T) {
	re, err := syntax.Parse(`[^a]{1000}[^a]{900}`, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newMachine(re, false, maxSplitStates); err != nil {
		t.Errorf("forwards: %v", err)
	}
	if _, err := newMachine(re, true, maxSplitStates); !errors.Is(err, errTooLarge) {
		t.Errorf("backwards: %v, want %v", err, errTooLarge)
	}
}
