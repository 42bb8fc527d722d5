package view

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// NOTE: of the places that bytescan.Odd finds hardly one in a thousand is odd, and to ask oddAt
// costs more than all else. So eachOdd first looks at the byte before a place and the four from it
// on, in tables: each bit is a shape, and a place may be odd where the bytes agree about one. Next to
// no branch depends on the text. A place that oddAt takes has a shape; TestHints holds that.

// A shape is what the bytes of an odd place are: one of each set, "" being any. first holds no
// letters of base64 but where what begins there is told by them.
type shape struct{ before, first, second, third, fourth string }

const (
	tens     = "0123456789"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	smalls   = "abcdefghijklmnopqrstuvwxyz"
	alnums   = tens + capitals + smalls
	hexes    = tens + "ABCDEFabcdef"
	bigHexes = tens + "ABCDEF"
	values   = alnums + "@.-+_:/()"
)

// Shapes that eachOdd asks more about.
const (
	hintForm   = 1 << iota // only if a plus follows
	hintGroups             // only if a dot follows
	hintHigh
	hintLetter = 1 << 31 // a letter of base64 behind a backslash, which is an escape's
)

var shapes = func() []shape {
	set := func(yes func(c byte) bool) string {
		var b strings.Builder
		for c := range 256 {
			if yes(byte(c)) {
				b.WriteByte(byte(c))
			}
		}
		return b.String()
	}
	letters := func(yes func(v byte) bool) string {
		return set(func(c byte) bool { return inBase64(c) && yes(base64Value[c]) })
	}
	// What may stand at the three bytes behind four letters of base64: ASCII, the lead of a
	// character, the rest of one. See textQuad.
	ascii1 := letters(func(v byte) bool {
		for low := range byte(4) {
			if byteKind[v<<2|low] == kindASCII {
				return true
			}
		}
		return false
	})
	lead1 := letters(func(v byte) bool { return v>>4 == 3 && v <= 0xf4>>2 })
	ascii2 := letters(func(v byte) bool { return v&8 == 0 && v&15 != 1 })
	lead2 := letters(func(v byte) bool { return v&12 == 12 })
	rest2 := letters(func(v byte) bool { return v&12 == 8 })
	notRest3 := letters(func(v byte) bool { return v&3 != 2 })
	rest3 := letters(func(v byte) bool { return v&3 == 2 })

	ends := set(func(c byte) bool { return !isAlnum(c) && c != '@' && c != '.' && c != '-' })
	both := func(s string) string { return s + strings.ToUpper(s) }
	one := both("abiqsu") // tags of one letter
	printable := set(func(c byte) bool { return c >= ' ' && c < utf8.RuneSelf })
	return []shape{
		{"", "=", alnums, alnums, alnums + "+"},                                // hintForm
		{tens, ".", tens, tens, tens + "."},                                    // hintGroups
		{"", set(func(c byte) bool { return c >= utf8.RuneSelf }), "", "", ""}, // hintHigh
		{"", "@[", "", "", ""},                                                 //
		{"", "%", hexes, hexes, ""},                                            //
		{"", "&", alnums, alnums, alnums + ";"},                                // a name
		{"", "&", "#", "", ""},                                                 // a number
		{"", "=", "\n\r\\", "", ""},                                            // soft line break
		{"", "=", bigHexes, bigHexes, "="},                                     // =XX=XX
		{"", "=", "2", "BDEF", alnums + "+"},                                   // + - . /
		{"", "=", "35", "AF", alnums + "+"},                                    // : _
		{"", "=", "4", "0", capitals + smalls},                                 // @
		{tens, "=", "24", "089", tens},                                         // blank ( ) @
		{"", "\\", "u", "0", "0"},                                              //
		{tens, "\\", "n", tens + "-.", ""},                                     //
		{tens, "\\", "\\", "\\n", ""},                                          //
		{tens, "\n\r", tens + "-.", "", ""},                                    //
		{"", ascii1, ascii2, notRest3, ""},                                     //
		{"", ascii1, lead2, rest3, ""},                                         //
		{"", lead1, rest2, "", ""},                                             //
		{"", "HUeKQ/N", "4EJNLlT3", "sDwxyzopqrUd", ""},                        // archive
		{"", alnums + "+", " .", printable, " ."},                              // spacedAt
		{values + " ", "<", "!", "-", "-"},                                     //
		{values + " ", "<", one, ends, ""},                                     //
		{values + " ", "<", both("s"), both("amptu"), both("mabpr")},           //
		{values + " ", "<", both("def"), both("efmo"), ""},                     //
		{values + " ", "<", both("abcikmntvw"), both("abdinot"), ""},           //
		{values + " ", "<", "/", one, ends},                                    //
		{values + " ", "<", "/", both("abcdefikmnstvw"), both("abdefimnoptu")}, //
	}
}()

