package bytescan

import "math/bits"

// OddMay finds where in a text encodings may begin that hide something: places to look at, of which
// most are nothing. It is one pass over every message, so it knows no more than bytes that stand
// together: the shapes of oddShapes, and
//
//   - the first two bytes of characters beyond ASCII which stand for ASCII, or are not seen, or
//     look like it and have an ASCII letter beside them
//   - a run of 14 letters of base64, where a shape says that the first are of a text
//   - six letters with a blank or a dot between them, each
//
// It fills masks with a bit for each byte of text from at on, 64 a word, for all that is left of
// text, or OddWords of them, and returns which words are not 0. What stands before at, and behind what
// the masks are for, is looked at where it decides.
//
// A kernel finds more than that, each another superset, and [HasShape] decides; but for the letters of
// base64, whose runs a kernel knows.
func OddMay(text []byte, at int, masks *OddMasks) (some uint64) {
	words := min((len(text)-at+63)/64, OddWords)
	if words <= 0 {
		return 0
	}
	return oddBlocks(text, at, words, masks)
}

// HasShape reports whether at text[i], a place that [OddMay] found, bytes stand together as there must.
func HasShape(text []byte, i int) bool { return i < len(text) && hasShape(text, i) }

// OddMasks is what [OddMay] fills.
type OddMasks [OddWords]uint64

// OddWords is how many words of masks [OddMay] fills at most.
const OddWords = 64

// Kinds of ASCII bytes, as bits of oddTables.class. Each is of rows and columns of the ASCII
// table, as kernels look them up that have tables of 16 bytes only.
const (
	oddLetter = 1<<5 - 1 // of base64, in five parts
	oddDigit  = 1 << 1
	oddApart  = 1 << 5 // a blank, a dot
	oddLine   = 3 << 6 // a backslash, or the end of a line
)

// Of the pairs of oddTables.lead and second, those that count only beside a letter.
const (
	oddBeside = 1<<1 | 1<<3
	oddAlone  = 0xff &^ oddBeside
)

// A halves is a table of a byte's bits: those in which the tables of its high and its low half
// agree.
type halves struct{ high, low [16]uint8 }

// add gives bits to all bytes that have one of each halves.
func (h *halves) add(bits uint8, high, low string) {
	for _, c := range high {
		h.high[nibbleOf(c)] |= bits
	}
	for _, c := range low {
		h.low[nibbleOf(c)] |= bits
	}
}

func nibbleOf(c rune) int {
	if c <= '9' {
		return int(c - '0')
	}
	return int(c-'A') + 10
}

func (h *halves) of(c byte) uint8 { return h.high[c>>4] & h.low[c&15] }

// oddTables are what the kernels look bytes up in. Those of lead and second are of bytes of 0x80 and
// above.
type oddTables struct {
	halves [5]halves // class, special, next, lead, second
}

const anyHalf = "0123456789ABCDEF"

var odds = func() *oddTables {
	t := new(oddTables)
	class, special, next, lead, second := &t.halves[0], &t.halves[1], &t.halves[2], &t.halves[3], &t.halves[4]
	class.add(1<<0, "2", "BDF")          // + - /
	class.add(1<<1, "3", "0123456789")   // digits
	class.add(1<<2, "46", anyHalf[1:])   // A to O
	class.add(1<<3, "57", "0123456789A") // P to Z
	class.add(1<<4, "5", "F")            // _
	class.add(1<<5, "2", "0E")           // blank .
	class.add(1<<6, "5", "C")            // \
	class.add(1<<7, "0", "AD")           // \n \r

	// What begins something, and what must follow. The tables of what follows say of a byte of
	// 0x80 and above what they say of that without its high bit.
	special.add(1<<0, "2", "5") // %
	next.add(1<<0, "346BCE", "0123456789")
	special.add(1<<1|1<<6, "2", "6") // &
	next.add(1<<1, "4567CDEF", anyHalf)
	special.add(1<<6, "5", "B") // [ before a quote
	next.add(1<<6, "2A", "23")
	special.add(1<<2|1<<7, "3", "D")    // =
	next.add(1<<2, "345BCD", "234567C") // a backslash too
	next.add(1<<7, "08", "AD")
	special.add(1<<3, "3", "C") // <
	next.add(1<<3, "24567ACDEF", anyHalf)
	special.add(1<<4, "5", "C") // \
	next.add(1<<4, "7F", "5")
	special.add(1<<5, "4", "0") // @
	next.add(1<<5, anyHalf, anyHalf)

	lead.add(1<<0, "C", "2") // Latin-1's punctuation
	second.add(1<<0, "AB", "02379ADF")
	lead.add(1<<1, "C", "CDEF") // combining marks, Greek
	second.add(1<<1, "89AB", anyHalf)
	lead.add(1<<2, "E", "3") // the blank of Chinese
	second.add(1<<2, "8", "0")
	lead.add(1<<3, "D", "01234") // Cyrillic
	second.add(1<<3, "89AB", anyHalf)
	lead.add(1<<4, "D", "9B") // Arabic digits
	second.add(1<<4, "AB", "0123456789")
	lead.add(1<<5, "E", "01") // digits of India and beyond, phonetic letters
	second.add(1<<5, "89AB", "13579BCDF")
	lead.add(1<<6, "E", "2F") // punctuation, enclosed letters; full width
	second.add(1<<6, "89AB", anyHalf)
	lead.add(1<<7, "F", "03") // mathematical letters; tags
	second.add(1<<7, "89AB", anyHalf)
	return t
}()

