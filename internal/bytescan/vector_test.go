package bytescan

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// The kernels in assembly know where things are.
func TestLayout(t *testing.T) {
	var l lookups
	var x vectors
	var a accepted
	var classes Classes
	var tables Tables
	var h Hits
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"lookups.count", unsafe.Offsetof(l.count), 0},
		{"lookups.windows", unsafe.Offsetof(l.windows), 8},
		{"lookups.layouts", unsafe.Offsetof(l.layouts), 16},
		{"lookups.codes", unsafe.Offsetof(l.codes), 144},
		{"lookups.sets", unsafe.Offsetof(l.sets), 272},
		{"lookups.sets[1]", unsafe.Offsetof(l.sets) + unsafe.Sizeof(l.sets[0]), 272 + 512},
		{"lookups.halves", unsafe.Offsetof(l.halves), 1808},
		{"lookups.halves[1]", unsafe.Offsetof(l.halves) + unsafe.Sizeof(l.halves[0]), 1808 + 256},
		{"lookups.others", unsafe.Offsetof(l.others), 2576},
		{"lookups.others[1]", unsafe.Offsetof(l.others) + unsafe.Sizeof(l.others[0]), 2576 + 96},
		{"lookups.kinds", unsafe.Offsetof(l.kinds), 2864},
		{"lookups.kinds[1]", unsafe.Offsetof(l.kinds) + unsafe.Sizeof(l.kinds[0]), 2864 + 3},
		{"lookups.above", unsafe.Offsetof(l.above), 2873},
		{"lookups.aboves", unsafe.Offsetof(l.aboves), 2876},
		{"fillerCode", fillerCode, 63},
		{"kindWord", kindWord, 0},
		{"kindDigit", kindDigit, 1},
		{"kindAny", kindAny, 2},
		{"vectors.accepted", unsafe.Offsetof(x.accepted), 0},
		{"vectors.candidates", unsafe.Offsetof(x.candidates), 5184},
		{"vectors.nonzero", unsafe.Offsetof(x.nonzero), 5760},
		{"accepted[kindDigit]", unsafe.Sizeof(a[0]), 576},
		{"accepted", unsafe.Sizeof(a), 1728},
		{"Classes.Digit", unsafe.Offsetof(classes.Digit), 1296},
		{"Classes.Word", unsafe.Offsetof(classes.Word), 1936},
		{"Classes.Separator", unsafe.Offsetof(classes.Separator), 656},
		{"Classes.Letter", unsafe.Offsetof(classes.Letter), 2576},
		{"Classes.WordStart", unsafe.Offsetof(classes.WordStart), 3216},
		{"Classes.DigitStart", unsafe.Offsetof(classes.DigitStart), 3856},
		{"maxHits", maxHits, 1024},
		{"Tables.class", unsafe.Offsetof(tables.class), 0},
		{"Tables.before", unsafe.Offsetof(tables.before), 256},
		{"Tables.mask", unsafe.Offsetof(tables.mask), 8448},
		{"Hits.N", unsafe.Offsetof(h.N), 0},
		{"Hits.At", unsafe.Offsetof(h.At), 8},
		{"Hits.Mask", unsafe.Offsetof(h.Mask), 4104},
		{"Classes.GoesOn", unsafe.Offsetof(classes.GoesOn), 16},
		{"Classes.Run", unsafe.Offsetof(classes.Run), 4496},
		{"Classes.Special", unsafe.Offsetof(classes.Special), 5136},
		{"Classes.backslash", unsafe.Offsetof(classes.backslash), 5776},
		{"Classes.escape", unsafe.Offsetof(classes.escape), 6416},
		{"Classes.carry", unsafe.Offsetof(classes.carry), 7056},
		{"carried.digit", unsafe.Offsetof(classes.carry.digit), 8},
		{"carried.word", unsafe.Offsetof(classes.carry.word), 16},
		{"carried.letter", unsafe.Offsetof(classes.carry.letter), 24},
		{"carried.behind", unsafe.Offsetof(classes.carry.behind), 32},
		{"carried.separator", unsafe.Offsetof(classes.carry.separator), 40},
		{"Classes.high", unsafe.Offsetof(classes.high), 7104},
		{"classWords", 8 * classWords, 640},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, assembly has %d", f.name, f.got, f.want)
		}
	}
}

