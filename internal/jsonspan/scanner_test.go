package jsonspan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

func scan(text string) (kinds []string, err error) {
	var s jsonspan.Scanner
	s.Reset([]byte(text))
	for {
		t := s.Next()
		if t.Kind == jsonspan.Invalid {
			return kinds, s.Err()
		}
		kinds = append(kinds, t.Kind.String()+" "+text[t.Start:t.End])
	}
}

func TestScanner(t *testing.T) {
	got, err := scan(` {"a\"\\":[1,-0.5e+3,true,{}],"":{"b":null},"c":false} `)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"{ {", `name "a\"\\"`, "[ [", "number 1", "number -0.5e+3", "true true", "{ {", "} }", "] ]",
		`name ""`, "{ {", `name "b"`, "null null", "} }", `name "c"`, "false false", "} }"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("tokens (-want +got):\n%s", d)
	}
}

func TestScannerErrors(t *testing.T) {
	for _, text := range []string{"", " ", "{", "[", "[1", "[1,", "[1,]", "[1}", "{]", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`,
		`{1:2}`, `{"a" 1}`, `{"a":1 "b":2}`, `"`, `"\`, `"\"`, "01", "-", "1.", "1e", "tru", "truee", "1 2", "]", ",", ":", "nul", "+1"} {
		if kinds, err := scan(text); err == nil {
			t.Errorf("scan(%q) = %v, want an error", text, kinds)
		}
	}
}

func TestScannerSkip(t *testing.T) {
	text := `{"a":{"x":["]}",{}]},"b":2}`
	var s jsonspan.Scanner
	s.Reset([]byte(text))
	s.Next()
	s.Next()
	s.Next()
	if got, want := s.Skip(), len(`{"a":{"x":["]}",{}]}`); got != want {
		t.Fatalf("Skip() = %d, want %d", got, want)
	}
	if tok := s.Next(); text[tok.Start:tok.End] != `"b"` || tok.Kind != jsonspan.Name {
		t.Errorf("after Skip, Next() = %v", tok)
	}
	if s.Skip() != len(`{"a":{"x":["]}",{}]},"b"`) {
		t.Errorf("Skip() after a name moved to %d", s.Offset())
	}
	s.Next()
	s.Next()
	if s.Next().Kind != jsonspan.Invalid || s.Err() != nil {
		t.Errorf("Err() = %v at the end", s.Err())
	}
}

func TestAppendQuoteUnquote(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""}, {"plain <b>&", "plain <b>&"}, {"a\"b\\c/", `a\"b\\c/`}, {"\n\r\t\b\f\x00\x1f", `\n\r\t\b\f\u0000\u001f`},
		{"é한😀", "é한😀"}, {"\x7f", "\x7f"}, {"a\xffb", "a\uFFFDb"},
	} {
		if got := string(jsonspan.AppendQuote(nil, tt.text)); got != tt.want {
			t.Errorf("AppendQuote(%q) = %s, want %s", tt.text, got, tt.want)
		}
	}
	for _, tt := range []struct {
		inside, want string
		ok           bool
	}{
		{`a\u0040\/\ud83d\ude00`, "a@/😀", true}, {`\ud83d`, "\uFFFD", false}, {`\ud83d\u0041`, "\uFFFDA", false}, {`\ude00x`, "\uFFFDx", false},
		{`\`, "\uFFFD", false}, {`\q`, "\uFFFDq", false}, {`\u12`, "\uFFFD12", false}, {`\u00\n`, "\uFFFD00\n", false},
	} {
		got, ok := jsonspan.AppendUnquote(nil, tt.inside)
		if string(got) != tt.want || ok != tt.ok {
			t.Errorf("AppendUnquote(%s) = %q, %v, want %q, %v", tt.inside, got, ok, tt.want, tt.ok)
		}
	}
	text := []byte("a\"\\\n\x01é")
	for level := range 5 {
		got := jsonspan.AppendEscaped([]byte("x"), text, level)[1:]
		for range level {
			var ok bool
			if got, ok = jsonspan.AppendUnquote(nil, got); !ok {
				t.Errorf("AppendEscaped(…, %d) does not unquote", level)
			}
		}
		if string(got) != string(text) {
			t.Errorf("AppendEscaped(…, %d), unquoted, = %q, want %q", level, got, text)
		}
	}
}
