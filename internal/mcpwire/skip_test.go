package mcpwire

import (
	"math/rand/v2"
	"testing"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// naiveString is skipString, byte by byte.
func naiveString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}

// naiveContainer is skipContainer, byte by byte.
func naiveContainer(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			if i = naiveString(b, i) - 1; i < 0 {
				return len(b)
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

func checkSkip(t *testing.T, b []byte) {
	t.Helper()
	s := append([]byte{'"'}, b...)
	if got, want := skipString(s, 0), naiveString(s, 0); got != want {
		t.Fatalf("skipString(%q) = %d, want %d", s, got, want)
	}
	c := append([]byte{'['}, b...)
	got, reason := skipContainer(c, 0)
	if want := naiveContainer(c, 0); got != want {
		t.Fatalf("skipContainer(%q) = %d, want %d", c, got, want)
	}
	if closed := reason == ""; closed && c[got-1] != ']' && c[got-1] != '}' {
		t.Fatalf("skipContainer(%q) = %d, behind no bracket", c, got)
	}
}

// What is skipped many bytes at a time ends where it ends byte by byte, in any text, well formed or not.
func TestSkip(t *testing.T) {
	for _, k := range bytescan.Kernels() {
		t.Run(k, func(t *testing.T) {
			defer bytescan.SetKernel(k)()
			testSkip(t)
		})
	}
}

func testSkip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, alphabet := range []string{"abc \"\\{}[],:", "a\"\\", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\\[]{}", "[]{}\"1 ", "\\\\\"x\n\x00\xc3\xa9 ", "aaaaaaaaaaaaaaaaaaaaaaaa     \n\t,:\\"} {
		for range 2000 {
			b := make([]byte, r.IntN(1<<r.IntN(13)+1))
			for i := range b {
				b[i] = alphabet[r.IntN(len(alphabet))]
			}
			checkSkip(t, b)
			// With an end at any distance.
			if len(b) > 0 {
				at := r.IntN(len(b))
				for i := range b[:at] {
					if b[i] == '"' || b[i] == '\\' || b[i] == ']' || b[i] == '}' {
						b[i] = 'x'
					}
				}
				b[at] = "]\"}"[r.IntN(3)]
				checkSkip(t, b)
			}
		}
	}
}

func FuzzSkip(f *testing.F) {
	f.Add([]byte(`{"a":"\"b\"","c":[1,2,{"d":"]"}]}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for range 3 {
			checkSkip(t, b)
			b = append(b, b...)
		}
	})
}
