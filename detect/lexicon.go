package detect

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A phrase is a context word, or several that stand one after the other.
type phrase struct {
	words []uint64 // hashes
	then  uint64   // the second of them, or 0
	ideo  []byte   // for an unspaced script: what must stand there as it is
	next  int32    // another one that begins with the same word, or -1
}

// A lexicon holds the context words of all rules: those that speak for them, or those that speak
// against them.
type lexicon struct {
	phrases []phrase
	slots   []slot // by the hash of the first word; open addressing
	heads   heads
	row     int      // words of 64 bits in a row of bits, one bit for each rule
	bits    []uint64 // of each phrase a row: the rules it is a word of
}

// A slot has the first of the phrases that begin with the word of a hash. Most words that
// are looked for are in none, and to see that their hash is another one is enough.
type slot struct {
	hash uint64
	at   int32 // plus 1
}

func newLexicon(rules int) *lexicon {
	return &lexicon{slots: make([]slot, 16), row: (rules + 63) / 64}
}

// add enters a word of a rule. It returns false for a word without letters and digits, and for
// one that is too long.
func (x *lexicon) add(text string, rule int32) bool {
	p := phrase{next: -1}
	t := []byte(text)
	if len(t) > maxPhrase {
		return false
	}
	begin := 0
	for i := 0; ; {
		w := nextWord(t, i, len(t))
		if w.start < 0 {
			break
		}
		if len(p.words) == 0 {
			begin = w.start
		}
		if g, _, _ := glyphAt(t, w.start); g == ideo && len(p.words) == 0 {
			p.ideo = bytes.TrimRight(t[w.start:], " :.")
			p.words = append(p.words, w.hash)
			break
		}
		if p.words = append(p.words, w.hash); len(p.words) == 2 {
			p.then = w.hash
		}
		i = w.end
	}
	if len(p.words) == 0 {
		return false
	}
	first := x.first(p.words[0])
	at := first
	for at >= 0 && !x.phrases[at].same(&p) {
		at = x.phrases[at].next
	}
	if at < 0 {
		at = int32(len(x.phrases))
		if p.next = first; first >= 0 {
			p.next, x.phrases[first].next = x.phrases[first].next, at
		}
		x.phrases = append(x.phrases, p)
		x.bits = append(x.bits, make([]uint64, x.row)...)
		if first < 0 {
			x.enter(at)
		}
		x.heads.add(t[begin:])
	}
	x.rules(at)[rule>>6] |= 1 << (rule & 63)
	return true
}

// same reports whether p and q are met by the same text.
func (p *phrase) same(q *phrase) bool {
	if len(p.words) != len(q.words) || !bytes.Equal(p.ideo, q.ideo) {
		return false
	}
	for i := range p.words {
		if p.words[i] != q.words[i] {
			return false
		}
	}
	return true
}

// enter gives the phrase of that number a slot, as the first one with its first word.
func (x *lexicon) enter(at int32) {
	if 2*len(x.phrases) > len(x.slots) {
		x.slots = make([]slot, 2*len(x.slots))
		for k := range x.phrases[:at] {
			if h := x.phrases[k].words[0]; x.first(h) < 0 {
				x.put(h, int32(k))
			}
		}
	}
	x.put(x.phrases[at].words[0], at)
}

func (x *lexicon) put(h uint64, at int32) {
	i := h >> 32
	for x.slots[i&uint64(len(x.slots)-1)].at != 0 {
		i++
	}
	x.slots[i&uint64(len(x.slots)-1)] = slot{h, at + 1}
}

// first returns the first of the phrases that begin with the word of that hash, or -1.
func (x *lexicon) first(h uint64) int32 {
	for i := h >> 32; ; i++ {
		s := &x.slots[i&uint64(len(x.slots)-1)]
		if s.hash == h || s.at == 0 {
			return s.at - 1
		}
	}
}

// rules returns the rules that a phrase is a word of, as bits.
func (x *lexicon) rules(phrase int32) []uint64 {
	return x.bits[int(phrase)*x.row:][:x.row:x.row]
}

