package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Of the findings of a rule those are covered that lie in one of before, or in one before them that is left, and score
// no more than what reaches farthest; and nothing is left over for the next text.
func TestUncover(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	rules := make([]*Rule, 5)
	d := &Detector{rules: make([]rule, len(rules)), index: map[*Rule]int32{}}
	for i := range rules {
		rules[i] = &Rule{ID: fmt.Sprint(i)}
		d.index[rules[i]] = int32(i)
	}
	some := func(n, from int) (all []Finding) {
		for range n {
			from += r.IntN(3)
			all = append(all, Finding{Rule: rules[r.IntN(len(rules))], Start: from, End: from + 1 + r.IntN(12), Score: float32(r.IntN(3)) / 2})
		}
		return all
	}
	s := scan{d: d}
	covered, higher := 0, 0
	for range 3000 {
		before, found := some(r.IntN(4), 0), some(r.IntN(12), 5)
		want := append([]Finding(nil), found...)
		for i := range want {
			f := &want[i]
			end, score := 0, float32(0) // of what reaches farthest
			for _, o := range append(before[:len(before):len(before)], want[:i]...) {
				if o.Rule == f.Rule && o.End > end {
					end, score = o.End, o.Score
				}
			}
			switch {
			case f.End > end:
			case f.Score <= score:
				f.End = 0
				covered++
			default:
				higher++
			}
		}
		s.uncover(before, found)
		if fmt.Sprint(found) != fmt.Sprint(want) {
			t.Fatalf("behind %v: %v, want %v", before, found, want)
		}
	}
	if covered == 0 || higher == 0 {
		t.Errorf("%d were covered, and %d were not since they score higher; want some of both", covered, higher)
	}
}
