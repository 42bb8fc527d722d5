package mcpwire_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
)

// lines reads all that r has; a line that was too long is marked and read through Rest.
func lines(t *testing.T, r *mcpwire.Reader) (all []string) {
	t.Helper()
	for {
		line, err := r.Next()
		s := string(line)
		switch {
		case err == io.EOF:
			return all
		case err == mcpwire.ErrTooLong:
			rest, err := io.ReadAll(r.Rest())
			if err != nil {
				t.Fatalf("Rest: %v", err)
			}
			s = "long:" + string(line) + "|" + string(rest)
		case err != nil:
			t.Fatalf("Next: %v", err)
		}
		all = append(all, s)
	}
}

func TestReader(t *testing.T) {
	tests := []struct {
		name, in string
		max      int
		want     []string
	}{
		{"lines", "{}\n[]\n", 0, []string{"{}", "[]"}},
		{"no last newline", "{}\n[]", 0, []string{"{}", "[]"}},
		{"blank lines", "\n \r\n{}\r\n\t\n", 0, []string{"{}\r"}},
		{"as long as may be", "12345\n12345", 5, []string{"12345", "12345"}},
		{"too long", "123456\n1\n1234567", 5, []string{"long:12345|6", "1", "long:12345|67"}},
		{"empty", "", 5, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for how, wrap := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "with EOF": iotest.DataErrReader} {
				got := lines(t, mcpwire.NewReader(wrap(strings.NewReader(tt.in)), tt.max))
				if !slices.Equal(got, tt.want) {
					t.Errorf("Reader(%q, %d), %s: %q, want %q", tt.in, tt.max, how, got, tt.want)
				}
			}
		})
	}
}

func TestReaderDropsRest(t *testing.T) {
	r := mcpwire.NewReader(strings.NewReader(strings.Repeat("x", 200<<10)+"\n{}\n"), 5)
	head, err := r.Next()
	if string(head) != "xxxxx" || err != mcpwire.ErrTooLong {
		t.Fatalf("Next() = %q, %v, want the head and ErrTooLong", head, err)
	}
	if line, err := r.Next(); string(line) != "{}" || err != nil {
		t.Errorf("Next() = %q, %v after a line that was too long, want {}", line, err)
	}
}

func TestReaderHeadStays(t *testing.T) {
	r := mcpwire.NewReader(strings.NewReader("abcde"+strings.Repeat("x", 300<<10)+"\n"), 5)
	head, _ := r.Next()
	io.Copy(io.Discard, r.Rest())
	if string(head) != "abcde" {
		t.Errorf("head is %q once Rest was read, want abcde", head)
	}
}

func TestReaderError(t *testing.T) {
	broken := errors.New("broken")
	r := mcpwire.NewReader(io.MultiReader(strings.NewReader("{}\n{\"half"), iotest.ErrReader(broken)), 0)
	if line, err := r.Next(); string(line) != "{}" || err != nil {
		t.Fatalf("Next() = %q, %v, want {}", line, err)
	}
	if line, err := r.Next(); line != nil || err != broken {
		t.Errorf("Next() = %q, %v, want no half a line and the source's error", line, err)
	}
}

func TestReaderAllocates(t *testing.T) {
	one := []byte(strings.Repeat("x", 1000) + "\n")
	r := mcpwire.NewReader(&endless{line: one}, 0)
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("Next allocates %v times a line, want 0", n)
	}
}

type endless struct {
	line []byte
	at   int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c := copy(p[n:], e.line[e.at:])
		n += c
		e.at = (e.at + c) % len(e.line)
	}
	return n, nil
}

// However the stream is split, the lines are the same.
func FuzzReader(f *testing.F) {
	f.Add([]byte("{}\n\n[1]\r\nlonger than five\n"), uint8(5), uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, max, step uint8) {
		want := lines(t, mcpwire.NewReader(bytes.NewReader(in), int(max)))
		got := lines(t, mcpwire.NewReader(&stepper{in, int(step)%7 + 1}, int(max)))
		if !slices.Equal(got, want) {
			t.Fatalf("Reader(%q, %d) in steps of %d: %q, want %q", in, max, step%7+1, got, want)
		}
		var simple []string
		limit := int(max)
		if limit == 0 {
			limit = 64 << 20
		}
		for _, l := range strings.Split(string(in), "\n") {
			switch {
			case len(l) > limit:
				simple = append(simple, "long:"+l[:limit]+"|"+l[limit:])
			case strings.Trim(l, " \t\r") != "":
				simple = append(simple, l)
			}
		}
		if !slices.Equal(got, simple) {
			t.Fatalf("Reader(%q, %d): %q, want %q", in, max, got, simple)
		}
	})
}

type stepper struct {
	in   []byte
	step int
}

func (s *stepper) Read(p []byte) (int, error) {
	if len(s.in) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.in[:min(s.step, len(s.in))])
	s.in = s.in[n:]
	return n, nil
}

// Buffered returns what is at hand, reads nothing, and leaves lines valid.
func TestReaderBuffered(t *testing.T) {
	src := &counted{parts: []string{"a\n\nbb\n \r\nccc\nd", "d\n" + strings.Repeat("x", 32) + "\nee\n", "f"}}
	r := mcpwire.NewReader(src, 30)
	var all [][]byte
	var got []string
	for {
		line, err := r.Next()
		if err == io.EOF {
			break
		}
		reads := src.reads
		all = append(all[:0], line)
		if err == mcpwire.ErrTooLong {
			all[0] = append([]byte("long:"), line...)
			if l, ok := r.Buffered(); ok {
				t.Fatalf("Buffered = %q in a line that is too long", l)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		for line, ok := r.Buffered(); ok; line, ok = r.Buffered() {
			all = append(all, line)
		}
		if src.reads != reads {
			t.Fatal("Buffered reads")
		}
		for _, l := range all {
			got = append(got, string(l))
		}
		got = append(got, "|")
	}
	want := []string{"a", "bb", "ccc", "|", "dd", "|", "long:" + strings.Repeat("x", 30), "|", "ee", "|", "f", "|"}
	if !slices.Equal(got, want) {
		t.Errorf("Next and Buffered gave %q, want %q", got, want)
	}
}

type counted struct {
	parts []string
	reads int
}

func (c *counted) Read(p []byte) (int, error) {
	c.reads++
	if len(c.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.parts[0])
	if c.parts[0] = c.parts[0][n:]; c.parts[0] == "" {
		c.parts = c.parts[1:]
	}
	return n, nil
}
