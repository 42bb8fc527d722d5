package detect

import (
	"bytes"
	"unicode/utf8"
)

// A phrase is a context word, or several that stand one after the other.
type phrase struct {
	words []uint64 // hashes
	ideo  []byte   // for an unspaced script: what must stand there as it is
}

// A lexicon holds the context words of all rules, by the hash of their first word.
type lexicon struct {
	phrases []phrase
	first   map[uint64][]int32
	filter  [1024]uint64 // 64 Ki bits: which hashes are in first
	heads   [512]uint64  // 32 Ki bits: which first three letters are
	heads4  [1024]uint64 // 64 Ki bits: which first four, of words that have them
	digits  bool         // a phrase begins with a digit
	row     int          // words of 64 bits in a row of bits
	bits    []uint64     // phrase*row: 2*rule (for) and 2*rule+1 (against)
}

func newLexicon(rules int) *lexicon {
	return &lexicon{first: make(map[uint64][]int32), row: (2*rules + 63) / 64}
}

// add enters what a rule says of its context. It returns false for a word
// without letters and digits, and for one that is too long.
func (x *lexicon) add(text string, bit int) bool {
	p := phrase{}
	t := []byte(text)
	if len(t) > maxPhrase {
		return false
	}
	for i := 0; ; {
		w := nextWord(t, i, len(t))
		if w.start < 0 {
			break
		}
		if g, _, _ := glyphAt(t, w.start); g == ideo && len(p.words) == 0 {
			p.ideo = bytes.TrimRight(t[w.start:], " :.")
			p.words = append(p.words, w.hash)
			break
		}
		p.words = append(p.words, w.hash)
		i = w.end
	}
	if len(p.words) == 0 {
		return false
	}
	at := -1
	for _, k := range x.first[p.words[0]] {
		if q := &x.phrases[k]; bytes.Equal(q.ideo, p.ideo) && equal(q.words, p.words) {
			at = int(k)
		}
	}
	if at < 0 {
		at = len(x.phrases)
		x.phrases = append(x.phrases, p)
		h := p.words[0]
		x.first[h] = append(x.first[h], int32(at))
		x.filter[h>>54] |= 1 << (h >> 48 & 63)
		x.addHead(t)
		x.bits = append(x.bits, make([]uint64, x.row)...)
	}
	x.bits[at*x.row+bit>>6] |= 1 << (bit & 63)
	return true
}

func equal(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (x *lexicon) has(phrase int32, bit int) bool {
	return x.bits[int(phrase)*x.row+bit>>6]>>(bit&63)&1 != 0
}

// mayHave reports whether a phrase begins with the word of that hash, with few
// false alarms.
func (x *lexicon) mayHave(h uint64) bool { return x.filter[h>>54]>>(h>>48&63)&1 != 0 }

// addHead notes how a phrase begins. One of up to three letters may have a plural's s.
func (x *lexicon) addHead(phrase []byte) {
	w := nextWord(phrase, 0, len(phrase))
	if phrase[w.start] >= utf8.RuneSelf {
		return // such words are never passed over
	}
	x.digits = x.digits || isDigit(phrase[w.start])
	mark := func(h uint) { x.heads[h>>6] |= 1 << (h & 63) }
	mark4 := func(h uint) { x.heads4[bit4(h)>>6] |= 1 << (bit4(h) & 63) }
	h, n := head(phrase, w.start, 4)
	mark(h >> 5)
	switch n {
	case 4:
		mark4(h)
	case 3:
		mark4(h | 's'&31)
	default:
		mark(h>>5 | uint('s'&31)<<(5*(2-n)))
	}
}

// bit4 returns the bit of heads4 for a head of four letters.
func bit4(h uint) uint { return (h ^ h>>7) & 0xffff }

// mayBegin reports whether a phrase may begin with a word whose first three letters
// are those of h.
func (x *lexicon) mayBegin(h uint) bool { return x.heads[h>>6]>>(h&63)&1 != 0 }

// head returns a number for the first letters or digits, up to limit of them, of the
// word, in ASCII, that begins at text[i], and how many it has.
func head(text []byte, i, limit int) (h uint, n int) {
	g := gap
	for ; n < limit && i+n < len(text) && text[i+n] < utf8.RuneSelf; n++ {
		a := ascii[text[i+n]]
		if glyph(a.glyph) == gap || n > 0 && !joins(text, g, glyph(a.glyph), i+n+1) {
			break
		}
		g = glyph(a.glyph)
		h |= uint(a.lower&31) << (5 * (limit - 1 - n))
	}
	return h, n
}

// next returns the first word of text that begins at i or later and before end and may
// begin a phrase; its start is -1 if there is none. It must not be called with i
// inside a word.
func (x *lexicon) next(text []byte, i, end int) word {
	for i < end {
		c := text[i]
		if c >= utf8.RuneSelf {
			if g, _, n := glyphAt(text, i); g == gap {
				i += n
				continue
			}
			return nextWord(text, i, end)
		}
		g := glyph(ascii[c].glyph)
		if g == gap {
			i++
			continue
		}
		if g == digit && !x.digits {
			for i++; i < len(text) && isDigit(text[i]); {
				i++
			}
			continue
		}
		may, n := x.begin(text, i)
		if may || i > 0 && text[i-1] == '\\' {
			return nextWord(text, i, end)
		}
		// The word goes on as it does at its last letter known.
		i += n
		if i < len(text) && text[i-1]-'a' < 26 {
			for i < len(text) && text[i]-'a' < 26 {
				i++
			}
			if i == len(text) || text[i] < utf8.RuneSelf {
				continue
			}
		}
		i = wordEnd(text, i-1)
	}
	return word{start: -1}
}

// begin reports whether a phrase may begin with the word that begins at text[i], with a
// letter or a digit, and how many of its bytes it has looked at.
func (x *lexicon) begin(text []byte, i int) (may bool, n int) {
	// Fast path: small letters, or a capital and small ones.
	if i+4 < len(text) {
		c, d, e, f := text[i], text[i+1], text[i+2], text[i+3]
		if c|0x20-'a' < 26 && d-'a' < 26 && e-'a' < 26 {
			h := uint(c&31)<<10 | uint(d&31)<<5 | uint(e&31)
			if !x.mayBegin(h) {
				return false, 3
			}
			if f-'a' < 26 {
				h = bit4(h<<5 | uint(f&31))
				return x.heads4[h>>6]>>(h&63)&1 != 0, 4
			}
			return true, 3
		}
		if c-'a' < 26 && d < utf8.RuneSelf && d-'a' >= 26 {
			return x.mayBegin(uint(c&31) << 10), 1
		}
		if c-'a' < 26 && d-'a' < 26 && e < utf8.RuneSelf {
			return x.mayBegin(uint(c&31)<<10 | uint(d&31)<<5), 2
		}
	}
	h, _ := head(text, i, 3)
	return x.mayBegin(h), 1
}

// match returns where phrase p, whose first word is w, ends in text, or -1.
func (x *lexicon) match(p *phrase, text []byte, w word) int {
	if p.ideo != nil {
		if bytes.HasPrefix(text[w.start:], p.ideo) {
			return w.start + len(p.ideo)
		}
		return -1
	}
	end := w.end
	for _, h := range p.words[1:] {
		v := nextWord(text, end, min(len(text), end+maxPhraseGap+1))
		if v.start < 0 || v.hash != h && v.singular != h {
			return -1
		}
		end = v.end
	}
	return end
}
