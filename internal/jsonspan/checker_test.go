package jsonspan_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/testenv"
)

// each runs test with every implementation of what is below.
func each(t *testing.T, test func(t *testing.T)) {
	for _, name := range bytescan.Kernels() {
		undo := bytescan.SetKernel(name)
		t.Run(name, test)
		undo()
	}
}

func check(text string) error {
	var c jsonspan.Checker
	return c.Check([]byte(text), 0)
}

func TestCheckerErrors(t *testing.T) { each(t, testCheckerErrors) }

func testCheckerErrors(t *testing.T) {
	for _, tt := range []struct {
		text   string
		offset int64
		reason string
	}{
		{"", 0, "unexpected end of text"},
		{"  ", 2, "unexpected end of text"},
		{"\ufeff1", 0, "want a value"},
		{"1 2", 2, "data after the text's end"},
		{`{"a":1,}`, 7, "want a name"},
		{"[1,]", 3, "want a value"},
		{"[1}", 2, "want a comma or the closing bracket"},
		{`{"a" 1}`, 5, "want a colon after a name"},
		{"012", 1, "number with a leading zero"},
		{"[-]", 2, "want a digit"},
		{"1.", 2, "unexpected end of text"},
		{"nuL", 2, "want a value"},
		{"\"a\tb\"", 2, "control character in a string"},
		{"\"a\xffb\"", 2, "invalid UTF-8"},
		{"\"\xed\xa0\x80\"", 2, "invalid UTF-8"},
		{"\"\xc0\x80\"", 1, "invalid UTF-8"},
		{"\"\xf4\x90\x80\x80\"", 2, "invalid UTF-8"},
		{"\"\xed\x95", 3, "unterminated string"},
		{`"\x"`, 2, "invalid escape in a string"},
		{`"\u12g4"`, 5, "invalid escape in a string"},
		{`"\ud800"`, 7, "lone surrogate in a string"},
		{`"\ud800\n"`, 8, "lone surrogate in a string"},
		{`"\ud800\ud800"`, 12, "lone surrogate in a string"},
		{`"\ud800\u0041"`, 12, "lone surrogate in a string"},
		{`"\udc00"`, 6, "lone surrogate in a string"},
		{`"abc`, 4, "unterminated string"},
		{strings.Repeat("[", 513), 512, "nested too deep"},
		{strings.Repeat("1", jsonspan.MaxNumber+1), jsonspan.MaxNumber, "number too long"},
	} {
		var got *jsonspan.SyntaxError
		if err := check(tt.text); !errors.As(err, &got) {
			t.Errorf("Check(%.40q) = %v, want a SyntaxError", tt.text, err)
		} else if got.Offset != tt.offset || got.Reason != tt.reason {
			t.Errorf("Check(%.40q) = %d %q, want %d %q", tt.text, got.Offset, got.Reason, tt.offset, tt.reason)
		}
		if err := check(strings.Repeat(" ", 100) + tt.text); !errors.As(err, &got) || got.Offset != tt.offset+100 || got.Reason != tt.reason {
			t.Errorf("Check(100 blanks and %.40q) = %v, want %d %q", tt.text, err, tt.offset+100, tt.reason)
		}
	}
	for _, text := range []string{"0", "-0.0e-0", `"\u0000\ud83d\ude00é한😀"`, " {} ", strings.Repeat("[", 512) + strings.Repeat("]", 512),
		strings.Repeat("1", jsonspan.MaxNumber)} {
		if err := check(text); err != nil {
			t.Errorf("Check(%.40q) = %v, want nil", text, err)
		}
	}
}

func TestCheckerDepth(t *testing.T) { each(t, testCheckerDepth) }

func testCheckerDepth(t *testing.T) {
	var c jsonspan.Checker
	text := []byte(strings.Repeat("[", 2000) + strings.Repeat("]", 2000))
	if err := c.Check(text, 2000); err != nil {
		t.Errorf("Check(2000 deep, 2000) = %v", err)
	}
	if err := c.Check(text, 1999); err == nil {
		t.Error("Check(2000 deep, 1999) = nil, want an error")
	}
}

func TestCheckerHides(t *testing.T) { each(t, testCheckerHides) }

