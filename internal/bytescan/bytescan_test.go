package bytescan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// An anchor as the naive twin of Next sees it.
type naive struct {
	Anchor
	before Set
}

// hidden says of each byte of text whether an escape hides it.
func hidden(text []byte, escaped bool) []bool {
	hidden := make([]bool, len(text))
	for i, c := range text {
		if c != '\\' || !escaped || i+1 == len(text) {
			continue
		}
		switch text[i+1] {
		case 'b', 'f', 'n', 'r', 't':
			hidden[i+1] = true
		case 'u':
			if len(text) < i+6 {
				break
			}
			n := 0
			for _, c := range text[i+2 : i+6] {
				if '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' {
					n++
				}
			}
			if n == 4 {
				for k := i + 1; k < i+6; k++ {
					hidden[k] = true
				}
			}
		}
	}
	return hidden
}

// fits says of one place what Next must find there.
func (a *naive) fits(text []byte, hidden []bool, p int) bool {
	for k := range a.Sets {
		if p+k < len(text) && !a.Sets[k].Has(text[p+k]) {
			return false
		}
	}
	word := func(q int) bool {
		c := text[q]
		return ('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_')
	}
	digit := func(q int) bool { return '0' <= text[q] && text[q] <= '9' }
	if a.Where != Anywhere && hidden[p] {
		return false
	}
	if p > 0 {
		behind := hidden[p-1] && !hidden[p]
		if (!behind || a.Inside) && !a.before.Has(text[p-1]) {
			return false
		}
		if !hidden[p-1] && (a.Where == WordStart && word(p) && word(p-1) || a.Where == DigitStart && digit(p) && digit(p-1)) {
			return false
		}
	}
	if !a.Run {
		return true
	}
	if !digit(p) {
		return false
	}
	for q := p; q < p+RunLength && q < len(text); q++ {
		if !digit(q) && !Separators.Has(text[q]) || !digit(q) && !digit(q-1) && !digit(q-2) {
			return false
		}
	}
	return true
}

// letters are what random texts and sets are made of.
const letters = "ab1_-@\\nu\xc3 7"

func randomSet(r *rand.Rand) (s Set) {
	for range 1 + r.IntN(2*len(letters)) {
		s.Add(letters[r.IntN(len(letters))])
	}
	return s
}

func randomAnchors(r *rand.Rand) []naive {
	anchors := make([]naive, 1+r.IntN(Anchors))
	for i := range anchors {
		a := &anchors[i]
		a.Where, a.before = Where(r.IntN(3)), randomSet(r)
		a.Before = &a.before
		a.Inside = r.IntN(4) == 0
		depth := 1 + r.IntN(Depth)
		for k := range a.Sets {
			if a.Sets[k] = randomSet(r); k >= depth {
				a.Sets[k] = Set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
			}
		}
		if a.Run = r.IntN(4) == 0; a.Run {
			a.Sets[0] = Set{}
			a.Sets[0].Add('1')
			a.Sets[0].Add('7')
			if r.IntN(4) == 0 {
				a.Sets[0].Add('a')
			}
		}
	}
	return anchors
}

// check compares what Next finds in text, and in a part of it, with what looking at
// each place finds.
func check(t *testing.T, seed uint64, text []byte, escaped bool) {
	r := rand.New(rand.NewPCG(seed, 0))
	checkAnchors(t, seed, r, randomAnchors(r), text, escaped)
}

// checkAnchors is check for some anchors.
func checkAnchors(t *testing.T, seed uint64, r *rand.Rand, anchors []naive, text []byte, escaped bool) {
	tables := New()
	for i := range anchors {
		tables.Add(i, &anchors[i].Anchor)
	}
	tables.Build()

	i := r.IntN(len(text)+1) / 4
	end := len(text) - r.IntN(len(text)-i+1)/4
	var got, want []string
	hides := hidden(text, escaped)
	for p := i; p < end; p++ {
		for n := range anchors {
			if anchors[n].fits(text, hides, p) {
				want = append(want, fmt.Sprint(p, " ", n))
			}
		}
	}
	var h Hits
	for i < end {
		part := end
		if r.IntN(2) == 0 {
			part = i + 1 + r.IntN(end-i)
		}
		next := tables.Next(text, i, part, escaped, &h)
		if next <= i || next > min(i+Block, part) {
			t.Fatalf("Next(%d, %d) = %d", i, part, next)
		}
		for k := range h.N {
			p := int(h.At[k])
			if p < i || p >= next || k > 0 && h.At[k] <= h.At[k-1] || h.Mask[k] == 0 || h.Mask[k]>>Anchors != 0 {
				t.Fatalf("Next(%d, %d) = %d: hit %d of %d at %d, mask %#x", i, part, next, k, h.N, p, h.Mask[k])
			}
			for n := range anchors {
				if h.Mask[k]>>n&1 != 0 {
					got = append(got, fmt.Sprint(p, " ", n))
				}
			}
		}
		i = next
	}
	if !slices.Equal(got, want) {
		for k := range want {
			if k >= len(got) || got[k] != want[k] {
				t.Fatalf("seed %d: Next over %q (escaped %v) finds %v at hit %d, want %v", seed, text, escaped, got[k:min(k+1, len(got))], k, want[k])
			}
		}
		t.Fatalf("seed %d: Next over %q (escaped %v) finds too much: %v", seed, text, escaped, got[len(want)])
	}
}

