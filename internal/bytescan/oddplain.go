package bytescan

import "math/bits"

// oddPlain fills masks for so many blocks of text, of which it reads one more, in plain Go. carry is of the byte
// before. The tables that a byte and the two behind it are looked up in are those of odd512.
func oddPlain(text []byte, blocks int, carry uint64, masks []uint64) {
	var b [2]oddBlock
	more := b[0].sort((*[64]byte)(text), false)
	for k := range blocks {
		here, next := &b[k&1], &b[^k&1]
		if more != 0 {
			here.look((*[66]byte)(text[64*k:]), more)
		}
		more = next.sort((*[64]byte)(text[64*(k+1):]), here.letter>>48 == 1<<16-1)
		masks[k] = here.odd(next, carry)
		carry = here.letter>>63 | here.digit>>63<<1
	}
}

// sort fills in which bytes of text are letters, digits and dots, and returns which to look at more
// closely. run says that it may be worth a try whether all are letters, as in a long run.
func (b *oddBlock) sort(text *[64]byte, run bool) (more uint64) {
	*b = oddBlock{}
	if run && allLetters(text) {
		b.letter, b.digit = ^uint64(0), oddLanes[text[63]]>>16<<63 // the digit that something may follow
		return 0
	}
	l0, l1, l2, l3 := lanesOf((*[16]byte)(text[:])), lanesOf((*[16]byte)(text[16:])), lanesOf((*[16]byte)(text[32:])), lanesOf((*[16]byte)(text[48:]))
	const lane = 1<<16 - 1
	b.letter = l0&lane | l1&lane<<16 | l2&lane<<32 | l3<<48
	b.digit = l0>>16&lane | l1&(lane<<16) | l2&(lane<<16)<<16 | l3>>16<<48
	b.dot = l0>>32&lane | l1>>32&lane<<16 | l2&(lane<<32) | l3>>32<<48
	return l0>>48 | l1>>48<<16 | l2>>48<<32 | l3&(lane<<48)
}

// lanesOf returns oddLanes of 16 bytes, a bit further left each. It is a loop, unrolled.
func lanesOf(p *[16]byte) uint64 {
	t := &oddLanes
	return t[p[0]] | t[p[1]]<<1 | t[p[2]]<<2 | t[p[3]]<<3 | t[p[4]]<<4 | t[p[5]]<<5 | t[p[6]]<<6 | t[p[7]]<<7 |
		t[p[8]]<<8 | t[p[9]]<<9 | t[p[10]]<<10 | t[p[11]]<<11 | t[p[12]]<<12 | t[p[13]]<<13 | t[p[14]]<<14 | t[p[15]]<<15
}

// oddLanes say of a byte, in four lanes of 16 bits, whether it is a letter, a digit, a dot, and is one
// to look at.
var oddLanes = func() (t [256]uint64) {
	const groups = oddRefs | oddBreak | oddArray | oddEqual | oddEscaped | oddEnd
	for c := range t {
		k, look := odds.class.of(byte(c)), odds.lead.of(byte(c)) != 0
		if c < 0x80 {
			look = odds512.first[c]&groups != 0
		}
		for lane, yes := range [...]bool{k&oddLetter != 0, k&oddDigit != 0, k&oddPoint != 0, look} {
			if yes {
				t[c] |= 1 << (16 * lane)
			}
		}
	}
	return t
}()

// allLetters reports whether all bytes are letters of base64.
func allLetters(text *[64]byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	all := uint64(highs)
	for k := 0; k < len(text); k += 8 {
		x := word8(text, k)
		low := x &^ highs
		small := low | 0x20*ones
		abc := (small + (0x80-'a')*ones) &^ (small + (0x80-'z'-1)*ones)
		num := (low + (0x80-'+')*ones) &^ (low + (0x80-'9'-1)*ones) // with comma and dot
		both := low&^(0x02*ones) ^ ','*ones                         // 0 for these two
		all &= (abc | num&(both+0x7f*ones)) &^ x
	}
	return all == highs
}

func word8(text *[64]byte, k int) uint64 {
	p := (*[8]byte)(text[k:])
	return uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 | uint64(p[4])<<32 | uint64(p[5])<<40 | uint64(p[6])<<48 | uint64(p[7])<<56
}

// look fills in what those bytes of text are that more names, each with the two behind it.
func (b *oddBlock) look(text *[66]byte, more uint64) {
	t := odds512
	for ; more != 0; more &= more - 1 {
		i := bits.TrailingZeros64(more)
		p := (*[3]byte)(text[i&63:])
		if c := p[0]; c < 0x80 {
			group := t.first[c&0x7f] & t.second[p[1]>>1&63] & t.third[p[2]>>1&63]
			b.line |= uint64(group/oddEnd&1) << i
			group &^= oddEnd
			b.pair |= uint64((group|-group)>>7) << i
		} else if p[1] >= 0x80 {
			group := t.lead[c&0x7f] & t.cont[p[1]&0x7f] & t.rest[p[2]&0x3f]
			alone, beside := group&oddAlone, group&oddBeside
			b.high |= uint64((alone|-alone)>>7) << i
			b.beside |= uint64((beside|-beside)>>7) << i
		}
	}
}
