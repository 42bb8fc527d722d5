package detect

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"testing"
)

// A simulator finds what an automaton finds.
func TestSimulate(t *testing.T) {
	found, cut := 0, 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 1))
		re, err := parse(randomExpr(r, 3))
		if err != nil {
			continue
		}
		p := &pattern{rule: &rule{Rule: &Rule{Tier: ByItself}}, re: re, guard: Guard(r.IntN(3)), maxLen: 2 + r.IntN(12), open: r.IntN(2) == 0}
		g := newGroup([]*pattern{p})
		if g.compile(maxStates) != nil {
			continue
		}
		h := newGroup([]*pattern{p})
		m, err := newSimulated(re)
		if err != nil {
			t.Fatal(err)
		}
		h.denied()
		h.machine = madeMachine(nil, m)
		raw := []byte(randomText(r, 14))
		if r.IntN(3) == 0 {
			raw = append(raw, `\n12\u00e9ab`...)
		}
		a := &scan{raw: raw, escaped: r.IntN(2) == 0}
		b := &scan{raw: raw, escaped: a.escaped}
		for at := range raw {
			a.walk(g, at, at)
			b.walk(h, at, at)
			if a.ends.seen != b.ends.seen || a.ends.seen != 0 && (!slices.Equal(a.ends.kept(0), b.ends.kept(0)) || a.ends.cut != b.ends.cut) {
				t.Fatalf("seed %d: %v at %q[%d:], at most %d, ends at %v of %d, cut %v; the automaton says %v of %d, cut %v", seed, re, raw, at, p.maxLen,
					b.ends.at[0], b.ends.n[0], b.ends.cut, a.ends.at[0], a.ends.n[0], a.ends.cut)
			}
			found += int(a.ends.seen)
			cut += int(a.ends.cut)
		}
	}
	if found < 1000 || cut < 10 {
		t.Errorf("%d matches, %d of them cut, want more", found, cut)
	}
}

// And it stops where an automaton does, in either direction.
func TestSimulateMarks(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 2))
		re, err := syntax.Parse(randomExpr(r, 3), syntax.Perl)
		if err != nil {
			continue
		}
		s := &scan{raw: []byte(randomText(r, 12))}
		for _, reverse := range []bool{false, true} {
			a, err := newAutomaton([]*syntax.Regexp{re}, reverse, maxStates)
			if err != nil {
				continue
			}
			m, err := newSimulator(re, reverse)
			if err != nil {
				t.Fatal(err)
			}
			for at := range s.raw {
				var got, want marks
				if reverse {
					s.backward(madeMachine(a, nil), &want, 0, 0, at)
					s.backward(madeMachine(nil, m), &got, 0, 0, at)
				} else {
					s.forward(madeMachine(a, nil), &want, 0, at, len(s.raw))
					s.forward(madeMachine(nil, m), &got, 0, at, len(s.raw))
				}
				if got != want {
					t.Fatalf("seed %d: simulator of %v, reverse %v, from %q[%d] stops at %b, want %b", seed, re, reverse, s.raw, at, got[0], want[0])
				}
			}
		}
	}
}

// A pattern that has no automaton of a size to be had is found all the same.
func TestTooLargeForAutomaton(t *testing.T) {
	const expr = `(?i)\b(?:swift|bic).{0,40}\b[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b`
	d, err := New([]Rule{
		{ID: "swift", Entity: "SWIFT", Tier: ByItself, Patterns: []Pattern{{Expr: expr}}},
		{ID: "value", Entity: "SWIFT", Tier: ByItself, Patterns: []Pattern{{Expr: `(?i)\bcode (?P<value>(?:swift|bic).{0,60}\b[A-Z]{6}[A-Z0-9]{2}\b);`}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Plan() {
		if p.Engine != "nfa" || p.States == 0 || p.Memory == 0 {
			t.Errorf("Plan: %+v, want an nfa", p)
		}
	}
	std := regexp.MustCompile(expr)
	std.Longest()
	for _, text := range []string{"BIC: DEUTDEFF500 now", "swift abcdefgh x ABCDEF12", "xbic DEUTDEFF", "bic DEUTDEFFx", "Swift code: is COBADEFF", "nothing", "bic", "a bic NEDSZAJJXXX bic ABSAZAJJ"} {
		want := std.FindAllStringIndex(text, -1)
		var got [][]int
		for f := range d.All([]byte(text)) {
			got = append(got, []int{f.Start, f.End})
		}
		if len(got) != len(want) {
			t.Fatalf("%q: found %v, want %v", text, got, want)
		}
		for i := range got {
			if got[i][0] != want[i][0] || got[i][1] != want[i][1] {
				t.Errorf("%q: found %v, want %v", text, got, want)
			}
		}
	}
	raw := []byte("the code BIC is NEDSZAJJ; bye")
	dst := d.Append(nil, Text{Raw: raw, Final: true})
	if len(dst) != 2 || string(raw[dst[1].Start:dst[1].End]) != "BIC is NEDSZAJJ" {
		t.Fatalf("found%s, want the value", show(dst))
	}
	if n := testing.AllocsPerRun(20, func() { dst = d.Append(dst[:0], Text{Raw: raw, Final: true}) }); n != 0 {
		t.Errorf("Append allocates %v times, want 0", n)
	}
}

func BenchmarkSimulate(b *testing.B) {
	d, err := New([]Rule{{ID: "swift", Entity: "SWIFT", Tier: ByItself, Patterns: []Pattern{{Expr: `(?i)\b(?:swift|bic).{0,40}\b[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b`}}}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	raw := hostile(1 << 16)["words"]
	copy(raw, "bic ")
	for i := 0; i+32 < len(raw); i += 32 {
		copy(raw[i:], "bic abcdef ")
	}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		d.Append(nil, Text{Raw: raw, Final: true})
	}
}
