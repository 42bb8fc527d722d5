package bytescan

import (
	"testing"
	"unsafe"
)

// The kernels in assembly know where things are.
func TestLayout(t *testing.T) {
	var b buckets
	var w words
	var c carry
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"buckets.class", unsafe.Offsetof(b.class), 0},
		{"buckets.sets", unsafe.Offsetof(b.sets), 128},
		{"buckets.sets[1]", unsafe.Offsetof(b.sets) + unsafe.Sizeof(b.sets[0]), 640},
		{"buckets.kinds", unsafe.Offsetof(b.kinds), 1152},
		{"kindDigit", kindDigit, 1},
		{"kindRun", kindRun, 2},
		{"kindAny", kindAny, 3},
		{"words.candidates", unsafe.Offsetof(w.candidates), 0},
		{"words.runs", unsafe.Offsetof(w.runs), 640},
		{"words.run", unsafe.Offsetof(w.run), 1280},
		{"carry.backslash", unsafe.Offsetof(c.backslash), 0},
		{"carry.word", unsafe.Offsetof(c.word), 8},
		{"carry.digit", unsafe.Offsetof(c.digit), 16},
		{"carry.letters", unsafe.Offsetof(c.letters), 24},
		{"carry.separator", unsafe.Offsetof(c.separator), 32},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, assembly has %d", f.name, f.got, f.want)
		}
	}
}
