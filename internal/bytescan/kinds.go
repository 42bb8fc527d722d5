package bytescan

import "math/bits"

// A TokenList has the tokens of a chunk one behind the other, so that 64 of them can be asked for at a time, however
// far apart they stand. It takes 9 KB. Where there is no kernel for [Structure], it is slower than to go from token to token. The zero TokenList is ready for use.
type TokenList struct {
	N      int                          // how many there are
	Kinds  [StructureChunk/64 + 1]Kinds // of 64 tokens each, as many as there are; one more is for the kernels
	Left   [StructureChunk / 64]uint64  // of the chunk's blocks: where scalars begin that may be wrong
	Commas [StructureChunk / 64]uint64  // and where commas stand outside strings
	all    [StructureChunk / 64]uint64  // where any begin
	bytes  [StructureChunk + 64]byte    // the first of each token
}

// Kinds say of 64 tokens which are quotes, colons, commas and brackets that open or close something, and which of these
// are of objects. The others begin scalars.
type Kinds struct{ Quote, Colon, Comma, Open, Close, Object uint64 }

// Read makes l the list of the tokens that s found in chunk, its last one, in which nothing is bad. Numbers it may know to be right: digits, with a
// minus before them or a point between, and a comma or a closing bracket behind, all within chunk. All other
// scalars are left.
func (l *TokenList) Read(chunk []byte, s *Structure) {
	switch active {
	case avx512:
		kinds512(&chunk[0], len(chunk), s, l)
	case avx2:
		l.vector256(chunk, s)
	default:
		l.plain(chunk, s)
	}
}

// vector256 is Read with AVX2, whose kernel gets a copy of a last, short block, filled with blanks.
func (l *TokenList) vector256(chunk []byte, s *Structure) {
	l.N, l.Kinds[0] = 0, Kinds{}
	whole := len(chunk) / 64
	if whole > 0 {
		kinds256(&chunk[0], whole, s, l, 0)
	}
	if rest := chunk[whole*64:]; len(rest) > 0 {
		block := blanks
		copy(block[:], rest)
		kinds256(&block[0], 1, s, l, whole)
	}
}

func (l *TokenList) plain(chunk []byte, s *Structure) {
	n := 0
	for k := 0; k<<6 < len(chunk); k++ {
		scalars, commas := uint64(0), uint64(0)
		for w := s.Tokens[k]; w != 0; w &= w - 1 {
			bit := bits.TrailingZeros64(w)
			b := chunk[k<<6|bit]
			l.bytes[n] = b
			n++
			scalars |= kindLanes[b] >> 56 << bit
			commas |= kindLanes[b] >> 16 & 1 << bit
		}
		l.Left[k], l.Commas[k] = scalars, commas
	}
	l.N = n
	clear(l.bytes[n:min(n+64, len(l.bytes))])
	for k := 0; k<<6 < n; k++ {
		of := &l.Kinds[k]
		*of = Kinds{}
		for j := 0; j < 64; j += 8 {
			t, q := &kindLanes, (*[8]byte)(l.bytes[k<<6+j:])
			v := t[q[0]] | t[q[1]]<<1 | t[q[2]]<<2 | t[q[3]]<<3 | t[q[4]]<<4 | t[q[5]]<<5 | t[q[6]]<<6 | t[q[7]]<<7
			of.Quote |= v & 0xff << j
			of.Colon |= v >> 8 & 0xff << j
			of.Comma |= v >> 16 & 0xff << j
			of.Open |= v >> 24 & 0xff << j
			of.Close |= v >> 32 & 0xff << j
			of.Object |= v >> 40 & 0xff << j
		}
	}
}

// kindLanes has, for the first byte of a token, a byte for each field of Kinds, whose lowest bit says whether it is of it,
// and one, the highest, for scalars.
var kindLanes = func() (t [256]uint64) {
	for b := range t {
		t[b] = 1 << 56
	}
	for lane, set := range []string{`"`, ":", ",", "{[", "}]", "{}"} {
		for _, b := range []byte(set) {
			t[b] = t[b]&^(1<<56) | 1<<(8*lane)
		}
	}
	return t
}()
