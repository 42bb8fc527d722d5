package detect

import (
	"encoding/binary"
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Where rules are many, nearly every number could be something to some of them, and the few bytes of an anchor do not tell
// it from others. So what begins with a digit is not looked for by anchors. Every number is read once, for all that begins
// with one, whether it sleeps or not: sixteen bytes, all digits taken for the same, are looked up among those met before.
//
//	2024-01-15T10:11  ─►  0000-00-00, then a capital  ─►  the groups that may match there: mostly none
//
// What has not been met is worked out by layouts, and kept. Of what sleeps, only that counts for which something speaks. What
// begins with a number and goes on with words has these looked at: see onward. The few groups that are left are walked.

const (
	numberWindow = 16
	numberMemos  = 1 << 9
)

// A numerals is what begins with digits: up to two lanes, of what is always looked for and of what sleeps. Their groups
// may be in other lanes as well, which look for what else they begin with.
type numerals struct {
	lanes  [2]*lane                                  // without tables; nil if there is none
	words  [maxWord + 1][2]uint64                    // by how many word bytes stand there: the groups that may match
	before [2][256][2]uint64                         // by whether a digit stands before it, and the byte before: the groups that may begin behind that
	behind [maxRun + 1][kindsAfter][kindsNext]uint16 // by how many digits there are, and the kinds of two bytes behind: a place in told
	told   []prospects
	short  [maxShort]uint64 // by how many digits, from 1: all bits if, inside a word, nothing begins with so many and a letter
	onward [2]onwardTable
	epochs epochTable
}

// maxWord is how many word bytes are counted. Of letters and digits that are mixed, as in base64, most groups of digits are
// no longer than maxShort.
const (
	maxWord  = 63
	maxShort = 3
)

// prospects are the groups of each lane that a number is something to.
type prospects struct {
	live [2]uint64 // they may match
	open [2]uint64 // they may match, but only with what stands behind the bytes that were looked at
}

// A numberMemo is what is known of a kind of number.
type numberMemo struct {
	low, high uint64 // its bytes
	prospects
}

// newNumerals returns what looks for the groups that begin with digits, some of which sleep, and the groups that others still
// have to look for: these have no starts with digits any more. A sieve's members are looked for one by one.
func newNumerals(awake, asleep []*group) (all []*numerals, rest [2][]*group) {
	for k, groups := range [...][]*group{awake, asleep} {
		laneOf := func(n int) *lane { // the n'th, with these
			if n == len(all) {
				all = append(all, new(numerals))
			}
			if all[n].lanes[k] == nil {
				all[n].lanes[k] = new(lane)
			}
			return all[n].lanes[k]
		}
		n := 0
		for _, g := range groups {
			if g.numbered() {
				g.each(func(m *group) {
					if !hasDigit(&m.sets[0]) {
						return
					}
					l := laneOf(n)
					if len(l.groups) == 64 {
						n++
						l = laneOf(n)
					}
					l.addNumber(m)
				})
				g.parts = firstByte(g.parts, false)
			}
			if len(g.parts) > 0 {
				rest[k] = append(rest[k], g)
			}
		}
	}
	inParallel(2*len(all), func(i int) {
		n := all[i/2]
		if l := n.lanes[i%2]; l != nil {
			l.layout = newLayout(l, layoutSpots, layoutMids)
			n.onward[i%2].fill(l)
			n.fillBefore(i % 2)
			n.epochs.fill(i%2, l)
			n.fillWords(i % 2)
		}
	})
	inParallel(len(all), func(i int) {
		all[i].fillBehind()
		all[i].fillShort()
	})
	return all, rest
}

// numbered reports whether g may begin with a digit, but only where no digit stands before; or, if it has an anchor inside, whether that
// begins with one, at the start of a word.
func (g *group) numbered() bool {
	if g.before != nil {
		return g.where == bytescan.WordStart && g.begins() == onlyDigits
	}
	return !g.names && g.where != bytescan.Anywhere && hasDigit(&g.sets[0])
}

// firstByte returns starts, only with digits, or without them, at their first place.
func firstByte(starts []start, digits bool) (some []start) {
	for _, st := range starts {
		for c := range 256 {
			if isDigit(byte(c)) != digits {
				st.sets[0].Remove(byte(c))
			}
		}
		if st.sets[0] != (bytescan.Set{}) {
			st.weigh()
			some = append(some, st)
		}
	}
	return some
}

// addNumber adds g, which begins with digits, to l, a lane of numerals.
func (l *lane) addNumber(g *group) {
	bit := uint64(1) << len(l.groups)
	for _, st := range firstByte(g.parts, true) {
		st.groups = bit
		l.starts = append(l.starts, st)
	}
	l.groups = append(l.groups, g)
	l.digits |= bit
	if g.before == nil {
		l.here |= bit
		l.guarded[g.guard] |= bit
	}
	l.needyLen = max(l.needyLen, g.maxLen)
}

// fillBefore fills before for lane k.
func (n *numerals) fillBefore(k int) {
	for i, g := range n.lanes[k].groups {
		for c := range 256 {
			b := byte(c)
			if !g.prior.Has(b) || g.where == bytescan.WordStart && bytescan.IsWord(b) {
				continue
			}
			n.before[0][c][k] |= 1 << i
			// What goes on with a number: see mayStart and floatBefore.
			if (b == '.' || b == '-') && g.before == nil && (g.guard == GuardDigit || b == '.' && g.maskable) {
				continue
			}
			n.before[1][c][k] |= 1 << i
		}
	}
}

// fillWords fills words for lane k.
func (n *numerals) fillWords(k int) {
	var word, others []uint8
	for c := range 256 {
		if bytescan.IsWord(byte(c)) {
			word = append(word, uint8(c))
		} else {
			others = append(others, uint8(c))
		}
	}
	for i, g := range n.lanes[k].groups {
		l := newGroupLayout(g)
		if l.a == nil {
			for long := range n.words {
				n.words[long][k] |= 1 << i
			}
			continue
		}
		states, ends := l.after([]uint16{l.a.start[0], l.a.start[1]}, l.ten), false
		for long := 1; long <= maxWord; long++ {
			if ends || long == maxWord && len(states) > 0 || l.endsBefore(states, others) || len(l.after(states, others)) > 0 {
				n.words[long][k] |= 1 << i
			}
			ends = ends || l.endsBefore(states, word)
			states = l.after(states, word)
		}
	}
}

// kindsNext is how many kinds there are of the second byte behind digits, which may be one: with room, a power of two.
const (
	byDigit   = kindsAfter
	kindsNext = 2 * kindsAfter
)

// kindNext is kindAfter for that.
var kindNext = func() (k [256]uint8) {
	k = kindAfter
	for c := '0'; c <= '9'; c++ {
		k[c] = byDigit
	}
	return k
}()

// fillBehind fills behind and told.
func (n *numerals) fillBehind() {
	places := make(map[prospects]uint16)
	for long := range n.behind {
		for kind := range n.behind[long] {
			for next := range byDigit + 1 {
				p := n.prospects(long, kind, next)
				at, ok := places[p]
				if !ok {
					at = uint16(len(n.told))
					places[p] = at
					n.told = append(n.told, p)
				}
				n.behind[long][kind][next] = at
			}
		}
	}
}

// prospects returns what layouts tell of so many digits with bytes of two kinds behind them.
func (n *numerals) prospects(long, kind, next int) (p prospects) {
	for k, lane := range n.lanes {
		if lane == nil {
			continue
		}
		l := lane.layout
		step := l.behind[l.digits[1][long]][kind]
		p.live[k] = l.masks[step.live]
		switch {
		case step.next == 0:
		case next == byDigit:
			for _, mid := range l.digits[step.next][1 : maxRun+1] {
				p.open[k] |= l.masks[l.alive[1][mid]]
			}
		default:
			step = l.behind[l.digits[step.next][0]][next]
			p.live[k] |= l.masks[step.live]
			p.open[k] = l.masks[l.alive[0][step.next]]
		}
	}
	return p
}

// fillShort fills short.
func (n *numerals) fillShort() {
	var inside [2]uint64 // groups that may begin inside a word
	for k, l := range n.lanes {
		if l == nil {
			continue
		}
		for i, g := range l.groups {
			if g.where != bytescan.WordStart {
				inside[k] |= 1 << i
			}
		}
	}
	for i := range n.short {
		n.short[i] = ^uint64(0)
		for c := range 256 {
			if !bytescan.IsWord(byte(c)) || isDigit(byte(c)) {
				continue
			}
			for _, at := range n.behind[i+1][kindAfter[c]][:byDigit+1] {
				if p := &n.told[at]; (p.live[0]|p.open[0])&inside[0]|(p.live[1]|p.open[1])&inside[1] != 0 {
					n.short[i] = 0
				}
			}
		}
	}
}

// numerals looks for numbers in raw[from:to], of which s.classes says what its bytes are.
func (s *scan) numerals(n *numerals, memos *[numberMemos]numberMemo, from, to int) {
	c := &s.classes
	var speak [stretch / unit]uint64 // groups that sleep for which something may speak, by unit
	if l := n.lanes[1]; l != nil {
		s.waking.speaking(l, speak[:(to-from+unit-1)/unit])
	}
	var joint uint64 // places with a digit two before
	for k := range (to - from + 63) / 64 {
		base := from + 64*k
		plain := c.Digit[k] &^ c.Special[k]
		joints := joint | plain<<2
		joint = plain >> 62
		starts := c.Digit[k] & c.DigitStart[k]
		if base+64 > to {
			starts &= 1<<(to-base) - 1
		}
		if starts == 0 {
			continue
		}
		word, nextWord := c.Word[k], c.Word[k+1]
		if inside := starts &^ c.WordStart[k]; inside != 0 {
			d, more := c.Digit[k], c.Digit[k+1]
			for i, short := range n.short {
				i := i + 1
				d = d>>1 | more<<63 // all places before have a digit here: inside has no others left
				more >>= 1
				starts &^= inside &^ d & (word>>i | nextWord<<(64-i)) & short
				inside &= d
			}
		}
		digit, nextDigit := c.Digit[k], c.Digit[k+1]
		number, nextNumber := digit|c.Separator[k], nextDigit|c.Separator[k+1]
		for ; starts != 0; starts &= starts - 1 {
			b := bits.TrailingZeros64(starts)
			at := base + b
			w := &n.words[min(maxWord, bits.TrailingZeros64(^(word>>b|nextWord<<1<<(63-b))))]
			awake, asleep := w[0], w[1]&speak[k]
			if c.Special[k]>>b&1 == 0 {
				from := &n.before[joints>>b&1][s.raw[at-1]]
				awake &= from[0]
				asleep &= from[1]
			} else if s.escaped && inEscape(s.raw, at) {
				continue
			}
			long := min(maxRun, bits.TrailingZeros64(^(digit>>b | nextDigit<<1<<(63-b))))
			all := bits.TrailingZeros64(^(number>>b | nextNumber<<1<<(63-b)))
			var m *prospects
			if all > long+1 {
				// By all digits, and what divides them.
				long = min(all, numberWindow)
				m = s.known(n, memos, at, long)
			} else {
				// By how many digits there are, and what follows them.
				kind, next := uint8(byEnd), uint8(byEnd)
				if end := at + long; end+1 < len(s.raw) {
					kind, next = kindAfter[s.raw[end]], kindNext[s.raw[end+1]]
				} else if end < len(s.raw) {
					kind = kindAfter[s.raw[end]]
				}
				long, m = all, &n.told[n.behind[long][kind%kindsAfter][next%kindsNext]]
			}
			if (m.live[0]|m.open[0])&awake|(m.live[1]|m.open[1])&asleep == 0 {
				continue
			}
			s.numeral(n, m, at, long, [...]uint64{awake, asleep})
		}
	}
}

// known returns what is known of numbers such as that at raw[at], of which so many bytes are looked at.
func (s *scan) known(n *numerals, memos *[numberMemos]numberMemo, at, long int) *prospects {
	low, high := s.key(at, long)
	m := &memos[(low^high*hashPrime)*sixPrime>>55]
	if m.low != low || m.high != high {
		m.low, m.high = low, high
		for k, l := range n.lanes {
			if l != nil {
				m.live[k], m.open[k] = l.layout.within(s.raw, at, at+long, at+numberWindow)
			}
		}
	}
	return &m.prospects
}

// key returns what is looked up of the number at raw[at], which has so many bytes.
func (s *scan) key(at, long int) (low, high uint64) {
	text := s.raw[at:]
	if len(text) <= numberWindow {
		return lastKey(text, long)
	}
	return numberKey(binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[8:]), long, kindAfter[text[long%runs]]) // Fast path.
}

