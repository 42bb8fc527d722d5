package detect

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// Bounds on what is read around a value to know what member it is the value of.
const (
	maxKey      = 64  // bytes of a name
	maxBlanks   = 16  // between a name, its colon and its value
	maxBack     = 256 // from a match back to the name, over an array's elements
	maxInside   = 96  // from a match back to the start of its string
	maxAround   = 512 // either side, for Parents and Siblings
	maxElements = 16  // of an array, back to its name
)

// A nameTable holds names of members by the hash of their letters and digits, so
// that first_name, firstName and First-Name are one.
type nameTable struct {
	byHash map[uint64]int32
	names  []names
	tails  [1024]uint64 // 64 Ki bits: the last letters of all names, from one on
	ends   [1024]uint64 // 64 Ki bits: all letters of all names
}

// names are the rules that one name speaks for.
type names struct {
	name   string // as the first of them writes it
	rules  []int32
	kind   int32    // of the entity that it names by itself, or 0
	set    []uint64 // the same, as bits
	single bool     // one word: it also counts as the last of several
}

func newNameTable() *nameTable { return &nameTable{byHash: make(map[uint64]int32)} }

func (t *nameTable) add(name string, rule int32) error {
	key := []byte(name)
	all, _, words := hashName(key)
	if words == 0 || len(key) > maxKey {
		return fmt.Errorf("field name %q has no letters, or more than %d bytes", name, maxKey)
	}
	at, ok := t.byHash[all]
	if !ok {
		at = int32(len(t.names))
		t.byHash[all] = at
		t.names = append(t.names, names{name: name, single: words == 1})
		t.mark(key)
	}
	for _, r := range t.names[at].rules {
		if r == rule {
			return nil
		}
	}
	t.names[at].rules = append(t.names[at].rules, rule)
	return nil
}

// mark enters a name in the filters, letter by letter from its end. mayEnd passes all
// names that have letters beyond ASCII, so there a name has been told.
func (t *nameTable) mark(key []byte) {
	h := uint64(hashSeed)
	for end := len(key); end > 0; {
		_, n := utf8.DecodeLastRune(key[:end])
		end -= n
		g, r, _ := glyphAt(key, end)
		switch {
		case g == gap || g == digit:
			continue
		case r >= utf8.RuneSelf:
			return
		}
		h = hashByte(h, byte(r))
		t.tails[h>>46&1023] |= 1 << (h >> 40 & 63)
	}
	t.ends[h>>46&1023] |= 1 << (h >> 40 & 63)
}

// mayEnd reports whether a name may end before text[end]. It is a filter. The name is
// taken to begin behind a quote, and to be nothing but its letters.
func (t *nameTable) mayEnd(text []byte, end int, quote byte) bool {
	h := uint64(hashSeed)
	for i := end - 1; i >= max(0, end-maxKey); i-- {
		c := text[i]
		if x := c | 0x20; x-'a' < 26 {
			if t.ends[h>>46&1023]>>(h>>40&63)&1 != 0 {
				return true // one that may be preceded by others
			}
			h = hashByte(h, x)
			if t.tails[h>>46&1023]>>(h>>40&63)&1 == 0 {
				return false
			}
			continue
		}
		switch {
		case c == quote:
			return t.ends[h>>46&1023]>>(h>>40&63)&1 != 0
		case c >= 0x80:
			return true
		}
	}
	return true
}

// hashName returns the hash of key's letters and digits, that of its last word,
// and how many words it has. Digits at the end are not its last word.
func hashName(key []byte) (all, last uint64, words int) {
	all = hashSeed
	for i := 0; ; words++ {
		w := nextWord(key, i, len(key))
		if w.start < 0 {
			return
		}
		var g glyph
		for k := w.start; k < w.end; {
			if c := key[k]; c < utf8.RuneSelf {
				g, all = glyph(ascii[c].glyph), hashByte(all, ascii[c].lower)
				k++
				continue
			}
			var r rune
			var n int
			g, r, n = glyphAt(key, k)
			all = hashRune(all, r)
			k += n
		}
		switch {
		case g == ideo:
			last = all // no words to tell apart
			words = min(words, 0)
		case g != digit || words == 0:
			last = w.hash
		}
		i = w.end
	}
}

// A field is the name of a member, looked up: what it is, and what its last word
// is, or -1.
type field struct{ exact, hint int32 }

var noField = field{-1, -1}

