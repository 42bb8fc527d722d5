package bytescan

import (
	"encoding/binary"
	"math/bits"
)

// Where words begin, and which of them may be known, by a hash of each: what it costs does not depend on how many
// are known.
//
//	text    {"apiKey":"…","note":"Call her mobile phone\nor 030
//	words      ######     ####   #### ### ###### #####  ##
//	known                        Call     mobile phone
//
// A word is a run of letters of ASCII: camelCase has two, and of HTTPServer the last capital
// belongs to the second. What an escape hides is no letter, and what stands behind it begins a word.

// A Words holds what is known. It is filled by its Add methods, and must not be changed then; it can
// be used concurrently. The zero Words knows nothing.
type Words struct {
	words  [2048]uint64 // by WordHash
	chars  [1024]uint64 // by charHash
	digits uint16       // first digits
}

// WordsBlock is how many bytes [Words.Find] looks at, at most.
const WordsBlock = Block + 8*64

const wordBlocks = WordsBlock/64 + 1

// Found is what [Words.Find] finds. It need not be cleared before.
type Found struct {
	N    int
	At   [maxFound]uint16 // where words begin, all of them, as offsets from where Find began
	Hash [maxFound]uint32 // of each its WordHash, with Vague; behind the last, Vague

	Known  []uint16 // of these, by number, those that may be known
	Others []uint16 // offsets of what may be known and begins with a digit, or with a character beyond ASCII, or may

	known, others [maxFound]uint16

	alphabet [wordBlocks]alphabet
	blocks   [wordBlocks]wordBlock
	tail     [3 * 64]byte
}

// maxFound is how many words there may be, and as many as the kernel writes too much.
const maxFound = 64*wordBlocks + 8

// A wordBlock says of a block where words stand in it, a bit for each byte.
type wordBlock struct {
	start     uint64 // where words begin; of the last block only those that are to be found
	ends      uint64 // the last letters of words
	vague     uint64 // places of which what is behind is Vague
	endsNext  uint64 // ends of the next block
	vagueNext uint64
}

// Vague, in a Hash, says that near the end of the word stands what is beyond ASCII, or an escape.
const Vague = 1

// An alphabet says what 64 bytes are, a bit for each.
type alphabet struct {
	letter uint64 // of ASCII; without what escapes hide
	upper  uint64 // its capitals
	digit  uint64 // without what escapes hide
	high   uint64 // bytes of 0x80 and above
	lead   uint64 // bytes of 0xC0 and above
	slash  uint64 // backslashes
	escape uint64 // the letters b f n r t and u; then those of escapes
	u      uint64 // small u
	start  uint64 // where words begin
}

// AddWord has w know the word of that hash.
func (w *Words) AddWord(hash uint32) { w.words[hash>>21] |= 1 << (hash >> 15 & 63) }

// AddDigit has w know what begins with the digit c.
func (w *Words) AddDigit(c byte) { w.digits |= 1 << (c - '0') }

// AddChar has w know what begins with the bytes of char, which are a character beyond ASCII, or the first three of
// one that has four, and two more bytes or none.
func (w *Words) AddChar(char []byte) {
	var v uint64
	for k, c := range char {
		v |= uint64(c) << (8 * k)
	}
	h := charHash(v)
	w.chars[h>>6] |= 1 << (h & 63)
}

func charHash(v uint64) uint64 { return v * wordPrime >> 48 }

const (
	wordPrime = 0x9e3779b97f4a7c15
	foldBytes = 0x2020202020202020
)

// WordHash is of a word of ASCII letters: of the first eight, in any case, and of how many there are, if that is less
// than nine.
func WordHash(word []byte) uint32 {
	var first [8]byte
	copy(first[:], word)
	return wordHash(binary.LittleEndian.Uint64(first[:])|foldBytes, len(word))
}

// wordHash is WordHash of the first of n letters, in lower case, in v.
func wordHash(v uint64, n int) uint32 {
	return uint32((v&(1<<(8*min(n, 8))-1)^uint64(min(n, 9)))*wordPrime>>32) &^ Vague
}

// Find fills f for text[i:end], no more than [WordsBlock] bytes: with the words that begin there. escaped says that text is of
// JSON, with its escapes.
func (w *Words) Find(text []byte, i, end int, escaped bool, f *Found) {
	f.N, f.Known, f.Others = 0, nil, f.others[:0]
	f.Hash[0] = Vague
	end = min(end, i+WordsBlock, len(text))
	if i >= end {
		return
	}
	n := (end - i + 63) / 64
	// Blocks with another behind them are read where they stand, the others from a copy.
	here := min(max(0, len(text)-i-64)/64, n+1)
	if here > 0 {
		classifyWords(text[i:], f.alphabet[:here])
	}
	if here <= n {
		f.tail = [len(f.tail)]byte{}
		copy(f.tail[:], text[i+64*here:])
		classifyWords(f.tail[:], f.alphabet[here:n+1])
	}
	f.begin(text, i, n, escaped)
	w.look(text[i:], here, n, ^uint64(0)>>(-(end-i)&63), f)
}

