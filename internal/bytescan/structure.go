package bytescan

import "unicode/utf8"

// A Structure finds what makes up a JSON text: which bytes are in strings, and which are
// brackets, colons, commas and the beginnings of values outside them. It works on chunks
// of [StructureChunk] bytes, the next one going on where the last one ended:
//
//	s.Reset(false)
//	for len(text) > 0 {
//		n := min(len(text), bytescan.StructureChunk)
//		bad, escapes := s.Next(text[:n])
//		… s.Tokens[i/64] >> (i%64) & 1 …
//		text = text[n:]
//	}
//
// It says of a chunk that something is bad in it where, in a string, stands a control
// byte, an escape that JSON does not know, or invalid UTF-8; and, outside strings, a
// control byte that is no blank, a backslash, or a byte of 0x80 and above. It does not say
// where. What it leaves to the caller: the digits of \u, the order of the tokens, the
// bytes of a scalar, and that the text does not end in a string: a last block of less than
// 64 bytes is taken to go on with blanks.
//
// Only the bitmaps of the blocks that the last chunk had are valid, and only if nothing is bad in it. The zero Structure is
// ready for use, by one goroutine at a time.
type Structure struct {
	Tokens   [StructureChunk / 64]uint64 // brackets, colons, commas, opening quotes, first bytes of scalars: what else is no blank
	Brackets [StructureChunk / 64]uint64 // of these, { } [ and ]
	Escapes  [StructureChunk / 64]uint64 // any u or / that a backslash stands before, itself escaped or not

	// What one chunk leaves to the next.
	inString uint64   // all ones if the last byte is in a string
	escaped  uint64   // 1 if the last byte escapes the next one
	slash    uint64   // 1 if the last byte is a backslash
	scalar   uint64   // 1 if the last byte is one of a scalar
	high     uint64   // not 0 if the last block has bytes of 0x80 and above
	last     [64]byte // the last block
}

// StructureChunk is how many bytes one call of [Structure.Next] takes at most.
const StructureChunk = 4 << 10

// shortStructure is up to which length AVX-512 goes over a chunk block by block: it does not pay to take the bits of so few blocks
// eight words at a time. Only tests change it.
var shortStructure = 8 * 64

// FastStructure reports whether [Structure.Next] has a vector kernel here. The plain one is
// slower than to read the bytes one by one, and is there to be compared with.
func FastStructure() bool { return active == avx2 || active == avx512 }

// SetKernel makes the whole package use one of [Kernels], and returns what takes that back.
// It is for tests, which nothing runs beside.
func SetKernel(name string) (undo func()) {
	old := active
	active = choose(name)
	return func() { active = old }
}

// Reset puts s before the first byte of a text, or of the rest of a text that goes on
// inside a string.
func (s *Structure) Reset(inString bool) {
	s.inString, s.escaped, s.slash, s.scalar, s.high = 0, 0, 0, 0, 0
	if inString {
		s.inString = ^uint64(0)
	}
	s.last = [64]byte{}
}

// Follow puts s behind the chunk that before looked at last, whose bitmaps stay as they are.
func (s *Structure) Follow(before *Structure) {
	s.inString, s.escaped, s.slash, s.scalar, s.high = before.inString, before.escaped, before.slash, before.scalar, before.high
	s.last = before.last
}

// InString reports whether the next byte belongs to a string, its closing quote included.
func (s *Structure) InString() bool { return s.inString != 0 }

// Next looks at chunk, which has at least one byte, at most [StructureChunk], and a
// multiple of 64 unless the text ends there. It does not read beyond it. It reports whether
// anything is bad in it, and whether any bit of Escapes is set.
func (s *Structure) Next(chunk []byte) (bad, escapes bool) {
	if len(chunk) == 0 || len(chunk) > StructureChunk {
		panic("bytescan: chunk of the wrong length")
	}
	if active == avx2 || active == avx512 {
		return s.vector(chunk)
	}
	return s.plain(chunk)
}

// plain is Next in plain Go, byte by byte: it is what the vector kernels are held against.
func (s *Structure) plain(chunk []byte) (bad, escapes bool) {
	for at := 0; at < len(chunk); at += 64 {
		block := blanks
		copy(block[:], chunk[at:])
		var tokens, brackets, looks uint64
		for i, b := range block {
			bit := uint64(1) << i
			follows, escaped, scalar := s.slash != 0, s.escaped != 0, s.scalar != 0
			s.slash, s.escaped, s.scalar = 0, 0, 0
			if b == '\\' {
				s.slash = 1
			}
			if follows && (b == 'u' || b == '/') {
				looks |= bit
			}
			if s.inString != 0 {
				switch {
				case escaped:
					bad = bad || !escapeLetter(b)
				case b == '"':
					s.inString = 0
				case b == '\\':
					s.escaped = 1
				}
				bad = bad || b < 0x20
				continue
			}
			switch b {
			case '{', '}', '[', ']':
				brackets |= bit
				tokens |= bit
			case ':', ',':
				tokens |= bit
			case '"':
				s.inString = ^uint64(0)
				tokens |= bit
			case ' ', '\t', '\n', '\r':
			default:
				s.scalar = 1
				if !scalar {
					tokens |= bit
				}
				bad = bad || b < 0x20 || b == '\\' || b >= 0x80
			}
		}
		s.Tokens[at/64], s.Brackets[at/64], s.Escapes[at/64] = tokens, brackets, looks
		escapes = escapes || looks != 0
		bad = bad || !continues(&s.last, &block)
		s.last = block
	}
	return bad, escapes
}

// continues reports whether block, which goes on from last, is UTF-8 as far as it goes: it
// may end inside a character.
func continues(last, block *[64]byte) bool {
	text := append(append(make([]byte, 0, utf8.UTFMax+64), last[64-utf8.UTFMax:]...), block[:]...)
	for len(text) > 64 && !utf8.RuneStart(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			return !utf8.FullRune(text)
		}
		text = text[n:]
	}
	return true
}

func escapeLetter(b byte) bool {
	switch b {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u':
		return true
	}
	return false
}

var blanks = func() (b [64]byte) {
	for i := range b {
		b[i] = ' '
	}
	return b
}()
