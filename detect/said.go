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
	w, d := &s.waking, s.d
	for u := first; u <= last; u++ {
		if w.said.heard[u+1] {
			continue
		}
		w.said.heard[u+1] = true
		n := len(w.said.phrases.all)
		w.said.from[u+1], w.said.to[u+1] = int32(n), int32(n)
		at := max(0, w.from+unit*u)
		long := min(len(s.raw), w.from+unit*u+unit) - at
		if long <= 0 {
			continue
		}
		s.readSome(&s.pro, &w.said.phrases, at, long)
		w.said.to[u+1] = int32(len(w.said.phrases.all))
		for i := range w.said.phrases.all[n:] {
			m := &w.said.phrases.all[n+i]
			groups := d.speakers.words[int(m.phrase)*len(d.asleep):][:len(d.asleep)]
			for li, set := range groups {
				if set != 0 {
					w.rouse(li, int(m.start)-d.asleep[li].needyLen-contextAfter, int(m.start)+contextBefore+1, speaker{words: set})
				}
			}
		}
	}
}
