package bytescan

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
	oddDigit  = 1 << 7
	oddLetter = 0xf8   // of base64, in five parts, of which digits are one
	oddPoint  = 1 << 2 // a dot
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

// oddTables are what bytes are looked up in. Those of lead and second are of bytes of 0x80 and
// above.
type oddTables struct{ class, lead, second halves }

const anyHalf = "0123456789ABCDEF"

var odds = func() *oddTables {
	t := new(oddTables)
	class, lead, second := &t.class, &t.lead, &t.second
	class.add(1<<7, "3", "0123456789")   // digits
	class.add(1<<6, "46", anyHalf[1:])   // A to O
	class.add(1<<5, "57", "0123456789A") // P to Z
	class.add(1<<4, "2", "BDF")          // + - /
	class.add(1<<3, "5", "F")            // _
	class.add(1<<2, "2", "E")            // .

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
	k := odds.class.of(c)
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
	letter, digit, dot, line uint64
	pair                     uint64 // something special, and what follows it
	high, beside             uint64 // the first two bytes of a character; such as count beside a letter
}

// odd returns the bytes of b where something may begin. next is the block behind it. Whether many
// letters begin in a block cannot be foreseen, so there is no branch for it.
func (b *oddBlock) odd(next *oddBlock, carry uint64) uint64 {
	letter, after, dot, dots := b.letter, next.letter, b.dot, next.dot
	letters, digits := letter<<1|carry&1, b.digit<<1|carry>>1
	odd := b.pair | b.high | b.beside&(letters|letter>>2|after<<62) | b.line&digits

	if dot &= digits; dot != 0 {
		third := b.dot>>3 | dots<<61
		odd |= dot & (letter<<2 | 3) & (b.digit>>1 | next.digit<<63) & (b.digit>>2 | next.digit<<62) & (b.digit>>3 | next.digit<<61 | third) &
			(third | b.dot>>4 | dots<<60 | b.dot>>5 | dots<<59 | b.dot>>6 | dots<<58)
	}
	first := letter &^ letters
	if first == 0 { // within a long run
		return odd
	}
	behind := letter>>1 | after<<63
	lo, hi := letter&behind, after&(after>>1) // letters followed by so many more
	lo, hi = lo&(lo>>2|hi<<62), hi&(hi>>2)
	lo, hi = lo&(lo>>4|hi<<60), hi&(hi>>4)
	odd |= first & lo & (lo>>6 | hi<<58)

	// A letter with no other behind it, nor three bytes on, five … eleven, may be set apart.
	if alone := first &^ (behind | letter>>3 | after<<61 | letter>>5 | after<<59); alone != 0 {
		odd |= alone &^ (letter>>7 | after<<57 | letter>>9 | after<<55 | letter>>11 | after<<53)
	}
	return odd
}

// oddInParts is oddBlocks in plain Go, which reads one block more: the last ones from a copy.
func oddInParts(text []byte, at, words int, masks *OddMasks) (some uint64) {
	carry := uint64(0)
	if at > 0 {
		carry = oddCarry(text[at-1])
	}
	whole := min((len(text)-at)/64-1, words)
	if whole > 0 {
		oddPlain(text[at:], whole, carry, masks[:whole])
		at += whole * 64
		carry = oddCarry(text[at-1])
	} else {
		whole = 0
	}
	if whole < words {
		var rest [3 * 64]byte
		copy(rest[:], text[at:])
		oddPlain(rest[:], words-whole, carry, masks[whole:words])
	}
	for k, w := range masks[:words] {
		some |= (w | -w) >> 63 << k
	}
	return some
}