// speaksFor reports whether a phrase is a word of a rule.
func (x *lexicon) speaksFor(phrase, rule int32) bool {
	return x.bits[int(phrase)*x.row+int(rule>>6)]>>(rule&63)&1 != 0
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

// heads tell words that begin no phrase by their first few bytes. They are a filter:
// what passes may still begin none.
//
// A word is told by its first letter alone if it has no other, else by its first three
// bytes in lower case, and by the first four and six letters where these are all small, or all
// capitals. Where there are letters
// beyond ASCII, which have no such lower case, all words pass, but for those of unspaced
// scripts, which have no case at all.
type heads struct {
	two   [32]uint32   // by the first letter of a word of two, the second
	three [512]uint64  // 32 Ki bits: the first three bytes
	four  [1024]uint64 // 64 Ki bits: the first four letters
	six   [1024]uint64 // 64 Ki bits: the first six, or all of a word of four or five
	one   uint32       // letters that are a phrase
	more  [32]uint32   // by a letter that is the first word of a phrase: first letters of its second word
	digit uint16       // first digits

	short [1024]uint64 // 64 Ki bits: the first eight letters of a word of so many, and its plural
	whole [2048]uint64 // 128 Ki bits: all letters of a phrase of one word, and of its plural
	first [1024]uint64 // 64 Ki bits: the same of the first word of a longer one
	then  [2048]uint64 // 128 Ki bits: the same of the first two words together
	pairs [1024]uint64 // 64 Ki bits: the first two characters, where the first is beyond ASCII
	solo  [1024]uint64 // 64 Ki bits: the first of these, where the second is not

	words []string        // beginnings of words, for build
	scan  *bytescan.Heads // of these
}

// add notes how a phrase begins, with a word.
func (h *heads) add(phrase []byte) {
	w := nextWord(phrase, 0, len(phrase))
	c := phrase[0]
	if c >= utf8.RuneSelf {
		h.markPair(phrase)
		if c >= caseless {
			h.markThree(head4(phrase))
		}
		return
	}
	if isDigit(c) {
		h.digit |= 1 << (c - '0')
		return
	}
	h.markWords(phrase, w)
	var letters [4]byte
	n := 0
	for n < len(letters) && n < w.end && phrase[n] < utf8.RuneSelf {
		letters[n] = phrase[n]
		n++
	}
	if n < 3 && n < w.end {
		return // é within the first three: such words pass
	}
	if n > 1 {
		h.words = append(h.words, string(letters[:n]))
	}
	v := head4(letters[:])
	switch n {
	case 1:
		switch w := nextWord(phrase, w.end, len(phrase)); {
		case w.start < 0:
			h.one |= 1 << (c & 31)
		case isLetter(phrase[w.start]):
			h.more[c&31] |= 1 << (phrase[w.start] & 31)
		default: // a digit, or something beyond ASCII
			h.more[c&31] |= anyMore
		}
	case 2:
		h.two[v&31] |= 1 << (v >> 8 & 31)
	case 3: // and its plural
		h.markThree(v)
		h.markFour(v | 's'<<24)
		h.markSix(uint64(v|'s'<<24), 4)
	default:
		h.markThree(v)
		h.markFour(v)
		long := uint64(0)
		k := 0
		for k < 6 && k < w.end && phrase[k] < utf8.RuneSelf {
			long |= uint64(phrase[k]) << (8 * k)
			k++
		}
		h.markSix(long, k)
		if k < 6 { // its plural
			h.markSix(long|'s'<<(8*k), k+1)
		}
	}
}

// build is to be called when all are added.
func (h *heads) build() {
	ones := h.one | 1<<('u'&31) // which may begin an escape
	for c, more := range h.more {
		if more != 0 {
			ones |= 1 << c
		}
	}
	h.scan = bytescan.NewHeads(h.words, ones)
}

// anyMore, among the first letters of second words, stands for all that are none.
const anyMore = 1

// caseless is the least first byte of characters of UTF-8 of which none has a case, or
// it is of no matter here: what glyphAt takes for a letter there is of an unspaced script.
const caseless = 0xe2

// head4 returns the first four bytes of text, as if zeros stood behind it.
func head4(text []byte) (v uint32) {
	for k := range min(4, len(text)) {
		v |= uint32(text[k]) << (8 * k)
	}
	return v
}

const (
	headPrime = 0x9e3779b1
	foldThree = 0x20202000
	foldFour  = 0x20202020
)

func (h *heads) markThree(v uint32) {
	k := (v<<8 | foldThree) * headPrime >> 17
	h.three[k>>6] |= 1 << (k & 63)
}

func (h *heads) markFour(v uint32) {
	k := (v | foldFour) * headPrime >> 16
	h.four[k>>6] |= 1 << (k & 63)
}

func (h *heads) markSix(v uint64, n int) {
	k := sixHash(v, n)
	h.six[k>>6] |= 1 << (k & 63)
}

// sixHash is of the first n bytes of v, which are letters, in lower case.
func sixHash(v uint64, n int) uint64 {
	return (v | foldSix) << (64 - 8*n) * sixPrime >> 48
}

const (
	sixPrime = 0x9e3779b97f4a7c15
	foldSix  = 0x202020202020
)

func isLower(c byte) bool { return c-'a' < 26 }

// has reports whether a phrase may begin with the word of one or more letters that
// begins with the bytes of v, but for a phrase that begins with a single letter.
func (h *heads) has(v uint64) bool {
	if v&0x80808080 != 0 {
		if byte(v) < caseless {
			return true
		}
		return h.hasThree(uint32(v))
	}
	if c := byte(v >> 16); h.two[v&31]>>(v>>8&31)&1 != 0 && isLetter(byte(v>>8)) && (!isLower(c) || c == 's') {
		return true // it may be of two letters
	}
	if !h.hasThree(uint32(v)) {
		return false
	}
	// n is how many of the first six bytes are the word's. It ends where a capital stands
	// behind small letters, and before the last of several capitals if a small one follows.
	n := 4
	a, b := byte(v>>32), byte(v>>40)
	switch {
	case isLower(byte(v>>8)) && isLower(byte(v>>16)) && isLower(byte(v>>24)):
		switch {
		case a >= utf8.RuneSelf || isLower(a) && b >= utf8.RuneSelf:
			n = 0
		case isLower(a) && isLower(b):
			n = 6
		case isLower(a):
			n = 5
		}
	case isUpper(byte(v>>8)) && isUpper(byte(v>>16)) && isUpper(byte(v>>24)):
		for _, c := range [...]byte{a, b, byte(v >> 48)} {
			if isLower(c) || c >= utf8.RuneSelf {
				return true
			}
			if !isUpper(c) {
				break
			}
			n++
		}
		n = min(n, 6)
	default:
		return true // it may end before the fourth
	}
	k := (uint32(v) | foldFour) * headPrime >> 16
	if h.four[k>>6]>>(k&63)&1 == 0 {
		return false
	}
	if n == 0 {
		return true
	}
	x := sixHash(v, n)
	return h.six[x>>6]>>(x&63)&1 != 0
}

func (h *heads) hasThree(v uint32) bool {
	k := (v<<8 | foldThree) * headPrime >> 17
	return h.three[k>>6]>>(k&63)&1 != 0
}

// hasRare reports whether a phrase may begin with the word that text begins with, of one
// letter or of digits; or, if the word stands behind a backslash, with what stands behind
// an escape there.
func (h *heads) hasRare(text []byte, escape bool) bool {
	if h.hasOne(text) || isDigit(text[0]) {
		return true
	}
	if !escape || text[0] == 'u' {
		return escape
	}
	text = text[1:]
	return h.has(binary.LittleEndian.Uint64(text)) || h.hasOne(text)
}

// hasOne reports whether a phrase may begin with the letter that text begins with, as a
// word.
func (h *heads) hasOne(text []byte) bool {
	if !isLetter(text[0]) {
		return false
	}
	c := text[0] & 31
	if h.one>>c&1 != 0 {
		return true
	}
	more := h.more[c]
	if more == 0 {
		return false
	}
	for _, b := range text[1 : 2+maxPhraseGap] {
		switch {
		case b >= utf8.RuneSelf:
			return true // a word, or a gap of several bytes
		case isLetter(b):
			return more>>(b&31)&1 != 0
		case isDigit(b):
			return more&anyMore != 0
		}
	}
	return false
}
