package bytescan

import (
	"testing"
	"unsafe"
)

// The kernels in assembly know where things are.
func TestLayout(t *testing.T) {
	var b buckets
	var n nibbles
	var w words
	var c carry
	var classes Classes
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"buckets.class", unsafe.Offsetof(b.class), 0},
		{"buckets.sets", unsafe.Offsetof(b.sets), 128},
		{"buckets.sets[1]", unsafe.Offsetof(b.sets) + unsafe.Sizeof(b.sets[0]), 896},
		{"buckets.sets[2]", unsafe.Offsetof(b.sets) + 2*unsafe.Sizeof(b.sets[0]), 1664},
		{"buckets.more", unsafe.Offsetof(b.more), 2436},
		{"buckets.kinds", unsafe.Offsetof(b.kinds), 2432},
		{"kindWord", kindWord, 0},
		{"kindDigit", kindDigit, 1},
		{"kindRun", kindRun, 2},
		{"kindAny", kindAny, 3},
		{"words.candidates", unsafe.Offsetof(w.candidates), 0},
		{"nibbles.class", unsafe.Offsetof(n.class), 0},
		{"nibbles.separator", unsafe.Offsetof(n.separator), 32},
		{"nibbles.sets", unsafe.Offsetof(n.sets), 64},
		{"nibbles.sets[1]", unsafe.Offsetof(n.sets) + unsafe.Sizeof(n.sets[0]), 64 + 192},
		{"nibbles.sets[2]", unsafe.Offsetof(n.sets) + 2*unsafe.Sizeof(n.sets[0]), 64 + 384},
		{"nibbles.others", unsafe.Offsetof(n.others), 640},
		{"nibbles.more", unsafe.Offsetof(n.more), 644},
		{"words.nonzero", unsafe.Offsetof(w.nonzero), 6184},
		{"words.runs", unsafe.Offsetof(w.runs), 1024},
		{"words.run", unsafe.Offsetof(w.run), 2048},
		{"words.letters[1]", unsafe.Offsetof(w.letters) + 8, 3080},
		{"words.special", unsafe.Offsetof(w.special), 4096},
		{"words.digits", unsafe.Offsetof(w.digits), 5120},
		{"words.carry", unsafe.Offsetof(w.carry), 6144},
		{"carry.backslash", unsafe.Offsetof(c.backslash), 0},
		{"carry.word", unsafe.Offsetof(c.word), 8},
		{"carry.digit", unsafe.Offsetof(c.digit), 16},
		{"carry.letters", unsafe.Offsetof(c.letters), 24},
		{"carry.separator", unsafe.Offsetof(c.separator), 32},
		{"Classes.Digit", unsafe.Offsetof(classes.Digit), 16},
		{"Classes.Word", unsafe.Offsetof(classes.Word), 656},
		{"Classes.Separator", unsafe.Offsetof(classes.Separator), 1296},
		{"Classes.Letter", unsafe.Offsetof(classes.Letter), 1936},
		{"Classes.WordStart", unsafe.Offsetof(classes.WordStart), 2576},
		{"Classes.DigitStart", unsafe.Offsetof(classes.DigitStart), 3216},
		{"Classes.GoesOn", unsafe.Offsetof(classes.GoesOn), 3856},
		{"Classes.Run", unsafe.Offsetof(classes.Run), 4496},
		{"Classes.Special", unsafe.Offsetof(classes.Special), 5136},
		{"Classes.backslash", unsafe.Offsetof(classes.backslash), 5776},
		{"Classes.escape", unsafe.Offsetof(classes.escape), 6416},
		{"Classes.carry", unsafe.Offsetof(classes.carry), 7056},
		{"carried.digit", unsafe.Offsetof(classes.carry.digit), 8},
		{"carried.word", unsafe.Offsetof(classes.carry.word), 16},
		{"carried.letter", unsafe.Offsetof(classes.carry.letter), 24},
		{"carried.behind", unsafe.Offsetof(classes.carry.behind), 32},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, assembly has %d", f.name, f.got, f.want)
		}
	}
}
