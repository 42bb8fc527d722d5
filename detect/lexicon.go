package detect

import "bytes"

// A phrase is a context word, or several that stand one after the other.
type phrase struct {
	words []uint64 // hashes
	then  uint64   // the second of them, or 0; of an unspaced script, the second character
	ideo  []byte   // for an unspaced script: what must stand there as it is
	next  int32    // another one that begins with the same two, or with the same one if it has no second, or -1
}

// A lexicon holds the context words of all rules: those that speak for them, or those that speak
// against them.
type lexicon struct {
	phrases []phrase
	slots   []slot // by the hash of the first word, and by that and the second; open addressing
	taken   int    // of slots
	heads   heads
	row     int      // words of 64 bits in a row of bits, one bit for each rule
	bits    []uint64 // of each phrase a row: the rules it is a word of
}

// A slot has the first of the phrases of one word that are the word of a hash, or none, if others begin with that; or the
// first of those that begin with the two words of a hash. Most words that are looked for are in none, and
// to see that their hash is another one is enough.
type slot struct {
	hash  uint64
	at    int32 // or -1
	taken bool
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
			if then := nextWord(p.ideo, w.end-w.start, min(len(p.ideo), w.end-w.start+maxPhraseGap+1)); then.start >= 0 {
				if g, _, _ := glyphAt(p.ideo, then.start); g == ideo {
					p.then = then.hash
				}
			}
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
	chain := x.slot(p.words[0])
	if p.then != 0 {
		chain = x.slot(twoWords(p.words[0], p.then))
	}
	at := chain.at
	for at >= 0 && !x.phrases[at].same(&p) {
		at = x.phrases[at].next
	}
	if at < 0 {
		at = int32(len(x.phrases))
		p.next, chain.at = chain.at, at
		x.phrases = append(x.phrases, p)
		x.bits = append(x.bits, make([]uint64, x.row)...)
		x.heads.add(t[begin:])
	}
	x.rules(at)[rule>>6] |= 1 << (rule & 63)
	return true
}

// twoWords is the hash of two words.
func twoWords(a, b uint64) uint64 { return (a ^ b<<1) * sixPrime }

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

// first returns the first of the phrases that the slot of a hash has, or -1, and whether there is one.
func (x *lexicon) first(h uint64) (at int32, ok bool) {
	if s := x.find(h); s.taken {
		return s.at, true
	}
	return -1, false
}

// slot returns the slot for a hash, which is taken from now on. It is valid up to the next call.
func (x *lexicon) slot(h uint64) *slot {
	if 2*(x.taken+1) > len(x.slots) {
		old := x.slots
		x.slots = make([]slot, 2*len(old))
		for _, s := range old {
			if s.taken {
				*x.find(s.hash) = s
			}
		}
	}
	s := x.find(h)
	if !s.taken {
		x.taken++
		*s = slot{h, -1, true}
	}
	return s
}

// find returns the slot of a hash, or one that is not taken.
func (x *lexicon) find(h uint64) *slot {
	for i := h >> 32; ; i++ {
		if s := &x.slots[i&uint64(len(x.slots)-1)]; s.hash == h || !s.taken {
			return s
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
