package bytescan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// A structureOf is what a kernel says about a text.
type structureOf struct {
	tokens, brackets, escapes []uint64
	bad, inString             bool
}

// structureBy gives text to kernel k in chunks of n bytes, n a multiple of 64. It stops behind the first
// chunk with something bad.
func structureBy(k implementation, text []byte, n int, inString bool) (o structureOf, ok bool) {
	defer func(old implementation) { active = old }(active)
	active = k
	var s Structure
	for i := range s.Tokens { // what must not be read
		s.Tokens[i], s.Brackets[i], s.Escapes[i] = ^uint64(0), ^uint64(0), ^uint64(0)
	}
	s.Reset(inString)
	for len(text) > 0 && !o.bad {
		chunk := text[:min(n, len(text))]
		bad, escapes := s.Next(chunk)
		o.bad = bad
		blocks := (len(chunk) + 63) / 64
		any := false
		for _, e := range s.Escapes[:blocks] {
			any = any || e != 0
		}
		if any != escapes {
			return o, false
		}
		if !bad {
			o.tokens = append(o.tokens, s.Tokens[:blocks]...)
			o.brackets = append(o.brackets, s.Brackets[:blocks]...)
			o.escapes = append(o.escapes, s.Escapes[:blocks]...)
		}
		text = text[len(chunk):]
	}
	o.inString = s.InString()
	return o, true
}

func same(a, b structureOf) bool {
	if a.bad || b.bad {
		return a.bad == b.bad
	}
	return a.inString == b.inString && fmt.Sprint(a.tokens, a.brackets, a.escapes) == fmt.Sprint(b.tokens, b.brackets, b.escapes)
}

// agree fails t where a kernel says something else than the plain one.
func agree(t *testing.T, text []byte, inString bool) {
	t.Helper()
	for _, n := range []int{64, 192, StructureChunk} {
		want, _ := structureBy(generic, text, n, inString)
		for _, k := range available() {
			agreeBy(t, k, shortStructure, text, n, inString, want)
		}
		agreeBy(t, active, 0, text, n, inString, want) // what takes long chunks takes all
	}
}

func agreeBy(t *testing.T, k implementation, short int, text []byte, n int, inString bool, want structureOf) {
	t.Helper()
	defer func(old int) { shortStructure = old }(shortStructure)
	shortStructure = short
	got, ok := structureBy(k, text, n, inString)
	if !ok {
		t.Fatalf("%v, chunks of %d, %q: escapes reported and in the bitmap differ", k, n, text)
	}
	if !same(got, want) {
		t.Fatalf("%v, chunks of %d, %q (in a string: %v):\n got %v\nwant %v", k, n, text, inString, got, want)
	}
}

// A few texts whose bitmaps can be read, so that the plain kernel is held against more than itself.
func TestStructure(t *testing.T) {
	for text, bad := range map[string]bool{
		`{"a":"\u0041\\u\/n"}`: false, "\"a\x7fé\"\r": false,
		"\"a\tb\"": true, "[\x01]": true, "\x0c": true, "\x1a": true,
		`"\x"`: true, `[\n]`: true, "[é]": true, "\"\xe9\"": true, "\"\xc0\x80\"": true, "\"\xed\xa0\x80\"": true,
	} {
		if s, _ := structureBy(generic, []byte(text), 64, false); s.bad != bad {
			t.Errorf("%q: bad is %v", text, s.bad)
		}
		agree(t, []byte(text), false)
	}
	for r := rune(1); r <= utf8.MaxRune; r = r + 1 + r>>6 { // no character is an escape but those of JSON, whatever its bits
		for _, at := range []int{0, 61, 62, 63, 700} {
			agree(t, fmt.Appendf(nil, "%*s\"\\%c\"", at, "", r), false)
		}
	}
	marks := func(bits uint64, n int) string {
		b := bytes.Repeat([]byte(" "), n)
		for i := range b {
			if bits>>i&1 != 0 {
				b[i] = '^'
			}
		}
		return string(b)
	}
	for _, tt := range [][4]string{
		{
			`{"a" : [1, true,"b,:{\"]"], "" :-2.5e+1}`,
			`^^   ^ ^^^ ^   ^^        ^^ ^  ^^      ^`,
			`^      ^                 ^             ^`,
			`                                        `},
		{
			`{"a":"\u0041\\u\/n \n","/":1}`,
			`^^  ^^                ^^  ^^^`,
			`^                           ^`,
			`       ^      ^ ^            `},
	} {
		s, _ := structureBy(generic, []byte(tt[0]), 64, false)
		if s.bad {
			t.Fatalf("%s: bad", tt[0])
		}
		for i, bits := range []uint64{s.tokens[0], s.brackets[0], s.escapes[0]} {
			if got := marks(bits, len(tt[0])); got != tt[i+1] {
				t.Errorf("%s\n%s\nwant, for bitmap %d,\n%s", tt[0], got, i, tt[i+1])
			}
		}
	}
}

