package bytescan

// odd512 goes over the text once for what most bytes are, and then only over blocks in which
// something may begin; nothing in it depends on what the processor cannot foresee, as a branch
// taken wrong costs more than to look at a block.
//
//	bytes ──► classes ──► a word of bits each: letters, dots, digits, pairs, high
//	words, eight at a time ──► where runs of 14 letters begin, dots between digits …
//	blocks that have one   ──► are the letters of a text? five bytes each, in tables
//
// oddTables512 are its tables. first is by byte, below 0x80, and has oddBegins, oddDot and six
// groups of what begins something. A place may be one where first, second and third, of the bytes
// behind, agree about a group; these two are by bits 1 to 6 of a byte, so that one instruction looks
// it up, and take a byte's neighbour for it. Of what is left, five bytes have to agree, each in one
// of the tables of exact, of which the second is like first.
type oddTables512 struct {
	first         [128]uint8
	second, third [64]uint8

	exactFirst                                        [128]uint8
	exactBefore, exactSecond, exactThird, exactFourth [64]uint8
	tag1, tag2                                        [128]uint8 // of the two bytes behind a <; of bytes of 0x80 and above by their low bits

	lead, cont [128]uint8 // by the low bits of bytes of 0x80 and above
	rest       [64]uint8  // by the low six bits of a character's third byte
	quad       [3][128]uint8

	// Each as often as a register has bytes: groups,
	always, line          [64]uint8 // all of first but oddEnd, and that
	tag                   [64]uint8
	alone, beside         [64]uint8
	texts, more, archives [64]uint8
	// and bytes.
	zero, ten, slash, plus, sign [64]uint8
}

// Groups of oddTables512.first.
const (
	oddRefs    = 1 << iota // % & < @
	oddBreak               // = @ before the end of a line
	oddArray               // [
	oddEqual               // = before a value
	oddEscaped             // \u0
	oddEnd                 // the end of a line, which counts behind a digit
	oddDot                 //
	oddBegins              // a letter of base64
)

// exactTag is the group of a <.
const exactTag = 1 << 7

// Groups of oddTables512.lead.
const (
	oddGeneral = 1 << 2 // U+2000 to U+203F, U+3000 to U+303F
	oddMarks   = 1 << 6 // the rest of E2 and EF
)

var odds512 = func() *oddTables512 {
	t, lead, second := new(oddTables512), &odds.lead, &odds.second
	fill := func(dst []uint8, group uint8, set string) {
		for _, c := range []byte(set) {
			if len(dst) == 64 {
				c >>= 1
			}
			dst[int(c)&(len(dst)-1)] |= group
		}
	}
	any := byteSet(func(c byte) bool { return true })
	noQuote := byteSet(func(c byte) bool { return c>>1&63 != '"'>>1 })
	put := func(group uint8, first, second, third string) {
		fill(t.first[:], group, first)
		fill(t.second[:], group, second)
		fill(t.third[:], group, third)
	}
	put(oddBegins, base64Letters, "", "")
	put(oddDot, ".", "", "")
	put(oddRefs, "%&<@", alnums+"#/!", any)
	put(oddBreak, "=@", "\n\r\\", noQuote)
	put(oddArray, "[", "\"", any)
	put(oddEqual, "=", formFirst+bigHexes, alnums)
	put(oddEscaped, "\\", "u", "0")
	put(oddEnd, "\\\n\r", tens+"n\\-.", any)

	for bit, s := range []shape{
		{any, "=", "234567BCDEF", bigHexes, "="},
		{any, "=", "235", "ABDEF", alnums + "+"},
		{any, "=", "4", "0", capitals + smalls},
		{tens, "\\=", "n\\24", tens + "-.\\n", any},
		{any, "=\\[@", "\n\r\\u\"", any, any},
		{tens + "n\n", ".\n\r@", alnums + "-.", any, any},
		{any, "%&", alnums + "#", alnums, any},
		{values + " ", "<", any, any, any}, // exactTag, and tag1 and tag2 agree
	} {
		fill(t.exactBefore[:], 1<<bit, s.before)
		fill(t.exactFirst[:], 1<<bit, s.first)
		fill(t.exactSecond[:], 1<<bit, s.second)
		fill(t.exactThird[:], 1<<bit, s.third)
		fill(t.exactFourth[:], 1<<bit, s.fourth)
	}
	for bit, s := range tagShapes {
		for _, c := range []byte(s.second) {
			t.tag1[c&127] |= 1 << bit
		}
		for _, c := range []byte(s.third) {
			t.tag2[c&127] |= 1 << bit
		}
	}
	for c := range 128 {
		t.lead[c], t.cont[c] = lead.of(byte(c)|0x80), second.of(byte(c)|0x80)
	}
	t.lead[0xe2&0x7f] |= oddGeneral // in place of oddMarks' U+2000 to U+203F
	t.cont[0x80&0x7f] &^= oddMarks
	for c := range t.rest {
		t.rest[c] = 0xff
	}
	for _, c := range "\x18\x19\x1c\x1d" { // the quotes of E2 80, as texts have them
		t.rest[c] &^= oddGeneral
	}
	for bit, q := range quads {
		for k, set := range q {
			for _, c := range []byte(set) {
				if c < 128 {
					t.quad[k][c] |= 1 << bit
				}
			}
		}
	}
	for dst, c := range map[*[64]uint8]uint8{
		&t.always: oddRefs | oddBreak | oddArray | oddEqual | oddEscaped, &t.line: oddEnd,
		&t.tag: exactTag, &t.alone: oddAlone, &t.beside: oddBeside,
		&t.texts: quadText, &t.more: quadMore, &t.archives: 1 << quadArchive,
		&t.zero: '0', &t.ten: 10, &t.slash: '\\', &t.plus: '+', &t.sign: '=',
	} {
		for i := range dst {
			dst[i] = c
		}
	}
	return t
}()
