package bytescan

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

// testLetters holds what a kernel takes of the escapes in text against what they write. It returns how many it took.
func testLetters(t *testing.T, text []byte, chunk int) (taken int) {
	t.Helper()
	var s Structure
	s.Reset(true)
	for at := 0; at < len(text); at += chunk {
		n := min(chunk, len(text)-at)
		s.Next(text[at : at+n])
		all := s.Escapes
		took := s.Letters(text, at, n)
		any := false
		for i := at; i < at+n; i++ {
			k, bit := (i-at)/64, uint64(1)<<((i-at)%64)
			here := all[k]&bit != 0
			want := false
			if here && text[i] == 'u' && i >= 2 && text[i-2] != '\\' && i+5 <= len(text) {
				r, err := strconv.ParseUint(string(text[i+1:i+5]), 16, 16)
				want = err == nil && (r >= 0x80 && r < 0x2000 || r >= 0x3000 && r < 0xd800)
			}
			if got := here && s.Escapes[k]&bit == 0; got != want || !here && s.Escapes[k]&bit != 0 {
				t.Fatalf("%q, at %d: taken is %v, want %v", text, i, got, want)
			}
			if want {
				taken, any = taken+1, true
			}
		}
		if took != any {
			t.Fatalf("%q: it took any is %v, want %v", text, took, any)
		}
	}
	return taken
}

func TestLetters(t *testing.T) {
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 8))
		const digits = "0123456789abcdefABCDEFgG/:@`\x80\xb0"
		taken := 0
		for n := range 1500 {
			var text []byte
			for len(text) < n%500 {
				switch r.IntN(8) {
				case 0:
					text = append(text, "\\u/ 0a"[r.IntN(6)])
				case 1:
					text = append(text, `\\`...)
				default:
					text = append(text, `\u`...)
					for range 4 {
						text = append(text, digits[r.IntN(len(digits)-r.IntN(2)*8)])
					}
				}
			}
			taken += testLetters(t, text, 64*(1+r.IntN(8)))
		}
		if taken < 10_000 {
			t.Errorf("it took %d, want more", taken)
		}
		for c := range 0x10000 { // each there is
			if c%64 == 0 {
				var text []byte
				for k := range 64 {
					hex := strconv.FormatUint(uint64(0x10000+c+k), 16)[1:]
					text = append(append(text, `\u`...), hex...)
				}
				testLetters(t, text, StructureChunk)
			}
		}
	})
}
