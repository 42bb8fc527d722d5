package view

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
)

// What the fast path of decode passes over is plain.
func TestUnfolded(t *testing.T) {
	for r := rune(0x80); r <= utf8.MaxRune; r++ {
		var b [4]byte
		if utf8.EncodeRune(b[:], r); unfolded[b[0]] > 0 && (fold(r).class != plain || int(unfolded[b[0]]) != utf8.RuneLen(r)) {
			t.Errorf("%U is decoded", r)
		}
	}
}

// slowMap returns, for each byte of f's text, the span of raw that it stands for, gone through unit by unit.
func slowMap(f *Fold, raw []byte) (text []byte, spans [][2]int) {
	at := 0
	for _, u := range f.units {
		for ; at < int(u.raw); at++ {
			text = append(text, raw[at])
			spans = append(spans, [2]int{at, at + 1})
		}
		for k := range int(u.textLen) {
			text = append(text, f.text[int(u.text)+k])
			spans = append(spans, [2]int{int(u.raw), int(u.raw) + int(u.size)})
		}
		at = int(u.raw) + int(u.size)
	}
	for ; at < len(raw); at++ {
		text = append(text, raw[at])
		spans = append(spans, [2]int{at, at + 1})
	}
	return text, spans
}

var foldSeeds = []string{"to jane%40example.com&a=b+c%25", "&#64;&commat;&amp;#64;&#x1f600;", "=40=2E=\nx=C3=A9", "４１１１\u200b１ а\u0301x \u00a0 ①⑩ ", "a<b>@</b>c <!-- x --> <span class='>'>", "4 1 1 1 1 1 1 j a n e @ x . c o m",
	"4111.1111.1111.1111 192.168.100.200", "1111\n1111 1111\r\n1111", `["4111","1111", "1111","1111"]`, `\u0026#64; \\u003cb\u003e`, "dG8gamFuZUBleGFtcGxlLmNvbSwgMTI=\r\n", "\xff\xfe%zz%4&;&x=4<", "\U000e0041\U000e0042"}

// Whatever the text: nothing panics, offsets are those that a slow map has, and base64 comes out
// as it went in.
func FuzzFold(f *testing.F) {
	for _, s := range foldSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		raw = raw[:min(len(raw), 3000)]
		places := oddPlaces(raw)
		if odd := Odd(raw); odd != (len(places) > 0) || odd && (OddBefore(raw, places[0]) || !OddBefore(raw, places[0]+1)) {
			t.Fatalf("%q: odd at %d, Odd = %v", raw, places, odd)
		}
		var v Fold
		for name, decode := range map[string]func([]byte) bool{"decode": v.decode, "tags": v.decodeTags, "spread": v.decodeSpread, "array": func(raw []byte) bool {
			n := ArrayLen(raw)
			if n > 0 {
				if start, end := v.DecodeArray(raw, 0, n); start > end || v.text[start-1] != '"' || v.text[end] != '"' {
					t.Fatalf("%q: %q, from %d to %d", raw, v.text, start, end)
				}
			}
			return n > 0
		}} {
			if !decode(raw) {
				continue
			}
			in := raw
			if name == "array" {
				in = raw[:ArrayLen(raw)]
			}
			text, spans := slowMap(&v, in)
			if string(text) != string(v.text) {
				if name == "array" {
					continue // which adds quotes
				}
				t.Fatalf("%s of %q = %q, by its units %q", name, raw, v.text, text)
			}
			for i := range text {
				if a, b := v.Raw(i, i+1); a != spans[i][0] || b != spans[i][1] {
					t.Fatalf("%s of %q = %q: %d stands at [%d, %d), want %v", name, raw, v.text, i, a, b, spans[i])
				}
				if at := v.At(spans[i][0]); at > i || i > 0 && spans[i-1][0] != spans[i][0] && at != i {
					t.Fatalf("%s of %q = %q: At(%d) = %d, want %d", name, raw, v.text, spans[i][0], at, i)
				}
			}
			if v.At(len(in)) != len(text) {
				t.Fatalf("%s of %q: At(end) = %d of %d", name, raw, v.At(len(in)), len(text))
			}
		}
		for from := 0; from < len(raw); {
			r, out, ok := NextRun(nil, raw, from, len(raw), false)
			if !ok {
				break
			}
			if again := r.Encode(nil, out); r.line == 0 {
				if got, ok := r.Decode(nil, again); !ok || string(got) != string(out) {
					t.Fatalf("%q: base64 of %q, encoded %q, is %q", raw, out, again, got)
				}
			}
			from = r.End
		}
		var s Stack
		for s.Decode(raw); s.Deeper(); {
			a, b, c := s.Raw(0, len(s.Text()))
			if a > b || b > len(raw) || c.Len() == 0 {
				t.Fatalf("%q: the text stands at [%d, %d), through %v", raw, a, b, c)
			}
		}
	})
}

// What is put into an encoding is what comes out of it.
func TestEncode(t *testing.T) {
	for _, text := range []string{"pii-email-1abc", "[EMAIL_ADDRESS]", "jane@example.com", "a=b&c<d>\"'%41&#64;=3D é한 \n+"} {
		for _, views := range [][]detect.View{{detect.JSONEscapes}, {detect.JSONEscapes, detect.Percent}, {detect.Percent, detect.Percent}, {detect.HTML}, {detect.QuotedPrintable}, {detect.JSONEscapes, detect.HTML, detect.Percent},
			{detect.Percent, detect.HTML}, {detect.Unicode}, {detect.Percent, detect.QuotedPrintable}} {
			out, ok := Encode(nil, []byte(text), nil, views)
			if !ok {
				t.Errorf("%q cannot be written as %v", text, views)
				continue
			}
			rest := views
			for len(rest) > 0 && rest[0] == detect.JSONEscapes { // the caller's
				rest = rest[1:]
			}
			if got, _ := Value(out, rest, nil, nil); string(got) != text && !(views[0] == detect.Unicode) {
				t.Errorf("%q, written as %v, %q, reads %q", text, views, out, got)
			}
		}
	}
	if _, ok := Encode(nil, []byte(`a"b`), nil, []detect.View{detect.Percent, detect.JSONEscapes}); ok {
		t.Error("a quote in JSON that is percent-encoded")
	}
}

// Places are asked for in any order, of one text after the other.
func TestUnitBeforeInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 24))
	var f Fold
	for range 300 {
		f.reset()
		for range r.IntN(60) {
			f.text = append(f.text, strings.Repeat("x", r.IntN(4))...)
			from := len(f.text)
			f.text = append(f.text, strings.Repeat("y", r.IntN(3))...)
			f.add(detect.Percent, from, 3*from, 3)
		}
		for range 100 {
			at := r.IntN(len(f.text) + 3)
			var want *unit
			for i := range f.units {
				if int(f.units[i].text) <= at {
					want = &f.units[i]
				}
			}
			if got := f.before(at); got != want {
				t.Fatalf("unit before %d is %v, want %v, of %v", at, got, want, f.units)
			}
		}
	}
}
