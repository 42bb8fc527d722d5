package detect

import (
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A model of MCP traffic, roughly: which kind of byte follows which, and how often
// each byte is of its kind. It decides which anchor is cheaper, and what in a pattern is too
// rare for a number or a random string (pattern.literal), which masking.go does not ask about.

const (
	kindHex   = iota // small letters a to f: identifiers have digits beside them
	kindLower        // the other small letters
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
	kindHex:   {.199, .481, .028, .077, .116, .044, .051, .003, 0},
	kindLower: {.232, .491, .034, .017, .093, .054, .075, .004, 0},
	kindUpper: {.111, .325, .355, .107, .062, .011, .028, .001, 0},
	kindDigit: {.103, .037, .060, .610, .034, .016, .139, .001, 0},
	kindSpace: {.156, .326, .062, .014, .212, .050, .097, .083, 0},
	kindQuote: {.062, .447, .005, .025, .007, .198, .254, .001, 0},
	kindPunct: {.069, .133, .042, .196, .172, .216, .165, .008, 0},
	kindLead:  {0, 0, 0, 0, 0, 0, 0, 0, 1},
	kindCont:  {.001, .015, .001, .001, .140, .002, .025, .317, .500},
}

// share is how often a byte is of a kind.
var share = [kinds]float64{.151, .333, .051, .113, .102, .065, .093, .030, .060}

func kindOf(c byte) int {
	switch {
	case c-'a' < 6:
		return kindHex
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
		case kindHex, kindLower:
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
	n := 0
	for _, word := range set {
		n += bits.OnesCount64(word)
	}
	if n <= 128 {
		return massOf(set)
	}
	rest := bytescan.Set{^set[0], ^set[1], ^set[2], ^set[3]}
	m = massOf(&rest)
	for k := range m {
		m[k] = max(0, 1-m[k])
	}
	return m
}

func massOf(set *bytescan.Set) (m [kinds]float64) {
	for i, word := range set {
		for ; word != 0; word &= word - 1 {
			c := i<<6 + bits.TrailingZeros64(word)
			m[kindOfByte[c]] += within[c]
		}
	}
	return m
}

var kindOfByte = func() (k [256]uint8) {
	for c := range k {
		k[c] = uint8(kindOf(byte(c)))
	}
	return k
}()

// chance is how often, per byte of traffic, what stands at a place fits an anchor:
// the byte before it, and those from it on.
func chance(before *bytescan.Set, sets []bytescan.Set) float64 {
	var masses [bytescan.Depth][kinds]float64
	for k := range sets {
		masses[k] = mass(&sets[k])
	}
	prior := mass(before)
	return likely(&prior, masses[:len(sets)])
}

// likely is chance of masses.
func likely(before *[kinds]float64, sets [][kinds]float64) float64 {
	c := startChain(before)
	for i := range sets {
		c.next(&sets[i])
	}
	return c.sum()
}

// A byteChain is bytes of traffic, read one after the other.
type byteChain struct {
	p    [kinds]float64 // that what was read fits and the last byte is of a kind
	some [kinds]uint8   // the kinds for which that is not 0: mostly one or two
	n    int
}

func startChain(before *[kinds]float64) (c byteChain) {
	for k, m := range before {
		if m != 0 {
			c.p[k] = m * share[k]
			c.some[c.n] = uint8(k)
			c.n++
		}
	}
	return c
}

// next reads one of the bytes of which m is the mass.
func (c *byteChain) next(m *[kinds]float64) {
	var then byteChain
	some := c.some[:c.n]
	for k, share := range m {
		if share == 0 {
			continue
		}
		var p float64
		for _, a := range some {
			p += c.p[a] * follows[a][k]
		}
		if p *= share; p != 0 {
			then.p[k] = p
			then.some[then.n] = uint8(k)
			then.n++
		}
	}
	*c = then
}

// sum is the chance that what was read fits.
func (c *byteChain) sum() (all float64) {
	for _, k := range c.some[:c.n] {
		all += c.p[k]
	}
	return all
}
