package bytescan

import (
	"encoding/binary"
	"math/bits"
)

// The question of odd.go in plain Go: a table says what a byte is, words of bits where there may be something, and hasShape
// what to do about the little that is left, so that hardly any place is found that is nothing.

// oddPlain is oddBlocks in plain Go.
func oddPlain(text []byte, at, words int, masks []uint64) (some uint64) {
	carry := uint64(0)
	if at > 0 {
		carry = oddCarry(text[at-1])
	}
	var b [2]oddBlock
	var tail [64]byte
	var p oddPlaces
	b[0].sort(blockAt(text, at, &tail), false)
	for k := range words {
		here, next := &b[k&1], &b[^k&1]
		next.sort(blockAt(text, at+64*(k+1), &tail), here.letter>>48 == 1<<16-1)
		if masks[k] = 0; here.letter != ^uint64(0) || carry&1 == 0 { // not all within a long run
			p.add(64*k, here.odd(next, carry)|here.special(next, carry))
		}
		carry = here.letter>>63 | here.digit>>63<<1
		if p.n > len(p.all)-2*64 || k == words-1 {
			some |= p.look(text, at, masks)
		}
	}
	return some
}

// oddPlaces are places at which there may be something. Each is looked at twice, first without a branch that cannot be
// foretold: hardly any is anything.
type oddPlaces struct {
	n   int
	all [6 * 64]uint16
}

// add adds the places of the bits of m, from base on.
func (p *oddPlaces) add(base int, m uint64) {
	first, count := uint16(base), bits.OnesCount64(m)
	four := (*[4]uint16)(p.all[p.n:]) // there are seldom more
	for c := range four {
		four[c] = first + uint16(bits.TrailingZeros64(m))
		m &= m - 1
	}
	for c := 4; c < count; c++ {
		p.all[p.n+c] = first + uint16(bits.TrailingZeros64(m))
		m &= m - 1
	}
	p.n += count
}

// look sets the bits of masks for the places, from text[at] on, that have a shape, and empties p. It returns which masks it
// changed.
func (p *oddPlaces) look(text []byte, at int, masks []uint64) (some uint64) {
	t, n := placeShapes, 0
	for _, k := range p.all[:p.n] {
		i := at + int(k)
		h := ^uint32(0)
		if i > 0 && i+4 <= len(text) {
			q := text[i-1 : i+4 : i+4]
			h = t[0][q[0]] & t[1][q[1]] & t[2][q[2]] & t[3][q[3]] & t[4][q[4]]
		}
		p.all[n] = k
		n += int((uint64(h) + 1<<32 - 1) >> 32)
	}
	for _, k := range p.all[:n] {
		if hasShape(text, at+int(k)) {
			masks[k/64] |= 1 << (k % 64)
			some |= 1 << (k / 64)
		}
	}
	p.n = 0
	return some
}

// placeShapes are shapeTables, and what letters begin.
var placeShapes = func() *[5][256]uint32 {
	t := *shapeTables
	letters := []shape{{"", base64Letters, " .", "", " ."}, {"\\", base64Letters, "", "", ""}}
	for _, k := range [...]int{quadASCII, quadASCIILead, quadLead, quadArchive} {
		letters = append(letters, shape{"", quads[k][0], quads[k][1], quads[k][2], ""})
	}
	for k, s := range letters {
		s.fill(&t, len(oddShapes)+k)
	}
	return &t
}()

// blockAt returns text[at:at+64], or in tail what there is of it.
func blockAt(text []byte, at int, tail *[64]byte) *[64]byte {
	if at+64 <= len(text) {
		return (*[64]byte)(text[at:])
	}
	*tail = [64]byte{}
	copy(tail[:], text[min(at, len(text)):])
	return tail
}

// An oddBlock is what 64 bytes of text are, a bit for each.
type oddBlock struct {
	letter, digit, dot uint64
	line               uint64 // backslashes and ends of lines
	more               uint64 // what else may begin something
	u, zero            uint64 // these two
}

