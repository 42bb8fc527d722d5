package view_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
)

// span returns what of raw the first stand of want in the view's text comes from.
func span(v interface{ Raw(a, b int) (int, int) }, text []byte, raw, want string) string {
	at := bytes.Index(text, []byte(want))
	if at < 0 {
		return "not there"
	}
	a, b := v.Raw(at, at+len(want))
	return raw[a:b]
}

func TestView(t *testing.T) {
	for _, tt := range []struct {
		raw, text, find, want string
		reveals               bool
	}{
		{`plain`, "plain", "ai", "ai", false},
		{`a\nb`, "a\nb", "\n", `\n`, false},
		{`jane\u0040x.com\n`, "jane@x.com\n", "jane@x.com", `jane\u0040x.com`, true},
		{`\u0034111`, "4111", "41", `\u00341`, true},
		{`411\u0031`, "4111", "111", `11\u0031`, true},
		{`x\ud83d\ude00y`, "x😀y", "😀y", `\ud83d\ude00y`, true},
		{`a\/b\"c`, `a/b"c`, "/b\"", `\/b\"`, true},
		{`\ud83dz`, "\uFFFDz", "z", "z", false},
		{"é\\u00e9한", "éé한", "éé", "é\\u00e9", true},
	} {
		var v view.View
		v.Decode([]byte(tt.raw))
		if string(v.Text()) != tt.text || v.Reveals() != tt.reveals {
			t.Errorf("Decode(%s) = %q, %v, want %q, %v", tt.raw, v.Text(), v.Reveals(), tt.text, tt.reveals)
		}
		if got := span(&v, v.Text(), tt.raw, tt.find); got != tt.want {
			t.Errorf("Decode(%s): %q stands at %s, want %s", tt.raw, tt.find, got, tt.want)
		}
	}
}

