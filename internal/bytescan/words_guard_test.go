//go:build linux || darwin

package bytescan

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Find reads nothing before the text or behind it: the pages there cannot be read.
func TestWordsGuardPage(t *testing.T) {
	room := guarded(t, 1)
	w := new(Words)
	w.AddWord(WordHash([]byte("ssn")))
	w.AddChar([]byte("é"))
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 7))
		var here, there Found
		for n := range 400 {
			text := wordsText(r, n)
			w.Find(text, 0, n, true, &there)
			for _, place := range [][]byte{room[:n:n], room[len(room)-n:]} {
				copy(place, text)
				w.Find(place, 0, n, true, &here)
				if here.N != there.N || !slices.Equal(here.At[:here.N], there.At[:there.N]) || !slices.Equal(here.Hash[:here.N], there.Hash[:there.N]) {
					t.Fatalf("%q: at the end of a page %v, elsewhere %v", text, here.At[:here.N], there.At[:there.N])
				}
			}
		}
	})
}
