package bytescan

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// NOTE: of the places that a kernel finds hardly one in a hundred may be odd, and to look at it
// closely costs more than all else. So HasShape looks at the byte before a place and the four from it
// on, in tables: each bit is a shape, and a place may be odd where the bytes agree about one.

// A shape is what the bytes of an odd place are: one of each set, "" being any.
type shape struct{ before, first, second, third, fourth string }

const (
	tens     = "0123456789"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	smalls   = "abcdefghijklmnopqrstuvwxyz"
	alnums   = tens + capitals + smalls
	hexes    = tens + "ABCDEFabcdef"
	bigHexes = tens + "ABCDEF"
	values   = alnums + "@.-+_:/()"

	base64Letters = alnums + "+/-_"
	formFirst     = "234567BCDEFGLRSTUVW" // of what a form's value begins with
)

// Shapes that shaped asks more about.
const (
	shapeForm   = 1 << iota // only if a plus follows
	shapeGroups             // only if a dot follows
	shapeEscape             // only of & or <
	shapeHigh               // only some
)

func byteSet(yes func(c byte) bool) string {
	var b strings.Builder
	for c := range 256 {
		if yes(byte(c)) {
			b.WriteByte(byte(c))
		}
	}
	return b.String()
}

// What four letters of base64 may be, by the first three: of a text, by the first of three bytes, and
// the second one where it matters; or the beginning of an archive.
const (
	quadASCII = iota
	quadASCIILead
	quadLead
	quadRest // of a character, behind which anything may come
	quadArchive

	quadText = 1<<quadASCII | 1<<quadASCIILead | 1<<quadLead // how a text begins
	quadMore = quadText | 1<<quadRest                        // and goes on

	quadStarts = quadText | 1<<quadArchive
)

var quads = func() [5][3]string {
	letters := func(yes func(v int) bool) string {
		return byteSet(func(c byte) bool {
			v := strings.IndexByte(capitals+smalls+tens+"+/", c)
			if c == '-' || c == '_' {
				v = strings.IndexByte("-_", c) + 62
			}
			return v >= 0 && yes(v)
		})
	}
	// Three bytes are ASCII, the lead of a character, or the rest of one.
	ascii1 := letters(func(v int) bool { return v >= 8 && v < 32 || v == 2 || v == 3 }) // or the end of a line, a tab
	rest1 := letters(func(v int) bool { return v>>4 == 2 })
	lead1 := letters(func(v int) bool { return v>>4 == 3 && v <= 0xf4>>2 })
	ascii2 := letters(func(v int) bool { return v&8 == 0 && v&15 != 1 })
	lead2 := letters(func(v int) bool { return v&12 == 12 })
	rest2 := letters(func(v int) bool { return v&12 == 8 })
	notRest3 := letters(func(v int) bool { return v&3 != 2 })
	rest3 := letters(func(v int) bool { return v&3 == 2 })
	return [...][3]string{
		quadASCII:     {ascii1, ascii2, notRest3},
		quadASCIILead: {ascii1, lead2, rest3},
		quadLead:      {lead1, rest2, base64Letters},
		quadRest:      {rest1, letters(func(v int) bool { return v&15 != 1 }), base64Letters},
		quadArchive:   {"HUeKQ/N", "4EJNLlT3", "sDwxyzopqrUd"},
	}
}()

var oddShapes = func() []shape {
	noQuote := byteSet(func(c byte) bool { return c != '"' && c != '#' })
	s := []shape{
		{"", "=", formFirst, alnums, alnums + "+"},                                 // shapeForm
		{tens, ".", tens, tens, tens + "."},                                        // shapeGroups
		{"", "\\", "u", "0", "0"},                                                  // shapeEscape
		{"", byteSet(func(c byte) bool { return c >= utf8.RuneSelf }), "", "", ""}, // shapeHigh
		{"", "@", "\n\r\\", noQuote, ""},                                           //
		{"n\n", "@", alnums, "", ""},                                               //
		{"", "[", "\"", "", ""},                                                    //
		{"", "%", hexes, hexes, ""},                                                //
		{"", "&", capitals + smalls, alnums, alnums + ";"},                         // a name
		{"", "&", "#", tens + "xX", ""},                                            // a number
		{"", "=", "\n\r\\", noQuote, ""},                                           // soft line break
		{"", "=", "234567BCDEF", bigHexes, "="},                                    // =XX=XX
		{"", "=", "2", "BDEF", alnums + "+"},                                       // + - . /
		{"", "=", "35", "AF", alnums + "+"},                                        // : _
		{"", "=", "4", "0", capitals + smalls},                                     // @
		{tens, "=", "24", "089", tens},                                             // blank ( ) @
		{tens, "\\", "n", tens + "-.", ""},                                         //
		{tens, "\\", "\\", "\\n", ""},                                              //
		{tens, "\n\r", tens + "-.", "", ""},                                        //
	}
	return append(s, tagShapes...)
}()

