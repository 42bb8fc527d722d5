// Package namebook remembers the names of people that were met in a conversation, so that they are found again where
// nothing around them tells that they are names: first_name and last_name in a record, "Jane Doe called" in a note.
//
// It holds keyed hashes, never a name, and a bounded number of them.
//
// A name is a chain of words, or in Chinese, Japanese and Korean of characters. For "Jane Q. Doe" the chains jane q doe,
// jane doe and doe jane are remembered, and as weak ones, which must be written with a capital and stand by themselves, jane
// and doe. Case does not matter, nor which signs divide the words.
package namebook

import (
	"crypto/rand"
	"encoding/binary"
	"maps"
	"math/bits"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// Reach is the longest name that is found, in bytes.
const Reach = 128

const (
	maxWords = 5    // of a name
	maxRunes = 8    // of a name without words
	maxForms = 4096 // hashes of a generation; two are kept
	least    = 4    // letters that a weak name has
)

// kind says what a hash is that of.
type kind uint8

const (
	prefix kind = 1 << iota // a chain that goes on
	weak                    // a part of a name
	full                    // a name
)

// A Book is the memory of a conversation. It is safe for concurrent use. The zero Book is empty and ready.
type Book struct {
	mu   sync.Mutex
	old  map[uint64]kind // the generation before
	now  map[uint64]kind
	key  uint64
	held atomic.Pointer[Table]
}

// A Table is what a Book held at some time. It does not change. A nil Table is empty.
type Table struct {
	key   uint64
	forms map[uint64]kind
	begin [1 << 16 / 64]uint64 // what chains begin with, by their first two bytes
	four  [1 << 16 / 64]uint64 // of those whose first word has four ASCII letters or more, by a hash of these
	short [1 << 16 / 64]uint64 // of the others, by their first two bytes
}

// Table returns what b holds now, nil if that is nothing.
func (b *Book) Table() *Table {
	if b == nil {
		return nil
	}
	return b.held.Load()
}

// Add remembers names, each a decoded value that was found to be somebody's.
func (b *Book) Add(names ...[]byte) {
	if b == nil || len(names) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now == nil {
		var seed [8]byte
		_, _ = rand.Read(seed[:]) // never fails
		b.key, b.now = binary.LittleEndian.Uint64(seed[:])|1, map[uint64]kind{}
	}
	next := Table{key: b.key}
	if t := b.held.Load(); t != nil {
		next.begin, next.four, next.short = t.begin, t.four, t.short
	}
	news := false
	add := func(h uint64, k kind) {
		if b.now[h]&k == k {
			return
		}
		k |= b.old[h]
		news = true
		b.now[h] |= k
	}
	for _, name := range names {
		next.learn(name, add)
		if len(b.now) >= maxForms {
			b.old, b.now = b.now, map[uint64]kind{}
		}
	}
	if !news {
		return
	}
	next.forms = maps.Clone(b.now)
	for h, k := range b.old {
		next.forms[h] |= k
	}
	b.held.Store(&next)
}

// learn calls add with the hashes of all chains that stand for name.
func (t *Table) learn(name []byte, add func(uint64, kind)) {
	if len(name) > Reach {
		return
	}
	if runes := wideName(name); runes > 0 {
		t.learnWide(name, runes, add)
		return
	}
	words, ok := split(name)
	if !ok {
		return
	}
	chain := func(k kind, words ...[]byte) {
		h := t.key
		for i, w := range words {
			if h = t.link(h, w); i < len(words)-1 {
				add(h, prefix)
			}
		}
		add(h, k)
		t.mark(words[0])
	}
	n := len(words)
	if n > 1 {
		chain(full, words...)
		first, last := words[0], words[n-1]
		chain(full, first, last)
		chain(full, last, first)
		if n > 2 {
			chain(full, append([][]byte{last}, words[:n-1]...)...)
		}
	}
	for _, w := range [][]byte{words[0], words[n-1]} {
		if utf8.RuneCount(w) >= least && !common[string(fold(nil, w))] {
			chain(weak, w)
		}
	}
}

// learnWide is learn for a name in Chinese, Japanese or Korean.
func (t *Table) learnWide(name []byte, runes int, add func(uint64, kind)) {
	if runes < 2 || runes > maxRunes {
		return
	}
	k := full
	if runes == 2 {
		k = weak
	}
	for _, spaced := range []bool{false, true} {
		h, n := t.key, 0
		for i := 0; i < len(name); {
			size := wideLen(name[i:])
			if size == 0 || isSpace(name[i:]) {
				if size = max(size, 1); spaced && n > 0 {
					h = t.linkByte(h, ' ')
					add(h, prefix)
				}
				i += size
				continue
			}
			h = t.linkRune(h, name[i:i+size])
			if n++; n < runes {
				add(h, prefix)
			}
			i += size
		}
		add(h, k)
	}
	t.mark(name)
}

// mark notes what a chain begins with.
func (t *Table) mark(word []byte) {
	var two [8]byte
	b := fold(two[:0], word[:min(len(word), utf8.UTFMax)])
	i := pair(b)
	t.begin[i>>6] |= 1 << (i & 63)
	if len(word) >= 4 && b[0]|b[1]|b[2]|b[3] < utf8.RuneSelf {
		i = firstFour(binary.LittleEndian.Uint32(word))
		t.four[i>>6] |= 1 << (i & 63)
		return
	}
	t.short[i>>6] |= 1 << (i & 63)
}

// firstFour is the place in Table.four of what begins with these letters.
func firstFour(v uint32) uint16 { return uint16((v | 0x20202020) * 0x9e3779b1 >> 16) }

func pair(b []byte) uint16 {
	if len(b) == 1 {
		return uint16(b[0]) << 8
	}
	return uint16(b[0])<<8 | uint16(b[1])
}

// link returns the hash of a chain that goes on with word.
func (t *Table) link(h uint64, word []byte) uint64 {
	h = mix(h ^ 0x9e3779b97f4a7c15)
	for i := 0; i < len(word); {
		c := word[i]
		if c < utf8.RuneSelf {
			if c-'A' < 26 {
				c |= 0x20
			}
			h = t.linkByte(h, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(word[i:])
		for r = unicode.ToLower(r); r > 0; r >>= 8 {
			h = t.linkByte(h, byte(r))
		}
		i += n
	}
	return mix(h)
}

func (t *Table) linkRune(h uint64, r []byte) uint64 {
	for _, c := range r {
		h = t.linkByte(h, c)
	}
	return h
}

func (t *Table) linkByte(h uint64, c byte) uint64 {
	return bits.RotateLeft64((h^uint64(c))*0x9fb21c651e98df25, 23) ^ t.key
}

func mix(h uint64) uint64 {
	hi, lo := bits.Mul64(h, 0xa0761d6478bd642f)
	return hi ^ lo
}

// fold appends word in small letters.
func fold(dst, word []byte) []byte {
	for len(word) > 0 {
		r, n := utf8.DecodeRune(word)
		if r == utf8.RuneError {
			return append(dst, word...)
		}
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
		word = word[n:]
	}
	return dst
}
