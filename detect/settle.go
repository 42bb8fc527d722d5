package detect

import (
	"cmp"
	"slices"
	"strings"
)

// sweep is how many rules settle looks after at a time, with what it needs on the
// stack.
const sweep = 128

// settle orders the findings of s from the base'th on, and takes out those that
// begin before from and those that another of the same rule contains, be it one of before.
func (s *scan) settle(base, from int, before []Finding) []Finding {
	found := s.dst[base:]
	if len(found) == 0 {
		return s.dst
	}
	if len(found)+len(before) > 1 {
		if !inOrder(found) {
			slices.SortFunc(found, order)
		}
		s.uncover(before, found)
	}
	n := 0
	for i := range found {
		if found[i].End > 0 && found[i].Start >= from {
			if n < i {
				found[n] = found[i]
			}
			n++
		}
	}
	clear(found[n:])
	return s.dst[:base+n]
}

// inOrder reports whether found is as order asks for, as it is nearly always. Each is looked at
// where it stands: findings are too long to be handed over.
func inOrder(found []Finding) bool {
	for i := 1; i < len(found); i++ {
		a, b := &found[i-1], &found[i]
		if a.Start > b.Start || a.Start == b.Start && (a.End < b.End || a.End == b.End && order(*a, *b) > 0) {
			return false
		}
	}
	return true
}

func order(a, b Finding) int {
	if a.Start != b.Start {
		return a.Start - b.Start
	}
	if a.End != b.End {
		return b.End - a.End
	}
	if a.Rule != b.Rule {
		return strings.Compare(a.Rule.ID, b.Rule.ID)
	}
	return cmp.Compare(b.Score, a.Score)
}

// uncover sets End to 0 in findings that lie inside one of the same rule which scores
// no less, be it one of before.
func (s *scan) uncover(before, found []Finding) {
	type cover struct {
		end   int
		score float32
	}
	for low := 0; low < len(s.d.rules); low += sweep {
		var covers [sweep]cover
		rule, index := (*Rule)(nil), 0 // of the finding before: mostly the next one's too
		for i := range before {
			f := &before[i]
			if k := int(s.d.index[f.Rule]) - low; k >= 0 && k < sweep && f.End > covers[k].end {
				covers[k] = cover{f.End, f.Score}
			}
		}
		for i := range found {
			f := &found[i]
			if f.Rule != rule {
				rule, index = f.Rule, int(s.d.index[f.Rule])
			}
			k := index - low
			if k < 0 || k >= sweep {
				continue
			}
			c := &covers[k]
			if f.End <= c.end && f.Score <= c.score {
				f.End = 0
				continue
			}
			if f.End > c.end {
				*c = cover{f.End, f.Score}
			}
		}
	}
}
