package namebook

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Find returns where the next name stands that begins in text[from:to), and whether it is a whole one or
// a part of one. Text is JSON's, escaped, or plain; what an escape hides ends a word. Around [from, to) it is looked
// at as far as there is text, up to [Reach] bytes. ok is false if there is no more.
func (t *Table) Find(text []byte, from, to int, escaped bool) (start, end int, whole, ok bool) {
	if t == nil {
		return 0, 0, false, false
	}
	i := from
	if i > 0 {
		i = t.resume(text, i, escaped)
	}
	for i < to {
		if next, n := t.sweep(text, i, to); n > 0 {
			if e, w := t.chain(text, next, n); e > 0 {
				return next, e, w, true
			}
			i = skipWord(text, next)
			continue
		} else if i = next; i >= to {
			break
		}
		switch c := text[i]; class[c] {
		case letter, high:
			n := wordLen(text[i:])
			if n == 0 {
				i += charLen(text[i:])
				continue
			}
			if t.mayBegin(text[i : i+n]) {
				if e, w := t.chain(text, i, n); e > 0 {
					return i, e, w, true
				}
			}
			if i += n; i < len(text) && class[text[i]] == digit {
				i = skipWord(text, i)
			}
		case wide:
			if b := pair(text[i:min(len(text), i+2)]); t.begin[b>>6]>>(b&63)&1 != 0 {
				if e, w := t.wideChain(text, i); e > 0 {
					return i, e, w, true
				}
			}
			i += charLen(text[i:])
		case digit:
			i = skipWord(text, i)
		default:
			if c == '\\' && escaped {
				i = afterEscape(text, i)
				continue
			}
			i++
		}
	}
	return 0, 0, false, false
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// sweep goes on from text[i], which is no part of a word that began before it, to a word that a name may begin with, and
// returns where it stands and how long it is; or to where it knows no more, with length 0: text that is not ASCII, a backslash, or
// too little of it. It looks at eight bytes at once.
func (t *Table) sweep(text []byte, i, to int) (at, n int) {
	inWord := uint64(0) // the byte before is of a word: as the high bit of byte 0
	for ; i < to && i+8 <= len(text); i += 8 {
		v := binary.LittleEndian.Uint64(text[i:])
		slash := v ^ '\\'*ones
		if (v|(slash-ones)&^slash)&highs != 0 {
			break
		}
		low := v | 0x20*ones
		letters := (low + (0x80-'a')*ones) &^ (low + (0x80-'z'-1)*ones) & highs
		score := v ^ '_'*ones
		words := letters | (v+(0x80-'0')*ones)&^(v+(0x80-'9'-1)*ones)&highs | ^(score+0x7f*ones)&highs
		starts := letters &^ (words<<8 | inWord)
		inWord = words >> 56
		for ; starts != 0; starts &= starts - 1 {
			at := i + bits.TrailingZeros64(starts)>>3
			if at >= to {
				return to, 0
			}
			if t.sweeps(text, at) {
				return at, wordLen(text[at:])
			}
		}
	}
	if inWord != 0 {
		i = skipWord(text, i)
	}
	return i, 0
}

// sweeps reports whether a name may begin with what stands at text[at], an ASCII letter.
func (t *Table) sweeps(text []byte, at int) bool {
	if at+4 > len(text) {
		return true
	}
	v := binary.LittleEndian.Uint32(text[at:])
	b := firstFour(v)
	if t.four[b>>6]>>(b&63)&1 != 0 {
		return true
	}
	b = uint16(v|0x20) << 8
	switch class[text[at+1]] {
	case letter:
		b |= uint16(v>>8|0x20) & 0xff
	case high:
		return true
	}
	return t.short[b>>6]>>(b&63)&1 != 0
}

// resume returns where to begin so that what begins before text[i] is not taken apart: behind the word or the
// escape that text[i] stands in.
func (t *Table) resume(text []byte, i int, escaped bool) int {
	for i < len(text) && class[text[i]] == rest {
		i++
	}
	if escaped {
		for k := max(0, i-5); k < i; k++ { // an escape has six bytes at most
			if text[k] != '\\' || oddSlashes(text, k) {
				continue
			}
			if e := afterEscape(text, k); e > i {
				return e
			}
		}
	}
	if i >= len(text) || wide == class[text[i]] {
		return i
	}
	prev, n := utf8.DecodeLastRune(text[:i])
	if n == 0 || !(prev < utf8.RuneSelf && (class[prev] == letter || class[prev] == digit) || prev >= utf8.RuneSelf && wordLen(text[i-n:i]) == n) {
		return i
	}
	if escaped && n == 1 && i > 1 && text[i-2] == '\\' && !oddSlashes(text, i-2) {
		return i // the letter of an escape
	}
	return skipWord(text, i)
}

// oddSlashes reports whether the backslash text[k] is escaped itself.
func oddSlashes(text []byte, k int) bool {
	n := 0
	for k > n && text[k-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}

// skipWord returns the end of the letters and digits that text[i] is one of.
func skipWord(text []byte, i int) int {
	for i < len(text) {
		switch class[text[i]] {
		case letter, digit:
			i++
			continue
		case high:
			if n := wordLen(text[i:]); n > 0 {
				i += n
				continue
			}
		}
		break
	}
	return i
}

// afterEscape returns the end of the escape that begins with the backslash text[i].
func afterEscape(text []byte, i int) int {
	if i+1 < len(text) && text[i+1] == 'u' {
		return min(len(text), i+6)
	}
	return min(len(text), i+2)
}

func (t *Table) mayBegin(word []byte) bool {
	var b uint16
	if c := word[0]; c < utf8.RuneSelf && (len(word) == 1 || word[1] < utf8.RuneSelf) {
		b = uint16(c|0x20) << 8
		if len(word) > 1 {
			b |= uint16(word[1] | 0x20)
		}
	} else {
		var two [2 * utf8.UTFMax]byte
		b = pair(fold(two[:0], word[:min(len(word), utf8.UTFMax)]))
	}
	return t.begin[b>>6]>>(b&63)&1 != 0
}

// chain returns the end of the longest name that begins with the word of n bytes at text[i], 0 if there is none.
func (t *Table) chain(text []byte, i, n int) (end int, whole bool) {
	h := t.link(t.key, text[i:i+n])
	k := t.forms[h]
	if k&weak != 0 && capital(text[i:]) && apart(text, i, i+n) {
		end = i + n
	}
	at := i + n
	for words := 1; k&prefix != 0 && words < maxWords && at-i < Reach; words++ {
		gap := divider(text[at:])
		if gap == 0 {
			break
		}
		n := wordLen(text[at+gap:])
		if n == 0 {
			break
		}
		at += gap
		h = t.link(h, text[at:at+n])
		at += n
		if k = t.forms[h]; k&full != 0 && endsAt(text, at) {
			end, whole = at, true
		}
	}
	return end, whole
}

// wideChain is chain for the character at text[i].
func (t *Table) wideChain(text []byte, i int) (end int, whole bool) {
	h, at := t.key, i
	for n := 0; n < maxRunes; {
		if at >= len(text) {
			break
		}
		if n > 0 && isSpace(text[at:]) {
			h = t.linkByte(h, ' ')
			at += max(1, wideLen(text[at:]))
		} else {
			size := wideLen(text[at:])
			if size == 0 {
				break
			}
			h = t.linkRune(h, text[at:at+size])
			at += size
			n++
		}
		k := t.forms[h]
		switch {
		case k&full != 0:
			end, whole = at, true
		case k&weak != 0 && !wideBefore(text, i) && (at == len(text) || wideLen(text[at:]) == 0):
			end = at
		}
		if k&prefix == 0 {
			break
		}
	}
	return end, whole
}

// wideBefore reports whether a character as names have them stands right before text[i].
func wideBefore(text []byte, i int) bool {
	return i >= 3 && wideLen(text[i-3:i]) == 3
}

// divider returns how many bytes stand between two words of a name, 0 if something else does.
func divider(text []byte) int {
	n := 0
	for n < len(text) && n < 4 {
		switch c := text[n]; {
		case c == ' ' || c == '-' || c == '\'' || c == '.' || c == ',':
			n++
		case c == 0xc2 && n+1 < len(text) && text[n+1] == 0xa0: // no-break space
			n += 2
		case c == 0xe2 && n+2 < len(text) && text[n+1] == 0x80 && text[n+2] == 0x99: // apostrophe
			n += 3
		default:
			return n
		}
	}
	return n
}

// endsAt reports whether what stands at text[i] is no part of a word before it.
func endsAt(text []byte, i int) bool { return i == len(text) || class[text[i]] != digit }

// capital reports whether text begins with one, or with a letter of which that cannot be told by its first byte.
func capital(text []byte) bool { return text[0]-'A' < 26 || text[0] >= utf8.RuneSelf }

// apart reports whether text[start:end] stands there as a word of a sentence and not in an address, a path or a name of code.
func apart(text []byte, start, end int) bool {
	if start > 0 {
		switch text[start-1] {
		case '@', '/', '.', '-', '#', '=', '$', '&', '~':
			return false
		}
	}
	if end == len(text) {
		return true
	}
	switch c := text[end]; c {
	case '@', '/', '=', '(', '-', '_', '[', '<':
		return false
	case '.', ':':
		return end+1 == len(text) || class[text[end+1]] == other
	default:
		return class[c] != digit
	}
}
