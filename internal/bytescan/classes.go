package bytescan

// What the bytes of a text are, read once for all that looks for something in it: where
// words and digits stand and begin, where a run of digits may be a number, what escapes
// hide.
//
//	text        {"id":"\nAKIA 4111 111
//	Word          ##     #### #### ###
//	WordStart   ### ########   ##   #     all but the middles of words
//	Letter              #
//	Run                       ####

// RunLength is how many bytes a run has, at least: the first is a digit, the others are
// digits, or [Separators] with no more than two in a row. Where the text ends early, what is
// missing fits.
const RunLength = 7

// Separators are what may stand between the digits of a number.
var Separators = func() (s Set) {
	for _, c := range " -./()" {
		s.Add(byte(c))
	}
	return s
}()

// classWords is how many words of bits there are: for a stretch of [Block] bytes, the one
// behind it, and as many as kernels work on at once.
const classWords = blocks + 16

// Classes say what the bytes of a stretch of a text are: bit k of word i is for
// text[From+64*i+k]. They are right up to To, and, but for GoesOn and Run, for the 64 bytes
// behind it. Behind the end of the text nothing is of a class, and everything is a start and goes on
// with a run.
type Classes struct {
	From, To int

	Digit      [classWords]uint64 // ASCII digits
	Word       [classWords]uint64 // ASCII letters, digits and underscores, but letters of escapes
	Separator  [classWords]uint64 // see Separators
	Letter     [classWords]uint64 // letters of escapes: whether four hexadecimal digits follow a u is not looked at
	WordStart  [classWords]uint64 // all but word bytes behind a word byte; and what an escape may end before
	DigitStart [classWords]uint64 // all but digits behind a digit; and what an escape may end before
	GoesOn     [classWords]uint64 // digits, and up to two separators behind one
	Run        [classWords]uint64 // digits at which a run begins
	Special    [classWords]uint64 // letters of escapes, and five bytes behind each: what is here, or right before, may be hidden

	backslash [classWords]uint64
	escape    [classWords]uint64 // letters that make an escape behind a backslash
	carry     carried
}

// carried is what is known of the bytes before the first word: in the highest bits.
type carried struct{ backslash, digit, word, letter, behind uint64 }

// Read fills c for text[i:end], no more than [Block] bytes. What it finds does not depend
// on i and end. escaped says that text is of JSON, with its escapes.
func (c *Classes) Read(text []byte, i, end int, escaped bool) {
	end = max(i, min(end, i+Block, len(text)))
	c.From, c.To = i, end
	n := (end-i+63)/64 + 1 // with one to look ahead
	full := min(n, (len(text)-i)/64)
	if full > 0 {
		c.classify(text[i:], full, 0)
	}
	rest := -1
	if full < n {
		var block [64]byte // of no class
		rest = copy(block[:], text[i+64*full:])
		c.classify(block[:], 1, full)
	}
	var escape uint64
	if escaped {
		escape = ^uint64(0)
	}
	c.carryInto(text, i, escape)
	c.begin(n, escape)
	if rest >= 0 {
		c.GoesOn[full] |= ^uint64(0) << rest
		c.GoesOn[full+1] = ^uint64(0)
	}
	c.run(n)
}

// classify tells what n blocks of text are, from word at on.
func (c *Classes) classify(text []byte, n, at int) {
	_, _ = text[64*n-1], c.Digit[at+n-1]
	switch active {
	case avx512:
		classes512(&text[0], n, at, c)
	case avx2:
		classes256(&text[0], n, at, c)
	default:
		for k := range n {
			c.classifyPlain((*[64]byte)(text[64*k:]), at+k)
		}
	}
}

// byteClasses has, for each byte, a byte for each class, whose lowest bit says whether it is of it: digits,
// word bytes, separators, backslashes, letters that make an escape.
var byteClasses = func() (classes [256]uint64) {
	for k := range classes {
		b := byte(k)
		for n, is := range [...]bool{IsDigit(b), IsWord(b), Separators.Has(b), b == '\\', makesEscape(b)} {
			if is {
				classes[k] |= 1 << (8 * n)
			}
		}
	}
	return classes
}()

