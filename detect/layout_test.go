package detect

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// What a layout rules out does not match, however little room it has.
func TestLayout(t *testing.T) {
	d := testDetector(t)
	const bytes = "0123456789012345678901234567890123456789  --..:/,()+eExtaZ_\"\\\xec"
	for _, room := range [][2]int{{layoutSpots, layoutMids}, {20, layoutMids}, {layoutSpots, 40}, {1, 1}} {
		ruled, matched := 0, 0
		for _, l := range d.allLanes() {
			lay := newLayout(l, room[0], room[1])
			for seed := range uint64(3000) {
				r := rand.New(rand.NewPCG(seed, 6))
				var raw []byte
				for range 30 {
					raw = append(raw, bytes[r.IntN(len(bytes))])
				}
				if seed%2 == 0 { // what has the layout of something
					if raw = randomPII(r, 3); len(raw) > 200 {
						raw = raw[:200]
					}
					for i := range raw {
						if isDigit(raw[i]) && r.IntN(8) == 0 {
							raw[i] = '0' + byte(r.IntN(10))
						}
					}
				}
				s := new(scan)
				s.begin(d, &Text{Raw: raw}, nil)
				s.to = len(raw)
				for at, c := range raw {
					if !isDigit(c) {
						continue
					}
					live := lay.live(raw, at)
					for k, g := range l.groups {
						if l.digits>>k&1 == 0 {
							continue
						}
						switch s.walk(g, at, at); {
						case s.ends.seen != 0 && live>>k&1 == 0:
							t.Fatalf("with room for %v, live(%q, %d) rules out %s, which matches", room, raw, at, g.patterns[0].rule.ID)
						case s.ends.seen != 0:
							matched++
						case live>>k&1 == 0:
							ruled++
						}
					}
				}
			}
		}
		if ruled == 0 && room[0] > 1 || matched == 0 {
			t.Errorf("with room for %v, %d places are ruled out and %d match, want some of each", room, ruled, matched)
		}
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

// What ends behind its first digit, or goes on beyond its longest match, is in no layout.
func TestLayoutEnds(t *testing.T) {
	d, err := New([]Rule{
		{ID: "digit", Entity: "A", Tier: ByItself, Patterns: []Pattern{{Expr: "[0-9]"}}},
		{ID: "two", Entity: "B", Tier: ByItself, Patterns: []Pattern{{Expr: "[0-9]{2}x?"}}},
		{ID: "open", Entity: "C", Tier: ByItself, MaxLen: 10, Patterns: []Pattern{{Expr: "[0-9]{3,}", Guard: GuardDigit}}},
		{ID: "dashes", Entity: "D", Tier: ByItself, MaxLen: 12, Patterns: []Pattern{{Expr: "[0-9]{2}(?:-[0-9]{2})*", Guard: GuardDigit}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{"1", "12", "123", "12x", "1234567890", "12345678901", strings.Repeat("7", 30), strings.Repeat("12-", 20) + "x", "a" + strings.Repeat("9", 23) + " ", strings.Repeat("9", 24) + "-1"} {
		text := Text{Raw: []byte(raw), Final: true}
		got, want := d.Append(nil, text), d.appendSlow(nil, text)
		if !same(got, want) || len(want) == 0 {
			t.Errorf("in %q: %v, want %v", raw, got, want)
		}
	}
}
