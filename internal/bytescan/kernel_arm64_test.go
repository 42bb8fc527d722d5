//go:build !purego

package bytescan

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// scanNEON says of each byte what looking it up says, whatever the tables hold.
func TestScanNEON(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	fill := func(b []byte) {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
	}
	var found [bucketKinds]uint64
	for round := range 100 {
		b := new(nibbles)
		tables := (*[unsafe.Offsetof(b.more)]byte)(unsafe.Pointer(b))[:]
		fill(tables)
		sets := tables[unsafe.Offsetof(b.sets):unsafe.Offsetof(b.others)]
		for i := range sets {
			bits := r.Uint32()
			sets[i] &= byte(bits) & byte(bits>>8) // few reject
		}
		b.more = round%2 == 0
		blocks := 1 + r.IntN(8)
		text := make([]byte, 64*blocks+window256-1)
		fill(text)
		got := make([]looked, blocks+1)
		scanNEON(&text[0], blocks, b, &got[0])
		if got[blocks] != (looked{}) {
			t.Fatal("writes more blocks than there are")
		}
		for n, got := range got[:blocks] {
			var want looked
			for i := range 64 {
				q := text[64*n+i:]
				by := func(table *[2][16]uint8, c byte) (low, high uint8) {
					if c < 0x80 {
						low = table[0][c&15]
					}
					return low, table[1][c>>4]
				}
				accepts := func(part int) uint8 {
					rejects := uint8(0)
					for k := range window256 {
						low, high := by(&b.sets[part][k], q[k])
						rejects |= low | high
					}
					return ^rejects
				}
				put := func(to *uint64, bits uint8) {
					if bits != 0 {
						*to |= 1 << i
					}
				}
				first, later := accepts(0), accepts(1)
				if b.more {
					later |= accepts(2)
				}
				put(&want.ofWords, first|later&^b.others[kindWord])
				put(&want.ofDigits, later&^b.others[kindDigit])
				put(&want.ofRuns, later&^b.others[kindRun])
				put(&want.anywhere, later&^b.others[kindAny])
				low, high := by(&b.class, q[0])
				put(&want.digits, low&high&0x80)
				put(&want.words, low&high&0xf0)
				put(&want.backslashes, low&high&0x08)
				put(&want.letters, low&high&0x04)
				low, high = by(&b.separator, q[0])
				put(&want.separators, low&high)
			}
			found[0] |= want.ofWords
			found[1] |= want.ofDigits
			found[2] |= want.ofRuns
			found[3] |= want.anywhere
			if got != want {
				t.Fatalf("block %d of %d: %x, want %x", n, blocks, got, want)
			}
		}
	}
	for kind, m := range found {
		if m == 0 {
			t.Errorf("no bucket of kind %d accepts anywhere", kind)
		}
	}
}