func TestHides(t *testing.T) {
	for text, want := range map[string]bool{
		``: false, `a\nb`: false, `\u0041`: true, `\\u0041`: true, `\\\\u00e9`: true, `C:\\users`: false, `\/`: true, `\\/`: true,
		`\`: false, `\u004`: false, `a/b u0041`: false, `\u003c\\u003e`: false, `\u003c\u0040`: true,
	} {
		if got := view.Hides([]byte(text)); got != want {
			t.Errorf("Hides(%s) = %v, want %v", text, got, want)
		}
	}
}

type stack struct{ *view.Stack }

func (s stack) Raw(a, b int) (int, int) {
	a, b, _ = s.Stack.Raw(a, b)
	return a, b
}

func TestStack(t *testing.T) {
	raw := "jane@x.com"
	for range 5 {
		raw = strings.ReplaceAll(raw, `\`, `\\`)
		raw = strings.Replace(raw, "@", `\u0040`, 1)
		var s view.Stack
		s.Decode([]byte("<" + raw + ">"))
		for s.Deeper() {
		}
		if got := span(stack{&s}, s.Text(), "<"+raw+">", "jane@x.com"); got != raw {
			t.Errorf("%s: found at %s", raw, got)
		}
		if got := s.At(1); got != 1 {
			t.Errorf("%s: At(1) = %d", raw, got)
		}
	}
}

func FuzzView(f *testing.F) {
	f.Add(`jane\u0040x.com\n\ud83d\ude00 \\u0041 é`)
	f.Fuzz(func(t *testing.T, raw string) {
		if !utf8.ValidString(raw) {
			return
		}
		var v view.View
		v.Decode([]byte(raw))
		if want, _ := jsonspan.AppendUnquote(nil, raw); !bytes.Equal(want, v.Text()) {
			t.Fatalf("Decode(%q) = %q, AppendUnquote = %q", raw, v.Text(), want)
		}
		if !utf8.Valid(v.Text()) {
			t.Fatalf("Decode(%q) = %q, not UTF-8", raw, v.Text())
		}
		last := 0
		for at := 0; at < len(v.Text()); {
			_, n := utf8.DecodeRune(v.Text()[at:])
			a, b := v.Raw(at, at+n)
			if a != last || b <= a || b > len(raw) {
				t.Fatalf("Decode(%q): character at %d stands at [%d, %d) after %d", raw, at, a, b, last)
			}
			if v.At(a) != at {
				t.Fatalf("Decode(%q): At(%d) = %d, want %d", raw, a, v.At(a), at)
			}
			at, last = at+n, b
		}
		if last != len(raw) {
			t.Fatalf("Decode(%q): characters end at %d", raw, last)
		}
		if v.Reveals() && !view.Hides([]byte(raw)) {
			t.Fatalf("Decode(%q) reveals, Hides = false", raw)
		}
	})
}

// Texts that are nearly all escapes, over many marks, decode as AppendUnquote does, and back.
func TestDense(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 3))
	parts := []string{`\\`, `\"`, `\n`, `\/`, `\b`, `\u0041`, `\uD55C`, `\ud7a3`, `\u2028`, `\u2fff`, `\u00e9`, `\u07FF`, `\u0800`, `\u003f`, `\u003c`, `\ud83d\ude00`, `\ud83d`, `\u12`, `\x`,
		`a`, `u0041`, "한", `abcdefg`, `abcdefghi`, `abcdefghijklmnopq`}
	for range 500 {
		few := make([]string, 1+r.IntN(4))
		for i := range few {
			few[i] = parts[r.IntN(len(parts))]
		}
		raw := ""
		reveals := false
		for len(raw) < 900 {
			raw += few[r.IntN(len(few))]
		}
		for i := 0; i < len(raw); {
			n, ok := 1, false
			if raw[i] == '\\' {
				if _, n, ok = jsonspan.Unescape(raw[i:]); ok {
					reveals = reveals || jsonspan.Hides([]byte(raw[i+1:]))
				}
			}
			i += n
		}
		var v view.View
		v.Decode([]byte(raw))
		if want, _ := jsonspan.AppendUnquote(nil, raw); !bytes.Equal(want, v.Text()) || v.Reveals() != reveals {
			t.Fatalf("Decode(%s) = %q, %t; AppendUnquote = %q, want %t", raw, v.Text(), v.Reveals(), want, reveals)
		}
		for at, last := 0, 0; at < len(v.Text()); {
			_, n := utf8.DecodeRune(v.Text()[at:])
			a, b := v.Raw(at, at+n)
			if a != last || b <= a || v.At(a) != at {
				t.Fatalf("Decode(%s): character at %d stands at [%d, %d) after %d, whose At is %d", raw, at, a, b, last, v.At(a))
			}
			at, last = at+n, b
		}
	}
}

// Spans are asked for in any order, of one text after the other.
func TestRawInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 23))
	var v view.View
	for range 200 {
		var raw []byte
		var starts, ends []int // in raw, by offset in the text
		for n := r.IntN(3000); len(raw) < n; {
			from := len(raw)
			if r.IntN(3) == 0 {
				plain := bytes.Repeat([]byte("x"), 1+r.IntN(1+r.IntN(700)))
				for i := range plain {
					starts, ends = append(starts, from+i), append(ends, from+i+1)
				}
				raw = append(raw, plain...)
				continue
			}
			escape := []string{`\n`, `\u0041`, `\u00e9`, `\uac00`, `\ud83d\ude00`, `\"`}[r.IntN(6)]
			char, _, _ := jsonspan.Unescape([]byte(escape))
			raw = append(raw, escape...)
			for range utf8.RuneLen(char) {
				starts, ends = append(starts, from), append(ends, len(raw))
			}
		}
		v.Decode(raw)
		if len(v.Text()) != len(starts) {
			t.Fatalf("%d bytes of text, want %d", len(v.Text()), len(starts))
		}
		for range min(100, len(starts)) {
			a := r.IntN(len(starts))
			b := a + 1 + r.IntN(min(40, len(starts)-a))
			if from, to := v.Raw(a, b); from != starts[a] || to != ends[b-1] {
				t.Fatalf("text %d to %d is from raw %d to %d, want %d to %d, in %q", a, b, from, to, starts[a], ends[b-1], raw)
			}
		}
	}
}