func (t *nameTable) find(key []byte) field {
	all, last, words := hashName(key)
	f := noField
	if at, ok := t.byHash[all]; ok {
		f.exact = at
	}
	if words > 1 && last != all {
		if at, ok := t.byHash[last]; ok && t.names[at].single {
			f.hint = at
		}
		if f.exact < 0 {
			f.exact = t.ending(key)
		}
	}
	return f
}

// ending returns the name of two words or more that key ends with, as
// customer_first_name ends with first_name, or -1. It says as much as key itself would.
func (t *nameTable) ending(key []byte) int32 {
	for w := nextWord(key, 0, len(key)); w.start >= 0; {
		if w = nextWord(key, w.end, len(key)); w.start < 0 {
			break
		}
		all, _, _ := hashName(key[w.start:])
		if at, ok := t.byHash[all]; ok && !t.names[at].single {
			return at
		}
	}
	return -1
}

// speaksFor says whether f names rule, and whether only its last word does.
func (t *nameTable) speaksFor(f field, rule int32) (exact, hint bool) {
	if f.exact >= 0 {
		for _, r := range t.names[f.exact].rules {
			exact = exact || r == rule
		}
	}
	if f.hint >= 0 && !exact {
		for _, r := range t.names[f.hint].rules {
			hint = hint || r == rule
		}
	}
	return exact, hint
}

// backslashes counts those that stand before text[i].
func backslashes(text []byte, i int) int {
	n := 0
	for i-n > 0 && text[i-n-1] == '\\' && n < 256 {
		n++
	}
	return n
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isQuote(c byte) bool { return c == '"' || c == '\'' }

func skipBlanks(text []byte, i int) int {
	for k := 0; k < maxBlanks && i < len(text) && isBlank(text[i]); k++ {
		i++
	}
	return i
}

func skipBlanksBack(text []byte, i int) int {
	for k := 0; k < maxBlanks && i >= 0 && isBlank(text[i]); k++ {
		i--
	}
	return i
}

// keyEnding returns the start and the end of the name whose closing quote stands at
// text[q], and how many backslashes stand before each of its quotes; ok is false if
// there is no such name.
func keyEnding(text []byte, q int) (start, end, level int, ok bool) {
	level = backslashes(text, q)
	end = q - level
	start = end
	for start > 0 && end-start <= maxKey && text[start-1] != text[q] {
		if text[start-1] < ' ' {
			return 0, 0, 0, false
		}
		start--
	}
	if start == 0 || start == end || text[start-1] != text[q] || backslashes(text, start-1) != level {
		return 0, 0, 0, false
	}
	return start, end, level, true
}

// keyBefore returns the field whose colon stands at text[colon].
func (s *scan) keyBefore(colon int) field { return s.memberBefore(colon).field }

// memberBefore returns the member whose colon stands at raw[colon].
func (s *scan) memberBefore(colon int) member {
	q := skipBlanksBack(s.raw, colon-1)
	if q <= 0 || !isQuote(s.raw[q]) {
		return noMember
	}
	return s.memberOf(q, colon)
}

// fieldAt returns the member that what stands at raw[i] is the value of, or a part
// of the value, or an element of it where that is an array.
func (s *scan) fieldAt(i int) field {
	if s.dull >= 0 && i > s.dull && i-s.dull < 8 {
		k := i - 1
		if s.raw[k] == '"' {
			k -= 1 + backslashes(s.raw, k)
		}
		if k == s.dull {
			return s.outer // Fast path.
		}
	}
	low := max(0, i-maxBack)
	k := i - 1
	k = s.numberBefore(k, low) // inside a number
	k = skipBlanksBack(s.raw, k)
	if k < low {
		return s.outer
	}
	if s.raw[k] == ':' || s.raw[k] == ',' || s.raw[k] == '[' {
		if !inString(s.raw, k, low) {
			return s.memberAt(k, low)
		}
	}
	q := s.quoteBefore(k+1, max(0, i-maxInside))
	if q < 0 {
		return s.outer
	}
	c := &s.quotes
	if c.fieldAt != q+1 {
		c.field = s.memberAt(skipBlanksBack(s.raw, q-backslashes(s.raw, q)-1), max(0, q-maxBack))
		c.fieldAt = q + 1
	}
	return c.field
}

// A numberRun says that all of raw[start:end] is digits, points and minus signs.
type numberRun struct{ start, end int }

// numberBefore returns where the last byte of raw[low:k+1] stands that is no part of a number,
// or low-1. Numbers may stand close together in a long run of these, which is read once.
func (s *scan) numberBefore(k, low int) int {
	n, end := &s.number, k+1
	for k >= low && (isDigit(s.raw[k]) || s.raw[k] == '-' || s.raw[k] == '.') {
		if k--; n.start <= k && k < n.end {
			k = n.start - 1
		}
	}
	k = max(k, low-1)
	if k+1 < end {
		n.start, n.end = k+1, end
	}
	return k
}

// quotes remembers which quote stands before the place asked about last, and what
// member the string that it begins is the value of: matches tend to share it.
type quotes struct {
	at, to  int // the quote, or where was given up, and up to where there is none
	none    bool
	fieldAt int // the quote whose field is known, plus 1
	field   field
}

// quoteBefore returns where the last double quote before raw[i] stands, not before
// low, or -1.
func (s *scan) quoteBefore(i, low int) int {
	c := &s.quotes
	stop := low
	if c.at < i && i >= c.to && c.to > c.at {
		stop = max(low, c.to)
	}
	k := lastByte(s.raw, '"', stop, i)
	switch {
	case k >= stop:
		c.at, c.to, c.none = k, i, false
	case stop == low:
		c.at, c.to, c.none = low-1, i, true
	default:
		c.to = i // nothing new: what stood before the place asked about last
	}
	if c.none || c.at < low {
		return -1
	}
	return c.at
}

// lastByte returns where the last c of raw[low:high] stands, or low-1.
func lastByte(raw []byte, c byte, low, high int) int {
	const ones = 0x0101010101010101
	for k := 0; high-low >= 8; k, high = k+1, high-8 {
		if k == 2 && bytes.IndexByte(raw[low:high], c) < 0 {
			return low - 1 // Fast path: near by it is mostly near, or not at all.
		}
		v := binary.LittleEndian.Uint64(raw[high-8:]) ^ uint64(c)*ones
		if is := zeros(v); is != 0 {
			return high - 1 - bits.LeadingZeros64(is)/8
		}
	}
	for high--; high >= low && raw[high] != c; {
		high--
	}
	return high
}

// zeros returns the high bits of the bytes of v that are zero.
func zeros(v uint64) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	return ^(v&low + low | v | low)
}