// oddCarry is what the byte before a block says: bit 0 if it is a letter, bit 1 if a digit.
func oddCarry(c byte) uint64 {
	k := odds.halves[0].of(c)
	carry := uint64(0)
	if k&oddLetter != 0 {
		carry = 1
	}
	if k&oddDigit != 0 {
		carry |= 2
	}
	return carry
}

// An oddBlock is what 64 bytes of text are, a bit for each.
type oddBlock struct {
	letter, digit, apart, line uint64
	pair                       uint64 // something special, and what follows it
	high, beside               uint64 // the first two bytes of a character; such as count beside a letter
}

// odd returns the bytes of b where something may begin. next is the block behind it.
func (b *oddBlock) odd(next *oddBlock, carry uint64) uint64 {
	behind := func(lo, hi uint64, n int) uint64 { return lo>>n | hi<<(64-n) }
	letters, digits := b.letter<<1|carry&1, b.digit<<1|carry>>1
	odd := b.pair | b.high | b.beside&(letters|behind(b.letter, next.letter, 2)) | b.line&digits

	if dots := b.apart & digits & behind(b.digit, next.digit, 1) & behind(b.digit, next.digit, 2); dots != 0 {
		third := behind(b.apart, next.apart, 3)
		dots &= behind(b.digit, next.digit, 3) | third
		odd |= dots & (third | behind(b.apart, next.apart, 4) | behind(b.apart, next.apart, 5) | behind(b.apart, next.apart, 6))
	}
	first := b.letter &^ letters
	if first == 0 {
		return odd
	}
	lo, hi := b.letter, next.letter // letters followed by so many more
	lo, hi = lo&behind(lo, hi, 1), hi&(hi>>1)
	lo, hi = lo&behind(lo, hi, 2), hi&(hi>>2)
	if lo&first != 0 {
		lo, hi = lo&behind(lo, hi, 4), hi&(hi>>4)
		odd |= first & lo & behind(lo, hi, 6)
	}
	lo, hi = behind(b.apart, next.apart, 1), next.apart>>1
	if lo &= behind(lo, hi, 2); lo&first != 0 {
		hi &= hi >> 2
		lo, hi = lo&behind(lo, hi, 4), hi&(hi>>4)
		odd |= first & lo & behind(lo, hi, 4)
	}
	return odd
}

// oddInParts is oddBlocks for a kernel, oddPart, that reads one block more: the last ones from a copy.
func oddInParts(text []byte, at, words int, masks *OddMasks) (some uint64) {
	carry := uint64(0)
	if at > 0 {
		carry = oddCarry(text[at-1])
	}
	whole := min((len(text)-at)/64-1, words)
	if whole > 0 {
		oddPart(text[at:], whole, carry, masks[:whole])
		at += whole * 64
		carry = oddCarry(text[at-1])
	} else {
		whole = 0
	}
	if whole < words {
		var rest [3 * 64]byte
		copy(rest[:], text[at:])
		oddPart(rest[:], words-whole, carry, masks[whole:words])
	}
	for k, w := range masks[:words] {
		some |= (w | -w) >> 63 << k
	}
	return some
}

