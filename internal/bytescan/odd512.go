package bytescan

// oddTables512 are the tables of odd512. first is by byte, below 0x80: oddBegins for the letters of
// base64, oddSets, and six groups of what begins something. A place is one to ask more about where
// first, second and third, of the bytes behind, agree about a group; these two are by bits 1 to 6 of
// a byte, so that one instruction looks it up, and take a byte's neighbour for it.
type oddTables512 struct {
	first         [128]uint8
	second, third [64]uint8
	lead, cont    [128]uint8 // by the low bits of bytes of 0x80 and above
	rest          [64]uint8  // by the low six bits of a character's third byte
	quad          [3][128]uint8
	value         [128]uint8 // 0x80 for what may stand before a tag
	tag1, tag2    [128]uint8 // of the two bytes behind a <; of bytes of 0x80 and above by their low bits

	// Each as often as a register has bytes: groups,
	sure, ats, tags, escapes, equal [64]uint8
	alone, beside                   [64]uint8
	texts, more, archives           [64]uint8
	// and bytes.
	zero, ten, blank, u, less, dot, capital, six, four, sign, plus, slash [64]uint8
}

// Groups of oddTables512.first.
const (
	oddRefs    = 1 << iota // % &
	oddArray               // [
	oddEqual               // = before a value
	oddBreak               // = @ before the end of a line, \\ before another
	oddTag                 // < @, the end of a line
	oddEscaped             // \ . and <!
	oddSets                // a blank, a dot
	oddBegins              // a letter of base64
)

// Groups of oddTables512.lead.
const (
	oddGeneral = 1 << 2 // U+2000 to U+203F, U+3000 to U+303F
	oddMarks   = 1 << 6 // the rest of E2 and EF
)

var odds512 = func() *oddTables512 {
	t, lead, second := new(oddTables512), &odds.halves[3], &odds.halves[4]
	put := func(group uint8, first, second, third string) {
		for _, c := range []byte(first) {
			t.first[c] |= group
		}
		for _, c := range []byte(second) {
			t.second[c>>1&63] |= group
		}
		for _, c := range []byte(third) {
			t.third[c>>1&63] |= group
		}
	}
	any := byteSet(func(c byte) bool { return true })
	put(oddBegins, base64Letters, "", "")
	put(oddSets, " .", "", "")
	put(oddRefs, "%&", alnums+"#", alnums)
	put(oddArray, "[", "\"", any)
	put(oddEqual, "=", formFirst+bigHexes, alnums)
	put(oddBreak, "=@\\", "\n\r\\", byteSet(func(c byte) bool { return c != '"' }))
	put(oddTag, "<\n\r@", alnums+"/-.", any)
	for bit, s := range tagShapes {
		for _, c := range []byte(s.second) {
			t.tag1[c&127] |= 1 << bit
		}
		for _, c := range []byte(s.third) {
			t.tag2[c&127] |= 1 << bit
		}
	}
	for _, c := range []byte(values) {
		t.value[c] = 0x80
	}
	put(oddEscaped, "\\.<", tens+"un!", tens+"-.")
	t.third['"'>>1] &^= oddBreak
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
		&t.texts: quadText, &t.more: quadMore, &t.archives: 1 << quadArchive,
		&t.sure: oddRefs | oddArray | oddBreak, &t.ats: oddTag, &t.tags: oddTag | oddEscaped, &t.escapes: oddEscaped, &t.equal: oddEqual, &t.alone: oddAlone, &t.beside: oddBeside,
		&t.zero: '0', &t.ten: 10, &t.blank: ' ', &t.u: 'u', &t.less: '<', &t.dot: '.', &t.capital: 'A', &t.six: 6, &t.four: '4', &t.sign: '=', &t.plus: '+', &t.slash: '\\',
	} {
		for i := range dst {
			dst[i] = c
		}
	}
	return t
}()
