package view

import (
	"encoding/binary"
	"math/bits"

	"github.com/mcpveil/mcpveil/detect"
)

// leastSpread is how many letters set apart, one by one, are taken for one text.
const leastSpread = 6

// decodeSpread makes f raw with the parts of values brought together, and reports whether it is
// another text: of letters set apart one by one what stands between is dropped; of groups of
// digits with other separators than cards, telephones and the like have, these are changed into
// such, and a new line between digits is dropped or changed. Much is brought together that does
// not belong together, so what is found needs something else to speak for it.
func (f *Fold) decodeSpread(raw []byte) bool {
	f.reset()
	copied := 0
	put := func(at, n int, text ...byte) {
		f.text = append(f.text, raw[copied:at]...)
		from := len(f.text)
		f.text = append(f.text, text...)
		f.add(detect.Spread, from, at, n)
		copied = at + n
	}
	for i := 0; i < len(raw); i++ {
		if i+8 <= len(raw) { // Fast path: to the byte before one that may set anything apart.
			const ones, highs = 0x0101010101010101, 0x8080808080808080
			x := binary.LittleEndian.Uint64(raw[i:])
			low := (x - ('.'+1)*ones) &^ x & highs // the lowest bit is of the first one
			if n := bits.TrailingZeros64(low) / 8; n > 1 {
				i += n - 2
				continue
			}
		}
		switch c := raw[i]; {
		case i+1 < len(raw) && separator(raw[i+1]) && (isAlnum(c) || c == '+') && spacedAt(raw, i):
			for sep := raw[i+1]; i+2 < len(raw) && raw[i+1] == sep && spreadByte(raw, i+2); {
				put(i+1, 1)
				i += 2
			}
		case c == '.':
			if !groupsAt(raw, i) || address(raw, i) {
				continue
			}
			with := byte('-')
			if digitsAt(raw, i+1) == 4 && i >= 4 && isAlnum(raw[i-4]) {
				with = ' '
			}
			for i < len(raw) && raw[i] == c && digitsAt(raw, i+1) > 0 {
				put(i, 1, with)
				i += 1 + digitsAt(raw, i+1)
			}
			i--
		case c == '\n' || c == '\r':
			n := 1
			if c == '\r' && i+1 < len(raw) && raw[i+1] == '\n' {
				n = 2
			}
			if !splitsLine(raw, i, i+n) {
				continue
			}
			k := i
			for k > 0 && isDigit(raw[k-1]) {
				k--
			}
			if k > 1 && i-k <= 4 && (raw[k-1] == ' ' || raw[k-1] == '-') && isAlnum(raw[k-2]) && digitsAt(raw, i+n) > 0 && digitsAt(raw, i+n) <= 4 {
				put(i, n, raw[k-1])
			} else {
				put(i, n)
			}
			i += n - 1
		}
	}
	if len(f.units) == 0 {
		return false
	}
	f.text = append(f.text, raw[copied:]...)
	return true
}

// spreadByte reports whether raw[i] may be one of several letters set apart by what stands before
// it; a blank, if one more follows.
func spreadByte(raw []byte, i int) bool {
	sep := raw[i-1]
	if raw[i] == ' ' {
		return sep == ' ' && i+2 < len(raw) && raw[i+1] == ' ' && raw[i+2] > ' '
	}
	return raw[i] > ' ' && raw[i] < 0x7f && (i+1 == len(raw) || raw[i+1] == sep || !isAlnum(raw[i+1]))
}

// address reports whether the dot at raw[i] is the first of an IPv4 address.
func address(raw []byte, i int) bool {
	if raw[i] != '.' {
		return false
	}
	k := i
	for k > 0 && isDigit(raw[k-1]) {
		k--
	}
	n := 0
	for {
		d := digitsAt(raw, k)
		if d == 0 || d > 3 {
			return false
		}
		if n++; k+d == len(raw) || raw[k+d] != '.' {
			return n == 4
		}
		k += d + 1
	}
}
