package detect

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Joining starts as they are weighed once gives what weighing all pairs each time gives.
func TestJoinCheapest(t *testing.T) {
	joined := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		groups := []*group{{where: bytescan.WordStart, priorMass: massOf(&otherBytes)}, {where: bytescan.Anywhere, priorMass: massOf(&everything)}}
		var starts []start
		for range 12 + r.IntN(30) {
			st := start{group: groups[r.IntN(8)/7], groups: 1 << r.IntN(3), run: r.IntN(4) == 0}
			for k := range st.sets {
				for range 1 + r.IntN(3) {
					st.sets[k].Add("abcdeXYZ0123456789-. _"[r.IntN(22)])
				}
			}
			starts = append(starts, st)
		}
		limit := 1 + r.IntN(12)
		weighed := func() (all []*joint) {
			for i := range starts {
				all = append(all, &joint{start: starts[i], class: bit(starts[i].group == groups[1])})
				all[i].weigh()
			}
			return all
		}
		got, want := joinCheapest(weighed(), limit), weighed()
		for {
			x, y, least := 0, 0, math.Inf(1)
			for i := range want {
				for j := range i {
					if l := want[i].with(want[j]) - want[i].cost - want[j].cost; l < least {
						x, y, least = i, j, l
					}
				}
			}
			if math.IsInf(least, 1) || least > leastGain && len(want) <= limit {
				break
			}
			want[y].join(want[x])
			want = append(want[:x], want[x+1:]...)
			joined++
		}
		same := len(got) == len(want)
		for i := range got {
			same = same && got[i].sets == want[i].sets && got[i].groups == want[i].groups && got[i].run == want[i].run
		}
		if !same {
			t.Fatalf("seed %d: %d starts, at most %d: %d are left, want %d, or others", seed, len(starts), limit, len(got), len(want))
		}
	}
	if joined < 500 {
		t.Errorf("%d were joined, want more", joined)
	}
}
