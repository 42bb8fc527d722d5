package view

import (
	"testing"
	"unicode/utf8"
)

// What the fast path of decode passes over is plain.
func TestUnfolded(t *testing.T) {
	for r := rune(0x80); r <= utf8.MaxRune; r++ {
		var b [4]byte
		if utf8.EncodeRune(b[:], r); unfolded[b[0]] > 0 && (fold(r).class != plain || int(unfolded[b[0]]) != utf8.RuneLen(r)) {
			t.Errorf("%U is decoded", r)
		}
	}
}
