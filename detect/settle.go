package detect

import (
	"cmp"
	"slices"
	"strings"
)

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
	c := &s.covers
	if len(c.of) < len(s.d.rules) {
		c.of = make([]cover, len(s.d.rules))
	}
	for i := range before {
		c.at(s.d, &before[i]).add(&before[i])
	}
	for i := range found {
		f := &found[i]
		if o := c.at(s.d, f); f.End <= o.end && f.Score <= o.score {
			f.End = 0
		} else {
			o.add(f)
		}
	}
	for _, k := range c.some {
		c.of[k] = cover{}
	}
	c.some, c.rule = c.some[:0], nil
}

// covers are what uncover knows of each rule; between its calls, nothing.
type covers struct {
	of   []cover // by rule
	some []int32 // those that are not zero, and others
	rule *Rule   // of the finding before: mostly the next one's too
	k    int32   // its place
}

// A cover is the finding of a rule that reaches farthest so far.
type cover struct {
	end   int
	score float32
}

// at returns the cover of f's rule.
func (c *covers) at(d *Detector, f *Finding) *cover {
	if f.Rule != c.rule {
		c.rule, c.k = f.Rule, d.index[f.Rule]
		c.some = append(c.some, c.k)
	}
	return &c.of[c.k]
}

func (c *cover) add(f *Finding) {
	if f.End > c.end {
		*c = cover{f.End, f.Score}
	}
}
