package bytescan

import "unsafe"

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

	GoesOn     [classWords]uint64 // digits, and up to two separators behind one
	Separator  [classWords]uint64 // see Separators
	Digit      [classWords]uint64 // ASCII digits
	Word       [classWords]uint64 // ASCII letters, digits and underscores, but letters of escapes
	Letter     [classWords]uint64 // letters of escapes: whether four hexadecimal digits follow a u is not looked at
	WordStart  [classWords]uint64 // all but word bytes behind a word byte; and what an escape may end before
	DigitStart [classWords]uint64 // all but digits behind a digit; and what an escape may end before
	Run        [classWords]uint64 // digits at which a run begins
	Special    [classWords]uint64 // letters of escapes, and five bytes behind each, so what is here, or right before, may be hidden; and where less than Depth bytes, or none before, are of the text

	backslash [classWords]uint64
	escape    [classWords]uint64 // letters that make an escape behind a backslash
	carry     carried

	high [64 * classWords]byte // of the kernel with AVX2, the high halves of bytes
}

// carried is what is known of the bytes before the first word: in the highest bits.
type carried struct{ backslash, digit, word, letter, behind, separator uint64 }

// Read fills c for text[i:end], no more than [Block] bytes. What it finds does not depend
// on i and end. escaped says that text is of JSON, with its escapes.
func (c *Classes) Read(text []byte, i, end int, escaped bool) {
	end = max(i, min(end, i+Block, len(text)))
	c.classify(text, i, end)
	c.begin(text, escaped)
}

// stretch makes c of text[i:end]. It returns of how many blocks all is of the text, and how much is of the one behind them, or -1
// if that is not looked at.
func (c *Classes) stretch(text []byte, i, end int) (full, rest int) {
	c.From, c.To = i, end
	n := c.words()
	full, rest = min(n, (len(text)-i)/64), -1
	if full < n {
		rest = len(text) - i - 64*full
		if k := full + 1; k < n { // nor is anything left there of what was read before
			c.Digit[k], c.Word[k], c.Separator[k], c.backslash[k], c.escape[k] = 0, 0, 0, 0, 0
		}
	}
	return full, rest
}

// classify is the first half of Read: what each byte is by itself.
func (c *Classes) classify(text []byte, i, end int) {
	full, rest := c.stretch(text, i, end)
	if active == avx512 {
		classes512(unsafe.SliceData(text[i:]), full, rest, &classes128, c)
		return
	}
	if full > 0 {
		c.classifyBlocks(text[i:], full, 0)
	}
	if rest >= 0 {
		var block [64]byte // of no class
		copy(block[:], text[i+64*full:])
		c.classifyBlocks(block[:], 1, full)
	}
}

// words is how many words are right: those of the stretch, and one to look ahead.
func (c *Classes) words() int { return (c.To-c.From+63)/64 + 1 }

func (c *Classes) classifyBlocks(text []byte, n, at int) {
	_, _ = text[64*n-1], c.Digit[at+n-1]
	switch active {
	case avx2:
		classes256(&text[0], n, at, &classHalves, c)
		return
	case neon:
		c.classifyNEON(text, n, at)
		return
	}
	for k := range n {
		c.classifyPlain((*[64]byte)(text[64*k:]), at+k)
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
	b.separator = high(2)
	b.behind = b.digit << 1 & b.separator
}

// begin is the second half of Read: where escapes, words and digits begin, what goes on with a run, and where one begins.
func (c *Classes) begin(text []byte, escaped bool) {
	var escape uint64
	if escaped {
		escape = ^uint64(0)
	}
	c.carry = carried{}
	if c.From > 0 {
		c.carryInto(text, c.From, escape)
	}
	n, end := c.words(), len(text)-c.From
	switch active {
	case avx512:
		begin512(c, n, escape, end)
	case avx2:
		begin256(c, n, escape, end)
	default:
		c.beginPlain(n, escape, end)
	}
	if c.From == 0 {
		c.Special[0] |= 1
	}
	if edge := max(0, end-Depth+1); edge < c.To-c.From {
		c.Special[edge/64] |= ^uint64(0) << (edge % 64)
		c.Special[edge/64+1] = ^uint64(0)
	}
}

func (c *Classes) beginPlain(n int, escape uint64, end int) {
	b := c.carry
	for k := 0; k < n && k < classWords; k++ {
		backslash, digit, separator := c.backslash[k], c.Digit[k], c.Separator[k]
		letter := (backslash<<1 | b.backslash>>63) & c.escape[k] & escape
		word := c.Word[k] &^ letter
		ends := letter<<5 | b.letter>>59
		after := digit<<1 | b.digit>>63
		behind := after & separator
		c.Letter[k], c.Word[k] = letter, word
		c.WordStart[k] = ^(word & (word<<1 | b.word>>63)) | ends
		c.DigitStart[k] = ^(digit & after) | ends
		c.GoesOn[k] = digit | behind | (behind<<1|b.behind>>63)&separator
		special := uint64(0)
		if letter|b.letter != 0 {
			two, before := letter|letter<<1|b.letter>>63, b.letter|b.letter<<1
			special = two | two<<2 | before>>62 | two<<4 | before>>60
		}
		c.Special[k] = special
		b = carried{backslash, digit, word, letter, behind, separator}
	}
	for k := end / 64; k <= n && k < classWords; k++ { // behind the text
		c.GoesOn[k] |= ^uint64(0) << max(0, end-64*k)
	}
	a := c.GoesOn[0]
	for k := 0; k < n && k < classWords-1; k++ {
		digit, next, run := c.Digit[k], c.GoesOn[k+1], uint64(0)
		if digit != 0 {
			b := next & (next >> 1)
			a &= a>>1 | next<<63
			run = a & (a>>2 | b<<62)
			b &= b >> 2
			run &= (run>>3 | b<<61) & digit
		}
		c.Run[k] = run
		a = next
	}
}
