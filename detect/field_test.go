package detect

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestLastByte(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		raw := make([]byte, r.IntN(70))
		for i := range raw {
			raw[i] = "!#\xa2\x00a"[r.IntN(5)]
			if r.IntN(20) == 0 {
				raw[i] = '"'
			}
		}
		low := r.IntN(len(raw) + 1)
		high := low + r.IntN(len(raw)-low+1)
		if got, want := lastByte(raw, '"', low, high), low+bytes.LastIndexByte(raw[low:high], '"'); got != want {
			t.Fatalf("lastByte(%q, %d, %d) = %d, want %d", raw, low, high, got, want)
		}
	}
}
