package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// kept returns the ends of pattern i that e keeps, the first one first.
func (e *ends) kept(i int) (all []int32) {
	if e.seen>>i&1 == 0 {
		return nil
	}
	for k := e.n[i] - min(e.n[i], keptEnds); k < e.n[i]; k++ {
		all = append(all, e.at[i][k%keptEnds])
	}
	return all
}

// What walk finds with strides and memos, from place to place, it finds without.
func TestStride(t *testing.T) {
	sets := []string{`[a-z]`, `[a-z-]`, `[^ ]`, `\w`, `[ab]`, `[^-]`, `[a-zé]`, `(?:a|b|-)`, `[^\s\\]`}
	ends := []string{``, ``, `!`, `\b`, `[a-z]`, `-{3}`, `[a-z]{20}`, ` ?`}
	strides, found := 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 11))
		var patterns []*pattern
		guard := Guard(r.IntN(3))
		for range 1 + r.IntN(3) {
			low := 1 + r.IntN(40)
			most := fmt.Sprint(low + 1 + r.IntN(60))
			if r.IntN(2) == 0 {
				most = ""
			}
			expr := []string{"ab", "", "-", `\b`}[r.IntN(4)] + fmt.Sprintf("%s{%d,%s}", sets[r.IntN(len(sets))], low, most) + ends[r.IntN(len(ends))]
			if r.IntN(3) == 0 {
				expr += fmt.Sprintf("(?:=%s{%d})*", sets[r.IntN(len(sets))], 1+r.IntN(30))
			}
			re, err := parse(expr)
			if err != nil {
				t.Fatal(err)
			}
			p := &pattern{rule: &rule{Rule: &Rule{Tier: ByItself}}, re: re, guard: guard}
			if _, p.maxLen = length(re); p.maxLen == unbounded {
				p.maxLen, p.open = 300, true
			}
			if r.IntN(4) == 0 {
				l, err := newLook("", `[a-z]`, false, r.IntN(2) == 0)
				if err != nil {
					t.Fatal(err)
				}
				p.ahead = []look{l}
			}
			patterns = append(patterns, p)
		}
		g := newGroup(patterns)
		if g.compile(maxStates) != nil || g.machine.automaton() == nil {
			continue
		}
		h := *g
		a := *g.machine.automaton()
		a.links, h.machine = make([]link, len(a.links)), madeMachine(&a, nil)
		if slices.ContainsFunc(g.machine.automaton().links, func(l link) bool { return l.chain != 0 }) {
			strides++
		}
		var b strings.Builder
		parts := []string{"ab", "-", "abab-", "qqqqqqqqqqqqqqqqqqqqqqqqq", strings.Repeat("ab-", 30), "=", "é", `\n`}
		for b.Len() < 700 {
			if b.WriteString(parts[r.IntN(len(parts))]); r.IntN(12) == 0 {
				b.WriteString([]string{" ", "!", "B9", `\`}[r.IntN(4)])
			}
		}
		s := &scan{raw: []byte(b.String()), escaped: r.IntN(2) == 0}
		u := &scan{raw: s.raw, escaped: s.escaped}
		for at := range s.raw {
			if r.IntN(3) == 0 {
				continue
			}
			u.memos = [memoSlots]memo{}
			s.walk(g, at, at)
			u.walk(&h, at, at)
			same := s.ends.seen == u.ends.seen && s.ends.cut == u.ends.cut
			for i := range patterns {
				same = same && slices.Equal(s.ends.kept(i), u.ends.kept(i))
				found += len(u.ends.kept(i))
			}
			if !same {
				for i, p := range patterns {
					t.Logf("%v, at most %d: %v, without %v", p.re, p.maxLen, s.ends.kept(i), u.ends.kept(i))
				}
				t.Fatalf("seed %d: %.200q[%d:], guard %v: %b cut %b, without strides %b cut %b", seed, s.raw, at, guard, s.ends.seen, s.ends.cut, u.ends.seen, u.ends.cut)
			}
		}
	}
	if strides < 150 || found < 50000 {
		t.Errorf("%d groups that stride, %d ends, want more", strides, found)
	}
}

// What is remembered of a token is what it is.
func TestToken(t *testing.T) {
	scrambled := func(text []byte) bool {
		changes, have := 0, 0
		for i, c := range text {
			k := alnumKinds[c]
			have |= 1 << k
			if i > 0 && k != alnumKinds[text[i-1]] {
				changes++
			}
		}
		return have&14 == 14 && changes >= len(text)*2/5
	}
	parts := []string{"aB3", "password=", "x9", "-", "ABCDEFGH", "=", "q", "aB3dE5gH7jK9/+", " ", "."}
	random := 0
	s := new(scan)
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 12))
		var b strings.Builder
		some := parts[:1+r.IntN(len(parts))]
		for b.Len() < 600 {
			b.WriteString(strings.Repeat(some[r.IntN(len(some))], 1+r.IntN(4)))
		}
		d := &Detector{lexicon: newLexicon(1), against: newLexicon(1)}
		s.begin(d, &Text{Raw: []byte(b.String())}, nil)
		start := 0
		for range 200 {
			if start += r.IntN(12); r.IntN(20) == 0 {
				start = r.IntN(len(s.raw))
			}
			if start >= len(s.raw) {
				start = 0
			}
			end := start + 1 + r.IntN(min(100, len(s.raw)-start))
			a, z := start, end
			for a > max(0, start-maxToken) && tokenByte[s.raw[a-1]] && s.raw[a-1] != '=' {
				a--
			}
			for z < min(len(s.raw), end+maxToken) && tokenByte[s.raw[z]] {
				z++
			}
			if x, y := s.attached(start, end); x != a || y != z {
				t.Fatalf("seed %d: attached to [%d, %d): [%d, %d), want [%d, %d)", seed, start, end, x, y, a, z)
			}
			want := scrambled(s.raw[a:z])
			if got := s.scrambled(a, z); got != want {
				t.Fatalf("seed %d: %q scrambled: %v, want %v", seed, s.raw[a:z], got, want)
			}
			if want {
				random++
			}
		}
	}
	if random < 1000 {
		t.Errorf("%d scrambled, want more", random)
	}
}
