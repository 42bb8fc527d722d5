//go:build !purego

package bytescan

// odd256 works as odd512 does: once over the text for what most bytes are, then over words of bits, four at a
// time, and only where something special stands, or a byte of 0x80 and above, over the bytes once more. What is
// found there is few, so of each place the bytes are looked at one by one.

// oddTables256 are its tables, by the high and the low half of a byte, of which it takes the bits that both have.
type oddTables256 struct {
	oddTables
	special halves    // what begins a pair
	next    halves    // and what follows it
	reject  [16]uint8 // and what does not, two bytes on: by the low half, and nothing of bytes above 0x7F

	// What tells of a single place.
	shapes       [5][256]uint32 // shapeTables
	quad         [3][128]uint8  // and of oddTables512
	leads, conts [128]uint8
	rest         [64]uint8
}

// oddEnds are the groups of oddTables256.special that count only behind a digit.
//
//lint:ignore U1000 the kernel reads it
const oddEnds = 1<<0 | 1<<7

var odds256 = func() *oddTables256 {
	t := &oddTables256{oddTables: *odds, shapes: *shapeTables, quad: odds512.quad, leads: odds512.lead, conts: odds512.cont, rest: odds512.rest}
	special, next := &t.special, &t.next
	special.add(1<<0, "0", "AD") // the end of a line
	next.add(1<<0, "23", "0123456789DE")
	special.add(1<<1, "2", "56") // % &
	next.add(1<<1, "34567", anyHalf)
	special.add(1<<2, "3", "D") // =
	next.add(1<<2, "0345", "234567ACD")
	special.add(1<<3, "3", "C") // <
	next.add(1<<3, "24567", anyHalf)
	special.add(1<<4, "5", "C") // \u0
	next.add(1<<4, "7", "5")
	special.add(1<<5, "4", "0") // @
	next.add(1<<5, "034567", anyHalf)
	special.add(1<<6, "2", "6") // &#
	special.add(1<<6, "5", "B") // ["
	next.add(1<<6, "2", "23")
	special.add(1<<7, "5", "C") // \n \\
	next.add(1<<7, "56", "CE")
	for c := range t.reject {
		if c != 0 {
			t.reject[c] |= 1 << 4
		}
		if c == 0xA || c == 0xB || c == 0xF { // no digit, nor any of - . n and a backslash
			t.reject[c] |= 1 << 7
		}
	}
	return t
}()

// oddBlocks256 is oddBlocks.
func oddBlocks256(text []byte, at, words int, masks *OddMasks) uint64 {
	before, digit := uint64(1<<62|1), uint64(0) // what stands before the byte before may be a letter
	if at > 0 {
		carry := oddCarry(text[at-1])
		before, digit = 1<<62|carry<<63, carry>>1<<63
	}
	whole := min((len(text)-at-7)/64, words+1) // that are read where they stand, with seven bytes behind
	if whole > words {
		return odd256(&text[at], whole, &text[at], words, before, digit, odds256, &masks[0])
	}
	var tail [1 + 4*64]byte // with the byte before
	if end := at + 64*whole; end > 0 {
		copy(tail[:], text[end-1:])
	} else {
		copy(tail[1:], text)
	}
	return odd256(&text[at], whole, &tail[1], words, before, digit, odds256, &masks[0])
}

// odd256 fills masks for so many blocks of text, and up to three words more; the first whole of them, and of the one
// behind them, it reads where they stand, the others in tail. before has the letters before them in its highest bits, and 1 if there
// is nothing before, digit the digits. It returns which masks are not 0.
//
//go:noescape
func odd256(text *byte, whole int, tail *byte, words int, before, digit uint64, t *oddTables256, masks *uint64) (some uint64)
