package jsonspan_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// A spot is what a Cursor should say inside the token that starts at an offset.
type spot struct {
	tok     jsonspan.Token
	pointer string
}

// spots lists the names and scalars of text with their pointers, found by Scanner.
func spots(text string) []spot {
	var s jsonspan.Scanner
	s.Reset([]byte(text))
	type level struct {
		object bool
		index  int
		name   string
	}
	var levels []level
	var out []spot
	pointer := func() string {
		var b strings.Builder
		for _, l := range levels {
			if l.object {
				b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(l.name))
			} else {
				b.WriteString("/" + strconv.Itoa(l.index))
			}
		}
		return b.String()
	}
	begin := func() {
		if n := len(levels); n > 0 && !levels[n-1].object {
			levels[n-1].index++
		}
	}
	for {
		tok := s.Next()
		switch tok.Kind {
		case jsonspan.Invalid:
			return out
		case jsonspan.ObjectStart, jsonspan.ArrayStart:
			begin()
			levels = append(levels, level{object: tok.Kind == jsonspan.ObjectStart, index: -1})
			continue
		case jsonspan.ObjectEnd, jsonspan.ArrayEnd:
			levels = levels[:len(levels)-1]
			continue
		case jsonspan.Name:
			name, _ := jsonspan.AppendUnquote(nil, text[tok.Start+1:tok.End-1])
			levels[len(levels)-1].name = string(name)
		default:
			begin()
		}
		out = append(out, spot{tok, pointer()})
	}
}

func testCursor(t *testing.T, text string) {
	for _, s := range spots(text) {
		if len(s.pointer) > jsonspan.MaxToken {
			return
		}
		from, to := s.tok.Start, s.tok.End
		want := s.tok.Kind
		switch want {
		case jsonspan.Name, jsonspan.String:
			from, to = from+1, to-1
		case jsonspan.False, jsonspan.Null:
			want = jsonspan.True
		}
		for _, at := range []int{from, (from + to) / 2, to - 1} {
			if at < from || at >= to {
				continue
			}
			for _, piece := range []int{len(text), 1} {
				var c jsonspan.Cursor
				for i := 0; i < at; i += piece {
					c.Advance([]byte(text[i:min(i+piece, at)]))
				}
				got := c.At([]byte(text[at:]))
				ptr := c.AppendPointer(nil, []byte(text[at:]))
				if got.Kind != want || got.Start != int64(s.tok.Start) || string(ptr) != s.pointer || c.Pos() != int64(at) {
					t.Errorf("%q, pieces of %d: at %d = %+v %q, want %v from %d %q", text, piece, at, got, ptr, want, s.tok.Start, s.pointer)
				}
			}
		}
	}
}

func TestCursor(t *testing.T) {
	for _, text := range []string{
		`{"a":{"b":[1,"x",{"c/~":true}]},"d":-1.5e+3,"":["",[[null]]],"e\n\"f":"y"}`,
		`[[],{},[{}],"a",{"a":1,"b":[2,3]},4]`, `"top"`, `12`, `{"\u0041":"\ud83d\ude00z","k":{"\\":"v"}}`,
	} {
		testCursor(t, text)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(`{"a":{"b":[1,"x",{"c/~":true}]},"d":-1.5e+3,"":["",[[null]]],"e\n\"f":"y"}`)
	f.Fuzz(func(t *testing.T, text string) {
		if check(text) == nil {
			testCursor(t, text)
		}
		var c jsonspan.Cursor // garbage must not make it panic
		for i := range len(text) {
			c.Advance([]byte(text[i : i+1]))
			c.At([]byte(text[i+1:]))
			c.AppendPointer(nil, []byte(text[i+1:]))
		}
	})
}

func TestCursorEscape(t *testing.T) {
	text := `"a\n\ud83d\ude00b\u0041c"`
	want := []int64{-1, -1, -1, 2, -1, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, -1, -1, 17, 17, 17, 17, 17, -1}
	for at := 1; at < len(text)-1; at++ {
		var c jsonspan.Cursor
		c.Advance([]byte(text[:at]))
		if got := c.At([]byte(text[at:])).Escape; got != want[at] {
			t.Errorf("at %d of %s: Escape = %d, want %d", at, text, got, want[at])
		}
	}
}

func TestPointerIsBounded(t *testing.T) {
	long := strings.Repeat("é", 500)
	for _, tt := range []struct{ text, want string }{
		{fmt.Sprintf(`{"%s":1`, long), "/" + long[:256] + "…"},
		{fmt.Sprintf(`{"x%s":1`, long), "/x" + long[:254] + "…"},
		{fmt.Sprintf(`{"%s\u0041%s":1`, long[:252], long), "/" + long[:252] + "…"},
	} {
		at := len(tt.text) - 1
		for _, at := range []int{at, 40, 300, 255} {
			var c jsonspan.Cursor
			c.Advance([]byte(tt.text[:at]))
			if got := string(c.AppendPointer(nil, []byte(tt.text[at:]))); got != tt.want {
				t.Errorf("pointer at %d = %q, want %q", at, got, tt.want)
			}
		}
	}
	var c jsonspan.Cursor
	c.Advance([]byte(strings.Repeat(`{"`+long[:200]+`":`, 500)))
	if got := c.AppendPointer(nil, []byte("1")); len(got) > jsonspan.MaxPointer+jsonspan.MaxToken+10 {
		t.Errorf("pointer 500 deep has %d bytes", len(got))
	}
}

// AfterEscape finds what going on from escape to escape finds.
func TestAfterEscape(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	parts := []string{`\\`, `\"`, `\n`, `\u0041`, `\ud55c`, `\ud83d\ude00`, `a`, `ud83d`, `0`, "한", `abcdefghijklm`, `\\ud83d`}
	for range 4000 {
		var b []byte
		var ends []int
		for few := parts[r.IntN(len(parts)):]; len(b) < 60; {
			b = append(b, few[r.IntN(len(few))]...)
		}
		for i := 0; i < len(b); {
			n := 1
			if b[i] == '\\' {
				_, n, _ = jsonspan.Unescape(b[i:])
			}
			i += n
			ends = append(ends, i)
		}
		at, want := r.IntN(48), 0
		for k := 0; want < at; k++ {
			want = ends[k]
		}
		if got := jsonspan.AfterEscape(b, at); got != want {
			t.Fatalf("AfterEscape(%s, %d) = %d, want %d", b, at, got, want)
		}
	}
}
