package bytescan

import (
	"math/rand/v2"
	"testing"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// checkClasses compares what Read says of text[i:end] with what is said of each byte by itself.
func checkClasses(t *testing.T, text []byte, i, end int, escaped bool) {
	var c Classes
	for k := range c.Run { // whatever was there before
		c.Run[k], c.GoesOn[k], c.Digit[k], c.Word[k], c.Separator[k], c.backslash[k], c.escape[k] = 0xaaaa, 0xbbbb, 0xcccc, 0xdddd, 0xeeee, 0x5555, ^uint64(0)
	}
	c.Read(text, i, end, escaped)
	if c.From != i || c.To != end {
		t.Fatalf("Read(%d, %d) is of %d to %d", i, end, c.From, c.To)
	}
	at := func(p int) byte { // 0xff is of no class
		if p < 0 || p >= len(text) {
			return 0xff
		}
		return text[p]
	}
	letter := func(p int) bool { return escaped && at(p-1) == '\\' && makesEscape(at(p)) }
	digit := func(p int) bool { return IsDigit(at(p)) }
	word := func(p int) bool { return IsWord(at(p)) && !letter(p) }
	goesOn := func(p int) bool {
		return p >= len(text) || digit(p) || Separators.Has(at(p)) && (digit(p-1) || Separators.Has(at(p-1)) && digit(p-2))
	}
	for p := i; p < end+64; p++ {
		run, special := digit(p), false
		for k := range RunLength {
			run = run && goesOn(p+k)
		}
		for k := range 6 {
			special = special || letter(p-k)
		}
		if p < end {
			special = special || p == 0 || p+Depth > len(text)
		}
		for _, v := range []struct {
			name       string
			bits       *[classWords]uint64
			want, last bool
		}{
			{"Digit", &c.Digit, digit(p), true},
			{"Word", &c.Word, word(p), true},
			{"Separator", &c.Separator, Separators.Has(at(p)), true},
			{"Letter", &c.Letter, letter(p), true},
			{"WordStart", &c.WordStart, !(word(p) && word(p-1)) || letter(p-5), true},
			{"DigitStart", &c.DigitStart, !(digit(p) && digit(p-1)) || letter(p-5), true},
			{"Special", &c.Special, special, false},
			{"GoesOn", &c.GoesOn, goesOn(p), false},
			{"Run", &c.Run, run, false},
		} {
			if got := v.bits[(p-i)/64]>>((p-i)%64)&1 != 0; got != v.want && (v.last || p < end) {
				t.Fatalf("Read(%q, %d, %d, %v): %s at %d is %v", text, i, end, escaped, v.name, p, got)
			}
		}
	}
}

func TestClasses(t *testing.T) {
	each(t, func(t *testing.T) {
		for seed := range uint64(300) {
			r := rand.New(rand.NewPCG(seed, 3))
			text := make([]byte, r.IntN(400))
			if seed%20 == 0 {
				text = make([]byte, Block+r.IntN(300))
			}
			for i := range text {
				if text[i] = `\\na1u-7 (.b_Z`[r.IntN(14)]; r.IntN(8) == 0 || seed%3 == 0 {
					text[i] = byte(r.Uint32())
				}
			}
			i := r.IntN(len(text)+1) / (1 + r.IntN(4))
			checkClasses(t, text, i, min(i+r.IntN(len(text)-i+1), i+Block), seed%2 == 0)
		}
	})
}

func FuzzClasses(f *testing.F) {
	f.Add([]byte(`{"a":"\n4111 1111\u00301"}`), 3, true)
	f.Fuzz(func(t *testing.T, text []byte, i int, escaped bool) {
		i = min(max(0, i), len(text))
		each(t, func(t *testing.T) { checkClasses(t, text, i, min(len(text), i+Block), escaped) })
	})
}

func BenchmarkClasses(b *testing.B) {
	texts := corpus.Generate("mixed", 0, 1<<20, 1).Messages
	eachBench(b, func(b *testing.B) {
		c := new(Classes)
		size := 0
		for _, text := range texts {
			size += len(text)
		}
		b.SetBytes(int64(size))
		for b.Loop() {
			for _, text := range texts {
				for i := 0; i < len(text); i += Block {
					c.Read(text, i, min(i+Block, len(text)), true)
				}
			}
		}
	})
}
