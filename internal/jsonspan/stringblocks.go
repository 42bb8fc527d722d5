package jsonspan

import "math/bits"

// Strings with many escapes, 64 bytes at a time: code, JSON in JSON. Where the next escape stands cannot be foreseen, so to go
// from one to the next costs more than to find out what all 64 bytes are.

// dullText returns the length of a beginning of p that is plain ASCII inside a string and escapes that hide nothing, all of them
// whole. It stops where there are none for a while, for which plain is faster, and may stop anywhere else.
func dullText(p []byte) int {
	i := 0
	for len(p)-i >= 64 {
		quote, slash, kind, high := stringLanes((*[64]byte)(p[i:]))
		bad, letter, deeper := high&^kind, kind&^high|quote|slash, kind&high

		// A backslash begins an escape unless it is in one: the odd ones of a run do. Carries go through runs that begin at an
		// even place.
		const odd = 0xaaaaaaaaaaaaaaaa
		ends := ((slash<<1 | odd) - slash) ^ odd
		escaped, begins := ends^slash, ends&slash
		inner := escaped & slash // what is an escape in the text in the string, if deeper follows

		if stop := quote&^escaped | bad | escaped&^letter; stop|inner<<1&deeper != 0 {
			at := bits.TrailingZeros64(stop | inner<<1&deeper)
			if stop>>at&1 == 0 {
				at--
			}
			if escaped>>at&1 != 0 {
				at--
			}
			return i + at
		}
		switch {
		case begins>>63 != 0:
			i += 63
		case inner>>63 != 0:
			i += 62
		default:
			i += 64
		}
		if slash == 0 {
			break
		}
	}
	return i
}

// stringLanes returns which bytes of p are quotes and backslashes; which are letters of escapes, u and / included; and which are
// these two, control characters, or beyond ASCII.
func stringLanes(p *[64]byte) (quote, slash, kind, high uint64) {
	for k := 0; k < len(p); k += 16 {
		q := (*[16]byte)(p[k:])
		t := &stringLane
		v := t[q[0]] | t[q[1]]<<1 | t[q[2]]<<2 | t[q[3]]<<3 | t[q[4]]<<4 | t[q[5]]<<5 | t[q[6]]<<6 | t[q[7]]<<7 |
			t[q[8]]<<8 | t[q[9]]<<9 | t[q[10]]<<10 | t[q[11]]<<11 | t[q[12]]<<12 | t[q[13]]<<13 | t[q[14]]<<14 | t[q[15]]<<15
		const lane = 1<<16 - 1
		quote |= v & lane << k
		slash |= v >> 16 & lane << k
		kind |= v >> 32 & lane << k
		high |= v >> 48 << k
	}
	return quote, slash, kind, high
}

// stringLane says what a byte is, in four lanes of 16 bits: see stringLanes.
var stringLane = func() (t [256]uint64) {
	for c := range t {
		deeper, letter := c == 'u' || c == '/', false
		switch c {
		case 'n', 'r', 't', 'b', 'f':
			letter = true
		}
		for lane, yes := range [...]bool{c == '"', c == '\\', letter || deeper, deeper || c < 0x20 || c >= 0x80} {
			if yes {
				t[c] |= 1 << (16 * lane)
			}
		}
	}
	return t
}()
