package detect

import (
	"slices"
)

// appendSlow is Append without anchors: every group is tried at every byte.
func (d *Detector) appendSlow(dst []Finding, text Text) []Finding {
	to := text.To
	if to == 0 {
		to = len(text.Raw)
	}
	s := new(scan)
	s.begin(d, &text, dst)
	s.to = to
	s.from = max(0, text.From-d.maxLen)
	if text.Key != nil {
		s.outer = d.fields.find(text.Key)
		s.whole()
	}
	for at := range text.Raw {
		for _, g := range d.groups {
			switch {
			case g.names:
				if isQuote(text.Raw[at]) {
					s.name(at)
				}
			case g.before != nil:
				s.tryAround(g, at)
			case s.startOK(g.guard, at):
				s.try(g, at)
			}
		}
	}
	return s.settle(len(dst), text.From, nil)
}

// try is matchAt, whatever speaks for a match.
func (s *scan) try(g *group, start int) {
	g.each(func(g *group) {
		if g.behind == nil || s.lookBehind(g.behind, start) {
			s.memos = [memoSlots]memo{}
			s.walk(g, start, start)
			s.report(g, start)
		}
	})
}

// tryAround is matchAround, the same way.
func (s *scan) tryAround(g *group, at int) {
	if start := s.walkBack(g, at); start >= 0 {
		s.walk(g, start, at)
		s.report(g, start)
	}
}

// same reports whether a and b are the same findings.
func same(a, b []Finding) bool {
	return slices.EqualFunc(a, b, func(x, y Finding) bool {
		return x.Rule.ID == y.Rule.ID && x.Start == y.Start && x.End == y.End && x.Score == y.Score && x.Cut == y.Cut
	})
}

// appendForgetful is Append without memos.
func (d *Detector) appendForgetful(raw []byte) []Finding {
	s := new(scan)
	s.begin(d, &Text{Raw: raw}, nil)
	s.to = len(raw)
	for at := range raw {
		for _, g := range d.groups {
			s.memos = [memoSlots]memo{}
			switch {
			case g.names:
			case g.before != nil:
				s.tryAround(g, at)
			case s.startOK(g.guard, at):
				s.try(g, at)
			}
		}
	}
	return s.settle(0, 0, nil)
}
