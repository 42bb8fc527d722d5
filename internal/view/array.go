package view

import (
	"encoding/binary"
	"math/bits"

	"github.com/mcpveil/mcpveil/detect"
)

// An array of short strings may hold a value in parts.
const (
	maxParts = 32
	maxPart  = 24
	maxArray = OddAhead - 16 // in all, with its brackets
)

// wordsOnly reports whether the array of strings that text begins with ends within 48 bytes, without
// enough digits for a value, or an @. It may say no where that is so.
func wordsOnly(text []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	if len(text) < 49 {
		return false
	}
	digits, at := 0, uint64(0)
	for k := 0; k < 48; k += 8 {
		x := binary.LittleEndian.Uint64(text[k:])
		last := binary.LittleEndian.Uint64(text[k+1:])
		ends := zeroBytes(x^'"'*ones) & zeroBytes(last^']'*ones)
		here := ends&-ends - 1 // all before the first one; ones if there is none
		low := x &^ highs
		// Of bytes below 0x80: 0x30 to 0x39.
		digit := (low + (0x80-'0')*ones) &^ (low + (0x80-'9'-1)*ones) &^ x & highs
		digits += bits.OnesCount64(digit & here)
		at |= zeroBytes(x^'@'*ones) & here
		if ends != 0 {
			before := text[max(0, k+bits.TrailingZeros64(ends)/8-1)]
			begins := before == '[' || before == ',' || before == ' ' // the quote may begin a string
			return digits < 7 && at == 0 && !begins
		}
	}
	return false
}

// zeroBytes returns the high bits of the bytes of x that are 0.
func zeroBytes(x uint64) uint64 {
	const highs = 0x8080808080808080
	return ^((x&^highs + 0x7f7f7f7f7f7f7f7f) | x) & highs
}

// ArrayLen returns the length of the array of strings that text begins with, if these may be the
// parts of a value: short, without escapes, and with enough digits or an @ in all. Else it is 0.
func ArrayLen(text []byte) int {
	if wordsOnly(text) {
		return 0 // Fast path: as nearly all are.
	}
	return arrayLen(text)
}

func arrayLen(text []byte) int {
	text = text[:min(len(text), maxArray)]
	digits, at, parts := 0, 0, 0
	for i := 1; i < len(text) && text[0] == '['; {
		if text[i] != '"' {
			return 0
		}
		start := i + 1
		for i = start; i < len(text) && text[i] != '"'; i++ {
			switch c := text[i]; {
			case isDigit(c):
				digits++
			case c == '@':
				at++
			case c == '\\' || c < ' ':
				return 0
			}
		}
		if i == len(text) || i-start > maxPart {
			return 0
		}
		if parts++; parts > maxParts {
			return 0
		}
		i++
		for i < len(text) && text[i] == ' ' {
			i++
		}
		if i == len(text) {
			return 0
		}
		switch text[i] {
		case ']':
			if parts > 1 && (digits >= 7 || at == 1) {
				return i + 1
			}
			return 0
		case ',':
			i++
		default:
			return 0
		}
		for i < len(text) && text[i] == ' ' {
			i++
		}
	}
	return 0
}

// DecodeArray makes f the text of raw, in which the array at raw[at:at+n] is one string. It returns
// where the string begins and ends.
func (f *Fold) DecodeArray(raw []byte, at, n int) (start, end int) {
	f.reset()
	f.text = append(f.text, raw[:at]...)
	f.add(detect.Joined, at, at, 1)
	f.text = append(f.text, '"')
	start = len(f.text)
	inside := true
	skipped := 0 // where what stands between two strings began
	for i := at + 2; i < at+n-1; i++ {
		switch {
		case raw[i] != '"':
			if inside {
				f.text = append(f.text, raw[i])
			}
			continue
		case inside:
			skipped = i
		default:
			f.add(detect.Joined, len(f.text), skipped, i+1-skipped)
		}
		inside = !inside
	}
	end = len(f.text)
	f.text = append(f.text, '"')
	return start, end
}

// Joins reports whether text[start:end] has parts of more than one string.
func (f *Fold) Joins(start, end int) bool {
	for _, u := range f.units {
		if int(u.text) > start && int(u.text) < end {
			return true
		}
	}
	return false
}
