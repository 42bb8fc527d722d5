package bytescan

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"unicode/utf8"
)

// unescapeSlow decodes text, escape by escape, up to what Unescape does not decode.
func unescapeSlow(text []byte) (out []byte, read int) {
	for read < len(text) {
		if text[read] != '\\' {
			out = append(out, text[read])
			read++
			continue
		}
		if len(text)-read < 6 || text[read+1] != 'u' {
			break
		}
		r, err := strconv.ParseUint(string(text[read+2:read+6]), 16, 16)
		if err != nil || !(0x80 <= r && r < 0x800 || 0x3000 <= r && r < 0xd800) {
			break
		}
		out = utf8.AppendRune(out, rune(r))
		read += 6
	}
	return out, read
}

func testUnescape(t *testing.T, text []byte) {
	t.Helper()
	dst := make([]byte, len(text)+UnescapeRoom)
	wrote, read := Unescape(dst, text)
	most, end := unescapeSlow(text)
	if read > end {
		t.Fatalf("%q: %d bytes read, of %d", text, read, end)
	}
	want, all := unescapeSlow(text[:read])
	if all != read || !bytes.Equal(dst[:wrote], want) {
		t.Fatalf("%q, of which %d bytes were read: %q, want %q", text, read, dst[:wrote], want)
	}
	if active == avx512 && end-read >= 64+6 && len(text)-read >= 64 {
		t.Fatalf("%q: %d bytes read, though it may be %d, to %q", text, read, end, most)
	}
}

func TestUnescape(t *testing.T) {
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 5))
		for c := range 1 << 16 {
			testUnescape(t, fmt.Appendf(nil, "\\u%04x and so on, as long as there are at least 64 bytes to look at once, or more", c))
		}
		parts := []string{"\\uac00", " ", "x", "a word", "한국", "\\uD7FF", "\\ud800", "\\u3000", "\\u2fff", "\\u0080", "\\u007f", "\\u07fF", "\\u0800", "\\u00e9", "\\n", "\\\\", "\\u12", "\\u123g", "\\", "u", "\\uac\xb00", "\xff", "\\u00\\u"}
		for range 20000 {
			var text []byte
			few := 1 + r.IntN(len(parts))
			for n := r.IntN(40); n > 0; n-- {
				text = append(text, parts[r.IntN(few)]...)
			}
			testUnescape(t, text)
		}
		for c := range 256 { // in place of each of an escape's bytes
			for k := range 6 {
				text := []byte("\\uac00\\uac01 \\uac02\\uac03 \\uac04\\uac05 \\uac06\\uac07 \\uac08\\uac09 \\uac0a\\uac0b \\uac0c")
				text[13+k] = byte(c)
				testUnescape(t, text)
			}
		}
	})
}

func FuzzUnescape(f *testing.F) {
	f.Add([]byte("\\uac00\\uac01 \\u00e9\\n and \\\\u3000 \\uac02\\uac03 \\uac04\\uac05 \\uac06\\uac07 \\uac08\\uac09 \\uac0a\\uac0b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range Kernels() {
			undo := SetKernel(name)
			testUnescape(t, text)
			undo()
		}
	})
}
