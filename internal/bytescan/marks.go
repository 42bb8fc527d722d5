package bytescan

import "encoding/binary"

// Marks say of 64 bytes of text where names of members may end and cells of tables may be
// divided, a bit for each byte.
type Marks struct {
	Colon     uint64 // :
	Newline   uint64 // a line feed
	Backslash uint64 // \
	Wall      uint64 // | ; and tabs
	Comma     uint64 // ,
	N, T      uint64 // small letters, which behind a backslash are a line feed and a tab
}

// Mark fills one of marks for each 64 bytes of text, of which there must be no more than marks
// are for. Behind the end of text nothing is marked.
func Mark(text []byte, marks []Marks) {
	n := len(text) / 64
	if rest := text[64*n:]; len(rest) > 0 {
		var tail [64]byte
		copy(tail[:], rest)
		markBlocks(tail[:], marks[n:n+1])
	}
	if n > 0 {
		markBlocks(text, marks[:n])
	}
}

// markBlocks is Mark for whole blocks.
func markBlocks(text []byte, marks []Marks) {
	_ = text[64*len(marks)-1]
	switch active {
	case avx512:
		marks512(&text[0], len(marks), &marks[0])
	case avx2:
		marks256(&text[0], len(marks), &marks[0])
	default:
		for k := range marks {
			marks[k].plain((*[64]byte)(text[64*k:]))
		}
	}
}

func (m *Marks) plain(text *[64]byte) {
	*m = Marks{}
	for k := 0; k < len(text); k += 8 {
		v := binary.LittleEndian.Uint64(text[k:])
		m.Colon |= gather(equal(v, ':')) << k
		m.Newline |= gather(equal(v, '\n')) << k
		m.Backslash |= gather(equal(v, '\\')) << k
		m.Wall |= gather(equal(v, '|')|equal(v, ';')|equal(v, '\t')) << k
		m.Comma |= gather(equal(v, ',')) << k
		m.N |= gather(equal(v, 'n')) << k
		m.T |= gather(equal(v, 't')) << k
	}
}

// equal returns the high bits of the bytes of v that are c.
func equal(v uint64, c byte) uint64 {
	const low, ones = 0x7f7f7f7f7f7f7f7f, 0x0101010101010101
	v ^= uint64(c) * ones
	return ^(v&low + low | v | low)
}

// gather returns the high bits of the eight bytes of v, which has no others.
func gather(v uint64) uint64 { return v >> 7 * 0x0102040810204080 >> 56 }
