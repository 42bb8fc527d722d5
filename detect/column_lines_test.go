package detect

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Where a line begins and ends does not depend on which places were asked about before.
func TestLinesAsAsked(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	parts := []string{"1,2,", "abc", "\n", `\n`, `\\n`, `"`, `\"`, "\r\n", `\r`, " | "}
	far := 0
	for range 300 {
		var text []byte
		for n := r.IntN(6000); len(text) < n; {
			if r.IntN(30) == 0 {
				text = append(text, parts[r.IntN(len(parts))]...)
			} else {
				text = append(text, bytes.Repeat([]byte(parts[r.IntN(2)]), r.IntN(60))...)
			}
		}
		s := scan{raw: text, escaped: r.IntN(2) == 0}
		s.table.forget()
		for at := 0; at < len(text); at += 1 + r.IntN(200) {
			if r.IntN(8) == 0 {
				at = r.IntN(at + 1)
			}
			fresh := scan{raw: text, escaped: s.escaped}
			fresh.table.forget()
			start, end := s.lineStart(at), s.lineEnd(at)
			if from, to := fresh.lineStart(at), fresh.lineEnd(at); start != from || end != to {
				t.Fatalf("at %d of %q: line %d to %d, want %d to %d", at, text, start, end, from, to)
			}
			if start < 0 || end < 0 {
				far++
			}
		}
	}
	if far < 100 {
		t.Errorf("%d ends of lines were far, want more", far)
	}
}
