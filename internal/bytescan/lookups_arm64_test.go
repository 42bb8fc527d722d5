//go:build !purego

package bytescan

import (
	"math/rand/v2"
	"testing"
)

// acceptNEON says of each byte what looking it up says, whatever the tables hold.
func TestAcceptNEON(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	fill := func(b []byte, few bool) {
		for i := range b {
			if b[i] = byte(r.Uint32()); few {
				b[i] &= byte(r.Uint32()) & byte(r.Uint32())
			}
		}
	}
	var found [bucketKinds]uint64
	for range 100 {
		var halves [Depth][2][16]uint8
		for k := range halves {
			fill(halves[k][0][:], true)
			fill(halves[k][1][:], true)
		}
		var others [bucketKinds][32]uint8
		for k := range others {
			others[k][0] = byte(r.Uint32())
			for i := range others[k] {
				others[k][i] = others[k][0]
			}
		}
		windows := minWindows + r.IntN(Depth-minWindows+1)
		blocks := 1 + r.IntN(8)
		text := make([]byte, 64*blocks+Depth-1)
		fill(text, false)
		got := make([][bucketKinds]uint64, blocks+1)
		acceptNEON(&text[0], blocks, &halves, windows, &others, &got[0])
		if got[blocks] != [bucketKinds]uint64{} {
			t.Fatal("writes more blocks than there are")
		}
		for n, got := range got[:blocks] {
			var want [bucketKinds]uint64
			for i := range 64 {
				rejects := uint8(0)
				for k := range windows {
					c := text[64*n+i+k]
					if rejects |= halves[k][1][c>>4]; c < 0x80 {
						rejects |= halves[k][0][c&15]
					}
				}
				for kind := range want {
					if ^rejects&^others[kind][0] != 0 {
						want[kind] |= 1 << i
					}
				}
			}
			for kind := range found {
				found[kind] |= want[kind]
			}
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
