package detect

import (
	"strings"
	"testing"
	"unicode"
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

// Of Hangul and Han all characters of the blocks are letters, as glyphAt has it without asking.
func TestGlyphsOfUnspacedScripts(t *testing.T) {
	for _, block := range [][2]rune{{'가', '힣'}, {'一', '鿿'}} {
		for r := block[0]; r <= block[1]; r++ {
			if g, folded, n := glyphAt([]byte(string(r)), 0); !unicode.IsLetter(r) || g != ideo || folded != r || n != 3 {
				t.Fatalf("%q is a letter: %v; glyph %v, %q, %d bytes", r, unicode.IsLetter(r), g, folded, n)
			}
		}
	}
}
