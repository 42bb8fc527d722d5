package bytescan

import (
	"encoding/binary"
	"math/bits"
)

// What the vector kernels have in common. A kernel is one loop over blocks of 64 bytes:
//
//	bytes ──► classes ──► a word of bits each: digits, words, separators, backslashes
//	  └────► buckets ──► a word of bits for each kind: where one of its buckets accepts
//
// and then logic on words: where words and digits start, what escapes hide, which places
// are candidates. A second loop, over the words, looks ahead for runs. All that is exact
// or a superset; the exact filter is the same for all implementations.
//
// Escapes: E is where the letter of an escape stands. It is no word byte, so the byte
// behind it starts a word. Whether four hexadecimal digits follow a u is not looked at:
// the fifth byte behind any letter of an escape counts as one that starts something.

// blocks is how many blocks of 64 bytes a kernel goes through in a call, and one more to
// look ahead.
const blocks = Block / 64

// words are what a kernel writes: a word for every block.
type words struct {
	candidates [maxWords]uint64
	runs       [maxWords]uint64    // candidates if a run begins there
	run        [maxWords]uint64    // where a byte goes on with a run; then, where a run begins
	letters    [maxWords]uint64    // letters of escapes; the first word is of the bytes before
	special    [maxWords]uint64    // places at which, or less than six bytes before, is such a letter, or near an end of the text
	digits     [maxWords]uint64    // digits
	carry      carry               // what is known of the block before
	nonzero    [maxWords / 8]uint8 // a bit for every word of candidates
	tail       [tailSize]byte
}

// maxWords is more than blocks: kernels look ahead, and work on several words at once.
const maxWords = 2 * blocks

// filler is what stands behind the text: a byte that no text has in UTF-8. It fits every
// bucket but at its first place.
const filler = 0xff

// tailSize is how much text, and filler behind it, is looked at apart where text ends.
const tailSize = 192

// carry is what a kernel takes from one block to the next: bits 0 to 4 say of the bytes
// right before the block, the last of them first but for letters.
type carry struct {
	backslash uint64 // bit 0
	word      uint64 // bit 0; without letters of escapes
	digit     uint64 // bit 0
	letters   uint64 // letters of escapes: bit k stands for the place 5-k bytes before the block
	separator uint64 // bit 0: one that follows a digit
}

// maxRunLength is what a run's length is cut to. runSteps is how often what is known of
// runs is at most doubled to get there.
const (
	maxRunLength = 32
	runSteps     = 5
)

// stepsTo returns how far to look in every step, so that n bytes are looked at in all.
func stepsTo(n int) (steps [runSteps]uint64) {
	for k, seen := 0, 1; seen < n; k++ {
		steps[k] = uint64(min(seen, n-seen))
		seen += int(steps[k])
	}
	return steps
}

// nextVector is Next, with an end that is at most Block away.
func (t *Tables) nextVector(text []byte, i, end int, escaped bool, h *Hits) int {
	w := &h.words
	h.N = 0
	if i >= end {
		return end
	}
	var escape uint64
	if escaped {
		escape = ^uint64(0)
	}
	w.carry = carryInto(text, i, escaped)
	w.letters[0] = w.carry.letters << 59

	// Blocks are read where they stand as long as a whole window of each does, then
	// from a copy of the rest of the text.
	n := (end - i + 63) / 64
	here, copied := min(max(0, len(text)-i-(window-1))/64, n+1), 0
	if here <= n {
		rest := text[i+64*here:]
		w.tail = t.filler
		copy(w.tail[:], rest)
		copied = len(rest)/64 + 1
		t.kernel(text[i:], here, copied, escape, w)
		// Whatever stands behind the text goes on with a run.
		k := here + len(rest)/64
		w.run[k] |= ^uint64(0) << (len(rest) % 64)
		w.run[k+1] = ^uint64(0)
	} else {
		t.kernel(text[i:], here, 0, escape, w)
	}
	edge := max(0, len(text)-i-Depth+1)
	for k := edge; k < end-i; k++ {
		w.candidates[k/64%maxWords] |= w.runs[k/64%maxWords] & (1 << (k % 64))
	}
	t.lookAhead(n, w)
	for k := edge; k < end-i; k++ {
		w.special[k/64%maxWords] |= 1 << (k % 64)
	}
	if i == 0 {
		w.special[0] |= 1
	}
	w.candidates[n-1] &= ^uint64(0) >> (-(end - i) & 63)

	// Candidates, until there could be no room for all of a word's. There are seldom more
	// than four.
	found := 0
	nonzero := binary.LittleEndian.Uint64(w.nonzero[:]) & (^uint64(0) >> (-n & 63))
	for ; nonzero != 0; nonzero &= nonzero - 1 {
		k := bits.TrailingZeros64(nonzero)
		if found > maxHits-64 {
			end = i + 64*k
			break
		}
		m, first := w.candidates[k], uint16(64*k)
		count := bits.OnesCount64(m)
		places := (*[4]uint16)(h.places[found:])
		for c := range places {
			places[c] = first + uint16(bits.TrailingZeros64(m))
			m &= m - 1
		}
		for c := 4; c < count; c++ {
			h.places[found+c] = first + uint16(bits.TrailingZeros64(m))
			m &= m - 1
		}
		found += count
	}
	t.exact(text, i, escaped, h, h.places[:found])
	return end
}

// exact turns candidates, which are offsets from i, into hits.
func (t *Tables) exact(text []byte, i int, escaped bool, h *Hits, places []uint16) {
	w := &h.words
	n := 0
	for _, k := range places {
		p := i + int(k)
		word := k / 64 % maxWords
		var m uint64
		if w.special[word]>>(k%64)&1 == 0 {
			q := text[p-1 : p+Depth : p+Depth]
			m = t.before[t.class[q[1]]][q[0]] & t.mask[0][q[1]] & t.mask[1][q[2]] & t.mask[2][q[3]] & t.mask[3][q[4]] &
				t.mask[4][q[5]] & t.mask[5][q[6]] & t.mask[6][q[7]] & t.mask[7][q[8]]
		} else {
			m = t.at(text, p, escaped)
		}
		m &= ^t.run | -(w.run[word] >> (k % 64) & 1)
		m &^= escapeBit
		h.At[n%maxHits] = int32(p)
		h.Mask[n%maxHits] = m
		n += int((m | -m) >> 63)
	}
	h.N = n
}

// at returns the anchors at text[p:]: runs are not looked at.
func (t *Tables) at(text []byte, p int, escaped bool) uint64 {
	if escaped {
		switch end := escapeEnd(text, p); {
		case end == p && p > 0:
			return t.behind(text, p)
		case end > p:
			return t.hidden(text, p)
		}
	}
	return t.fit(text, p)
}

// carryInto returns what a kernel that begins at text[i] must know of the bytes before.
func carryInto(text []byte, i int, escaped bool) (c carry) {
	if i == 0 {
		return c
	}
	letter := func(k int) bool {
		if k < 1 || !escaped || text[k-1] != '\\' {
			return false
		}
		switch text[k] {
		case 'b', 'f', 'n', 'r', 't', 'u':
			return true
		}
		return false
	}
	for k := 1; k <= 5; k++ {
		if letter(i - k) {
			c.letters |= 1 << (5 - k)
		}
	}
	last := text[i-1]
	if last == '\\' {
		c.backslash = 1
	}
	if IsDigit(last) {
		c.digit = 1
	}
	if IsWord(last) && c.letters>>4 == 0 {
		c.word = 1
	}
	return c
}
