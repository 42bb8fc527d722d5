package view

import (
	"math/rand/v2"
	"testing"
)

// What is told in a few steps to be no array of parts is none.
func TestWordsOnly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{`"`, `","`, `"]`, "]", "[", "4", "1234", "12345", "123456", "1234567", "12", "word", "@", "ex.com", `\"`, " ", "\xff", "9", "0", "/", ":"}
	words, values := 0, 0
	for range 300_000 {
		text := []byte(`["`)
		for range r.IntN(9) {
			text = append(text, parts[r.IntN(len(parts))]...)
		}
		text = append(text, `","1"],"and so on, for as long as it takes to be looked at":1}`...)
		n := arrayLen(text)
		if n > 0 {
			values++
		}
		if wordsOnly(text) {
			if words++; n > 0 {
				t.Fatalf("%q has parts of a value", text[:n])
			}
		}
	}
	if words < 10_000 || values < 10_000 {
		t.Errorf("%d arrays of words and %d of parts, want more", words, values)
	}
}