// Next finds every place that looking at each byte finds.
func TestNext(t *testing.T) {
	seeds := uint64(300)
	if testing.Short() {
		seeds = 120
	}
	each(t, func(t *testing.T) {
		for seed := range seeds {
			r := rand.New(rand.NewPCG(seed, 1))
			text := make([]byte, r.IntN(700))
			if seed%50 == 0 {
				text = make([]byte, 2*Block+r.IntN(Block))
			}
			for i := range text {
				text[i] = letters[r.IntN(len(letters))]
			}
			check(t, seed, text, seed%2 == 0)
		}
	})
}

// Next finds anchors at runs also where there are no others, which no bucket is for.
func TestNextOnlyRuns(t *testing.T) {
	each(t, func(t *testing.T) {
		for seed := range uint64(60) {
			r := rand.New(rand.NewPCG(seed, 5))
			anchors := randomAnchors(r)[:1]
			for i := range anchors {
				a := &anchors[i]
				a.Run, a.Where, a.before = true, []Where{WordStart, DigitStart}[r.IntN(2)], fullSet
				a.Sets = [Depth]Set{digitSet, digitSet, digitSet, digitSet, fullSet, fullSet, fullSet, fullSet}
			}
			text := make([]byte, r.IntN(2*Block))
			for i := range text {
				text[i] = "1234567 a\\n"[r.IntN(11)]
			}
			checkAnchors(t, seed, r, anchors, text, seed%2 == 0)
		}
	})
}

// NextIn finds the same, wherever in what was read before it begins, and however much more was read.
func TestNextIn(t *testing.T) {
	each(t, func(t *testing.T) {
		h, c := new(Hits), new(Classes)
		for seed := range uint64(100) {
			r := rand.New(rand.NewPCG(seed, 4))
			tables := New()
			anchors := randomAnchors(r)
			for i := range anchors {
				tables.Add(i, &anchors[i].Anchor)
			}
			tables.Build()
			text := make([]byte, 1+r.IntN(600))
			for i := range text {
				text[i] = letters[r.IntN(len(letters))]
			}
			escaped := seed%2 == 0
			from := r.IntN(len(text))
			c.Read(text, from, len(text), escaped)
			for i := from; i < len(text); i += 64 {
				end := i + 1 + r.IntN(len(text)-i)
				tables.Next(text, i, end, escaped, h)
				at, mask := slices.Clone(h.At[:h.N]), slices.Clone(h.Mask[:h.N])
				if next := tables.NextIn(text, c, i, end, escaped, h); next != end || !slices.Equal(h.At[:h.N], at) || !slices.Equal(h.Mask[:h.N], mask) {
					t.Fatalf("seed %d: NextIn(%d, %d), read from %d, goes to %d and finds %d, want %d", seed, i, end, from, next, h.At[:h.N], at)
				}
			}
		}
	})
}

// Wherever a call begins and ends, it finds what stands there. The anchors are few, so that no place is a candidate
// because of another one.
func TestNextFrom(t *testing.T) {
	everything := Set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	each(t, func(t *testing.T) {
		for kind := range 3 {
			a := naive{before: everything}
			a.Before = &a.before
			for k := range a.Sets {
				a.Sets[k] = everything
			}
			a.Sets[0] = Set{}
			switch kind {
			case 0:
				a.Where = WordStart
				a.Sets[0].Add('a')
			case 1:
				a.Where = DigitStart
				a.Sets[0].Add('1')
			case 2:
				a.Where, a.Run = DigitStart, true
				a.Sets[0].Add('1')
			}
			tables := New()
			tables.Add(0, &a.Anchor)
			tables.Build()
			var h Hits
			for seed := range uint64(60) {
				r := rand.New(rand.NewPCG(seed, 2))
				text := make([]byte, 1+r.IntN(140))
				for i := range text {
					text[i] = `\\na1u-7`[r.IntN(8)]
					if kind == 2 && r.IntN(4) > 0 {
						text[i] = "17"[r.IntN(2)]
						if r.IntN(20) == 0 {
							text[i] = '-'
						}
					}
				}
				escaped := seed%2 == 0
				hides := hidden(text, escaped)
				for i := range text {
					end := i + 1 + r.IntN(len(text)-i)
					var got, want []int32
					for p := i; p < end; p++ {
						if a.fits(text, hides, p) {
							want = append(want, int32(p))
						}
					}
					if next := tables.Next(text, i, end, escaped, &h); next != end {
						t.Fatalf("Next(%d, %d) = %d", i, end, next)
					}
					if got = h.At[:h.N]; !slices.Equal(got, want) {
						t.Fatalf("anchor %d: Next(%q, %d, %d), escaped %v, finds %d, want %d", kind, text, i, end, escaped, got, want)
					}
				}
			}
		}
	})
}

func FuzzNext(f *testing.F) {
	f.Add(uint64(1), []byte(`ab \n1`), true)
	f.Add(uint64(122), []byte("110"), true) // a run, anywhere
	f.Fuzz(func(t *testing.T, seed uint64, text []byte, escaped bool) {
		each(t, func(t *testing.T) { check(t, seed, text, escaped) })
	})
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
