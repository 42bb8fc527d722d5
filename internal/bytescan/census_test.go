package bytescan

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"
)

func TestCensus(t *testing.T) {
	words := []string{"ssn", "card", "ip", "x", "Vis", "tel", "tax", "date", "né"}
	for range 60 {
		words = append(words, strings.Repeat(string(rune('a'+len(words)%26)), len(words)%5+1))
	}
	const ones = 1<<('x'&31) | 1<<('z'&31)
	h := NewHeads(words, ones)
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for range rounds {
			var text [CensusText]byte
			for i := range text {
				text[i] = byte(r.Uint32())
				if r.IntN(3) > 0 {
					text[i] = "\\]aAzZ@[`{ 0ssnCardIPxtel\x80\xc0\xff"[r.IntN(28)]
				}
			}
			n := 1 + r.IntN(64)
			var c Census
			h.Count(&text, n, &c)
			for i, b := range text[:n] {
				bit := func(m uint64) bool { return m>>i&1 != 0 }
				got := [...]bool{bit(c.Letter), bit(c.Upper), bit(c.High), bit(c.Lead)}
				want := [...]bool{b|0x20-'a' < 26, b-'A' < 26, b >= 0x80, b >= 0xc0}
				if got != want || b == '\\' && !bit(c.Backslash) {
					t.Fatalf("census of %q, byte %d: %v, backslash %v, want %v", text, i, got, bit(c.Backslash), want)
				}
				if one := b == 'x' || b == 'X' || b == 'z' || b == 'Z'; bit(c.One) != (one || active != avx512) {
					t.Fatalf("census of %q, byte %d: one %v", text, i, bit(c.One))
				}
				for _, w := range words {
					here := strings.ToLower(string(text[i : i+headLength]))
					if strings.HasPrefix(here, strings.ToLower(w[:min(len(w), headLength)])) && !bit(c.Head) {
						t.Fatalf("no head %q at byte %d of %q", w, i, text)
					}
				}
			}
		}
	})
}

// What has no head is mostly told so, where there is a vector kernel; plain Go leaves it
// to its caller.
func TestCensusHeads(t *testing.T) {
	var text [CensusText]byte
	copy(text[:], "the quick brown fox jumps over the lazy dog and phones card SSN ip, cars")
	var c Census
	NewHeads([]string{"card", "ssn", "phone", "ip"}, 1).Count(&text, 64, &c)
	for i, want := range map[int]bool{0: false, 4: false, 10: false, 16: false, 35: false, 48: true, 55: true, 60: true} {
		if got := c.Head>>i&1 != 0; got != (want || active != avx512) {
			t.Errorf("head at %q: %v, want %v", text[i:i+4], got, want)
		}
	}
}

func BenchmarkCensus(b *testing.B) {
	h := NewHeads([]string{"card", "ssn", "phone", "ip"}, 1)
	var text [CensusText]byte
	copy(text[:], "the quick brown fox jumps over the lazy dog and phones card SSN ip, cars")
	eachBench(b, func(b *testing.B) {
		var c Census
		for b.Loop() {
			h.Count(&text, 64, &c)
		}
	})
}

// The kernel in assembly knows where things are, and reads no more than it is given.
func TestCensusLayout(t *testing.T) {
	var h Heads
	var c Census
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"Heads.sets[1]", unsafe.Offsetof(h.sets) + unsafe.Sizeof(h.sets[0]), 384},
		{"Heads.one", unsafe.Offsetof(h.one), 768},
		{"Heads", unsafe.Sizeof(h), 896},
		{"Census.Letter", unsafe.Offsetof(c.Letter), 0},
		{"Census.Upper", unsafe.Offsetof(c.Upper), 8},
		{"Census.High", unsafe.Offsetof(c.High), 16},
		{"Census.Lead", unsafe.Offsetof(c.Lead), 24},
		{"Census.Backslash", unsafe.Offsetof(c.Backslash), 32},
		{"Census.Head", unsafe.Offsetof(c.Head), 40},
		{"Census.One", unsafe.Offsetof(c.One), 48},
	} {
		if f.got != f.want {
			t.Errorf("%s is %d, the kernel says %d", f.name, f.got, f.want)
		}
	}
	if CensusText < 64+headLength-1 {
		t.Errorf("the kernel reads %d bytes, CensusText is %d", 64+headLength-1, CensusText)
	}
}
