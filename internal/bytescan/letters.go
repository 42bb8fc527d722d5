package bytescan

import "math/bits"

// Who writes ASCII only writes letters of most scripts as escapes, \uXXXX, and nothing else. There is nothing to say about
// these one by one.

// Letters takes from Escapes those that write characters which are certainly letters or signs: U+0080 to U+1FFF and
// U+3000 to U+D7FF, by four hexadecimal digits behind a single backslash. text[at:at+n] is the last chunk. It may leave some, and
// reports whether it took any.
func (s *Structure) Letters(text []byte, at, n int) (took bool) {
	first, last := 0, 0 // of the blocks for the kernel, which reads two bytes before each and four behind it
	if active == avx512 {
		if at < 2 {
			first = 1
		}
		last = max(first, min((n+63)/64, (len(text)-at-4)/64))
	}
	if first < last {
		took = letters512(&text[at+64*first], last-first, &s.Escapes[first], letterTable) != 0
	}
	for k := range (n + 63) / 64 {
		if k < first || k >= last {
			took = s.lettersOf(k, text, at) || took
		}
	}
	return took
}

// lettersOf is Letters for one block.
func (s *Structure) lettersOf(k int, text []byte, at int) (took bool) {
	left := uint64(0)
	for w := s.Escapes[k]; w != 0; w &= w - 1 {
		bit := w & -w
		if i := at + k<<6 + bits.TrailingZeros64(w); i < 2 || i+5 > len(text) || text[i-2] == '\\' || !writesLetter((*[5]byte)(text[i:])) {
			left |= bit
		}
	}
	took = left != s.Escapes[k]
	s.Escapes[k] = left
	return took
}

func writesLetter(p *[5]byte) bool {
	t := letterTable
	return p[0] == 'u' && (p[1]|p[2]|p[3]|p[4]) < 0x80 && t[0][p[1]]&t[1][p[2]]&t[2][p[3]]&t[3][p[4]] != 0
}

// letterTable has, for each of four digits, what they may be: each bit is a range.
var letterTable = func() *[4][128]uint8 {
	const hex, some = "0123456789abcdefABCDEF", "123456789abcdefABCDEF"
	t := new([4][128]uint8)
	for bit, digits := range [][4]string{
		{"13456789abcABC", hex, hex, hex},
		{"dD", "01234567", hex, hex}, // then there are surrogates
		{"0", some, hex, hex},
		{"0", "0", "89abcdefABCDEF", hex},
	} {
		for k, set := range digits {
			for _, c := range []byte(set) {
				t[k][c] |= 1 << bit
			}
		}
	}
	return t
}()
