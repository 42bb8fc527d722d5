package bytescan

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"
)

func TestMark(t *testing.T) {
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for n := range 400 {
			text := make([]byte, n)
			for i := range text {
				text[i] = byte(r.Uint32())
				if r.IntN(2) > 0 {
					text[i] = ":\n\\|;\t,nt059/"[r.IntN(13)]
				}
			}
			marks := make([]Marks, (n+63)/64+1)
			for k := range marks {
				marks[k].Colon = ^uint64(0)
			}
			Mark(text, marks[:(n+63)/64])
			if marks[(n+63)/64].Colon != ^uint64(0) {
				t.Fatalf("%d bytes: more is marked than there are", n)
			}
			for i := range (n + 63) &^ 63 {
				m := &marks[i/64]
				b := byte(0)
				if i < n {
					b = text[i]
				}
				bit := func(m uint64) bool { return m>>(i%64)&1 != 0 }
				got := [...]bool{bit(m.Colon), bit(m.Newline), bit(m.Backslash), bit(m.Wall), bit(m.Comma), bit(m.N), bit(m.T)}
				want := [...]bool{b == ':', b == '\n', b == '\\', b != 0 && strings.IndexByte("|;\t", b) >= 0, b == ',', b == 'n', b == 't'}
				if got != want {
					t.Fatalf("%d bytes, %q at %d: %v, want %v", n, b, i, got, want)
				}
			}
		}
	})
}

// The kernels in assembly know where things are.
func TestMarksLayout(t *testing.T) {
	var m Marks
	if got := [...]uintptr{unsafe.Sizeof(m), unsafe.Offsetof(m.Newline), unsafe.Offsetof(m.Wall), unsafe.Offsetof(m.T)}; got != [...]uintptr{56, 8, 24, 48} {
		t.Errorf("Marks are laid out as %v", got)
	}
}

func BenchmarkMark(b *testing.B) {
	text := []byte(strings.Repeat(`{"text":"one, two\nthree; four"}`, 128))
	marks := make([]Marks, 64)
	eachBench(b, func(b *testing.B) {
		b.SetBytes(4096)
		for b.Loop() {
			Mark(text[:4096], marks)
		}
	})
}
