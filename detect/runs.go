package detect

import "github.com/mcpveil/mcpveil/internal/bytescan"

// What the byte behind a match, or behind the digits that one begins with, rules out is
// worked out beforehand: where there are digits there are many candidates, and most of
// them are seen to be none without running an automaton.

// denied fills g.deny, from the guard and from look-ahead for a single byte.
func (g *group) denied() {
	for c := range 256 {
		b := byte(c)
		if g.guard == GuardWord && bytescan.IsWord(b) || g.guard == GuardDigit && isDigit(b) {
			g.deny[c] = ^uint64(0)
			continue
		}
		g.deny[c] = 0
		for i, p := range g.patterns {
			for k := range p.ahead {
				if l := &p.ahead[k]; l.rules(b) {
					g.deny[c] |= 1 << i
				}
			}
		}
	}
}

// rules reports whether l, which looks ahead, does not hold before any text that
// begins with c.
func (l *look) rules(c byte) bool {
	a := l.automaton
	st := a.step(a.start[0], c)
	if l.not {
		return st >= a.firstAccept
	}
	return st == 0
}

// maxRun is the longest run of digits that a lane's table tells apart.
const maxRun = 24

// runs says which groups have no match that begins with a run of digits, by its length,
// and the byte behind it. Behind maxRun digits any byte may stand.
type runs [maxRun + 1][256]uint64

// add enters group k of a lane.
func (r *runs) add(k int, g *group) {
	a := g.automaton
	level := map[uint16]bool{a.start[0]: true, a.start[1]: true}
	for n := 1; n <= maxRun; n++ {
		next := make(map[uint16]bool)
		for st := range level {
			for c := byte('0'); c <= '9'; c++ {
				if t := a.step(st, c); t != 0 {
					next[t] = true
				}
			}
		}
		level = next
		if len(level) == 0 {
			for ; n <= maxRun; n++ {
				for c := range 256 {
					r[n][c] |= 1 << k
				}
			}
			return
		}
		if n == maxRun {
			return
		}
		for c := range 256 {
			if !g.livesOn(level, byte(c)) {
				r[n][c] |= 1 << k
			}
		}
		for c := byte('0'); c <= '9'; c++ {
			if g.endsBefore(level, c) {
				return // in the middle of digits
			}
		}
	}
}

// livesOn reports whether in one of states a match of g ends before c, or goes on with it.
func (g *group) livesOn(states map[uint16]bool, c byte) bool {
	for st := range states {
		if g.automaton.step(st, c) != 0 {
			return true
		}
	}
	return g.endsBefore(states, c)
}

// endsBefore reports whether in one of states a match of g may end before c, or be cut.
func (g *group) endsBefore(states map[uint16]bool, c byte) bool {
	a := g.automaton
	for st := range states {
		if st < a.firstAccept {
			continue
		}
		if pats := a.either[st-a.firstAccept]; pats&^g.deny[c] != 0 || pats&g.open != 0 {
			return true
		}
	}
	return false
}

// dead returns the groups that cannot match from raw[at] on, where a digit stands.
func (r *runs) dead(raw []byte, at int) uint64 {
	n := 1
	for n < maxRun && at+n < len(raw) && isDigit(raw[at+n]) {
		n++
	}
	if at+n >= len(raw) {
		return 0
	}
	return r[n][raw[at+n]]
}
