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

// A mass is how many of the bytes of each kind are in a set. (An index of four bits needs no check.)
type mass struct {
	of   [16]float64 // by kind
	some uint16      // kinds of which there are any, as bits: mostly one or two
}

func massOf(set *bytescan.Set) (m mass) {
	n := 0
	for _, word := range set {
		n += bits.OnesCount64(word)
	}
	if n <= 128 {
		m.add(set)
		return m
	}
	var rest mass
	rest.add(&bytescan.Set{^set[0], ^set[1], ^set[2], ^set[3]})
	for k := range kinds {
		if m.of[k] = max(0, 1-rest.of[k]); m.of[k] > 0 {
			m.some |= 1 << k
		}
	}
	return m
}

// add adds the bytes of set, none of which m has.
func (m *mass) add(set *bytescan.Set) {
	for i, word := range set {
		for ; word != 0; word &= word - 1 {
			c := i<<6 + bits.TrailingZeros64(word)
			k := kindOfByte[c]
			m.of[k] += within[c]
			m.some |= 1 << k
		}
	}
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
	prior := massOf(before)
	return chanceOf(&prior, sets)
}

// chanceOf is chance where the byte before is of a set with that mass.
func chanceOf(before *mass, sets []bytescan.Set) float64 {
	c := startChain(before)
	for k := range sets {
		m := massOf(&sets[k])
		c.next(&m, &nothing)
	}
	return c.sum()
}

// common are texts that traffic has more of than what their bytes are tells, and how often one begins at a byte.
var common = [...]struct {
	text   string
	chance float64
}{{"://", 5e-4}}

// commonChance is how often one of these begins where sets are looked for.
func commonChance(sets []bytescan.Set) (sum float64) {
next:
	for _, c := range common {
		for k := range min(len(c.text), len(sets)) {
			if !sets[k].Has(c.text[k]) {
				continue next
			}
		}
		sum += c.chance
	}
	return sum
}

// A byteChain is bytes of traffic, read one after the other.
type byteChain struct {
	p    [2][16]float64 // that what was read fits and the last byte is of a kind, of those in some
	some uint16
	at   uint8 // which of p it is
}

func startChain(before *mass) (c byteChain) {
	for some := before.some; some != 0; some &= some - 1 {
		k := bits.TrailingZeros16(some)
		c.p[0][k] = before.of[k] * share[k]
	}
	c.some = before.some
	return c
}

// next reads one of the bytes of which m is the mass, or one of others of which o is.
func (c *byteChain) next(m, o *mass) {
	now, then := &c.p[c.at&1], &c.p[c.at&1^1]
	both := m.some | o.some
	for some := both; some != 0; some &= some - 1 {
		k := bits.TrailingZeros16(some) & 15
		row := &before[k]
		var p float64
		for some := c.some; some != 0; some &= some - 1 {
			a := bits.TrailingZeros16(some) & 15
			p += now[a] * row[a]
		}
		then[k] = p * (m.of[k] + o.of[k])
	}
	c.some, c.at = both, c.at^1
}

// nothing is the mass of no bytes.
var nothing mass

// before is follows, by what follows.
var before = func() (by [16][16]float64) {
	for a := range kinds {
		for k := range kinds {
			by[k][a] = follows[a][k]
		}
	}
	return by
}()

// sum is the chance that what was read fits.
func (c *byteChain) sum() (all float64) {
	for some := c.some; some != 0; some &= some - 1 {
		all += c.p[c.at&1][bits.TrailingZeros16(some)&15]
	}
	return all
}
