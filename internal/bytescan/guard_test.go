//go:build linux || darwin

package bytescan

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"
)

// guarded returns so many pages of memory. Neither the page before them nor the one
// behind can be read.
func guarded(t *testing.T, pages int) []byte {
	page := os.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, (pages+2)*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(mem) })
	room := mem[page : (pages+1)*page : (pages+1)*page]
	for _, guard := range [][]byte{mem[:page], mem[(pages+1)*page:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return room
}

// Next reads nothing before the text or behind it: the pages there cannot be read.
func TestNextGuardPage(t *testing.T) {
	room := guarded(t, 3)
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 7))
		tables := typicalTables()
		for n := 0; n <= len(room); n++ {
			switch {
			case n == 200:
				n = Block - 70
			case n == Block+70:
				n = len(room) - 3
			}
			text := make([]byte, n)
			for i := range text {
				text[i] = letters[r.IntN(len(letters))]
			}
			want := all(tables, text)
			for _, place := range [][]byte{room[:n:n], room[len(room)-n:]} {
				copy(place, text)
				if got := all(tables, place); !slices.Equal(got, want) {
					t.Fatalf("%q: at the end of a page %v, elsewhere %v", text, got, want)
				}
			}
		}
	})
}

func TestClassesGuardPage(t *testing.T) {
	room := guarded(t, 1)
	each(t, func(t *testing.T) {
		for n := 0; n <= 200; n++ {
			for _, text := range [][]byte{room[:n:n], room[len(room)-n:]} {
				copy(text, `12 34-56 \n7 8`)
				for i := range n + 1 {
					checkClasses(t, text, i, n, true)
				}
			}
		}
	})
}

// all returns the hits in text.
func all(tables *Tables, text []byte) (hits []uint64) {
	var h Hits
	for i := 0; i < len(text); {
		i = tables.Next(text, i, len(text), true, &h)
		for k := range h.N {
			hits = append(hits, uint64(h.At[k]), h.Mask[k])
		}
	}
	return hits
}

// Odd reads nothing before the text or behind it either, wherever in it it is asked to begin.
func TestOddGuardPage(t *testing.T) {
	room := guarded(t, 1)
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for n := 1; n <= 300; n++ {
			var text []byte
			for len(text) < n {
				text = append(text, oddParts[r.IntN(len(oddParts))]...)
			}
			for _, place := range [][]byte{room[:n:n], room[len(room)-n:]} {
				copy(place, text)
				testOdd(t, place)
			}
		}
	})
}

// A list of tokens is read from nothing before the text or behind it either.
func TestTokenListGuardPage(t *testing.T) {
	room := guarded(t, 1)
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 3))
		for n := 1; n <= len(room); n++ {
			if n == 200 {
				n = len(room) - 3
			}
			for _, place := range [][]byte{room[:n:n], room[len(room)-n:]} {
				for i := range place {
					place[i] = `":,{}[]0189/.-`[r.IntN(14)]
				}
				testTokenList(t, place)
			}
		}
	})
}

// Nor does Mark.
func TestMarkGuardPage(t *testing.T) {
	room := guarded(t, 1)
	each(t, func(t *testing.T) {
		text := bytes.Repeat([]byte(":\n\\|;\t,nt059/x"), 30)
		var got, want [8]Marks
		for n := 1; n <= 300; n++ {
			Mark(text[:n], want[:])
			for _, place := range [][]byte{room[:n:n], room[len(room)-n:]} {
				copy(place, text)
				if Mark(place, got[:]); got != want {
					t.Fatalf("%d bytes: at the end of a page %v, elsewhere %v", n, got, want)
				}
			}
		}
	})
}

// Nor do Apart and Unescape, which writes nothing behind the room that it has either.
func TestUnescapeGuardPage(t *testing.T) {
	room, out := guarded(t, 1), guarded(t, 1)
	each(t, func(t *testing.T) {
		for n := 1; n <= 300; n++ {
			text := bytes.Repeat([]byte("\\uac00\\u00e9 x."), n/10+1)[:n]
			for _, place := range [][]byte{room[:n:n], room[len(room)-n:]} {
				copy(place, text)
				testApart(t, place)
				dst := out[len(out)-n-UnescapeRoom:]
				wrote, read := Unescape(dst, place)
				if want, _ := unescapeSlow(text[:read]); !bytes.Equal(dst[:wrote], want) {
					t.Fatalf("%q: %q, want %q", text[:read], dst[:wrote], want)
				}
			}
		}
	})
}
