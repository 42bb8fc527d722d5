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
// It fills masks with a bit for each byte of text[at:end], 64 a word, or OddWords of them, and returns which
// words are not 0; the last one may tell of what begins behind end. What stands before at, and behind what the masks are for, is looked at where
// it decides.
//
// A kernel finds more than that, each another superset, and [HasShape] decides; but for the letters of
// base64, whose runs a kernel knows.
func OddMay(text []byte, at, end int, masks *OddMasks) (some uint64) {
	words := min((end-at+63)/64, OddWords)
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