// memberAt returns the member whose value begins behind raw[k], a colon, or whose
// value is an array with an element that does, behind a comma or a bracket.
func (s *scan) memberAt(k, low int) field {
	for range maxElements {
		switch {
		case k < low:
			return s.outer
		case s.raw[k] == ':':
			if f := s.keyBefore(k); f != noField {
				return f
			}
			return s.outer
		case s.raw[k] == '[':
			k = skipBlanksBack(s.raw, k-1)
			if k >= low && s.raw[k] != ':' {
				return s.outer
			}
		case s.raw[k] == ',':
			if k = beforeElement(s.raw, skipBlanksBack(s.raw, k-1), low); k < 0 || s.raw[k] == ':' {
				return s.outer // the element before was the value of another member
			}
		default:
			return s.outer
		}
	}
	return s.outer
}

// inString reports whether raw[i], a colon, comma or bracket before a match, is
// part of a text rather than of JSON: no quote, bracket or number stands where one must.
func inString(raw []byte, i, low int) bool {
	k := skipBlanksBack(raw, i-1)
	if k < low {
		return false
	}
	switch c := raw[k]; raw[i] {
	case ':':
		return !isQuote(c)
	case '[':
		return c != ':' && c != '[' && c != ','
	default:
		return !isQuote(c) && !isDigit(c)
	}
}

// beforeElement returns where the byte stands that comes before the string or the
// number that ends at raw[i], blanks left out, or -1.
func beforeElement(raw []byte, i, low int) int {
	if i < low {
		return -1
	}
	if raw[i] == '"' {
		level := backslashes(raw, i)
		for k := i - level - 1; k >= low; k-- {
			if raw[k] == '"' && backslashes(raw, k) == level {
				k = skipBlanksBack(raw, k-level-1)
				return max(k, -1)
			}
		}
		return -1
	}
	for i >= low && (isAlnum(raw[i]) || raw[i] == '-' || raw[i] == '.' || raw[i] == '+') {
		i--
	}
	return skipBlanksBack(raw, i)
}