// classifyWords tells what each 64 bytes of text are.
func classifyWords(text []byte, all []alphabet) {
	_ = text[64*len(all)-1]
	if active == avx512 {
		alphabet512(&text[0], len(all), &alphabet128, &all[0])
		return
	}
	for k := range all {
		all[k].plain((*[64]byte)(text[64*k:]))
	}
}

// byteAlphabet has, for each byte, a byte for each of what it may be, whose lowest bit says whether it is: a letter,
// a capital or one that leads, a digit, one above 0x7F, a backslash, a letter of escapes, a u.
var byteAlphabet = func() (all [256]uint64) {
	for k := range all {
		b := byte(k)
		letter := b|0x20-'a' < 26
		for n, is := range [...]bool{letter, letter && b < 'a' || b >= 0xc0, IsDigit(b), b >= 0x80, b == '\\', makesEscape(b), b == 'u'} {
			if is {
				all[k] |= 1 << (8 * n)
			}
		}
	}
	return all
}()

// alphabet128 is the same for the kernel, which looks a byte of ASCII up.
var alphabet128 = func() (all [128]uint8) {
	for c, v := range byteAlphabet[:128] {
		all[c] = uint8(v&1<<7 | v>>8&1 | v>>16&1<<1 | v>>32&1<<2 | v>>40&1<<3 | v>>48&1<<4)
	}
	return all
}()

func (a *alphabet) plain(text *[64]byte) {
	*a = alphabet{}
	t := &byteAlphabet
	for k := 0; k < 64; k += 8 {
		q := text[k : k+8 : k+8]
		v := t[q[0]] | t[q[1]]<<1 | t[q[2]]<<2 | t[q[3]]<<3 | t[q[4]]<<4 | t[q[5]]<<5 | t[q[6]]<<6 | t[q[7]]<<7
		a.letter |= v & 0xff << k
		a.upper |= v >> 8 & 0xff << k
		a.digit |= v >> 16 & 0xff << k
		a.high |= v >> 24 & 0xff << k
		a.slash |= v >> 32 & 0xff << k
		a.escape |= v >> 40 & 0xff << k
		a.u |= v >> 48 << k
	}
	a.lead = a.upper & a.high
	a.upper &= a.letter
}

// begin works out what escapes hide, and where words begin, in the first n blocks and, but for its end, the one behind.
func (f *Found) begin(text []byte, i, n int, escaped bool) {
	var letter, upper, slash, hidden uint64 // of the byte before, and what is hidden of the block
	if i > 0 {
		v := byteAlphabet[text[i-1]]
		letter, upper, slash = v&1, v>>8&v&1, v>>32&1
		if escaped {
			if end := escapeEnd(text, i); end > 0 {
				letter, upper = 0, 0
				hidden = 1<<(end-i) - 1
			}
		}
	}
	for k := range n + 1 {
		a := &f.alphabet[k]
		if escaped {
			after := a.slash<<1 | slash
			slash = a.slash >> 63
			escape, next := a.escape&after, uint64(0)
			for u := escape & a.u; u != 0; u &= u - 1 {
				at := bits.TrailingZeros64(u)
				if EscapeLen(text, i+64*k+at) == 0 {
					escape &^= 1 << at
					continue
				}
				hidden |= 0x1f << at
				next |= 0x1f >> (64 - at) // nothing, if at is 0
			}
			hidden |= escape
			a.escape = escape
			a.letter, a.upper, a.digit = a.letter&^hidden, a.upper&^hidden, a.digit&^hidden
			hidden = next
		} else {
			a.escape = 0
		}
		small, smallNext, letterNext, highNext := a.letter&^a.upper|a.high, uint64(0), uint64(0), uint64(0)
		if k < n {
			b := &f.alphabet[k+1]
			smallNext, letterNext, highNext = b.letter&^b.upper|b.high, b.letter, b.high
		}
		small = small>>1 | smallNext<<63
		afterLetter, afterUpper := a.letter<<1|letter, a.upper<<1|upper
		start := a.letter &^ (afterLetter &^ a.upper) &^ (afterUpper & a.upper &^ small)
		doubt := a.upper & afterUpper & small & (^(a.letter>>2 | letterNext<<62) | a.high>>1 | highNext<<63)
		for ; doubt != 0; doubt &= doubt - 1 {
			start = f.settle(text, i, k, bits.TrailingZeros64(doubt), start)
		}
		a.start = start
		letter, upper = a.letter>>63, a.upper>>63
	}
}

