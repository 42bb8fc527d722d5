package detect

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"strings"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

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

// How long the runs of digits are that a lane's tables tell apart; longer ones are as
// the longest: any byte may stand behind them.
const (
	maxRun   = 24
	shortRun = 8 // of the two that stand one on either side of a byte
)

// runs says which groups have no match that begins with a run of digits, by its length
// and the kinds of the two bytes behind it, and, where the second is a digit, by the
// length of that run and the kind of the byte behind.
type runs struct {
	one [maxRun + 1][follows2]uint64
	two [shortRun][kindsAfter][shortRun + 1][kindsAfter]uint64
}

// What follows digits is told apart by kind: by one of these bytes, or digits, other
// word bytes, and the rest.
const (
	followers  = " -./:,()+ex"
	kindsAfter = 16
	digitAfter = kindsAfter - 1
	follows2   = kindsAfter * kindsAfter
)

var kindAfter = func() (k [256]uint8) {
	for c := range k {
		b := byte(c)
		switch at := strings.IndexByte(followers, b); {
		case at >= 0:
			k[c] = uint8(at)
		case isDigit(b):
			k[c] = digitAfter
		case b|0x20-'a' < 6:
			k[c] = kindsAfter - 2
		case bytescan.IsWord(b):
			k[c] = kindsAfter - 3
		case b >= 0x80:
			k[c] = kindsAfter - 4
		default:
			k[c] = kindsAfter - 5
		}
	}
	return k
}()

// add enters group k of a lane.
func (r *runs) add(k int, g *group) {
	level := g.after(map[uint16]bool{g.automaton.start[0]: true, g.automaton.start[1]: true}, '0', '9')
	for n := 1; n < maxRun && len(level) > 0; n++ {
		var alive [follows2]bool
		for c := range 256 {
			first := int(kindAfter[c]) * kindsAfter
			if g.endsBefore(level, byte(c)) {
				for d := range kindsAfter {
					alive[first+d] = true
				}
				continue
			}
			next := g.after(level, byte(c), byte(c))
			if len(next) == 0 {
				continue
			}
			for d := range 256 {
				if b := byte(d); !alive[first+int(kindAfter[d])] && (g.endsBefore(next, b) || len(g.after(next, b, b)) > 0) {
					alive[first+int(kindAfter[d])] = true
				}
			}
		}
		for i, is := range alive {
			if !is {
				r.one[n][i] |= 1 << k
			}
		}
		if n < shortRun {
			r.addSecond(n, k, g, level)
		}
		for c := byte('0'); c <= '9'; c++ {
			if g.endsBefore(level, c) {
				return // in the middle of digits
			}
		}
		if level = g.after(level, '0', '9'); len(level) == 0 {
			for n++; n <= maxRun; n++ {
				for i := range follows2 {
					r.one[n][i] |= 1 << k
				}
			}
		}
	}
}

// addSecond enters group k, which is in one of states behind n digits.
func (r *runs) addSecond(n, k int, g *group, states map[uint16]bool) {
	for kind := range uint8(kindsAfter) {
		level, ends := make(map[uint16]bool), false
		for c := range 256 {
			if kindAfter[c] == kind {
				ends = ends || g.endsBefore(states, byte(c))
				maps.Copy(level, g.after(states, byte(c), byte(c)))
			}
		}
		if ends {
			continue
		}
		level = g.after(level, '0', '9')
		for m := 1; m <= shortRun; m++ {
			alive := [kindsAfter]bool{}
			for c := 0; c < 256 && len(level) > 0; c++ {
				alive[kindAfter[c]] = alive[kindAfter[c]] || m == shortRun || g.livesOn(level, byte(c))
			}
			for i, is := range alive {
				if !is {
					r.two[n][kind][m][i] |= 1 << k
				}
			}
			for c := byte('0'); c <= '9'; c++ {
				ends = ends || g.endsBefore(level, c)
			}
			if ends {
				break // in the middle of digits
			}
			level = g.after(level, '0', '9')
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

// after returns the states that states lead to with a byte from lo to hi.
func (g *group) after(states map[uint16]bool, lo, hi byte) map[uint16]bool {
	next := make(map[uint16]bool)
	for st := range states {
		for c := int(lo); c <= int(hi); c++ {
			if t := g.automaton.step(st, byte(c)); t != 0 {
				next[t] = true
			}
		}
	}
	return next
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
	n := digitRun(raw, at, maxRun)
	if at+n+1 >= len(raw) {
		return 0
	}
	kind, next := kindAfter[raw[at+n]], kindAfter[raw[at+n+1]]
	dead := r.one[n][int(kind)*kindsAfter+int(next)]
	if next != digitAfter || n >= shortRun {
		return dead
	}
	at += n + 1
	m := digitRun(raw, at, shortRun)
	if at+m < len(raw) {
		dead |= r.two[n][kind][m][kindAfter[raw[at+m]]]
	}
	return dead
}

// digitRun returns how many digits stand at raw[at:], at most limit.
func digitRun(raw []byte, at, limit int) int {
	n := 0
	if at+8 <= len(raw) {
		// Eight at once: 0x76 carries what is no digit into the high bit of its byte.
		v := binary.LittleEndian.Uint64(raw[at:]) ^ 0x3030303030303030
		if v = (v + 0x7676767676767676 | v) & 0x8080808080808080; v != 0 {
			return min(bits.TrailingZeros64(v)/8, limit)
		}
		n = 8
	}
	for n < limit && at+n < len(raw) && isDigit(raw[at+n]) {
		n++
	}
	return n
}
