//go:build amd64 && !purego

package bytescan

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// candidateSlow is whether text[p] is a candidate, by the words of tables: some bucket has nothing against the bytes there, and a word or
// digits begin if it needs that.
func candidateSlow(l *lookups, text []byte, p int, word, digit bool) bool {
	for s := range l.count {
		rejects := uint8(0)
		for k := range l.windows {
			c := text[p+k]
			if c < 0x80 {
				rejects |= l.halves[s][k][0][c&15]
			}
			if k < wholePlaces {
				rejects |= l.halves[s][k][1][c>>4]
			}
		}
		kinds := &l.kinds[s]
		if accepts := ^rejects; word && accepts&kinds[kindWord] != 0 || digit && accepts&kinds[kindDigit] != 0 || accepts&kinds[kindAny] != 0 {
			return true
		}
	}
	return false
}

// The kernel with AVX2 finds what its tables say, for any number of sets and kinds of buckets in them, and says which words are not 0.
func TestAccept256(t *testing.T) {
	needs(t, avx2)
	found := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		tables := &Tables{by: avx2}
		l := &tables.lookups
		l.count, l.windows = int(seed%(maxSets+1)), minWindows+r.IntN(Depth-minWindows+1)
		var sets [maxSets][8]*bucket
		kind, many := r.IntN(bucketKinds), 3+r.IntN(60)
		for s := range l.count { // kinds in order, and the last set need not be full
			for n := range 8 {
				if s == l.count-1 && n > 0 && r.IntN(9) == 0 {
					break
				}
				for kind < bucketKinds-1 && r.IntN(many) == 0 {
					kind++
				}
				b := &bucket{kind: kind}
				for k := range b.accepts {
					rows, columns := uint16(r.Uint32()|r.Uint32()), uint16(r.Uint32()|r.Uint32()|r.Uint32())
					for c := range 256 {
						if (k >= wholePlaces || rows>>(c>>4)&1 != 0) && (c >= 0x80 || columns>>(c&15)&1 != 0) {
							b.accepts[k].Add(byte(c))
						}
					}
				}
				sets[s][n] = b
				l.kinds[s][kind] |= 1 << n
			}
			if any := l.kinds[s][kindAny]; any != 0 {
				l.above[s] = 0x80 - any&-any
			}
		}
		l.fillHalves(sets)
		text := make([]byte, 1+r.IntN(600))
		for i := range text {
			text[i] = byte(r.IntN(128 << r.IntN(2)))
		}
		var c Classes
		var v vectors
		n := (len(text) + 63) / 64
		for k := range v.candidates { // of what was looked at before
			v.candidates[k] = r.Uint64()
		}
		for k := range c.WordStart {
			c.WordStart[k] = r.Uint64() & r.Uint64()
			c.DigitStart[k] = c.WordStart[k] | r.Uint64()
		}
		halves256(&append(text[:len(text):len(text)], fillers[:]...)[0], n, &c.high[0])
		tables.combine256(text, &c, 0, n, &v)
		behind := append(text[:len(text):len(text)], fillers[:]...)
		for k := range n {
			var want uint64
			for b := range 64 {
				if p := 64*k + b; p < len(text) && candidateSlow(l, behind, p, c.WordStart[k]>>b&1 != 0, c.DigitStart[k]>>b&1 != 0) {
					want |= 1 << b
					found++
				}
			}
			got := v.candidates[k]
			if k == n-1 {
				got &= ^uint64(0) >> (-len(text) & 63)
			}
			if got != want || v.nonzero[k/8]>>(k%8)&1 == 0 && want != 0 {
				t.Fatalf("seed %d, %d sets: word %d is %#x, want %#x, of %#x", seed, l.count, k, got, want, v.nonzero)
			}
		}
	}
	if found < 10000 {
		t.Errorf("%d candidates show little", found)
	}
}

// Runs become candidates where their digits lie right, in the kernel with AVX2 as in plain Go.
func TestRuns256(t *testing.T) {
	needs(t, avx2)
	found := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 8))
		plain := &Tables{by: generic, runs: ^uint64(0)}
		for layout := range plain.lookups.layouts {
			plain.lookups.layouts[layout] = uint8(r.IntN(2))
		}
		tables := *plain
		tables.by = avx2
		var c Classes
		for k := range c.Run {
			c.Digit[k], c.DigitStart[k], c.Run[k] = r.Uint64(), r.Uint64(), r.Uint64()
			for range seed % 6 {
				c.Run[k] &= r.Uint64()
			}
		}
		at, n := r.IntN(3), 1+r.IntN(blocks)
		text := make([]byte, 64*n)
		var got, want vectors
		for k := range n { // what is there stays
			got.candidates[k] = r.Uint64() & r.Uint64() & r.Uint64() & -uint64(r.IntN(2))
		}
		before := got.candidates
		nonzero := runs256(&c, at, n, &tables.lookups, &got.candidates[0])
		plain.combine(text, &c, at, n, &want)
		for k := range n {
			found += bits.OnesCount64(want.candidates[k])
			if got.candidates[k] != want.candidates[k]|before[k] || nonzero>>k&1 != uint64(want.nonzero[k/8]>>(k%8)&1) {
				t.Fatalf("seed %d: word %d is %#x, want %#x, of %#x", seed, k, got.candidates[k], want.candidates[k]|before[k], nonzero)
			}
		}
	}
	if found < 10000 {
		t.Errorf("%d candidates show little", found)
	}
}

// needs ends a test of a kernel that this processor cannot run.
func needs(t *testing.T, kernel implementation) {
	for _, i := range available() {
		if i == kernel {
			return
		}
	}
	testenv.Missing(t, "this processor cannot run the %v kernel", kernel)
}
