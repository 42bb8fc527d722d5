package detect

import (
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Most rules count only where something speaks for a match: a word near it, or the name of its
// member or of its column. Such words and names are rare, and places that look like a match are
// not. So what these rules are looked for in are lanes of their own, which sleep. Words and names
// are read first, a stretch of the text after the other, and where one speaks for a rule of
// a lane, that wakes, for as far as the word or the name reaches.
//
//	text     … order 4711 at 12:30 … her phone is 030 4711 …         {"iban":"DE89…
//	awake                                ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔                   ▔▔▔▔▔▔▔
//
// What is found is the same: a match for which nothing speaks is none. See [scan.unsupported].

const (
	// maxNeedy is the longest match of a group that sleeps: words are read as far ahead as that.
	maxNeedy = 256
	// fieldReach is how far behind the colon of its member something may stand: see fieldAt.
	fieldReach = maxInside + maxBack
	// stretch is how much text is read at a time, for bits of a word to stand for units of it.
	stretch = 64 * unit
	unit    = 64
)

// sleeps reports whether g may be in a lane that sleeps.
func (g *group) sleeps() bool {
	return g.needy && !g.names && g.before == nil && g.maxLen <= maxNeedy
}

// speakers says which groups of the lanes that sleep words and names speak for: for each of them
// a set for each lane, in the order of Detector.asleep.
type speakers struct {
	words []uint64 // by phrase of the lexicon
	names []uint64 // by name of the table of fields
}

// listen fills d.speakers.
func (d *Detector) listen() {
	n := len(d.asleep)
	d.speakers = speakers{make([]uint64, n*len(d.lexicon.phrases)), make([]uint64, n*len(d.fields.names))}
	for li, l := range d.asleep {
		for k, g := range l.groups {
			for p := range d.lexicon.phrases {
				if meet(g.rules, d.lexicon.rules(int32(p))) {
					d.speakers.words[n*p+li] |= 1 << k
				}
			}
			for at := range d.fields.names {
				if meet(g.rules, d.fields.names[at].set) {
					d.speakers.names[n*at+li] |= 1 << k
				}
			}
		}
	}
}

// meet reports whether two sets of rules have one in common.
func meet(a, b []uint64) bool {
	for i, rules := range a {
		if rules&b[i] != 0 {
			return true
		}
	}
	return false
}

// speak returns the groups of the asleep lane li that f speaks for.
func (d *Detector) speak(f field, li int) (groups uint64) {
	for _, at := range [...]int32{f.exact, f.hint} {
		if at >= 0 {
			groups |= d.speakers.names[int(at)*len(d.asleep)+li]
		}
	}
	return groups
}

// A sleeper is what a scan knows of where a lane is awake, in the stretch that is looked at.
type sleeper struct {
	awake uint64                  // units in which some groups are
	units [stretch / unit]speaker // what of each holds; only of those in awake
}

// A speaker is the groups that are awake in a unit: those that a word speaks for, and those for
// which a name may speak, that of a member or of a column, which is then asked for at each place.
type speaker struct{ words, names uint64 }

// A waking is what a scan has read to wake lanes.
type waking struct {
	from, to int // the stretch
	sleepers []sleeper
	eager    bool     // all words of the stretch have been read, so lanes sleep where they may
	said     saying   // the words that have been read
	members  []member // that may speak in the stretch
	named    int      // how far names have been read
	valued   int      // how far the values of members have been looked at
	near     nearby
	doubt    *lane  // asleep, one of whose groups is looked for where words have not been read
	asked    uint64 // its groups that may match where that is
	doubted  int    // the group
	marks    [stretch / unit]bytescan.Marks

	// Of the text up to where names were read.
	read      int
	backslash uint64 // 1 if a backslash stands before it
	line      line   // the one that goes on there
	row       bool   // the one before may be a row of a table
	linesFrom int    // where the line begins
}

// Where numbers are many there is much that looks like a match: words are read first, and lanes sleep. Where they are few lanes
// look for matches first, and words are read around what they find.
const dense = 30 // numbers in a stretch that are many

// A line counts what divides the cells of a table.
type line struct{ walls, commas int }

// row reports whether l may be a row of a table: see readRow.
func (l line) row() bool { return l.walls > 0 || l.commas > 1 }

// begin makes w ready for a text that is looked at from there on.
func (w *waking) begin(s *scan, from int) {
	w.read = max(0, from-fieldReach)
	w.members, w.named, w.valued = w.members[:0], w.read, 0
	s.roll = roll{from: w.read, to: w.read}
	w.backslash, w.line, w.row, w.linesFrom = 0, line{}, false, w.read
	if w.read > 0 { // there may be rows before
		w.backslash = uint64(bit(s.raw[w.read-1] == '\\'))
		w.line, w.row = line{walls: 1}, true
	}
	if len(w.sleepers) != len(s.d.asleep) {
		w.sleepers = make([]sleeper, len(s.d.asleep))
		w.said.phrases.all = make([]mention, 0, 64)
	}
}

// wake finds out where lanes are awake in raw[from:to], which is no longer than a stretch and
// follows the one before.
func (s *scan) wake(from, to int) {
	w, d := &s.waking, s.d
	w.from, w.to = from, to
	for i := range w.sleepers {
		w.sleepers[i].awake = 0
	}
	w.said.begin(from)
	s.readNames(from, to)
	w.eager = s.numbers(to-from) >= dense*(to-from)/stretch
	if w.eager {
		s.hear(-1, (to-1-from+d.ahead)/unit)
	}
	for _, m := range w.members {
		if m.values && m.colon >= w.valued && s.count == nil {
			s.members(m.field, m.colon, m.level)
		}
		for li := range w.sleepers {
			if set := d.speak(m.field, li); set != 0 {
				w.rouse(li, m.colon+1, m.colon+fieldReach+1, speaker{names: set})
			}
		}
	}
	w.valued = to
	if s.outer != noField {
		for li := range w.sleepers {
			if set := d.speak(s.outer, li); set != 0 {
				w.rouse(li, from, to, speaker{names: set})
			}
		}
	}
}

// rouse notes who speaks in raw[low:high], as far as that is in the stretch.
func (w *waking) rouse(li, low, high int, who speaker) {
	low, high = max(low, w.from), min(high, w.to)
	if low >= high {
		return
	}
	sl := &w.sleepers[li]
	for u := (low - w.from) / unit; u <= (high-1-w.from)/unit; u++ {
		if sl.awake>>u&1 == 0 {
			sl.awake |= 1 << u
			sl.units[u] = speaker{}
		}
		sl.units[u].words |= who.words
		sl.units[u].names |= who.names
	}
}

// readNames reads the names of members that may speak in raw[from:to], and looks for rows of tables
// there.
func (s *scan) readNames(from, to int) {
	w := &s.waking
	n := 0
	for n < len(w.members) && w.members[n].colon < from-fieldReach {
		n++
	}
	w.members = w.members[:copy(w.members, w.members[n:])]
	for w.read < to {
		at := w.read
		end := min(to, at+stretch)
		marks := w.marks[:(end-at+unit-1)/unit]
		bytescan.Mark(s.raw[at:end], marks)
		if s.roll.to < at {
			s.roll = roll{from: at, to: at}
		}
		for k := range marks {
			m := &marks[k]
			for c := m.Colon; c != 0; c &= c - 1 {
				colon := at + unit*k + bits.TrailingZeros64(c)
				if s.count != nil && s.d.named != nil && s.endsName(colon) {
					s.count(s.d.named, 1, colon)
				}
				if colon >= s.roll.to {
					s.roll.to = colon + 1
					s.callName(colon)
				}
			}
			newlines, walls := m.Newline, m.Wall
			if behind := m.Backslash<<1 | w.backslash; behind != 0 && s.escaped {
				newlines |= behind & m.N
				walls |= behind & m.T
			}
			w.backslash = m.Backslash >> 63
			w.rows(at+unit*k, newlines, walls, m.Comma)
		}
		if last := end - 1; last >= 0 {
			w.backslash = uint64(bit(s.raw[last] == '\\'))
		}
		w.read = end
		s.roll.to = max(s.roll.to, end)
	}
	if w.row { // the line that goes on may be another
		w.table(w.linesFrom, to)
	}
}

// numbers returns how many numbers of three digits and more begin in the first n bytes of the stretch that s.classes is of.
func (s *scan) numbers(n int) (numbers int) {
	c := &s.classes
	for k := range (n + unit - 1) / unit {
		digit := c.Digit[k]
		numbers += bits.OnesCount64(digit & (digit >> 1) & (digit >> 2) & c.DigitStart[k] & c.WordStart[k])
	}
	return numbers
}

// rows goes on with the lines of the text over a unit of it at raw[at:].
func (w *waking) rows(at int, newlines, walls, commas uint64) {
	for ; newlines != 0; newlines &= newlines - 1 {
		k := bits.TrailingZeros64(newlines)
		before := uint64(1)<<k - 1
		w.line.walls += bits.OnesCount64(walls & before)
		w.line.commas += bits.OnesCount64(commas & before)
		walls, commas = walls&^before, commas&^before
		row := w.line.row()
		if row && w.row {
			w.table(w.linesFrom, at+k)
		}
		w.row, w.line, w.linesFrom = row, line{}, at+k+1
	}
	if walls|commas != 0 {
		w.line.walls += bits.OnesCount64(walls)
		w.line.commas += bits.OnesCount64(commas)
	}
}

// table has names of columns be asked for in raw[low:high].
func (w *waking) table(low, high int) {
	for li := range w.sleepers {
		w.rouse(li, low, high, speaker{names: ^uint64(0)})
	}
}

// dream runs the anchors of the asleep lane li over the stretch that was read, where it is awake.
func (s *scan) dream(li int) {
	w, l := &s.waking, s.d.asleep[li]
	if !w.eager {
		s.laneIn(l, w.from, w.to)
		return
	}
	for awake := w.sleepers[li].awake; awake != 0; {
		u := bits.TrailingZeros64(awake)
		n := bits.TrailingZeros64(^(awake >> u))
		s.laneIn(l, w.from+unit*u, min(w.to, w.from+unit*(u+n)))
		if u+n >= 64 {
			break
		}
		awake &= ^uint64(0) << (u + n)
	}
}

// who returns who speaks at raw[at] for groups of l, an asleep lane, as far as has been read.
func (w *waking) who(l *lane, at int) (who speaker) {
	sl := &w.sleepers[l.sleeper]
	if u := (at - w.from) / unit % (stretch / unit); sl.awake>>u&1 != 0 {
		who = sl.units[u]
	}
	return who
}

// speaking fills in, by unit, for which groups of l, an asleep lane, something may speak. It is for the first units of the stretch.
func (w *waking) speaking(l *lane, speak []uint64) {
	sl := &w.sleepers[l.sleeper]
	for u := range speak {
		switch {
		case !w.eager:
			speak[u] = ^uint64(0)
		case sl.awake>>u&1 != 0:
			speak[u] = sl.units[u].words | sl.units[u].names
		}
	}
}

// restless is hit for l, an asleep lane, in a stretch whose words have not all been read. Groups are those that may match
// at raw[at].
func (s *scan) restless(l *lane, groups uint64, at int) {
	w := &s.waking
	long := 0
	for m := groups; m != 0; m &= m - 1 {
		long = max(long, l.groups[bits.TrailingZeros64(m)].maxLen)
	}
	if w.said.knows(max(0, at-contextBefore), min(len(s.raw), at+long+contextAfter)) {
		s.tryAsleep(l, groups, at, long)
		return
	}
	w.doubt, w.asked, w.near.known = l, groups, false
	for m := groups; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		g := l.groups[k]
		if w.near.known && g.maxLen <= w.near.long && w.near.by>>k&1 == 0 {
			continue
		}
		w.doubted, w.near.named = k, w.near.names>>k&1 != 0
		s.matchAt(g, at)
	}
	w.doubt, w.near.known = nil, false
}

// leastLong is for how long a match words are read at least, as another match at the same place tends to be about as long.
const leastLong = 24

// doubtful reports whether the matches in s.ends, at raw[start], are some for which nothing speaks. It reads the words there.
func (s *scan) doubtful(start int) bool {
	w, e := &s.waking, &s.ends
	long := min(leastLong, w.doubt.needyLen)
	for m := e.seen; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		long = max(long, int(e.at[i][(e.n[i]-1)%keptEnds])-start)
	}
	if !w.near.known || long > w.near.long {
		low, high := max(0, start-contextBefore), min(len(s.raw), start+long+contextAfter)
		s.hear((low-w.said.low)/unit-1, (high-1-w.said.low)/unit-1)
		w.near.by = s.supported(w.doubt, w.asked, start, long)
		w.near.named = w.near.names>>w.doubted&1 != 0
	}
	return w.near.by>>w.doubted&1 == 0
}