// oddPlain is oddPart in plain Go.
func oddPlain(text []byte, blocks int, carry uint64, masks []uint64) {
	var b [2]oddBlock
	b[0].plain(text, false)
	for k := range blocks {
		here, next := &b[k&1], &b[^k&1]
		next.plain(text[64*(k+1):], here.letter>>48 == 1<<16-1)
		masks[k] = here.odd(next, carry)
		carry = here.letter>>63 | here.digit>>63<<1
	}
}

// plain fills b for the first 64 bytes of text, and looks at one more. run says that it may be worth
// a try whether all are letters, as in a long run.
func (b *oddBlock) plain(text []byte, run bool) {
	*b = oddBlock{}
	n := min(len(text), 64)
	for at := 0; at < n; at += 16 {
		if run && at+16 <= n && allLetters((*[16]byte)(text[at:])) {
			b.letter |= 0xffff << at
			// Of digits only those matter that stand beside something else.
			ends := oddLanes[text[at]]>>16&1 | oddLanes[text[at+1]]>>15&2 | oddLanes[text[at+2]]>>14&4 | oddLanes[text[at+15]]>>1&0x8000
			b.digit |= ends << at
			continue
		}
		lanes := uint64(0)
		if at+16 <= n {
			lanes = lanesOf((*[16]byte)(text[at:]))
		} else {
			for i, c := range text[at:n] {
				lanes |= oddLanes[c] << i
			}
		}
		b.letter |= lanes & 0xffff << at
		b.digit |= lanes >> 16 & 0xffff << at
		b.apart |= lanes >> 32 & 0xffff << at
		run = lanes&0xffff == 0xffff
		for more := lanes >> 48; more != 0; more &= more - 1 {
			b.look(text, at+bits.TrailingZeros64(more))
		}
	}
}

// lanesOf returns oddLanes of 16 bytes, a bit further left each. It is a loop, unrolled.
func lanesOf(p *[16]byte) uint64 {
	t := &oddLanes
	return t[p[0]] | t[p[1]]<<1 | t[p[2]]<<2 | t[p[3]]<<3 | t[p[4]]<<4 | t[p[5]]<<5 | t[p[6]]<<6 | t[p[7]]<<7 |
		t[p[8]]<<8 | t[p[9]]<<9 | t[p[10]]<<10 | t[p[11]]<<11 | t[p[12]]<<12 | t[p[13]]<<13 | t[p[14]]<<14 | t[p[15]]<<15
}

func allLetters(p *[16]byte) bool {
	t := &oddLetters
	return t[p[0]]&t[p[1]]&t[p[2]]&t[p[3]]&t[p[4]]&t[p[5]]&t[p[6]]&t[p[7]]&
		t[p[8]]&t[p[9]]&t[p[10]]&t[p[11]]&t[p[12]]&t[p[13]]&t[p[14]]&t[p[15]] != 0
}

// oddLetters is 1 for the letters of base64.
var oddLetters = func() (t [256]uint8) {
	for c := range t {
		t[c] = uint8(oddLanes[c] & 1)
	}
	return t
}()

// look fills in what text[i] is that few bytes are.
func (b *oddBlock) look(text []byte, i int) {
	h, bit, c, after := &odds.halves, uint64(1)<<i, text[i], byte(0)
	if i+1 < len(text) {
		after = text[i+1]
	}
	if h[0].of(c)&oddLine != 0 {
		b.line |= bit
	}
	if h[1].of(c)&h[2].of(after) != 0 {
		b.pair |= bit
	}
	switch both := h[3].of(c) & h[4].of(after); {
	case both&^oddBeside != 0:
		b.high |= bit
	case both != 0:
		b.beside |= bit
	}
}

// oddLanes say of a byte, in four lanes of 16 bits, whether it is a letter, a digit, sets apart, and
// is one to look at.
var oddLanes = func() (t [256]uint64) {
	for c := range t {
		h, c := &odds.halves, byte(c)
		k := h[0].of(c)
		for lane, yes := range [...]bool{k&oddLetter != 0, k&oddDigit != 0, k&oddApart != 0, k&oddLine != 0 || h[1].of(c)|h[3].of(c) != 0} {
			if yes {
				t[c] |= 1 << (16 * lane)
			}
		}
	}
	return t
}()
