package bytescan

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// testSort holds what a kernel says of text against its bytes.
func testSort(t *testing.T, text []byte, tokens []uint64) {
	t.Helper()
	blocks := len(tokens)
	kinds := make([]Kinds, blocks+1)
	for k := range kinds {
		kinds[k].Comma = 1 << 63
	}
	Sort(text, tokens, kinds[:blocks])
	for k, got := range kinds {
		want := Kinds{Comma: 1 << 63}
		if k < blocks && tokens[k] != 0 {
			var block [64]byte
			copy(block[:], text[64*k:])
			want.plain(&block, tokens[k])
		}
		if got != want {
			t.Fatalf("%d bytes, block %d: %x, want %x", len(text), k, got, want)
		}
	}
}

// sortable fills text with what Sort tells apart, and more, and makes tokens of it.
func sortable(r *rand.Rand, text []byte) (tokens []uint64) {
	tokens = make([]uint64, (len(text)+63)/64)
	for i := range text {
		if text[i] = byte(r.Uint32()); r.IntN(2) > 0 {
			text[i] = `":,{}[]0189/.`[r.IntN(13)]
		}
		if r.IntN(3) == 0 {
			tokens[i/64] |= 1 << (i % 64)
		}
	}
	for k := range tokens {
		if r.IntN(4) == 0 {
			tokens[k] = 0
		}
	}
	return tokens
}

func TestSort(t *testing.T) {
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 5))
		for n := range 400 {
			text := make([]byte, n)
			testSort(t, text, sortable(r, text))
		}
	})
}

// The kernels in assembly know where things are.
func TestKindsLayout(t *testing.T) {
	var k Kinds
	if got := [...]uintptr{unsafe.Sizeof(k), unsafe.Offsetof(k.Colon), unsafe.Offsetof(k.Comma), unsafe.Offsetof(k.Zero), unsafe.Offsetof(k.Digit), unsafe.Offsetof(k.Point)}; got != [...]uintptr{48, 8, 16, 24, 32, 40} {
		t.Errorf("Kinds are laid out as %v", got)
	}
}

func FuzzSort(f *testing.F) {
	f.Add([]byte(`{"a":[1,"b"]}`), uint64(1))
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		text = text[:min(len(text), 5000)]
		r := rand.New(rand.NewPCG(seed, 0))
		tokens := make([]uint64, (len(text)+63)/64)
		for i := range text {
			tokens[i/64] |= (r.Uint64() & 1) << (i % 64)
		}
		for _, kernel := range Kernels() {
			undo := SetKernel(kernel)
			testSort(t, text, tokens)
			undo()
		}
	})
}