// numberKey returns what is looked up of a number of so many bytes, which the words a and b begin with: a nought for each
// digit, what divides them, and the kind of byte behind, unless that is beyond the window.
func numberKey(a, b uint64, long int, kind uint8) (low, high uint64) {
	const ones = 0x0101010101010101
	m := &windows[long&31]
	a, b = a&m[0], b&m[1]
	a, b = a&^(a>>4&ones*0x0f), b&^(b>>4&ones*0x0f) // digits have 0x10, what divides them has not
	n, v := uint(8*long), uint64(kind)+1
	return a | v<<n, b | v<<(n-64)
}

// windows has the bytes of a number, by how many they are.
var windows = func() (w [32][2]uint64) {
	for n := range numberWindow {
		w[n] = [2]uint64{1<<(8*n) - 1, 1<<max(0, 8*n-64) - 1}
	}
	w[numberWindow] = [2]uint64{^uint64(0), ^uint64(0)}
	return w
}()

// lastKey is numberKey of the number that text begins with, where text ends soon.
func lastKey(text []byte, long int) (low, high uint64) {
	var window [numberWindow]byte
	copy(window[:], text)
	kind := uint8(byEnd)
	if long < len(text) {
		kind = kindAfter[text[long]]
	}
	return numberKey(binary.LittleEndian.Uint64(window[:]), binary.LittleEndian.Uint64(window[8:]), long, kind)
}

