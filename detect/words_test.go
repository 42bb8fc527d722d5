package detect

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestNextWord(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""}, {" -", ""}, {"one two", "one two"}, {"first_name", "first name"}, {"firstName", "first Name"}, {"HTTPServer2go", "HTTP Server 2 go"},
		{"SSNs", "SSNs"}, {"SSNshort", "SS Nshort"}, {"e-mail", "e mail"}, {"Führerschein", "Führerschein"}, {"ÉtÉ", "Ét É"}, {"전화번호", "전 화 번 호"}, {"카드card", "카 드 card"},
		{"a\xffb", "a b"}, {"téléphone", "téléphone"}, {"ИНН номер", "ИНН номер"},
	} {
		var got []string
		text := []byte(test.text)
		for i := 0; ; {
			w := nextWord(text, i, len(text))
			if w.start < 0 {
				break
			}
			got = append(got, string(text[w.start:w.end]))
			i = w.end
		}
		if g := strings.Join(got, " "); g != test.want {
			t.Errorf("nextWord over %q = %q, want %q", test.text, g, test.want)
		}
	}
}

// Passing over words that begin no phrase loses none that does.
func TestLexiconNext(t *testing.T) {
	x := newLexicon(1)
	for _, w := range []string{"ssn", "ip", "téléphone", "card number", "전화", "x", "date of birth"} {
		x.add(w, 0)
	}
	parts := []string{"ssn", "SSNs", "ips", "IP", "ipx", "té", "téléphone", "lé", "card", "Number", "numbers", "전화", "x", "xs", "date", "of", "birth", "Of", "é", "1", " ", "_", "-", "\\n", "\xff", "A", "B"}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 9))
		var b strings.Builder
		for range 8 {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		text := []byte(b.String())
		phrases := func(next func([]byte, int, int) word) (all []int) {
			for i := 0; ; {
				w := next(text, i, len(text))
				if w.start < 0 {
					return all
				}
				i = w.end
				for _, h := range []uint64{w.hash, w.singular} {
					for _, p := range x.first[h] {
						if end := x.match(&x.phrases[p], text, w); end >= 0 {
							all = append(all, w.start, end)
						}
					}
				}
			}
		}
		if got, want := phrases(x.next), phrases(nextWord); !slices.Equal(got, want) {
			t.Fatalf("phrases in %q: %v, want %v", text, got, want)
		}
	}
}

func TestHashName(t *testing.T) {
	same := []string{"first_name", "firstName", "First-Name", "FIRST NAME", "first.name", "firstname"}
	want, _, _ := hashName([]byte(same[0]))
	for _, name := range same[1:] {
		if got, _, _ := hashName([]byte(name)); got != want {
			t.Errorf("hashName(%s) is not that of %s", name, same[0])
		}
	}
	_, email, _ := hashName([]byte("email"))
	for _, name := range []string{"customer_email", "customerEmail", "EMAIL", "email2", "customer-email-2"} {
		if _, got, _ := hashName([]byte(name)); got != email {
			t.Errorf("the last word of %s is not email", name)
		}
	}
	for _, name := range []string{"emailed", "email_sent", "e"} {
		if _, got, _ := hashName([]byte(name)); got == email {
			t.Errorf("the last word of %s is email", name)
		}
	}
}
