package detect

import "regexp/syntax"

// maxSplit bounds the matches of patterns that have a group named value.
const maxSplit = 1 << 13

// A splitter finds where in a match its group named value stands: what comes
// before it is as long as can be, then the group is.
type splitter struct {
	before *machine // forwards, what comes before the value; nil if nothing does
	rest   *machine // backwards, the value and what comes after
	value  *machine // forwards
	after  *machine // backwards, what comes after; nil if nothing does
}

// newSplitter returns nil for a pattern without the group.
func newSplitter(re *syntax.Regexp) (*splitter, error) {
	count := 0
	walk(re, func(re *syntax.Regexp) {
		if re.Op == syntax.OpCapture && re.Name == "value" {
			count++
		}
	})
	if count == 0 {
		return nil, nil
	}
	parts := items(re)
	at := -1
	for i, p := range parts {
		walk(p, func(re *syntax.Regexp) {
			if re.Op == syntax.OpCapture && re.Name == "value" {
				at = i
				count--
			}
		})
	}
	if at < 0 || count != 0 || parts[at].Op != syntax.OpCapture {
		return nil, errValueInside
	}
	if lo, _ := length(parts[at]); lo == 0 {
		return nil, errValueEmpty
	}
	sp := &splitter{}
	var err error
	compile := func(parts []*syntax.Regexp, reverse bool) *machine {
		if len(parts) == 0 || err != nil {
			return nil
		}
		var m *machine
		m, err = newMachine(concatenate(parts), reverse, maxSplitStates)
		return m
	}
	sp.before = compile(parts[:at], false)
	sp.value = compile(parts[at:at+1], false)
	sp.after = compile(parts[at+1:], true)
	sp.rest = compile(parts[at:], true)
	return sp, err
}

// marks is a set of offsets from the start of a match.
type marks [maxSplit/64 + 1]uint64

func (m *marks) has(i int) bool { return m[i>>6]>>(i&63)&1 != 0 }

func (m *marks) set(i int) { m[i>>6] |= 1 << (i & 63) }

func (m *marks) clear(n int) { clear(m[:n>>6+1]) }

// forward marks where by, started at raw[at], may stop, up to raw[end].
func (s *scan) forward(by *machine, m *marks, base, at, end int) {
	a := by.automaton()
	if a == nil {
		by.sim.forward(s, m, base, at, end)
		return
	}
	st := a.start[0]
	if s.wordBefore(at) {
		st = a.start[1]
	}
	for i := at; ; i++ {
		if st >= a.firstAccept {
			next := 0
			if s.wordAt(i) {
				next = 1
			}
			if a.accept[next][st-a.firstAccept] != 0 {
				m.set(i - base)
			}
		}
		if i >= end || st == 0 {
			return
		}
		st = a.step(st, s.raw[i])
	}
}

// backward marks where by, which runs backwards from raw[end], may stop, down to
// raw[start].
func (s *scan) backward(by *machine, m *marks, base, start, end int) {
	a := by.automaton()
	if a == nil {
		by.sim.backward(s, m, base, start, end)
		return
	}
	st := a.start[0]
	if s.wordAt(end) {
		st = a.start[1]
	}
	for i := end; ; i-- {
		if st >= a.firstAccept {
			prev := 0
			if s.wordBefore(i) {
				prev = 1
			}
			if a.accept[prev][st-a.firstAccept] != 0 {
				m.set(i - base)
			}
		}
		if i <= start || st == 0 {
			return
		}
		st = a.step(st, s.raw[i-1])
	}
}

// split returns where the value of the match at [start, end) stands.
func (sp *splitter) split(s *scan, start, end int) (from, to int, ok bool) {
	if end-start > maxSplit {
		return 0, 0, false
	}
	from, to = start, end
	a, b := &s.marks[0], &s.marks[1]
	if sp.before != nil {
		a.clear(end - start)
		b.clear(end - start)
		s.forward(sp.before, a, start, start, end)
		s.backward(sp.rest, b, start, start, end)
		for from = end; ; from-- {
			if from < start {
				return 0, 0, false
			}
			if a.has(from-start) && b.has(from-start) {
				break
			}
		}
	}
	if sp.after != nil {
		a.clear(end - start)
		b.clear(end - start)
		s.forward(sp.value, a, start, from, end)
		s.backward(sp.after, b, start, from, end)
		for to = end; ; to-- {
			if to <= from {
				return 0, 0, false
			}
			if a.has(to-start) && b.has(to-start) {
				break
			}
		}
	}
	return from, to, true
}