// Every kernel says the same of every sequence of two or three bytes, and of those of four that begin
// like a character, wherever the end of a block or a chunk falls into it. The plain one asks unicode/utf8.
func TestStructureUTF8(t *testing.T) {
	text := make([]byte, 256)
	places := []int{29, 30, 31, 60, 61, 62, 63, 127}
	if testing.Short() {
		places = []int{62}
	}
	check := func(seq []byte) {
		valid := utf8.Valid(seq)
		for _, at := range places {
			for i := range text {
				text[i] = 'a'
			}
			copy(text[at:], seq)
			for _, k := range available()[1:] {
				if got, _ := structureBy(k, text, StructureChunk, true); got.bad == valid {
					t.Fatalf("%v: % x at %d: bad is %v", k, seq, at, got.bad)
				}
			}
		}
	}
	third := []byte{0x20, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xe1, 0xff}
	for a := 0x80; a < 0x100; a++ {
		for b := range 0x100 {
			if b < 0x20 || b == '"' || b == '\\' {
				continue
			}
			check([]byte{byte(a), byte(b)})
			for _, c := range third {
				check([]byte{byte(a), byte(b), c})
				if a >= 0xE0 && b >= 0x80 && b < 0xC0 && c >= 0x80 && c < 0xC0 {
					for _, d := range third {
						check([]byte{byte(a), byte(b), c, d})
					}
				}
			}
		}
	}
	for _, k := range available() {
		text = text[:0]
		for r := rune(0x20); r <= utf8.MaxRune; r++ {
			if r == '"' || r == '\\' || !utf8.ValidRune(r) {
				continue
			}
			text = utf8.AppendRune(text, r)
			if len(text) > StructureChunk-8 || r == utf8.MaxRune {
				if got, _ := structureBy(k, text, 64, true); got.bad {
					t.Fatalf("%v: bad among %U and before", k, r)
				}
				text = text[:0]
			}
		}
	}
}

// pieces are what random texts are made of.
var pieces = []string{`{`, `}`, `[`, `]`, `:`, `,`, `"`, `"`, `"`, ` `, "\n", `\`, `\\`, `\"`, `\n`, `\u0041`, `\/`, `\\\\`, `u`, `/`, `1`, `-2.5e+7`, `true`,
	`abcdefghijklmnopqrstuvwxyz`, `é`, `한국어`, `😀`, "\x80", "\x01", "\xc3", "\x0c", "\x1a", "\x7f", "\u007f"}

func randomText(r *rand.Rand) []byte {
	var text []byte
	for n := r.IntN(400); len(text) < n; {
		k := len(pieces)
		if r.IntN(4) > 0 {
			k -= 8 // nothing that is bad in a string
		}
		text = append(text, pieces[r.IntN(k)]...)
		if r.IntN(8) == 0 {
			text = append(text, bytes.Repeat([]byte(pieces[9+r.IntN(12)]), r.IntN(70))...)
		}
	}
	return text
}

func TestStructureRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 7))
	for range 6000 {
		agree(t, randomText(r), r.IntN(2) == 0)
	}
}

func FuzzStructure(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		f.Add(randomText(r), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, inString bool) { agree(t, text, inString) })
}

func TestStructureAllocatesNothing(t *testing.T) {
	text, _ := json.Marshal(pieces)
	each(t, func(t *testing.T) {
		var s Structure
		if n := testing.AllocsPerRun(10, func() { s.Reset(false); s.Next(text) }); n != 0 {
			t.Errorf("allocates %v times", n)
		}
	})
}

func BenchmarkStructure(b *testing.B) {
	for _, tt := range []struct{ name, text string }{
		{"ascii", "the quick brown fox jumps over the lazy dog\\n"}, {"korean", "동해물과 백두산이 마르고 닳도록 "}, {"escapes", `\\n\"key\\\": `},
	} {
		text := bytes.Repeat([]byte(tt.text), StructureChunk/len(tt.text))
		b.Run(tt.name, func(b *testing.B) {
			eachBench(b, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				var s Structure
				for b.Loop() {
					s.Reset(true)
					if bad, _ := s.Next(text); bad {
						b.Fatal("bad")
					}
				}
			})
		})
	}
}
