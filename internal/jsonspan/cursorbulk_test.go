package jsonspan_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/bytescan"
	"github.com/mcpveil/mcpveil/internal/corpus"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// told is all that a Cursor says where it stands before rest. Outside of scalars it has no
// pointer to tell.
func told(c *jsonspan.Cursor, rest []byte) (at jsonspan.Place, pointer string, pos, open int64, in bool) {
	if at = c.At(rest); at.Kind != jsonspan.Invalid {
		pointer = string(c.AppendPointer(nil, rest))
	}
	return at, pointer, c.Pos(), c.Open(), c.InString()
}

var keeper = func() (c jsonspan.Checker) {
	c.Keep()
	return c
}()

// alikeCursors moves cursors over text, in steps of next's lengths: for each kernel one by itself, one by what a
// Checker keeps, and one byte by byte, and fails t where they do not say the same. On what is no JSON they need
// not, but must not panic.
func alikeCursors(t *testing.T, text []byte, next func() int) {
	t.Helper()
	var c jsonspan.Checker
	well := c.Check(text, 0) == nil
	for _, kernel := range bytescan.Kernels() {
		undo := bytescan.SetKernel(kernel)
		var fast, kept, slow jsonspan.Cursor
		check := &keeper // which kept another text before
		if check.CheckRouting(text, 0) == nil && len(text)&1 == 0 {
			check.CheckRest(text, 0)
		}
		kept.Follow(check, text)
		for at := 0; at < len(text); {
			n := min(max(next(), 1), len(text)-at)
			fast.Advance(text[at : at+n])
			kept.Advance(text[at : at+n])
			for i := range n {
				slow.Advance(text[at+i : at+i+1])
			}
			at += n
			wp, wptr, wpos, wopen, win := told(&slow, text[at:])
			for by, c := range map[string]*jsonspan.Cursor{"itself": &fast, "what is kept": &kept} {
				p, ptr, pos, open, in := told(c, text[at:])
				if pos != int64(at) || well && (p != wp || ptr != wptr || pos != wpos || open != wopen || in != win) {
					t.Fatalf("%s, by %s: %d bytes to %d of %q:\n got %+v %s %d %d %v\nwant %+v %s %d %d %v", kernel, by, n, at, text, p, ptr, pos, open, in, wp, wptr, wpos, wopen, win)
				}
			}
		}
		undo()
	}
}

// shuffled cuts texts up and puts pieces of them together, so that names, brackets and
// quotes stand everywhere; blanks make long gaps.
func shuffled(r *rand.Rand, texts [][]byte, n int) []byte {
	var b []byte
	for len(b) < n {
		switch r.IntN(5) {
		case 0:
			b = append(b, bytes.Repeat([]byte{" \n\t\\x1\""[r.IntN(7)]}, r.IntN(100))...)
		case 1:
			b = append(b, []string{`{"a":`, `"},{"`, `]`, `}`, `,`, `:`, `"\"":1`, `-1.5e3`, `null`, `[[`, `"é~/\u0041":`}[r.IntN(11)]...)
		default:
			text := texts[r.IntN(len(texts))]
			at := r.IntN(len(text))
			b = append(b, text[at:min(len(text), at+r.IntN(300))]...)
		}
	}
	return b
}

func TestCursorBulk(t *testing.T) {
	var texts [][]byte
	for _, kind := range []string{"struct", "nested", "smallreq", "code", "korean"} {
		texts = append(texts, corpus.Generate(kind, .05, 10_000, 3).Messages...)
	}
	wide := []byte(`{"` + strings.Repeat("long name ", 40) + `":[` + strings.Repeat(`{"x":[1,2,[]],"y y" : "z","":true},`, 300) + strings.Repeat("[", 100) + `"a","\ud83d\ude00\\\"b"` + strings.Repeat("]", 100) + `]}`)
	texts = append(texts, wide)
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 11))
		most := 1 + r.IntN(5000)
		next := func() int { return r.IntN(most) }
		alikeCursors(t, texts[r.IntN(len(texts))], next)
		alikeCursors(t, wide, next)
		alikeCursors(t, shuffled(r, texts, 6000), next)
	}
}

// A step may end wherever a name is to come.
func TestCursorBulkBeforeNames(t *testing.T) {
	text := []byte(`{ "a" : [` + strings.Repeat(`{ "name" : "x", "other" : 1 } , `, 30) + `{"z":true}]}`)
	for at, b := range text {
		if b != '{' && b != ',' && b != ' ' {
			continue
		}
		steps := []int{at + 1, 200, 1000}
		alikeCursors(t, text, func() int {
			n := steps[0]
			if len(steps) > 1 {
				steps = steps[1:]
			}
			return n
		})
	}
}

func FuzzCursorBulk(f *testing.F) {
	f.Add(bytes.Repeat([]byte(`{"a":[1,"b\"",{"c":null}],"d":"e"},`), 20), uint64(1))
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		alikeCursors(t, text[:min(len(text), 20_000)], func() int { return r.IntN(1000) })
	})
}

func TestOpenString(t *testing.T) {
	texts := corpus.Generate("text", .05, 100_000, 3).Messages
	r := rand.New(rand.NewPCG(1, 2))
	for _, kernel := range bytescan.Kernels() {
		undo := bytescan.SetKernel(kernel)
		for range 500 {
			text := texts[r.IntN(len(texts))]
			text = text[:r.IntN(len(text)+1)]
			var c jsonspan.Cursor
			want := -1
			for i, b := range text {
				in := c.InString()
				if c.Advance([]byte{b}); !in && c.InString() {
					want = i + 1
				}
			}
			if !c.InString() {
				want = -1
			}
			if got := jsonspan.OpenString(text); got != want {
				t.Fatalf("%s: OpenString(%q) = %d, want %d", kernel, text, got, want)
			}
		}
		undo()
	}
}