func testCheckerHides(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{`"a\n\"\\ bcdefg"`, false}, {`"\u0041"`, true}, {`"\/"`, true}, {`"\\u0041"`, true}, {`"\\\\/"`, true}, {`"/u"`, false}, {`"\u003c\u0026 \\u003e "`, false},
	} {
		var c jsonspan.Checker
		for _, text := range [][]byte{[]byte(tt.text), []byte(tt.text + strings.Repeat(" ", 70))} {
			if err := c.Check(text, 0); err != nil || c.Hides() != tt.want {
				t.Errorf("Check(%s): Hides() = %v, %v, want %v", text, c.Hides(), err, tt.want)
			}
			if n := testing.AllocsPerRun(10, func() { c.Check(text, 0) }); n != 0 {
				t.Errorf("Check(%s) allocates %v times", text, n)
			}
		}
	}
}

// verdict is what Checker says about text in pieces of n bytes.
func verdict(text []byte, n int) (int64, string) {
	var c jsonspan.Checker
	c.Reset(0)
	var err error
	for i := 0; i < len(text) && err == nil; i += n {
		_, err = c.Write(text[i:min(i+n, len(text))])
	}
	if err == nil {
		err = c.Close()
	}
	if err == nil {
		return 0, ""
	}
	e := err.(*jsonspan.SyntaxError)
	return e.Offset, e.Reason
}

// beyond lists what Checker refuses and encoding/json does not.
var beyond = map[string]bool{"lone surrogate in a string": true, "invalid UTF-8": true, "nested too deep": true, "number too long": true}

func FuzzChecker(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e+7,true,false,null,"\u00e9\ud83d\ude00\"\\"]}`, `"\ud800"`, "\"\xed\xa0\x80\"", "[[[", "01", "\"é한😀\"", "1e", "nul"} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, piece uint8) {
		text = append(text, strings.Repeat(" ", int(piece>>4)*8)...) // for the vector kernels
		off, reason := verdict(text, len(text)+1)
		for _, n := range []int{1, int(piece)%17 + 2} {
			if o, r := verdict(text, n); o != off || r != reason {
				t.Errorf("Check(%q) in pieces of %d = %d %q, whole = %d %q", text, n, o, r, off, reason)
			}
		}
		if valid := json.Valid(text); (reason == "") != valid && !(valid && beyond[reason]) {
			t.Errorf("Check(%q) = %q, json.Valid = %v", text, reason, valid)
		}
		if reason == "" && !utf8.Valid(text) {
			t.Errorf("Check(%q) accepts invalid UTF-8", text)
		}
		var s jsonspan.Scanner
		s.Reset(text)
		last := 0
		for tok := s.Next(); tok.Kind != jsonspan.Invalid; tok = s.Next() {
			if tok.Start < last || tok.End <= tok.Start || tok.End > len(text) {
				t.Fatalf("scan(%q): token %v after %d", text, tok, last)
			}
			last = tok.End
		}
		if reason == "" && s.Err() != nil {
			t.Errorf("scan(%q) = %v, Check accepts it", text, s.Err())
		}
	})
}

// suite reads JSONTestSuite, kept beside the module root.
func suite(t *testing.T) map[string][]byte {
	f, err := os.Open(filepath.Join(testenv.Shared(t, "data/negatives"), "jsontestsuite_parsing.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(h.Name, ".json") {
			continue
		}
		if files[filepath.Base(h.Name)], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 300 {
		t.Fatalf("JSONTestSuite has %d files, want 300 and more", len(files))
	}
	return files
}

func TestJSONTestSuite(t *testing.T) {
	files := suite(t)
	each(t, func(t *testing.T) { testJSONTestSuite(t, files) })
}

func testJSONTestSuite(t *testing.T, files map[string][]byte) {
	for name, text := range files {
		off, reason := verdict(text, len(text)+1)
		switch {
		case strings.HasPrefix(name, "n_") && reason == "":
			t.Errorf("%s: accepted, want it refused", name)
		case strings.HasPrefix(name, "y_") && reason != "":
			t.Errorf("%s: refused at %d, %s, want it accepted", name, off, reason)
		case reason != "" && (off < 0 || off > int64(len(text))):
			t.Errorf("%s: offset %d of %d", name, off, len(text))
		}
	}
}