// odd returns the bytes of b where letters or dots may be something. next is the block behind it. Whether many
// letters begin in a block cannot be foreseen, so there is no branch for it.
func (b *oddBlock) odd(next *oddBlock, carry uint64) (odd uint64) {
	letter, after, dot, dots := b.letter, next.letter, b.dot, next.dot
	letters, digits := letter<<1|carry&1, b.digit<<1|carry>>1
	if dot &= digits; dot != 0 {
		third := b.dot>>3 | dots<<61
		odd = dot & (letter<<2 | 3) & (b.digit>>1 | next.digit<<63) & (b.digit>>2 | next.digit<<62) & (b.digit>>3 | next.digit<<61 | third) &
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

// special returns the bytes of b that are to be looked at closely. Of backslashes and ends of lines these are few: those
// behind a digit, and \u0.
func (b *oddBlock) special(next *oddBlock, carry uint64) uint64 {
	digits := b.digit<<1 | carry>>1
	escape := (b.u>>1 | next.u<<63) & (b.zero>>2 | next.zero<<62)
	return b.more | b.line&(digits|escape)
}

// sort fills in what bytes of text are. run says that it may be worth a try whether all are letters,
// as in a long run.
func (b *oddBlock) sort(text *[64]byte, run bool) {
	if run && allLetters(text) {
		*b = oddBlock{letter: ^uint64(0), digit: oddLanes[text[63]] >> 16 << 63} // the digit that something may follow
		return
	}
	l0, l1, l2, l3 := lanesOf((*[16]byte)(text[:])), lanesOf((*[16]byte)(text[16:])), lanesOf((*[16]byte)(text[32:])), lanesOf((*[16]byte)(text[48:]))
	const lane = 1<<16 - 1
	letter := l0&lane | l1&lane<<16 | l2&lane<<32 | l3<<48
	second := l0>>16&lane | l1&(lane<<16) | l2&(lane<<16)<<16 | l3>>16<<48
	third := l0>>32&lane | l1>>32&lane<<16 | l2&(lane<<32) | l3>>32<<48
	fourth := l0>>48 | l1>>48<<16 | l2>>48<<32 | l3&(lane<<48)
	b.letter = letter
	b.digit, b.line = second&letter, second&^letter
	b.u, b.dot = third&letter, third&^letter
	b.zero, b.more = fourth&letter, fourth&^letter
}

// lanesOf returns oddLanes of 16 bytes, a bit further left each. It is a loop, unrolled.
func lanesOf(p *[16]byte) uint64 {
	t := &oddLanes
	return t[p[0]] | t[p[1]]<<1 | t[p[2]]<<2 | t[p[3]]<<3 | t[p[4]]<<4 | t[p[5]]<<5 | t[p[6]]<<6 | t[p[7]]<<7 |
		t[p[8]]<<8 | t[p[9]]<<9 | t[p[10]]<<10 | t[p[11]]<<11 | t[p[12]]<<12 | t[p[13]]<<13 | t[p[14]]<<14 | t[p[15]]<<15
}

// oddLanes say of a byte, in four lanes of 16 bits, whether it is a letter; of a letter, whether it is a digit, a u, a zero; of
// what is none, whether it is a backslash or the end of a line, a dot, what else may begin something.
var oddLanes = func() (t [256]uint64) {
	const groups = oddRefs | oddBreak | oddArray | oddEqual
	for c := range t {
		b := byte(c)
		k := odds.class.of(b)
		letter, digit, line := k&oddLetter != 0, k&oddDigit != 0, b == '\\' || b == '\n' || b == '\r'
		more := b < 0x80 && odds512.first[b&0x7f]&groups != 0 || b >= 0x80 && odds.lead.of(b) != 0
		for lane, yes := range [...]bool{letter, digit || line, b == 'u' || b == '.', b == '0' || more} {
			if yes {
				t[c] |= 1 << (16 * lane)
			}
		}
	}
	return t
}()

// allLetters reports whether all bytes are letters of base64, but for _.
func allLetters(text *[64]byte) bool {
	for k := 0; k < len(text); k += 32 {
		p := (*[32]byte)(text[k:])
		a, b, c, d := binary.LittleEndian.Uint64(p[:]), binary.LittleEndian.Uint64(p[8:]), binary.LittleEndian.Uint64(p[16:]), binary.LittleEndian.Uint64(p[24:])
		if letters8(a)&letters8(b)&letters8(c)&letters8(d)&^(a|b|c|d)&highs != highs {
			return false
		}
	}
	return true
}

const ones, highs = 0x0101010101010101, 0x8080808080808080

// letters8 returns the high bits of the bytes of x that are letters of base64, but for _, if all are of ASCII. Two comparisons agree about a byte
// that is in no range.
func letters8(x uint64) uint64 {
	small, byte7 := x|0xa0*ones, x|highs
	letters := (small - 'a'*ones) ^ (small - ('z'+1)*ones)
	digits := (byte7 - '+'*ones) ^ (byte7 - ('9'+1)*ones) // with comma and dot
	both := x&^(0x02*ones) ^ ','*ones                     // 0 for these two
	return letters | digits&(both+0x7f*ones)
}
