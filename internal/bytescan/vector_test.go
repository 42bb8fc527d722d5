package bytescan

import (
	"testing"
	"unsafe"
)

// The kernels in assembly know where things are.
func TestLayout(t *testing.T) {
	var l lookups
	var x vectors
	var a accepted
	var classes Classes
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"lookups.count", unsafe.Offsetof(l.count), 0},
		{"lookups.windows", unsafe.Offsetof(l.windows), 8},
		{"lookups.layouts", unsafe.Offsetof(l.layouts), 16},
		{"lookups.codes", unsafe.Offsetof(l.codes), 144},
		{"lookups.sets", unsafe.Offsetof(l.sets), 272},
		{"lookups.sets[1]", unsafe.Offsetof(l.sets) + unsafe.Sizeof(l.sets[0]), 272 + 512},
		{"lookups.halves", unsafe.Offsetof(l.halves), 1808},
		{"lookups.halves[1]", unsafe.Offsetof(l.halves) + unsafe.Sizeof(l.halves[0]), 1808 + 256},
		{"lookups.others", unsafe.Offsetof(l.others), 2576},
		{"lookups.others[1]", unsafe.Offsetof(l.others) + unsafe.Sizeof(l.others[0]), 2576 + 96},
		{"lookups.kinds", unsafe.Offsetof(l.kinds), 2864},
		{"lookups.kinds[1]", unsafe.Offsetof(l.kinds) + unsafe.Sizeof(l.kinds[0]), 2864 + 3},
		{"lookups.above", unsafe.Offsetof(l.above), 2873},
		{"fillerCode", fillerCode, 63},
		{"kindWord", kindWord, 0},
		{"kindDigit", kindDigit, 1},
		{"kindAny", kindAny, 2},
		{"vectors.accepted", unsafe.Offsetof(x.accepted), 0},
		{"vectors.candidates", unsafe.Offsetof(x.candidates), 5184},
		{"vectors.nonzero", unsafe.Offsetof(x.nonzero), 5760},
		{"accepted[kindDigit]", unsafe.Sizeof(a[0]), 576},
		{"accepted", unsafe.Sizeof(a), 1728},
		{"Classes.Digit", unsafe.Offsetof(classes.Digit), 1296},
		{"Classes.Word", unsafe.Offsetof(classes.Word), 1936},
		{"Classes.Separator", unsafe.Offsetof(classes.Separator), 656},
		{"Classes.Letter", unsafe.Offsetof(classes.Letter), 2576},
		{"Classes.WordStart", unsafe.Offsetof(classes.WordStart), 3216},
		{"Classes.DigitStart", unsafe.Offsetof(classes.DigitStart), 3856},
		{"Classes.GoesOn", unsafe.Offsetof(classes.GoesOn), 16},
		{"Classes.Run", unsafe.Offsetof(classes.Run), 4496},
		{"Classes.Special", unsafe.Offsetof(classes.Special), 5136},
		{"Classes.backslash", unsafe.Offsetof(classes.backslash), 5776},
		{"Classes.escape", unsafe.Offsetof(classes.escape), 6416},
		{"Classes.carry", unsafe.Offsetof(classes.carry), 7056},
		{"carried.digit", unsafe.Offsetof(classes.carry.digit), 8},
		{"carried.word", unsafe.Offsetof(classes.carry.word), 16},
		{"carried.letter", unsafe.Offsetof(classes.carry.letter), 24},
		{"carried.behind", unsafe.Offsetof(classes.carry.behind), 32},
		{"carried.separator", unsafe.Offsetof(classes.carry.separator), 40},
		{"classWords", 8 * classWords, 640},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, assembly has %d", f.name, f.got, f.want)
		}
	}
}