// settle says whether a word begins at the last of several capitals: at the at'th byte of block k, of whose starts it is one.
// The s of SSNs is of the word before. Where what stands behind is beyond ASCII, both words go to f.Others.
func (f *Found) settle(text []byte, i, k, at int, start uint64) uint64 {
	var next [2]byte
	copy(next[:], text[i+64*k+at+1:])
	switch {
	case next[0] >= 0x80 || next[0] == 's' && next[1] >= 0x80:
		f.other(64*k + at)
		if before := start & (1<<at - 1); before != 0 {
			f.other(64*k + 63 - bits.LeadingZeros64(before))
		} else if k > 0 && f.alphabet[k-1].start != 0 {
			f.other(64*k - 1 - bits.LeadingZeros64(f.alphabet[k-1].start))
		}
	case next[0] == 's':
		start &^= 1 << at
	}
	return start
}

// other adds an offset to f.Others.
func (f *Found) other(at int) { f.Others = append(f.Others, uint16(at)) }

// look looks up what begins in the first n blocks, of the last one only where last has bits. The first here are
// read in text, those behind in f.tail.
func (w *Words) look(text []byte, here, n int, last uint64, f *Found) {
	for k := range n {
		a, b := &f.alphabet[k], &f.alphabet[k+1]
		some := ^uint64(0)
		if k == n-1 {
			some = last
		}
		t := &f.blocks[k]
		t.start = a.start & some
		t.ends = a.letter & (^(a.letter>>1 | b.letter<<63) | a.start>>1 | b.start<<63)
		t.endsNext = b.letter & (^(b.letter >> 1) | b.start>>1)
		t.vague, t.vagueNext = 0, 0
		if odd, next := a.high|a.escape, b.high|b.escape; odd|next != 0 {
			t.vague = odd>>1 | odd>>2 | odd>>3 | odd>>4 | next<<63 | next<<62 | next<<61 | next<<60
			if t.endsNext != 0 {
				t.vagueNext = next>>1 | next>>2 | next>>3 | next>>4
			}
			if lead := a.lead & some; lead != 0 {
				w.lookHigh(f.block(text, here, k), 64*k, lead, f)
			}
		}
		if w.digits != 0 {
			w.lookDigits(f.block(text, here, k), 64*k, a.digit&some, f)
		}
	}
	if active == avx512 {
		w.look512(text, here, n, f)
		return
	}
	count, known := 0, 0
	for k := range n {
		t := &f.blocks[k]
		block, at := f.block(text, here, k), uint16(64*k)
		for starts := t.start; starts != 0; starts &= starts - 1 {
			j := bits.TrailingZeros64(starts) & 63
			long := bits.TrailingZeros64(t.ends>>j|t.endsNext<<1<<(63-j)) + 1
			end := uint(j + long - 1)
			if long > 64 {
				end = 64 + uint(bits.TrailingZeros64(t.endsNext))
			}
			v := binary.LittleEndian.Uint64(block[j:]) | foldBytes
			hash := wordHash(v, long)
			f.At[count] = at + uint16(j)
			f.Hash[count] = hash | uint32(t.vague>>end|t.vagueNext>>(end-64))&Vague
			f.known[known] = uint16(count)
			known += int(w.words[hash>>21] >> (hash >> 15 & 63) & 1)
			count++
		}
	}
	f.N, f.Hash[count] = count, Vague
	f.Known = f.known[:known]
}

// block returns the k'th 64 bytes, and those behind that words that begin there may have: see look.
func (f *Found) block(text []byte, here, k int) []byte {
	if k < here {
		return text[64*k : 64*k+64+7]
	}
	return f.tail[64*(k-here) : 64*(k-here)+64+7]
}

// lookHigh looks up the characters beyond ASCII at the places of a block in lead.
func (w *Words) lookHigh(block []byte, from int, lead uint64, f *Found) {
	n := len(f.Others)
	for ; lead != 0; lead &= lead - 1 {
		j := bits.TrailingZeros64(lead) & 63
		v := binary.LittleEndian.Uint64(block[j:])
		long := 8 * (2 + bit(byte(v) >= 0xe0))
		one, more := charHash(v&(1<<long-1)), charHash(v&(1<<(long+16)-1))
		f.others[n] = uint16(from + j)
		n += int((w.chars[one>>6]>>(one&63) | w.chars[more>>6]>>(more&63)) & 1)
	}
	f.Others = f.others[:n]
}

// lookDigits looks up digits with which something begins.
func (w *Words) lookDigits(block []byte, from int, digit uint64, f *Found) {
	for ; digit != 0; digit &= digit - 1 {
		j := bits.TrailingZeros64(digit)
		if w.digits>>(block[j]-'0')&1 != 0 {
			f.other(from + j)
		}
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
