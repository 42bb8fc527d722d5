package redact

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// naive is what search is to find: at each place the first of the longest forms that
// stands there.
func naive(x *knownIndex, text []byte, from, to int, raw bool) (out []string) {
	for i := from; i < min(to, len(text)); i++ {
		for j := range x.forms {
			f := &x.forms[j]
			if !(raw && f.level == 0 && needsEscape(f.text)) && f.stands(text, i) {
				out = append(out, fmt.Sprint(i, " ", j))
				break
			}
		}
	}
	return out
}

func checkSearch(t *testing.T, x *knownIndex, text []byte, from, to int, raw bool) int {
	t.Helper()
	var got []string
	s := x.search(text, from, to, raw)
	for at, f := s.next(); f != nil; at, f = s.next() {
		j := 0
		for &x.forms[j] != f {
			j++
		}
		got = append(got, fmt.Sprint(at, " ", j))
	}
	if want := naive(x, text, from, to, raw); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("search(%q, %d, %d, %v) = %v, want %v", text, from, to, raw, got, want)
	}
	return len(got)
}

func TestKnownSearch(t *testing.T) {
	found := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		word := func(most int) string { // of few letters, so that much looks alike
			b := make([]byte, 3+r.IntN(most))
			for i := range b {
				b[i] = "aaabcAB \"\\é"[r.IntN(11)]
			}
			return string(bytes.ToValidUTF8(b, []byte("x")))
		}
		var k Known
		for range 1 + r.IntN(1+int(seed)%40) {
			k.Add("PERSON", []byte(word(1+r.IntN(20))))
		}
		x := k.index()
		var text []byte
		for len(text) < 2000 {
			f := x.forms[r.IntN(len(x.forms))].text
			text = append(append(text, f[r.IntN(2):]...), word(8)...)
		}
		for range 5 {
			from := r.IntN(len(text))
			found += checkSearch(t, x, text, from, from+r.IntN(len(text)), seed%2 == 0)
		}
		found += checkSearch(t, x, text, 0, len(text), true)
	}
	if found < 3000 {
		t.Errorf("%d values were found, want 3,000 and more", found)
	}
}

// Nothing of a value is left in memory that was Reset, nor of what found it.
func TestKnownResetClears(t *testing.T) {
	var k Known
	k.Add("PERSON", []byte("Ann Lee-Miller"))
	x := k.index()
	held := [][]byte{k.vals[0].text}
	for _, f := range x.forms {
		held = append(held, f.text)
	}
	if len(held) < 8 {
		t.Fatalf("%d texts are held, want the value and its forms", len(held))
	}
	k.Reset()
	for i, text := range held {
		if !bytes.Equal(text, make([]byte, len(text))) {
			t.Errorf("text %d is %q after Reset", i, text)
		}
	}
	if len(k.vals) != 0 || len(k.seen) != 0 || k.index() != nil {
		t.Error("something is known after Reset")
	}
}

// What nobody holds any more is cleared too.
func TestKnownForgotten(t *testing.T) {
	held := func() [][]byte {
		k := new(Known)
		k.Add("PERSON", []byte("Ann Lee-Miller"))
		x := k.index()
		return [][]byte{k.vals[0].text, x.forms[0].text}
	}()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		runtime.GC()
		if held[0][0] == 0 && held[1][0] == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("the collector left %q", held)
}

func FuzzKnownSearch(f *testing.F) {
	f.Add([]byte("Ann Lee"), []byte("abc"), []byte(`x Ann Lee, ANN LEE abcabc`), uint8(3))
	f.Fuzz(func(t *testing.T, a, b, text []byte, from uint8) {
		var k Known
		k.Add("A", a)
		k.Add("B", b)
		if x := k.index(); x != nil {
			checkSearch(t, x, text, int(from), len(text), true)
			checkSearch(t, x, text, 0, len(text)/2, false)
		}
	})
}

// BenchmarkEcho looks for values that were opened, in traffic that has none of them.
func BenchmarkEcho(b *testing.B) {
	text := bytes.Join(corpus.Generate("text", 0, 1<<20, 1).Messages, []byte(","))
	planted := corpus.Generate("prose", .5, 1<<20, 2).Planted
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var k Known
			for i := 0; k.Len() < n; i++ {
				k.Add("PERSON", []byte(planted[i].Value))
			}
			x := k.index()
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if s := x.search(text, 0, len(text), true); s.long.form != nil {
					b.Fatal("found what was not there")
				}
			}
		})
	}
	b.Run("index10", func(b *testing.B) {
		for b.Loop() {
			var k Known
			for i := range 10 {
				k.Add("PERSON", []byte(planted[i].Value))
			}
			if k.index() == nil {
				b.Fatal("no index")
			}
		}
	})
}