// hints are tables of the byte before a place, and of those from it on.
var hints = func() *[5][256]uint32 {
	t := new([5][256]uint32)
	for bit, s := range shapes {
		for k, set := range [...]string{s.before, s.first, s.second, s.third, s.fourth} {
			for c := range 256 {
				if set == "" || strings.IndexByte(set, byte(c)) >= 0 {
					t[k][c] |= 1 << bit
				}
			}
		}
	}
	t[0]['\\'] |= hintLetter
	for c := range 256 {
		if inBase64(byte(c)) {
			t[1][c] |= hintLetter
		}
	}
	return t
}()

// places are some of what bytescan.Odd found, counted from a byte of the text. There is room for
// all of a word's behind those that are few enough to take it on.
type places struct {
	n  int
	at [fewPlaces + 64 + wordPlaces]uint16
}

const (
	fewPlaces  = 32
	wordPlaces = 4 // of a word that are taken without a look at how many there are
)

// fill makes p the places of as many words as there is room for. It returns how many that are.
func (p *places) fill(words []uint64) int {
	n, k := 0, 0
	for ; k < len(words) && n <= fewPlaces; k++ {
		if k+4 <= len(words) && words[k]|words[k+1]|words[k+2]|words[k+3] == 0 {
			k += 3
			continue
		}
		w, from := words[k], uint16(64*k)
		more := bits.OnesCount64(w)
		to := (*[wordPlaces]uint16)(p.at[n:])
		for i := range to { // Fast path: what is too much is written over.
			to[i] = from + uint16(bits.TrailingZeros64(w))
			w &= w - 1
		}
		for i := n + wordPlaces; w != 0; i++ {
			p.at[i] = from + uint16(bits.TrailingZeros64(w))
			w &= w - 1
		}
		n += more
	}
	p.n = n
	return k
}

// hinted returns those of p, counted from text[base], that may be odd.
func (p *places) hinted(text []byte, base int) []uint16 {
	t, n := hints, 0
	for _, at := range p.at[:p.n] {
		i := base + int(at)
		p.at[n] = at
		if i == 0 || i+8 > len(text) {
			n++
			continue
		}
		x := binary.LittleEndian.Uint64(text[i:])
		before := t[0][text[i-1]]
		x >>= (before & t[1][byte(x)] & hintLetter >> 31) * 8
		h := before & t[1][byte(x)] & t[2][byte(x>>8)] & t[3][byte(x>>16)] & t[4][byte(x>>24)] &^ hintLetter
		// No form without a plus, no groups without a dot, three to seven bytes behind. Lower bytes
		// may spoil a higher one's answer in one direction only.
		const ones = 0x0101010101010101
		want := x ^ ('+'+uint64(h&hintGroups)/hintGroups*('.'-'+'))*ones
		want = (want - ones) &^ want & (0x80 * ones &^ 0xffffff)
		none := uint32((want|-want)>>63) ^ 1
		h &^= none * (hintForm | hintGroups)
		if h == hintHigh && !mayFold(text, i) {
			continue
		}
		n += int((h | -h) >> 31)
	}
	return p.at[:n]
}

// mayFold reports whether the character at text[i], beyond ASCII, may be another one's letter. There
// are two bytes behind it.
func mayFold(text []byte, i int) bool {
	r := rune(0)
	switch a, b, c := text[i], text[i+1], text[i+2]; {
	case a < 0xe0:
		r = rune(a&0x1f)<<6 | rune(b&0x3f)
	case a < 0xf0:
		r = rune(a&0x0f)<<12 | rune(b&0x3f)<<6 | rune(c&0x3f)
	default:
		return true
	}
	return fold(r).class != plain
}
