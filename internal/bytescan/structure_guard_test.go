//go:build linux || darwin

package bytescan

import (
	"math/rand/v2"
	"testing"
)

// No kernel reads behind the text: it ends where a page begins that cannot be read, and
// begins behind one.
func TestStructureGuardPage(t *testing.T) {
	room := guarded(t, 2)
	r := rand.New(rand.NewPCG(5, 5))
	for n := 1; n <= 300; n++ {
		text := randomText(r)
		for len(text) < n {
			text = append(text, randomText(r)...)
		}
		for _, place := range [][]byte{room[:n], room[len(room)-n:]} {
			copy(place, text[:n])
			agree(t, place, n%2 == 0)
		}
	}
}

func TestLettersGuardPage(t *testing.T) {
	room := guarded(t, 1)
	each(t, func(t *testing.T) {
		for n := 1; n <= 300; n++ {
			for _, place := range [][]byte{room[:n:n], room[len(room)-n:]} {
				for i := range place {
					place[i] = `\uc57d`[i%6]
				}
				testLetters(t, place, StructureChunk)
			}
		}
	})
}