// classes128 is for the kernel that looks a byte up by its low seven bits. classHalves is for those that do by its halves,
// and take the bits that both have.
var (
	classes128 = func() (classes [128]uint8) {
		for c, v := range byteClasses[:128] {
			classes[c] = uint8(v>>8&1<<7 | v&1<<6 | v>>16&1 | v>>24&1<<1 | v>>32&1<<2)
		}
		return classes
	}()
	classHalves = func() (halves [2][16]uint8) {
		for bit, class := range [...]struct{ rows, columns []uint8 }{
			7: {[]uint8{3}, []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}, // digits, and word bytes as the next three
			6: {[]uint8{4, 6}, []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
			5: {[]uint8{5, 7}, []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
			4: {[]uint8{5}, []uint8{15}},
			3: {[]uint8{2}, []uint8{0, 8, 9, 13, 14, 15}}, // separators
			2: {[]uint8{5}, []uint8{12}},                  // backslashes
			1: {[]uint8{6}, []uint8{2, 6, 14}},            // b, f and n
			0: {[]uint8{7}, []uint8{2, 4, 5}},             // r, t and u
		} {
			for _, c := range class.columns {
				halves[0][c] |= 1 << bit
			}
			for _, r := range class.rows {
				halves[1][r] |= 1 << bit
			}
		}
		return halves
	}()
)

// makesEscape reports whether b makes an escape behind a backslash that hides something.
func makesEscape(b byte) bool {
	switch b {
	case 'b', 'f', 'n', 'r', 't', 'u':
		return true
	}
	return false
}

func (c *Classes) classifyPlain(text *[64]byte, at int) {
	var digit, word, separator, backslash, escape uint64
	for k := 0; k < 64; k += 8 {
		q := text[k : k+8 : k+8]
		v := byteClasses[q[0]] | byteClasses[q[1]]<<1 | byteClasses[q[2]]<<2 | byteClasses[q[3]]<<3 |
			byteClasses[q[4]]<<4 | byteClasses[q[5]]<<5 | byteClasses[q[6]]<<6 | byteClasses[q[7]]<<7
		digit |= v & 0xff << k
		word |= v >> 8 & 0xff << k
		separator |= v >> 16 & 0xff << k
		backslash |= v >> 24 & 0xff << k
		escape |= v >> 32 & 0xff << k
	}
	c.Digit[at], c.Word[at], c.Separator[at], c.backslash[at], c.escape[at] = digit, word, separator, backslash, escape
}

// carryInto tells what stands before text[i].
func (c *Classes) carryInto(text []byte, i int, escape uint64) {
	var v uint64
	for _, b := range text[max(0, i-7):i] {
		v = v>>1 | byteClasses[b]<<7
	}
	high := func(n int) uint64 { return v >> (8 * n) << 56 }
	b := &c.carry
	b.digit, b.backslash = high(0), high(3)
	b.letter = b.backslash << 1 & high(4) & escape
	b.word = high(1) &^ b.letter
	b.behind = b.digit << 1 & high(2)
}

// begin works out where escapes, words and digits begin, and what goes on with a run, in the first n words.
func (c *Classes) begin(n int, escape uint64) {
	if active == avx512 {
		begin512(c, n, escape)
		return
	}
	b := c.carry
	for k := range c.Digit[:n] {
		letter := (c.backslash[k]<<1 | b.backslash>>63) & c.escape[k] & escape
		word, digit := c.Word[k]&^letter, c.Digit[k]
		ends := letter<<5 | b.letter>>59
		after := digit<<1 | b.digit>>63
		behind := after & c.Separator[k]
		c.Letter[k], c.Word[k] = letter, word
		c.WordStart[k] = ^(word & (word<<1 | b.word>>63)) | ends
		c.DigitStart[k] = ^(digit & after) | ends
		c.GoesOn[k] = digit | behind | (behind<<1|b.behind>>63)&c.Separator[k]
		two, before := letter|letter<<1|b.letter>>63, b.letter|b.letter<<1
		c.Special[k] = two | two<<2 | before>>62 | two<<4 | before>>60
		b = carried{c.backslash[k], digit, word, letter, behind}
	}
}

// run works out where runs begin, in the first n words.
func (c *Classes) run(n int) {
	if active == avx512 {
		run512(c, n)
		return
	}
	for k := range c.Digit[:n] {
		a, b := c.GoesOn[k], c.GoesOn[k+1]
		a, b = a&(a>>1|b<<63), b&(b>>1)
		a, b = a&(a>>2|b<<62), b&(b>>2)
		c.Run[k] = a & (a>>3 | b<<61) & c.Digit[k]
	}
}
