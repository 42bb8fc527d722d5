//go:build amd64 && !purego

package bytescan

import (
	"math/rand/v2"
	"testing"
)

// What the kernel with AVX-512 says of bytes on the way is what Read says of them.
func TestLook(t *testing.T) {
	needs(t, avx512)
	defer func(was implementation) { active = was }(active)
	active = avx512
	tables := typicalTables()
	const alphabet = "0123456789 -.:@ghp_AKIAsk\\nux\xe9"
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		text := make([]byte, 1+r.IntN([]int{100, 700, 2 * Block}[seed%3]))
		for k := range text {
			text[k] = alphabet[r.IntN(len(alphabet))]
		}
		i := r.IntN(len(text))
		end := min(i+Block, i+1+r.IntN(len(text)-i))
		var got, want Classes
		var v vectors
		for k := range got.Word { // of what was read before
			got.Word[k], got.Digit[k], want.Word[k], want.Digit[k] = seed, seed, seed, seed
		}
		want.Read(text, i, end, true)
		tables.look(text, i, end, &got, &v)
		got.begin(text, true)
		if got != want {
			t.Fatalf("seed %d: classes of [%d:%d] of %d bytes differ", seed, i, end, len(text))
		}
	}
}
