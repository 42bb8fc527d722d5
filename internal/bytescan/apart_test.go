package bytescan

import (
	"math/rand/v2"
	"testing"
)

// testApart holds Apart to what it says of each byte.
func testApart(t *testing.T, text []byte) {
	t.Helper()
	sets := func(i int) bool {
		return i < len(text) && (text[i] == ' ' || text[i] == '.' || text[i] == '\n' || text[i] == '\r')
	}
	var masks OddMasks
	for at := 0; at < len(text); at += 64 * OddWords {
		some := Apart(text, at, &masks)
		for k := range 64 * OddWords {
			i := at + k
			want := i < len(text) && (sets(i) && text[i] != ' ' || sets(i+1) && sets(i+3) && sets(i+5))
			if got := some>>(k/64)&1 != 0 && masks[k/64]>>(k%64)&1 != 0; got != want {
				t.Fatalf("%q: %v at %d, want %v", text, got, i, want)
			}
		}
	}
}

func TestApart(t *testing.T) {
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(4, 4))
		for c := range 256 {
			testApart(t, []byte{byte(c)})
			testApart(t, []byte{'x', byte(c), 'x', byte(c), 'x', byte(c), 'x'})
		}
		for n := range 300 {
			if n > 200 {
				n = 64*OddWords - 60 + n%130
			}
			text := make([]byte, n)
			for i := range text {
				text[i] = "  . \n\rabcdefg\x80\xe0\xff0@*:"[r.IntN(20)]
			}
			testApart(t, text)
		}
	})
}

func FuzzApart(f *testing.F) {
	f.Add([]byte("j o h n . d o e\r\n4.1.1.1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		each(t, func(t *testing.T) { testApart(t, text[:min(len(text), 5000)]) })
	})
}
