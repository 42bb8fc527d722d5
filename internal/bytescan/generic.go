package bytescan

// The implementation in plain Go.

// stride is how many bytes are gone through at once.
const stride = 256

// nextGeneric is Next, with an end that is at most Block away.
func (t *Tables) nextGeneric(text []byte, i, end int, escaped bool, h *Hits) int {
	h.N = 0
	clear := 0
	if escaped {
		clear = escapeEnd(text, i)
	}
	for i < end && h.N+stride <= maxHits {
		j := min(i+stride, end)
		n := t.starts(text, i, j, &h.starts)
		n = t.sift(text, i, h.starts[:n])
		clear = t.refine(text, i, j, escaped, clear, h, h.starts[:n])
		i = j
	}
	return i
}

// starts collects the places in text[i:j] at which something may start, as offsets from
// i, and returns how many there are.
func (t *Tables) starts(text []byte, i, j int, starts *[stride + 8]uint16) (n int) {
	var prev uint8
	if i > 0 {
		prev = t.start[text[i-1]]
	}
	k := 0
	block := text[i:j]
	for ; len(block) >= 4; block = block[4:] {
		a, b, c, d := t.start[block[0]], t.start[block[1]], t.start[block[2]], t.start[block[3]]
		starts[n&(stride-1)] = uint16(k)
		n += int((a&^(prev>>4)&15 + 15) >> 4)
		starts[n&(stride-1)] = uint16(k + 1)
		n += int((b&^(a>>4)&15 + 15) >> 4)
		starts[n&(stride-1)] = uint16(k + 2)
		n += int((c&^(b>>4)&15 + 15) >> 4)
		starts[n&(stride-1)] = uint16(k + 3)
		n += int((d&^(c>>4)&15 + 15) >> 4)
		prev = d
		k += 4
	}
	for _, c := range block {
		cur := t.start[c]
		starts[n&(stride-1)] = uint16(k)
		n += int((cur&^(prev>>4)&15 + 15) >> 4)
		prev = cur
		k++
	}
	return n
}

// sift keeps those of starts, which are offsets from i, where an anchor fits by its first
// four bytes, or an escape begins, and returns how many there are.
func (t *Tables) sift(text []byte, i int, starts []uint16) (n int) {
	for _, k := range starts {
		p := i + int(k)
		m := ^uint64(0)
		if p > 0 && p+4 <= len(text) {
			q := text[p-1 : p+4 : p+4]
			m = t.before[t.class[q[1]]&3][q[0]] & t.mask[0][q[1]] & t.mask[1][q[2]] & t.mask[2][q[3]] & t.mask[3][q[4]]
		}
		starts[n] = k
		n += int((m | -m) >> 63)
	}
	return n
}