// numeral tries those of some groups of each lane that may match at raw[at], where a number of so many bytes stands of which m tells.
func (s *scan) numeral(n *numerals, m *prospects, at, long int, some [2]uint64) {
	epochs, known := [2]uint64{}, false
	for k, l := range n.lanes {
		live, open := m.live[k]&some[k], m.open[k]&some[k]
		if live|open == 0 {
			continue
		}
		if t := &n.onward[k]; open|live&t.wordy != 0 && long < numberWindow {
			fits := t.fits.at(s.raw[at+long:])
			live &= fits | ^t.wordy
			open &= fits
		}
		groups := live | open
		if groups != 0 {
			groups &= n.onward[k].heads.at(s.raw[at:])
		}
		if groups == 0 {
			continue
		}
		if !known {
			epochs, known = s.epoch(&n.epochs, at), true
		}
		if groups &^= epochs[k]; groups == 0 {
			continue
		}
		if guards := s.mayStart(at); guards != anyGuard {
			for guard, guarded := range l.guarded {
				if guards>>guard&1 == 0 {
					groups &^= guarded
				}
			}
		}
		if groups&^live != 0 {
			groups &= l.layout.live(s.raw, at)
		}
		switch {
		case groups == 0:
		case s.count != nil:
			s.count(l, groups, at)
		case !l.sleeps:
			for ; groups != 0; groups &= groups - 1 {
				if g := l.groups[bits.TrailingZeros64(groups)]; g.before != nil {
					s.matchAround(g, at)
				} else {
					s.matchAt(g, at)
				}
			}
		case s.waking.eager:
			s.tryAsleep(l, groups, at, l.needyLen)
		default:
			s.restless(l, groups, at)
		}
	}
}
