package jsonspan

import (
	"encoding/binary"
	"math/bits"
)

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks, in the high bit of each byte of w, a byte that is no plain ASCII
// of a string: a quote, a backslash, a control character or a byte of 0x80 and above.
// Marks above the lowest may be wrong; the lowest is right.
func special(w uint64) uint64 {
	return marks(w) & highs
}

// marks is special, with bits that mean nothing beside those.
func marks(w uint64) uint64 {
	quote := w ^ lows*'"'
	slash := w ^ lows*'\\'
	return (quote - lows) | (slash - lows) | (w - lows*0x20) | w
}

// plain returns the length of the prefix of p that is plain ASCII inside a string.
func plain(p []byte) int {
	i := 0
	for ; i+8 <= len(p); i += 8 {
		if m := special(binary.LittleEndian.Uint64(p[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		for i >= 64 && i+40 <= len(p) && plain32(p[i+8:]) { // Fast path: a long text.
			i += 32
		}
	}
	for i < len(p) && p[i] >= 0x20 && p[i] < 0x80 && p[i] != '"' && p[i] != '\\' {
		i++
	}
	return i
}

// plain32 reports whether all of the 32 bytes that p begins with are plain ASCII inside a string.
func plain32(p []byte) bool {
	p = p[:32]
	return (marks(binary.LittleEndian.Uint64(p))|marks(binary.LittleEndian.Uint64(p[8:]))|
		marks(binary.LittleEndian.Uint64(p[16:]))|marks(binary.LittleEndian.Uint64(p[24:])))&highs == 0
}

// Plain returns the length of the prefix of p that is plain ASCII inside a string: no
// quote, no backslash, no control character, nothing of 0x80 and above.
func Plain(p []byte) int { return plain(p) }

// quoteOrSlash marks quotes and backslashes in the same way.
func quoteOrSlash(w uint64) uint64 {
	quote := w ^ lows*'"'
	slash := w ^ lows*'\\'
	return ((quote-lows)&^quote | (slash-lows)&^slash) & highs
}

// content returns the length of the prefix of p that holds no quote and no backslash.
func content(p []byte) int {
	i := 0
	for ; i+8 <= len(p); i += 8 {
		if m := quoteOrSlash(binary.LittleEndian.Uint64(p[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(p) && p[i] != '"' && p[i] != '\\' {
		i++
	}
	return i
}

// Content returns the length of the prefix of p that holds no quote and no backslash.
func Content(p []byte) int { return content(p) }
