package detect

// The words of a stretch that are read to wake lanes are kept: what matches there is asked whether
// one of them stands near it, and they are not read again for that.

// soundings is how many units there are words of: from the one before a stretch on.
const soundings = 1 + stretch/unit + maxNeedy/unit + 2

// A saying is the phrases that begin in units of a stretch, and before and behind it.
type saying struct {
	low, high int             // of the text, where units are; none before the first stretch of a text
	heard     [soundings]bool // units whose words have been read
	from, to  [soundings]int32
	phrases   mentions // of unit k, from[k] to to[k] of all
}

// begin makes w ready for a stretch that begins at from.
func (w *saying) begin(from int) {
	w.low, w.high = from-unit, from+unit*(soundings-1)
	clear(w.heard[:])
	w.phrases.all = w.phrases.all[:0]
}

// forget makes w ready for a text.
func (w *saying) forget() { w.low, w.high = 0, -1 }

// knows reports whether all phrases that begin in the text from low to high, which is not empty, have been read.
func (w *saying) knows(low, high int) bool {
	if low < w.low || high > w.high {
		return false
	}
	for _, heard := range w.heard[(low-w.low)/unit : (high-1-w.low)/unit+1] {
		if !heard {
			return false
		}
	}
	return true
}

// hear reads the words of some units, those that have not been read. They are counted from the start of the
// stretch on; -1 is the one before that.
func (s *scan) hear(first, last int) {
	said := &s.waking.said
	for u := first + 1; u <= last+1; u++ {
		n := u
		for n <= last+1 && !said.heard[n] {
			said.heard[n], said.from[n], said.to[n] = true, 0, 0
			n++
		}
		if n > u {
			s.hearAll(u, n)
			u = n
		}
	}
}

// hearAll reads the words of units, which are counted from said.low on.
func (s *scan) hearAll(first, end int) {
	w, d := &s.waking, s.d
	said := &w.said
	from, to := max(0, said.low+unit*first), min(len(s.raw), said.low+unit*end)
	if from >= to {
		return
	}
	n := len(said.phrases.all)
	s.readSome(&s.pro, &said.phrases, from, to-from)
	for i := n; i < len(said.phrases.all); i++ {
		m := &said.phrases.all[i]
		u := (int(m.start) - said.low) / unit
		if said.to[u] == 0 {
			said.from[u] = int32(i)
		}
		said.to[u] = int32(i) + 1
		groups := d.speakers.words[int(m.phrase)*len(d.asleep):][:len(d.asleep)]
		for li, set := range groups {
			if set != 0 {
				w.rouse(li, int(m.start)-d.asleep[li].needyLen-contextAfter, int(m.start)+contextBefore+1, speaker{words: set})
			}
		}
	}
}
