package detect

import (
	"math/rand/v2"
	"testing"
)

// TestSeparatorOf holds what is counted in one pass against cells, separator by separator.
func TestSeparatorOf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		text := make([]byte, r.IntN(24))
		for i := range text {
			text[i] = `ab|;,"\tn `[r.IntN(10)]
		}
		s := &scan{raw: text, escaped: r.IntN(2) == 0}
		var want byte
		n := 0
		for _, c := range cellSeparators {
			if n, _ = s.cells(0, len(text), c); n > 0 {
				want = c
				break
			}
		}
		if got, k := s.separatorOf(0, len(text)); got != want || k != n {
			t.Fatalf("in %q, escaped %v: %q %d times, want %q %d times", text, s.escaped, got, k, want, n)
		}
	}
}