// What the exact filter finds is what its twin in plain Go finds, up to the same place.
func TestExact(t *testing.T) {
	tables := typicalTables()
	const alphabet = "0123456789 -.:@ghp_AKIAsk\\nux"
	hits, stops := 0, 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		text := make([]byte, 200+r.IntN(300))
		for i := range text {
			text[i] = alphabet[r.IntN(len(alphabet)-r.IntN(2)*4)]
		}
		i := r.IntN(100)
		var c Classes
		c.Read(text, i, len(text), true)
		var places []uint16
		for k := range len(text) - i {
			if r.IntN(3) > 0 {
				places = append(places, uint16(k))
			}
		}
		var got, want Hits
		got.N, want.N = int(seed%7), int(seed%7)
		n, m := tables.exactPlaces(text, &c, i, 0, &got, places), tables.exactPlain(text, &c, i, 0, &want, places)
		if n != m || got.N != want.N || !slices.Equal(got.At[:got.N], want.At[:got.N]) || !slices.Equal(got.Mask[:got.N], want.Mask[:got.N]) {
			t.Fatalf("seed %d: %d hits up to place %d, want %d up to %d", seed, got.N, n, want.N, m)
		}
		if hits += got.N; n < len(places) {
			stops++
		}
	}
	if hits < 1000 || stops < 10 {
		t.Errorf("%d hits and %d special places show little", hits, stops)
	}
}

// Places are those of the bits, until there is no room.
func TestPlaces(t *testing.T) {
	each(t, func(t *testing.T) {
		tables := &Tables{by: active}
		for seed := range uint64(300) {
			r := rand.New(rand.NewPCG(seed, 6))
			var candidates [maxWords]uint64
			var want []uint16
			nonzero, left := uint64(0), uint64(0)
			for k := range blocks {
				if r.IntN(3) > 0 {
					continue
				}
				m := r.Uint64()
				for range seed % 6 {
					m &= r.Uint64()
				}
				if seed%11 == 0 {
					m = ^uint64(0)
				}
				if candidates[k] = m; m == 0 {
					continue
				}
				nonzero |= 1 << k
				if len(want) > maxHits-64 {
					left |= 1 << k
					continue
				}
				for b := range 64 {
					if m>>b&1 != 0 {
						want = append(want, uint16(64*k+b))
					}
				}
			}
			var places [maxHits + 64]uint16
			found, rest := tables.places(&candidates, nonzero, &places)
			if rest != left || !slices.Equal(places[:found], want) {
				t.Fatalf("seed %d: %d places and %#x left, want %d and %#x", seed, found, rest, len(want), left)
			}
		}
	})
}

// Behind the end of the text whatever is missing fits, and nothing of what was read before is left there.
func TestNextEnd(t *testing.T) {
	each(t, func(t *testing.T) {
		tables := New()
		a := Anchor{Before: &fullSet}
		a.Sets[0].Add('a')
		for k := range a.Sets[1:] {
			a.Sets[1+k].Add('b')
		}
		tables.Add(0, &a)
		tables.Build()
		h, before := new(Hits), bytes.Repeat([]byte("."), Block)
		for n := 1; n < 3*64; n++ {
			for most := 1; most <= min(n, Depth-1); most++ {
				tables.Next(before, 0, Block, true, h)
				text := append(bytes.Repeat([]byte("."), n-most), "abbbbbbb"[:most]...)
				if tables.Next(text, 0, n, true, h); h.N != 1 || int(h.At[0]) != n-most {
					t.Fatalf("%d hits in %q, the first at %d", h.N, text, h.At[0])
				}
			}
		}
	})
}
