package bytescan

import "math/bits"

// Kinds say of 64 bytes of JSON, a bit for each, which of the tokens that [Structure] finds are quotes, colons, commas and
// zeros, and which bytes are digits and points. What else of the tokens is no bracket begins a scalar.
type Kinds struct{ Quote, Colon, Comma, Zero, Digit, Point uint64 }

// Sort fills one of kinds for each 64 bytes of text that tokens has any of. There are as many of both as text has such blocks,
// the last of which may be short; the others of kinds stay as they are. No token may stand behind text.
func Sort(text []byte, tokens []uint64, kinds []Kinds) {
	n := len(text) / 64
	if rest := text[64*n:]; len(rest) > 0 {
		var tail [64]byte
		copy(tail[:], rest)
		sortBlocks(tail[:], tokens[n:n+1], kinds[n:n+1])
	}
	if n > 0 {
		sortBlocks(text, tokens[:n], kinds[:n])
	}
}

// sortBlocks is Sort for whole blocks.
func sortBlocks(text []byte, tokens []uint64, kinds []Kinds) {
	n := len(tokens)
	_, _ = text[64*n-1], kinds[n-1]
	switch active {
	case avx512:
		kinds512(&text[0], n, &tokens[0], &kinds[0])
	case avx2:
		kinds256(&text[0], n, &tokens[0], &kinds[0])
	default:
		for k, w := range tokens {
			if w != 0 {
				kinds[k].plain((*[64]byte)(text[64*k:]), w)
			}
		}
	}
}

func (k *Kinds) plain(text *[64]byte, tokens uint64) {
	*k = Kinds{}
	for w := tokens; w != 0; w &= w - 1 {
		i := bits.TrailingZeros64(w) & 63
		switch text[i] {
		case '"':
			k.Quote |= 1 << i
		case ':':
			k.Colon |= 1 << i
		case ',':
			k.Comma |= 1 << i
		case '0':
			k.Zero |= 1 << i
		}
	}
	for i, b := range text {
		switch {
		case IsDigit(b):
			k.Digit |= 1 << i
		case b == '.':
			k.Point |= 1 << i
		}
	}
}
