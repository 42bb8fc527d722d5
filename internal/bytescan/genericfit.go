package bytescan

// The second stage of plain Go: which anchors stand at the places that the sieve has left, as if there were no escapes, and
// then what escapes make of them. Escapes are many in some texts and change hardly anything, so there is little to do for each.

// fitPlaces adds to h what stands at places, offsets from i, if there are no escapes, and returns those where one may begin.
func (t *Tables) fitPlaces(text []byte, i int, places []uint16, h *Hits) (escapes []uint16) {
	n := 0
	for _, k := range places {
		p := i + int(k)
		var m uint64
		if p > 0 && p+Depth <= len(text) { // Fast path.
			q := text[p-1 : p+Depth : p+Depth]
			m = t.before[t.class[q[1]]][q[0]] & t.mask[0][q[1]] & t.mask[1][q[2]] & t.mask[2][q[3]] & t.mask[3][q[4]] &
				t.mask[4][q[5]] & t.mask[5][q[6]] & t.mask[6][q[7]] & t.mask[7][q[8]]
		} else {
			m = t.fit(text, p)
		}
		h.sums.escapes[n%stride] = k
		n += int(m & escapeBit / escapeBit)
		t.add(text, p, m, h)
	}
	return h.sums.escapes[:n]
}

// add adds the anchors in m, which fit at text[p:], to h.
func (t *Tables) add(text []byte, p int, m uint64, h *Hits) {
	if m &^= escapeBit; m&t.run != 0 && !runAt(text, p) {
		m &^= t.run
	}
	h.At[h.N%maxHits] = int32(p)
	h.Mask[h.N%maxHits] = m
	h.N += int((m | -m) >> 63)
}

// hide makes the hits from number from on, which are of text[i:j], what they are with escapes: those that may begin at escapes,
// offsets from i, and one that may have begun before i.
func (t *Tables) hide(text []byte, i, j int, escapes []uint16, from int, h *Hits) {
	end := escapeEnd(text, i)
	if len(escapes) == 0 && end == 0 {
		return
	}
	behind := t.fitBehind(text, i, j, end, escapes, &h.sums.behind)

	// Of hits in an escape some stay. Those right behind one are dropped: they are in behind, if they are any.
	all := h.N
	h.N = from
	for n := from; n < all; n++ {
		p, m := int(h.At[n]), h.Mask[n]
		for len(escapes) > 0 && i+int(escapes[0]) < p {
			letter := i + int(escapes[0]) + 1
			if hides := EscapeLen(text, letter); hides > 0 {
				end = letter + hides
			}
			escapes = escapes[1:]
		}
		if p < end {
			m &= t.hidden(text, p)
		} else if p == end && end > 0 {
			m = 0
		}
		h.At[h.N%maxHits] = int32(p)
		h.Mask[h.N%maxHits] = m
		h.N += int((m | -m) >> 63)
	}

	// Put behind among them, from the last on.
	n, to := h.N, h.N+len(behind)
	h.N = to
	for len(behind) > 0 {
		p := i + int(behind[len(behind)-1])
		to--
		if n > from && int(h.At[n-1]) > p {
			n--
			h.At[to], h.Mask[to] = h.At[n], h.Mask[n]
			continue
		}
		behind = behind[:len(behind)-1]
		h.At[to], h.Mask[to] = int32(p), t.fitsBehind(text, p)
	}
}

// fitBehind puts into behind those places of text[i:j], as offsets from i, where an anchor stands right behind an escape: at end,
// if that is not 0, or behind one that begins at escapes.
func (t *Tables) fitBehind(text []byte, i, j, end int, escapes []uint16, behind *[stride]uint16) []uint16 {
	n := 0
	if end > 0 && end < j && t.fitsBehind(text, end) != 0 {
		behind[0] = uint16(end - i)
		n = 1
	}
	for _, k := range escapes {
		p := i + int(k) + 2
		if p <= len(text) && text[p-1] == 'u' {
			p += 4
		}
		m := ^uint64(0)
		if p+4 <= len(text) { // Fast path: nothing fits, mostly.
			q := text[p : p+4 : p+4]
			m = t.mask[0][q[0]] & t.mask[1][q[1]] & t.mask[2][q[2]] & t.mask[3][q[3]] &^ escapeBit
		}
		if m != 0 && p < j && EscapeLen(text, i+int(k)+1) != 0 && t.fitsBehind(text, p) != 0 {
			behind[n] = uint16(p - i)
			n++
		}
	}
	return behind[:n]
}

// fitsBehind returns the anchors that stand at text[p:], right behind an escape.
func (t *Tables) fitsBehind(text []byte, p int) uint64 {
	m := t.behind(text, p) &^ escapeBit
	if m&t.run != 0 && !runAt(text, p) {
		m &^= t.run
	}
	return m
}
