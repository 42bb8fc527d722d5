package bytescan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// An anchor as the naive twin of Next sees it.
type anchor struct {
	where  Where
	before Set
	sets   [4]Set
}

func randomSet(r *rand.Rand) (s Set) {
	const letters = "ab1_-@\\nu\xc3"
	for range 1 + r.IntN(len(letters)) {
		s.Add(letters[r.IntN(len(letters))])
	}
	return s
}

// fits says of one place what Next must find there.
func (a *anchor) fits(text []byte, p int) bool {
	c := text[p]
	if p > 0 {
		prev := text[p-1]
		if a.where == WordStart && IsWord(c) && IsWord(prev) || a.where == DigitStart && IsDigit(c) && IsDigit(prev) || !a.before.Has(prev) {
			return false
		}
	}
	for k := range a.sets {
		if p+k < len(text) && !a.sets[k].Has(text[p+k]) {
			return false
		}
	}
	return true
}

func check(t *testing.T, seed uint64, text []byte) {
	r := rand.New(rand.NewPCG(seed, 0))
	tables := New()
	anchors := make([]anchor, 1+r.IntN(Anchors))
	for i := range anchors {
		a := &anchors[i]
		a.where, a.before = Where(r.IntN(3)), randomSet(r)
		for k := range a.sets {
			a.sets[k] = randomSet(r)
		}
		tables.Add(i, a.where, &a.before, &a.sets)
	}
	var got, want []string
	for p := range text {
		for i := range anchors {
			if anchors[i].fits(text, p) {
				want = append(want, fmt.Sprint(p, " ", i))
			}
		}
	}
	end := len(text) - r.IntN(len(text)+1)/4
	want = slices.DeleteFunc(want, func(s string) bool {
		var p, i int
		fmt.Sscan(s, &p, &i)
		return p >= end
	})
	var h Hits
	for i := 0; i < end; {
		next := tables.Next(text, i, end, &h)
		if next <= i || next > min(i+Block, end) {
			t.Fatalf("Next(%d, %d) = %d", i, end, next)
		}
		for k := range h.N {
			p := int(h.At[k])
			for a := range anchors {
				if h.Mask[k]>>a&1 != 0 {
					got = append(got, fmt.Sprint(p, " ", a))
				}
			}
			escape := p+1 >= len(text) || slices.Contains([]byte("bfnrtu"), text[p+1])
			if e := h.Mask[k]&EscapeBit != 0; e != (text[p] == '\\' && escape) {
				t.Fatalf("escape bit at %d of %q is %v", p, text, e)
			}
		}
		i = next
	}
	// What Next finds more than that, because another anchor starts there, is for
	// the automaton to refuse.
	if got = slices.DeleteFunc(got, func(s string) bool { return !slices.Contains(want, s) }); !slices.Equal(got, want) {
		t.Fatalf("seed %d: Next over %q finds %v, want %v", seed, text, got, want)
	}
}

// Next finds every place that looking at each byte finds.
func TestNext(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		text := make([]byte, r.IntN(3*Block))
		for i := range text {
			text[i] = "ab1_-@\\nu\xc3"[r.IntN(10)]
		}
		check(t, seed, text)
	}
}

func FuzzNext(f *testing.F) {
	f.Add(uint64(1), []byte(`ab \n1`))
	f.Fuzz(check)
}

func TestAt(t *testing.T) {
	tables := New()
	all := Set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	var a Set
	a.Add('a')
	tables.Add(3, Anywhere, &all, &[4]Set{a, a, all, all})
	for _, test := range []struct {
		text string
		p    int
		want uint64
	}{{"aaxx", 0, 8}, {"xaaxx", 1, 8}, {"xaa", 1, 8}, {"xaa", 2, 8}, {"xaa", 3, 0}, {"xab", 1, 0}, {"", 0, 0}} {
		if got := tables.At([]byte(test.text), test.p); got != test.want {
			t.Errorf("At(%q, %d) = %#x, want %#x", test.text, test.p, got, test.want)
		}
	}
}

func TestSet(t *testing.T) {
	var s, o Set
	s.Add(0)
	s.Add(255)
	o.Add('x')
	s.Union(&o)
	s.Remove(0)
	for c := range 256 {
		if got, want := s.Has(byte(c)), c == 255 || c == 'x'; got != want {
			t.Errorf("Has(%d) = %v, want %v", c, got, want)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	tables := New()
	all := Set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	for i, lit := range []string{"ghp_", "AKIA", "eyJh", "1234", "user"} {
		var sets [4]Set
		for k := range sets {
			sets[k].Add(lit[k])
		}
		tables.Add(i, WordStart, &all, &sets)
	}
	text := []byte{}
	for len(text) < 1<<16 {
		text = append(text, `{"jsonrpc":"2.0","id":17,"result":{"content":[{"type":"text","text":"It was 12 o'clock, and all was well."}]}}`...)
	}
	b.SetBytes(int64(len(text)))
	var h Hits
	for b.Loop() {
		for i := 0; i < len(text); {
			i = tables.Next(text, i, len(text), &h)
		}
	}
}
