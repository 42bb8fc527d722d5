package bytescan

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// someBuckets returns the buckets of random anchors, alone.
func someBuckets(rnd *rand.Rand, by *bucketing, n int) (all []bucket) {
	sets := []string{"0123456789", "abcdefghijklmnopqrstuvwxyz", "AKsg", "-", ":", "0123456789abcdef", "T: -"}
	for i := range n {
		b := bucket{kind: []int{kindWord, kindDigit, kindAny}[i%3]}
		for k := range b.accepts {
			var s Set
			for range 1 + rnd.IntN(2) {
				for _, c := range sets[rnd.IntN(len(sets))] {
					s.Add(byte(c))
				}
			}
			b.set(k, s, by)
		}
		by.alone(&b)
		all = append(all, b)
	}
	return all
}

func sampling(places int) *bucketing {
	return &bucketing{foldHigh, places, true, make(map[lookedUp]*[sampleWords]uint64)}
}

// A bucket is met where it accepts what stands in the sample.
func TestSampled(t *testing.T) {
	var c Classes
	for places := range Depth {
		by := sampling(1 + places)
		all := someBuckets(rand.New(rand.NewPCG(1, 2)), by, 12)
		all = unite(all, 6, by)
		for i := range all {
			b := &all[i]
			want := 0
			for p := range len(sample) - Depth {
				if p%Block == 0 {
					c.Read([]byte(sample), p, len(sample), true)
				}
				starts := [...]uint64{c.WordStart[p%Block/64], c.DigitStart[p%Block/64], ^uint64(0)}[b.kind]
				fits := starts>>(p%64)&1 != 0
				for k := range by.places {
					fits = fits && b.accepts[k].Has(sample[p+k])
				}
				want += bit(fits)
			}
			if got := met(by.places, b) * float64(len(sample)); math.Abs(got-float64(want)) > .1 {
				t.Fatalf("met says that %v places of %d bytes fit, want %d", got, by.places, want)
			}
		}
	}
}

// Each anchor stays in one bucket of its kind, which accepts what it does, and less is let in than before.
func TestImprove(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	better := 0
	for range 20 {
		by := sampling(usualWindows)
		anchors := someBuckets(rnd, by, 24)
		all := unite(slices.Clone(anchors), 8, by)
		before := 0.0
		for i := range all {
			before += all[i].chance
		}
		by.improve(all)
		after, parts := 0.0, map[*bucket]int{}
		for i := range all {
			b := &all[i]
			after += b.chance
			if want := by.guess(b, b); math.Abs(b.chance-want) > 1e-12 {
				t.Fatalf("a bucket's chance is %v, want %v", b.chance, want)
			}
			for _, part := range b.parts {
				parts[part]++
				for k := range b.accepts {
					union := part.accepts[k]
					if union.Union(&b.accepts[k]); union != b.accepts[k] || part.kind != b.kind {
						t.Fatalf("a bucket of kind %d does not accept all of an anchor of kind %d at place %d", b.kind, part.kind, k)
					}
				}
			}
		}
		for i := range anchors {
			if n := parts[anchors[i].parts[0]]; n != 1 {
				t.Fatalf("an anchor is in %d buckets", n)
			}
		}
		if after > before {
			t.Fatalf("improve lets in %v, before it was %v", after, before)
		}
		better += bit(after < before)
	}
	if better == 0 {
		t.Error("improve moved nothing")
	}
}

// Where there are more classes of bytes than codes, those are put together that cost little, and each still accepts what it did.
func TestCondense(t *testing.T) {
	tables := New()
	rnd := rand.New(rand.NewPCG(5, 6))
	everything := fullSet
	for i := range 40 {
		a := Anchor{Before: &everything, Where: WordStart}
		for k := range a.Sets {
			for range 3 {
				a.Sets[k].Add(byte(33 + rnd.IntN(94)))
			}
		}
		tables.Add(i, &a)
	}
	var l lookups
	sets := l.group(tables, foldHigh, price512)
	l.fillCodes(sets)
	codes := map[uint8]bool{}
	for c := range 128 {
		codes[l.codes[c]] = true
		for s := range l.count {
			for k := range l.windows {
				for n, u := range sets[s] {
					if u != nil && u.accepts[k].Has(byte(c)) && l.sets[s][k][l.codes[c]]>>n&1 == 0 {
						t.Fatalf("bucket %d of set %d accepts %q at place %d, and its code does not", n, s, rune(c), k)
					}
				}
			}
		}
	}
	if len(codes) != fillerCode || codes[fillerCode] {
		t.Errorf("%d codes are used, want all but one: %d", len(codes), fillerCode)
	}
}
