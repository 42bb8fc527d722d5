//go:build !purego

package bytescan

// vector hands chunk to a kernel. The AVX-512 ones mask what is behind a last, short
// block; the other one gets a copy of it, filled with blanks.
func (s *Structure) vector(chunk []byte) (bad, escapes bool) {
	var wrong, looks uint64
	if active == avx512 {
		if len(chunk) <= shortStructure {
			wrong, looks = structureShort512(s, &chunk[0], len(chunk))
		} else {
			wrong, looks = structureAVX512(s, &chunk[0], len(chunk))
		}
		return wrong != 0, looks != 0
	}
	whole := len(chunk) &^ 63
	if whole > 0 {
		wrong, looks = structureAVX2(s, &chunk[0], whole/64, 0)
	}
	if whole < len(chunk) {
		block := blanks
		copy(block[:], chunk[whole:])
		w, l := structureAVX2(s, &block[0], 1, whole/64)
		wrong, looks = wrong|w, looks|l
	}
	return wrong != 0, looks != 0
}

// structureAVX512 looks at n bytes of text, at least one. It returns what is bad and what
// of Escapes is set, each as some bits.
//
//go:noescape
func structureAVX512(s *Structure, text *byte, n int) (bad, escapes uint64)

// structureShort512 is structureAVX512 for few blocks.
//
//go:noescape
func structureShort512(s *Structure, text *byte, n int) (bad, escapes uint64)

// structureAVX2 looks at so many blocks of text, at least one. The bitmaps go to index at
// and on.
//
//go:noescape
func structureAVX2(s *Structure, text *byte, blocks, at int) (bad, escapes uint64)

// Classes of bytes, as bits of structureTables.class.
const (
	classBracket = 1 << iota
	classOp      // a colon or a comma
	classBlank
	classControl
	classLook   // u and /
	classEscape // what may follow a backslash
)

// What can be wrong with two bytes that follow each other, of which at least one is not
// ASCII, in the words of Keiser and Lemire, "Validating UTF-8 in less than one instruction
// per byte" (2021). The pair is wrong in a way that all three look-ups name: by the first
// byte's high half, its low half, and the second byte's high half.
const (
	tooShort  = 1 << 0 // a lead byte, and no continuation
	tooLong   = 1 << 1 // a continuation after ASCII
	overlong3 = 1 << 2
	tooLarge  = 1 << 3 // F4 and above 8F
	surrogate = 1 << 4
	overlong2 = 1 << 5
	tooLarge2 = 1 << 6 // F5 and above, behind 8x; and overlong4
	overlong4 = 1 << 6
	twoConts  = 1 << 7 // wrong, unless a lead byte stands two or three bytes before
	anyLow    = tooShort | tooLong | twoConts
)

// structureTables is what the kernels load: each byte of a field once, or as often as a
// register has lanes of 16, so that it can be an operand.
type structureTables struct {
	class   [128]byte // by byte
	blank   [64]byte
	nibble  [64]byte // 0F
	first   [64]byte // UTF-8: by the first byte's high half
	low     [64]byte // by its low half
	second  [64]byte // by the second byte's high half
	three   [64]byte // what leaves 80 and above of a byte that two continuations follow
	four    [64]byte // or three
	top     [64]byte // 80
	slash   [64]byte // '\\'
	quote   [64]byte // '"'
	isLook  [64]byte // classes
	isOp    [64]byte
	isBr    [64]byte
	isBlank [64]byte
	isCtl   [64]byte
	isEsc   [64]byte
	ops     [64]byte // AVX2: by the low half, the operator with bit 5 set
	spaces  [64]byte // by the low half, the blank
	escHigh [64]byte // by the high half, one bit for each row of ASCII with escape letters,
	escLow  [64]byte // and by the low half those it has; 10 and 20 are for u and /
	control [64]byte // 1F, the last control byte
	odd     uint64
}

//lint:ignore U1000 the kernels read it
var structureTable = func() (t structureTables) {
	put := func(class byte, set string) {
		for _, b := range []byte(set) {
			t.class[b] |= class
		}
	}
	put(classBracket|classOp, "{}[]")
	put(classOp, ":,")
	put(classBlank, " \t\n\r")
	put(classLook, "u/")
	put(classEscape, `"\/bfnrtu`)
	for b := range byte(0x20) {
		t.class[b] |= classControl
	}
	fill := func(dst *[64]byte, lane ...byte) {
		for i := range dst {
			dst[i] = lane[i%len(lane)]
		}
	}
	fill(&t.blank, ' ')
	fill(&t.nibble, 0x0F)
	fill(&t.top, 0x80)
	fill(&t.slash, '\\')
	fill(&t.quote, '"')
	fill(&t.isLook, classLook)
	fill(&t.isOp, classOp)
	fill(&t.isBr, classBracket)
	fill(&t.isBlank, classBlank)
	fill(&t.isCtl, classControl)
	fill(&t.isEsc, classEscape)
	fill(&t.three, 0xE0-0x80)
	fill(&t.four, 0xF0-0x80)
	fill(&t.first,
		tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong,
		twoConts, twoConts, twoConts, twoConts,
		tooShort|overlong2, tooShort, tooShort|overlong3|surrogate, tooShort|tooLarge|tooLarge2|overlong4)
	const large = anyLow | tooLarge | tooLarge2
	fill(&t.low,
		anyLow|overlong3|overlong2|overlong4, anyLow|overlong2, anyLow, anyLow,
		anyLow|tooLarge, large, large, large, large, large, large, large, large,
		large|surrogate, large, large)
	const cont = tooLong | overlong2 | twoConts
	fill(&t.second,
		tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort,
		cont|overlong3|tooLarge2|overlong4, cont|overlong3|tooLarge, cont|surrogate|tooLarge, cont|surrogate|tooLarge,
		tooShort, tooShort, tooShort, tooShort)
	// What has no entry is 0, which equals no byte: not with bit 5 set, and 0 itself looks up ' '.
	fill(&t.ops, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0)
	fill(&t.spaces, ' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0)
	var high, low [16]byte
	for row, letters := range map[byte]string{1: `"/`, 2: `\`, 4: "bfn", 8: "rtu", 0x10: "u", 0x20: "/"} {
		for _, b := range []byte(letters) {
			high[b>>4] |= row
			low[b&15] |= row
		}
	}
	fill(&t.escHigh, high[:]...)
	fill(&t.escLow, low[:]...)
	fill(&t.control, 0x1F)
	t.odd = 0xAAAAAAAAAAAAAAAA
	return t
}()