// tagShapes are of tags that may stand within a word.
var tagShapes = func() []shape {
	ends := byteSet(func(c byte) bool { return strings.IndexByte(alnums+"@.-", c) < 0 })
	both := func(s string) string { return s + strings.ToUpper(s) }
	one := both("abiqsu") // of one letter
	return []shape{
		{values + " ", "<", "!", "-", "-"},                                     //
		{values + " ", "<", one, ends, ""},                                     //
		{values + " ", "<", both("s"), both("amptu"), both("mabpr")},           //
		{values + " ", "<", both("def"), both("efmo"), ""},                     //
		{values + " ", "<", both("abcikmntvw"), both("abdinot"), ""},           //
		{values + " ", "<", "/", one, ends},                                    //
		{values + " ", "<", "/", both("abcdefikmnstvw"), both("abdefimnoptu")}, //
	}
}()

// shapeTables are of the byte before a place, and of those from it on.
var shapeTables = func() *[5][256]uint32 {
	t := new([5][256]uint32)
	for bit, s := range oddShapes {
		s.fill(t, bit)
	}
	return t
}()

// fill puts s into t as bit.
func (s *shape) fill(t *[5][256]uint32, bit int) {
	for k, set := range [...]string{s.before, s.first, s.second, s.third, s.fourth} {
		for c := range 256 {
			if set == "" || strings.IndexByte(set, byte(c)) >= 0 {
				t[k][c] |= 1 << bit
			}
		}
	}
}

// hasShape reports whether text[i] is the first byte of one of oddShapes, or highAt.
func hasShape(text []byte, i int) bool {
	if isBase64(text[i]) {
		return letterShape(text, i)
	}
	t, x, prev := shapeTables, word(text, i), byte(0)
	if i > 0 {
		prev = text[i-1]
	}
	h := t[0][prev] & t[1][byte(x)] & t[2][byte(x>>8)] & t[3][byte(x>>16)] & t[4][byte(x>>24)]
	switch {
	case h == 0:
		return false
	case h > 2*shapeHigh-1: // a tag behind a blank is one only behind a digit
		return prev != ' ' || byte(x) != '<' || i > 1 && IsDigit(text[i-2])
	case h&shapeForm != 0:
		return hasByte(x&^0xffffff, '+')
	case h&shapeGroups != 0:
		n := 3
		for n < 6 && IsDigit(byte(x>>(8*n))) {
			n++
		}
		return byte(x>>(8*n)) == '.' && i > 1 && isBase64(text[i-2])
	case h&shapeEscape != 0: // \u0026, \u003c
		return byte(x>>32)|1 == '3'
	}
	return highAt(text, i)
}

// word returns eight bytes of text from i on, with zeros behind its end.
func word(text []byte, i int) uint64 {
	if i+8 <= len(text) {
		return binary.LittleEndian.Uint64(text[i:])
	}
	var last [8]byte
	copy(last[:], text[i:])
	return binary.LittleEndian.Uint64(last[:])
}

// letterShape is hasShape for a letter of base64: it begins six that are set apart, or base64 of a
// text, of which nine bytes are looked at, or of an archive. Behind a backslash it may be an escape's.
func letterShape(text []byte, i int) bool {
	return lettersShape(text, i) || i > 0 && text[i-1] == '\\' && lettersShape(text, i+1)
}

func lettersShape(text []byte, i int) bool {
	if i+1 < len(text) && (text[i+1] == ' ' || text[i+1] == '.') {
		for k := 3; k < 12; k += 2 {
			if i+k >= len(text) || text[i+k] != ' ' && text[i+k] != '.' {
				return false
			}
		}
		return true
	}
	if i+12 > len(text) || text[i]|text[i+1] >= utf8.RuneSelf { // which the tables take for letters
		return false
	}
	t, s := &odds512.quad, text[i:i+12]
	a := t[0][s[0]&0x7f] & t[1][s[1]&0x7f] & t[2][s[2]&0x7f]
	if a&quadStarts == 0 {
		return false
	}
	b := t[0][s[4]&0x7f] & t[1][s[5]&0x7f] & t[2][s[6]&0x7f]
	c := t[0][s[8]&0x7f] & t[1][s[9]&0x7f] & t[2][s[10]&0x7f]
	return a&quadText != 0 && b&quadMore != 0 && c&quadMore != 0 || a>>quadArchive != 0
}

// hasByte reports whether a byte of x is c, which is not 0.
func hasByte(x uint64, c byte) bool {
	const ones = 0x0101010101010101
	x ^= uint64(c) * ones
	return (x-ones)&^x&(0x80*ones) != 0
}

// highAt reports whether a character begins at text[i], beyond ASCII, that may be decoded: by its
// first three bytes, and what stands beside the first two.
func highAt(text []byte, i int) bool {
	var c [3]byte
	copy(c[:], text[i:])
	if c[1] < utf8.RuneSelf {
		return false
	}
	t := odds512
	all := t.lead[c[0]&0x7f] & t.cont[c[1]&0x7f] & t.rest[c[2]&0x3f]
	return all&^oddBeside != 0 || all != 0 && (i > 0 && isBase64(text[i-1]) || isBase64(c[2]))
}

func isBase64(c byte) bool { return oddLanes[c]&1 != 0 }
