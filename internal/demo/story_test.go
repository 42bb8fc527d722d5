package demo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// playBare plays the story with nothing between the model and the server.
func playBare(t *testing.T, opts Options) *story {
	t.Helper()
	dir := t.TempDir()
	s := newStory(opts)
	if err := s.prepare(dir); err != nil {
		t.Fatal(err)
	}
	s.open = func(ctx context.Context, dir string) (mcp.Transport, func() error, error) {
		t.Setenv(DirVar, dir)
		sr, cw := io.Pipe()
		cr, sw := io.Pipe()
		done := make(chan error, 1)
		go func() { done <- Serve(ctx, "", sr, sw) }()
		return &mcp.IOTransport{Reader: tappedReader{cr, &s.toModel}, Writer: tappedWriter{cw, &s.toServer}}, func() error { return <-done }, nil
	}
	if err := s.play(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, recordFile), []byte(`{"direction":"to-client","method":"tools/call","name":"get_customer"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.collect(dir); err != nil {
		t.Fatal(err)
	}
	return s
}

// Without mcpveil every value reaches the model, and the verification must say so: it is worth
// nothing if it cannot fail.
func TestNotVerifiedWithoutVeil(t *testing.T) {
	var out bytes.Buffer
	s := playBare(t, Options{Out: &out, Width: 100})
	if err := s.tell(); !errors.Is(err, ErrNotVerified) {
		t.Errorf("tell() = %v without a sidecar, want ErrNotVerified", err)
	}
	for i, want := range []bool{true, false, false, false, true, true} {
		if c := s.verify()[i]; (c.wrong == nil) != want {
			t.Errorf("check %q: holds is %t without a sidecar, want %t; wrong: %v", c.says, c.wrong == nil, want, c.wrong)
		}
	}
	_, verdict, _ := strings.Cut(out.String(), "\nverified\n")
	if !strings.Contains(verdict, "✗ NOT: none of them stands in the") {
		t.Errorf("the verdict does not say that values leaked:\n%s", verdict)
	}
	if leaks := s.found([]byte(verdict)); leaks != nil {
		t.Errorf("the verdict repeats the values that leaked: %v", leaks)
	}
}

// The server answers in each of the forms that MCP has.
func TestServerForms(t *testing.T) {
	s := playBare(t, Options{Out: io.Discard})
	get, list, last := string(s.steps[0].Sent), string(s.steps[1].Sent), string(s.steps[len(s.steps)-1].Sent)
	if !strings.Contains(get, `"structuredContent":{"address":`) && !strings.Contains(get, `"structuredContent":{"id":`) {
		t.Errorf("get_customer sent %s, want structured content", get)
	}
	if !strings.Contains(list, `\"email\":`) || strings.Contains(list, "structuredContent") {
		t.Errorf("list_customers sent %s, want JSON in text", list)
	}
	if !strings.Contains(last, `"isError":true`) {
		t.Errorf("send_mail to a garbled address sent %s, want an error", last)
	}
	if got, want := len(s.steps), 5; got != want {
		t.Errorf("the script has %d steps, want %d", got, want)
	}
}

// An answer that no longer fits is noticed, whether a type is wrong or a form.
func TestFitting(t *testing.T) {
	s := playBare(t, Options{Out: io.Discard})
	saw := string(s.steps[0].Saw)
	for _, test := range []struct{ old, new string }{
		{s.customers[0].Email, "[EMAIL_ADDRESS]"},
		{`"` + s.customers[0].Phone + `"`, "7"},
		{`"tier":`, `"rank":`},
	} {
		s.steps[0].Saw = []byte(strings.ReplaceAll(saw, test.old, test.new))
		if c := s.fitting(); c.wrong == nil {
			t.Errorf("with %s for %s the answer still fits: %s", test.new, test.old, c.says)
		}
	}
}

func TestContains(t *testing.T) {
	for _, test := range []struct {
		text, value string
		want        bool
	}{
		{`{"card":"4111 1111 1111 1111"}`, "4111 1111 1111 1111", true},
		{`card 4111-1111-1111-1111`, "4111 1111 1111 1111", true},
		{`card 4111-1111-1111-1112`, "4111 1111 1111 1111", false},
		{`+1 (212) 555-0143`, "+1 212-555-0143", true},
		{`Dear Ottilie,`, "Ottilie", true},
		{`dear ottilie,`, "Ottilie", true},
		{`Ottilies`, "Ottilie", false},
		{`1987-03-12`, "1987-03-12", true},
		{`1987-03-123`, "1987-03-12", false},
	} {
		if got := contains([]byte(test.text), test.value); got != test.want {
			t.Errorf("contains(%q, %q) = %t, want %t", test.text, test.value, got, test.want)
		}
	}
}

// Whatever the width, no line is longer than it, but for words that cannot be broken.
func TestTellWidths(t *testing.T) {
	for _, width := range []int{40, 60, 84, 100, 200} {
		var out bytes.Buffer
		_ = playBare(t, Options{Out: &out, Width: width}).tell()
		for l := range strings.Lines(out.String()) {
			if n := len([]rune(strings.TrimRight(l, "\n"))); width >= 84 && n > width && !strings.Contains(l, "✗") && !strings.Contains(l, "messages,") {
				t.Errorf("width %d: a line of %d characters: %q", width, n, l)
			}
		}
		if strings.Contains(out.String(), "\x1b[") {
			t.Errorf("width %d: colours without Color", width)
		}
	}
}

func TestCell(t *testing.T) {
	token := "pii-email-1zprc0vl6asvkhqf8qs9rxqq60khnn4wv0qgus38wdp7fazfx6r4ltzh4dg2pshkgfn7"
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"hello", 10, []string{"hello"}},
		{"hello hello", 8, []string{"hello", "hello"}},
		{"0123456789abc", 5, []string{"01234", "56789", "abc"}},
		{"ab " + token + ", c", 22, []string{"ab", "pii-email-1zp…hkgfn7,", "c"}},
		{"to " + token + ".", 40, []string{"to pii-email-1zp…hkgfn7."}},
	} {
		var got []string
		for _, l := range (palette{}).cell(test.text, nil, test.width) {
			got = append(got, l.text)
			if n := len([]rune(l.text)); n != l.width {
				t.Errorf("cell(%q, %d): line %q says it is %d wide", test.text, test.width, l.text, l.width)
			}
		}
		if strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("cell(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
	if got := (palette{on: true}).cell("a "+token, []string{"a"}, 50)[0].text; !strings.Contains(got, "\x1b[33ma\x1b[0m") || !strings.Contains(got, "\x1b[36mpii-") {
		t.Errorf("cell in colour = %q, want the value and the token painted", got)
	}
}
