package view

import (
	"math/bits"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/bytescan"
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
	copied, next := 0, 0 // what begins before next was looked at
	var masks bytescan.OddMasks
	for at := 0; at < len(raw); at += 64 * bytescan.OddWords {
		for some := bytescan.Apart(raw, at, &masks); some != 0; some &= some - 1 {
			k := bits.TrailingZeros64(some) % bytescan.OddWords
			for w := masks[k]; w != 0; w &= w - 1 {
				if i := at + 64*k + bits.TrailingZeros64(w); i >= next {
					copied, next = f.join(raw, i, copied)
				}
			}
		}
	}
	if len(f.units) == 0 {
		return false
	}
	f.text = append(f.text, raw[copied:]...)
	return true
}

// join brings together what is set apart at raw[i:], if anything is. raw[:copied] is in f already.
// It returns how much is then, and where to go on.
func (f *Fold) join(raw []byte, i, copied int) (_, next int) {
	put := func(at, n int, text ...byte) {
		f.text = append(f.text, raw[copied:at]...)
		from := len(f.text)
		f.text = append(f.text, text...)
		f.add(detect.Spread, from, at, n)
		copied = at + n
	}
	switch c := raw[i]; {
	case i+1 < len(raw) && separator(raw[i+1]) && (isAlnum(c) || c == '+') && spacedAt(raw, i):
		for sep := raw[i+1]; i+2 < len(raw) && raw[i+1] == sep && spreadByte(raw, i+2); {
			put(i+1, 1)
			i += 2
		}
	case c == '.':
		if !groupsAt(raw, i) || address(raw, i) {
			break
		}
		with := byte('-')
		if digitsAt(raw, i+1) == 4 && i >= 4 && isAlnum(raw[i-4]) {
			with = ' '
		}
		for i < len(raw) && raw[i] == c && digitsAt(raw, i+1) > 0 {
			put(i, 1, with)
			i += 1 + digitsAt(raw, i+1)
		}
		return copied, i
	case c == '\n' || c == '\r':
		n := 1
		if c == '\r' && i+1 < len(raw) && raw[i+1] == '\n' {
			n = 2
		}
		if !splitsLine(raw, i, i+n) {
			break
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
		return copied, i + n
	}
	return copied, i + 1
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
