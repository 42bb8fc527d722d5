package detect

import (
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A model of MCP traffic, roughly: which kind of byte follows which, and how often
// each byte is of its kind. It decides which anchor is cheaper, never what is found.

const (
	kindLower = iota
	kindUpper
	kindDigit
	kindSpace
	kindQuote
	kindPunct
	kindLead // of a character of several bytes
	kindCont // its others
	kinds
)

// follows[a][b] is how often a byte of kind b comes after one of kind a.
var follows = [kinds][kinds]float64{
	kindLower: {.693, .044, .043, .095, .050, .072, .003, 0},
	kindUpper: {.419, .371, .116, .056, .010, .027, .001, 0},
	kindDigit: {.148, .071, .603, .034, .012, .131, .001, 0},
	kindSpace: {.439, .062, .015, .230, .056, .100, .098, 0},
	kindQuote: {.513, .005, .021, .007, .228, .225, .001, 0},
	kindPunct: {.205, .046, .214, .177, .196, .152, .010, 0},
	kindLead:  {0, 0, 0, 0, 0, 0, 0, 1},
	kindCont:  {.010, .002, .002, .140, .002, .025, .319, .500},
}

// share is how often a byte is of a kind.
var share = [kinds]float64{.457, .063, .124, .100, .063, .090, .035, .068}

func kindOf(c byte) int {
	switch {
	case c-'a' < 26:
		return kindLower
	case c-'A' < 26:
		return kindUpper
	case c-'0' < 10:
		return kindDigit
	case c == ' ':
		return kindSpace
	case c == '"' || c == '\\':
		return kindQuote
	case c < 0x80:
		return kindPunct
	case c < 0xc0:
		return kindCont
	}
	return kindLead
}

// within is how often a byte is c, of those of its kind.
var within = func() (w [256]float64) {
	const letters = "etnarsoidculpgfbmywhvkxqjz"
	// Of bytes that lead: Hangul's, then those of other scripts.
	leads := map[byte]float64{0xec: .38, 0xeb: .28, 0xea: .16, 0xed: .08, 0xe2: .05, 0xc3: .03, 0xe3: .03, 0xe4: .03, 0xe5: .03, 0xe6: .03, 0xe7: .02, 0xe8: .02, 0xd0: .02, 0xd1: .02}
	var sum [kinds]float64
	for c := range 256 {
		w[c] = .01
		switch kindOf(byte(c)) {
		case kindLower:
			for i := range len(letters) {
				if letters[i] == byte(c) {
					w[c] = .1 / float64(1+i/4)
				}
			}
		case kindPunct:
			w[c] = .002
			switch c {
			case ':', ',', '.', '-', '/':
				w[c] = .12
			case '=', '`', '[', ']', '(', ')', '{', '}', '_':
				w[c] = .03
			case '@':
				w[c] = .0004
			}
		case kindLead:
			if w[c] = leads[byte(c)]; w[c] == 0 {
				w[c] = .002
			}
		}
		sum[kindOf(byte(c))] += w[c]
	}
	for c := range 256 {
		w[c] /= sum[kindOf(byte(c))]
	}
	return w
}()

// everything is the set of all bytes.
var everything = bytescan.Set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

// mass returns how many of the bytes of each kind are in set.
func mass(set *bytescan.Set) (m [kinds]float64) {
	if *set == everything {
		return [kinds]float64{1, 1, 1, 1, 1, 1, 1, 1}
	}
	for i, word := range set {
		for ; word != 0; word &= word - 1 {
			c := byte(i<<6 + bits.TrailingZeros64(word))
			m[kindOf(c)] += within[c]
		}
	}
	return m
}

// chance is how often, per byte of traffic, what stands at a place fits an anchor:
// the byte before it, and those from it on.
func chance(before *bytescan.Set, sets []bytescan.Set) float64 {
	p := mass(before) // that what was read fits and the last byte is of a kind
	for k := range p {
		p[k] *= share[k]
	}
	for len(sets) > 0 && sets[len(sets)-1] == everything {
		sets = sets[:len(sets)-1]
	}
	for i := range sets {
		m := mass(&sets[i])
		var next [kinds]float64
		for k := range next {
			if m[k] == 0 {
				continue
			}
			for a := range p {
				next[k] += p[a] * follows[a][k]
			}
			next[k] *= m[k]
		}
		p = next
	}
	var all float64
	for _, v := range p {
		all += v
	}
	return all
}
