package bytescan

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// wordsText returns a text of n bytes in which words, escapes and characters beyond ASCII stand
// close together.
func wordsText(r *rand.Rand, n int) []byte {
	parts := []string{"a", "B", "z", "Z", "SSN", "SSNs", "IDs", "apiKey", "sk-live", "AB12", "_", " ", "-", "1", "99", `\n`, `\u00e9`, `\uabcd`, `\user`, `\\t`, `\`, "é", "É", "한글",
		"я", "\xff", "\xf0\x9f\x98\x80", "passport", "passports", "International", "s", "n", "u", "\"", ": ", "İ"}
	var text []byte
	for len(text) < n {
		if r.IntN(20) == 0 {
			text = append(text, strings.Repeat("x", r.IntN(80))...)
		}
		text = append(text, parts[r.IntN(len(parts))]...)
	}
	return text[:n]
}

// hides returns which bytes of text escapes hide.
func hides(text []byte, escaped bool) []bool {
	hidden := make([]bool, len(text))
	for i := 1; i < len(text) && escaped; i++ {
		if text[i-1] == '\\' {
			for k := range EscapeLen(text, i) {
				hidden[i+k] = true
			}
		}
	}
	return hidden
}

// wordsAt says, byte by byte, where words begin in text and how many letters they have, 0 for none; and which of these may be
// taken for two words.
func wordsAt(text []byte, escaped bool) (long []int, open []bool) {
	hidden := hides(text, escaped)
	at := func(i int) byte {
		if i < 0 || i >= len(text) {
			return 0
		}
		return text[i]
	}
	letter := func(i int) bool { return at(i)|0x20-'a' < 26 && !hidden[i] }
	upper := func(i int) bool { return at(i)-'A' < 26 && !hidden[i] }
	long, open = make([]int, len(text)), make([]bool, len(text))
	starts := make([]bool, len(text)+1)
	for i := range text {
		if !letter(i) {
			continue
		}
		starts[i] = !(i > 0 && letter(i-1))
		if i > 0 && letter(i-1) && upper(i) {
			next := at(i + 1)
			small := next-'a' < 26 || next >= 0x80
			if next == 's' && at(i+2)|0x20-'a' >= 26 && at(i+2) < 0x80 {
				small = false
			}
			starts[i] = !upper(i-1) || small
			open[i] = upper(i-1) && (next >= 0x80 || next == 's' && at(i+2) >= 0x80)
		}
	}
	for i := range text {
		if starts[i] {
			n := 1
			for i+n < len(text) && letter(i+n) && !starts[i+n] {
				n++
			}
			long[i] = n
		}
	}
	return long, open
}

func TestWords(t *testing.T) {
	var w Words
	for _, known := range []string{"ssn", "ssns", "passport", "international", "a", "id"} {
		w.AddWord(WordHash([]byte(known)))
	}
	w.AddChar([]byte("é"))
	w.AddChar([]byte("한\xea\xb8"))
	w.AddDigit('9')
	rounds := 400
	if testing.Short() {
		rounds = 60
	}
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 5))
		f := new(Found)
		for round := range rounds {
			text := wordsText(r, r.IntN(900))
			if round == 0 {
				text = wordsText(r, 2*WordsBlock)
			}
			for _, escaped := range []bool{false, true} {
				checkWords(t, &w, text, escaped, r, f)
			}
		}
	})
}

// checkWords compares what w finds in pieces of text with what is there.
func checkWords(t *testing.T, w *Words, text []byte, escaped bool, r *rand.Rand, f *Found) {
	long, open := wordsAt(text, escaped)
	hidden := hides(text, escaped)
	padded := append(slices.Clone(text), make([]byte, 16)...)
	for i := 0; i < len(text); {
		end := min(len(text), i+1+r.IntN(WordsBlock))
		if r.IntN(2) == 0 {
			end = min(len(text), i+1+r.IntN(70))
		}
		w.Find(text, i, end, escaped, f)
		n := 0
		for k := i; k < end; k++ {
			if long[k] == 0 {
				continue
			}
			off := uint16(k - i)
			if n >= f.N || f.At[n] != off {
				t.Fatalf("%q[%d:%d], escapes %v: word %d is at %d, want %d", text, i, end, escaped, n, int(f.At[min(n, f.N)])+i, k)
			}
			hash := WordHash(text[k : k+long[k]])
			if f.Hash[n]&^Vague != hash {
				t.Fatalf("%q[%d:%d], escapes %v: the word at %d has hash %x, want %x, that of %q", text, i, end, escaped, k, f.Hash[n], hash, text[k:k+long[k]])
			}
			vague := false
			for _, c := range padded[k+long[k] : k+long[k]+4] {
				vague = vague || c >= 0x80
			}
			for p := k + long[k]; p < min(len(text), k+long[k]+4); p++ {
				vague = vague || hidden[p] && text[p-1] == '\\'
			}
			if vague != (f.Hash[n]&Vague != 0) && long[k] < 60 {
				t.Fatalf("%q[%d:%d], escapes %v: the word at %d is vague: %v, want %v", text, i, end, escaped, k, !vague, vague)
			}
			if got, want := slices.Contains(f.Known, uint16(n)), w.words[hash>>21]>>(hash>>15&63)&1 != 0; got != want {
				t.Fatalf("%q[%d:%d], escapes %v: %q at %d is known: %v, want %v", text, i, end, escaped, text[k:k+long[k]], k, got, want)
			}
			if open[k] && !slices.Contains(f.Others, off) {
				t.Fatalf("%q[%d:%d], escapes %v: that at %d two words may begin is not said", text, i, end, escaped, k)
			}
			n++
		}
		if n != f.N {
			t.Fatalf("%q[%d:%d], escapes %v: %d words, want %d", text, i, end, escaped, f.N, n)
		}
		if f.Hash[n] != Vague {
			t.Fatalf("behind the last word is no end")
		}
		for k := i; k < end; k++ {
			want := strings.HasPrefix(string(text[k:]), "é") || strings.HasPrefix(string(text[k:]), "한\xea\xb8") || text[k] == '9' && !hidden[k]
			if want && !slices.Contains(f.Others, uint16(k-i)) {
				t.Fatalf("%q[%d:%d], escapes %v: what begins at %d is not known", text, i, end, escaped, k)
			}
		}
		i = end
	}
}

// No text makes it say other things than plain Go.
func FuzzWords(f *testing.F) {
	r := rand.New(rand.NewPCG(8, 8))
	for n := range 20 {
		f.Add(wordsText(r, 40*n), uint16(n), true)
	}
	w := new(Words)
	w.AddWord(WordHash([]byte("ssn")))
	w.AddChar([]byte("é"))
	w.AddDigit('1')
	f.Fuzz(func(t *testing.T, text []byte, from uint16, escaped bool) {
		i := min(int(from), len(text))
		defer func(old implementation) { active = old }(active)
		var want *Found
		for _, active = range available() {
			got := new(Found)
			w.Find(text, i, len(text), escaped, got)
			if want == nil {
				want = got
			}
			if got.N != want.N || !slices.Equal(got.Hash[:got.N+1], want.Hash[:want.N+1]) || !slices.Equal(got.At[:got.N], want.At[:got.N]) || !slices.Equal(got.Known, want.Known) || !slices.Equal(got.Others, want.Others) {
				for k := range min(got.N, want.N) + 1 {
					if got.At[k] != want.At[k] || got.Hash[k] != want.Hash[k] {
						t.Errorf("word %d, at %d and %d: %x, want %x: %.40q", k, got.At[k], want.At[k], got.Hash[k], want.Hash[k], text[i+int(want.At[k]):])
					}
				}
				t.Fatalf("%v and %v differ: %d words, %v %v, want %d words, %v %v", active, available()[0], got.N, got.Known, got.Others, want.N, want.Known, want.Others)
			}
		}
	})
}

// The kernel in assembly knows where things are.
func TestWordsLayout(t *testing.T) {
	var a alphabet
	got := [...]uintptr{unsafe.Offsetof(a.upper), unsafe.Offsetof(a.digit), unsafe.Offsetof(a.high), unsafe.Offsetof(a.lead), unsafe.Offsetof(a.slash),
		unsafe.Offsetof(a.escape), unsafe.Offsetof(a.u), unsafe.Sizeof(a)}
	if got != [...]uintptr{8, 16, 24, 32, 40, 48, 56, 72} {
		t.Errorf("an alphabet is laid out as %v", got)
	}
	var f Found
	in := [...]uintptr{unsafe.Offsetof(f.At), unsafe.Offsetof(f.Hash), unsafe.Offsetof(f.known)}
	if in != [...]uintptr{8, 9368, 28136} {
		t.Errorf("Found is laid out as %v", in)
	}
	if unsafe.Sizeof(wordBlock{}) != 40 || unsafe.Offsetof(wordBlock{}.endsNext) != 24 {
		t.Error("blocks or tables are laid out otherwise")
	}
}

func BenchmarkWords(b *testing.B) {
	text := []byte(strings.Repeat(`{"orderId":"A-4711","note":"Please call the customer before noon, they said.\nThanks"} `, 60))
	w := new(Words)
	for _, known := range []string{"order", "customer", "note", "phone", "ssn"} {
		w.AddWord(WordHash([]byte(known)))
	}
	eachBench(b, func(b *testing.B) {
		f := new(Found)
		b.SetBytes(Block)
		for b.Loop() {
			w.Find(text, 0, Block, true, f)
		}
	})
}
