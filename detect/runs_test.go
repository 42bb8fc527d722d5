package detect

import (
	"math/bits"
	"math/rand/v2"
	"testing"
)

// What is ruled out by the digits that stand there does not match there.
func TestRuns(t *testing.T) {
	d := testDetector(t)
	const bytes = "0123456789012345678901234567890123456789  --..:/,()+eExtaZ_\"\\\xec"
	ruled := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 6))
		raw := make([]byte, 40)
		for i := range raw {
			raw[i] = bytes[r.IntN(len(bytes))]
		}
		s := scan{d: d, raw: raw, outer: noField, to: len(raw)}
		for at, c := range raw {
			if !isDigit(c) {
				continue
			}
			for _, l := range d.lanes {
				for m := l.digits & l.runs.dead(raw, at); m != 0; m &= m - 1 {
					g := l.groups[bits.TrailingZeros64(m)]
					ruled++
					if s.walk(g, at, at); s.ends.seen != 0 {
						t.Fatalf("dead(%q, %d) rules out %s, which matches", raw, at, g.patterns[0].rule.ID)
					}
				}
			}
		}
	}
	if ruled == 0 {
		t.Error("dead rules out nothing")
	}
}

// digitRun counts digits, whatever stands behind them.
func TestDigitRun(t *testing.T) {
	for n := range 20 {
		for c := range 256 {
			raw := []byte("12345678901234567890")[:n]
			if raw = append(raw, byte(c), '1', 0xff, '2', '3', '4', '5', '6'); isDigit(byte(c)) {
				continue
			}
			if got, want := digitRun(raw, 0, 12), min(n, 12); got != want {
				t.Fatalf("digitRun(%q, 0, 12) = %d, want %d", raw, got, want)
			}
		}
	}
}

// A stray quote in a name hides nothing.
func TestNameWithQuote(t *testing.T) {
	d := testDetector(t)
	for _, raw := range []string{`{"password'":"hunter22"}`, `{"'password'":"hunter22"}`, `{'"password"':"hunter22"}`} {
		if got := d.Append(nil, Text{Raw: []byte(raw), Final: true}); len(got) != 1 {
			t.Errorf("Append(%s) finds%s, want the value", raw, show(got))
		}
	}
}
