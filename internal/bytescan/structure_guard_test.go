//go:build linux || darwin

package bytescan

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
)

// No kernel reads behind the text: it ends where a page begins that cannot be read, and
// begins behind one.
func TestStructureGuardPage(t *testing.T) {
	page := os.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, 4*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(mem)
	for _, guard := range [][]byte{mem[:page], mem[3*page:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	room := mem[page : 3*page]
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
