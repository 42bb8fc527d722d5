package detect

import "github.com/mcpveil/mcpveil/internal/bytescan"

// A model of MCP traffic, roughly: which kind of byte follows which, and how often
// each byte is of its kind. It decides which anchor is cheaper, never what is found.

const (
	kindLower = iota
	kindUpper
	kindDigit
	kindSpace
	kindQuote
	kindPunct
	kindHigh
	kinds
)

// follows[a][b] is how often a byte of kind b comes after one of kind a.
var follows = [kinds][kinds]float64{
	kindLower: {.693, .044, .043, .095, .050, .072, .003},
	kindUpper: {.419, .371, .116, .056, .010, .027, .001},
	kindDigit: {.148, .071, .603, .034, .012, .131, .001},
	kindSpace: {.439, .062, .015, .230, .056, .100, .098},
	kindQuote: {.513, .005, .021, .007, .228, .225, .001},
	kindPunct: {.205, .046, .214, .177, .196, .152, .010},
	kindHigh:  {.007, .001, .001, .094, .001, .017, .879},
}

// share is how often a byte is of a kind.
var share = [kinds]float64{.457, .063, .124, .100, .063, .090, .103}

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
	}
	return kindHigh
}

// within is how often a byte is c, of those of its kind.
var within = func() (w [256]float64) {
	const letters = "etnarsoidculpgfbmywhvkxqjz"
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
		}
		sum[kindOf(byte(c))] += w[c]
	}
	for c := range 256 {
		w[c] /= sum[kindOf(byte(c))]
	}
	return w
}()

// chance is how often, per byte of traffic, what stands at a place fits an anchor:
// the byte before it, and the four from it on.
func chance(before *bytescan.Set, sets *[4]bytescan.Set) float64 {
	var p [kinds]float64 // that what was read fits and the last byte is of a kind
	for c := range 256 {
		if before.Has(byte(c)) {
			k := kindOf(byte(c))
			p[k] += share[k] * within[c]
		}
	}
	for i := range sets {
		var next [kinds]float64
		for c := range 256 {
			if !sets[i].Has(byte(c)) {
				continue
			}
			k := kindOf(byte(c))
			for a := range p {
				next[k] += p[a] * follows[a][k] * within[c]
			}
		}
		p = next
	}
	var all float64
	for _, v := range p {
		all += v
	}
	return all
}
