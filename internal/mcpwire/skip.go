package mcpwire

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// NOTE
//
// How far it is to the end of a string or container is not known before it is found. The first bytes are looked at
// one by one; for what goes on, the kernels of bytescan look at more and more of it at once. What these call bad
// (a backslash outside of strings, say) they may read in another way than byte by byte: that is then gone back to.
const (
	firstLook   = 64
	firstChunk  = 256
	growChunkBy = 4
)

// lookUntil returns up to where the bytes from b[i] on are looked at one by one.
func lookUntil(b []byte, i int) int {
	if !bytescan.FastStructure() {
		return len(b)
	}
	return min(i+firstLook, len(b))
}

// skipString returns the end of the string whose opening quote is b[i], or -1.
func skipString(b []byte, i int) int {
	i++
	// Fast path: no quote in the string.
	n := shortQuote(b[i:])
	if n < 0 {
		if n = bytes.IndexByte(b[i:], '"'); n < 0 {
			return -1
		}
	}
	k := i + n
	for k > i && b[k-1] == '\\' {
		k--
	}
	if (i+n-k)%2 == 0 {
		return i + n + 1
	}
	// Slow path: JSON in the string, most likely, with a quote every few bytes.
	return skipQuotes(b, i+n+1)
}

// shortQuote returns where the first quote of b stands, if among its first eight bytes, and else -1. Most names are as short, and found
// before a call is made.
func shortQuote(b []byte) int {
	if len(b) < 8 {
		return -1
	}
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	v := binary.LittleEndian.Uint64(b) ^ '"'*ones
	if v = (v - ones) & ^v & highs; v == 0 { // the lowest bit is right, those above may not be
		return -1
	}
	return bits.TrailingZeros64(v) / 8
}

// skipQuotes is skipString from b[i] on, inside the string and behind no backslash.
func skipQuotes(b []byte, i int) int {
	end, i := quotesByByte(b, i, lookUntil(b, i))
	if end != 0 {
		return end
	}
	// There are no tokens in a string. Before the first one behind it stand its closing quote and at most blanks.
	var s bytescan.Structure
	s.Reset(true)
	start := i
	for size := firstChunk; i < len(b); size = min(size*growChunkBy, bytescan.StructureChunk) {
		chunk := b[i:min(i+size, len(b))]
		if bad, _ := s.Next(chunk); bad {
			end, _ = quotesByByte(b, start, len(b))
			return end
		}
		for w := range (len(chunk) + 63) / 64 {
			if m := s.Tokens[w]; m != 0 {
				return i + bytes.LastIndexByte(chunk[:w*64+bits.TrailingZeros64(m)], '"') + 1
			}
		}
		if !s.InString() {
			return i + bytes.LastIndexByte(chunk, '"') + 1
		}
		i += len(chunk)
	}
	return -1
}

// quotesByByte looks at b[i:limit] for the quote that ends a string. end is behind it, 0 if there is none, and -1 if there is
// none to the end of b; next is where to look on.
func quotesByByte(b []byte, i, limit int) (end, next int) {
	for ; i < limit; i++ {
		switch b[i] {
		case '"':
			return i + 1, i + 1
		case '\\':
			i++
		}
	}
	if i >= len(b) {
		return -1, i
	}
	return 0, i
}

// structural marks the bytes at which skipContainer has something to do.
var structural = [256]bool{'"': true, '{': true, '[': true, '}': true, ']': true}

const (
	earlyEnd  = "message ends early"
	endlessly = "string does not end"
)

// skipContainer returns the end of the object or array that begins at b[i]. Brackets are counted, and not told apart.
func skipContainer(b []byte, i int) (end int, reason string) {
	end, i, depth, reason := bracketsByByte(b, i, lookUntil(b, i), 0)
	if end != 0 {
		return end, reason
	}
	var s bytescan.Structure
	s.Reset(false)
	start, startDepth := i, depth
	for size := firstChunk; i < len(b); size = min(size*growChunkBy, bytescan.StructureChunk) {
		chunk := b[i:min(i+size, len(b))]
		if bad, _ := s.Next(chunk); bad {
			end, _, _, reason = bracketsByByte(b, start, len(b), startDepth)
			return end, reason
		}
		for w := range (len(chunk) + 63) / 64 {
			for m := s.Brackets[w]; m != 0; m &= m - 1 {
				at := w*64 + bits.TrailingZeros64(m)
				if chunk[at]|0x20 == '{' { // or '['
					depth++
				} else if depth--; depth == 0 {
					return i + at + 1, ""
				}
			}
		}
		i += len(chunk)
	}
	if s.InString() {
		return len(b), endlessly
	}
	return len(b), earlyEnd
}

// bracketsByByte looks at b[i:limit] for the bracket that closes the first one. end is behind it, and 0 if there is none; next is
// where to look on, at that depth. If there is none to the end of b, end is that, and reason says so.
func bracketsByByte(b []byte, i, limit, depth int) (end, next, deep int, reason string) {
	for i < limit {
		c := b[i]
		if !structural[c] {
			i++
			continue
		}
		switch c {
		case '"':
			end := skipString(b, i)
			if end < 0 {
				return len(b), len(b), depth, endlessly
			}
			if end-i > firstLook { // it was not looked at one by one
				limit = min(limit+end-i, len(b))
			}
			i = end
			continue
		case '{', '[':
			depth++
		default:
			if depth--; depth == 0 {
				return i + 1, i + 1, 0, ""
			}
		}
		i++
	}
	if i >= len(b) {
		return len(b), len(b), depth, earlyEnd
	}
	return 0, i, depth, ""
}
