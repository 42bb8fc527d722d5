package mcpwire_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
)

// event is an Event that outlives the next one. Data is quoted so that none and empty differ.
type event struct{ Raw, Data, Name, Flags string }

func readEvents(r io.Reader, max int) ([]event, error) {
	var all []event
	er := mcpwire.NewEventReader(r, max)
	for {
		ev, err := er.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		e := event{Raw: string(ev.Raw), Name: string(ev.Name)}
		if ev.Data != nil {
			e.Data = "<" + string(ev.Data) + ">"
		}
		if ev.Text {
			e.Flags += "text "
		}
		if ev.Named {
			e.Flags += "named "
		}
		if ev.Odd {
			e.Flags += "odd "
		}
		all = append(all, e)
	}
}

var sseTests = []struct {
	name, in string
	want     []event
}{
	{"plain", "event: message\ndata: {}\n\n", []event{{"event: message\ndata: {}\n\n", "<{}>", "message", ""}}},
	{"two", "data: 1\n\ndata:2\n\n", []event{{"data: 1\n\n", "<1>", "", ""}, {"data:2\n\n", "<2>", "", ""}}},
	{"crlf", "id: 7\r\ndata: 1\r\n\r\n", []event{{"id: 7\r\ndata: 1\r\n\r\n", "<1>", "", ""}}},
	{"bare cr", "data: 1\rid: 2\r\r", []event{{"data: 1\rid: 2\r\r", "<1>", "", "odd "}}},
	{"cr hides nothing", ": c\rdata: 1\n\n", []event{{": c\rdata: 1\n\n", "<1>", "", "text odd "}}},
	{"many lines", "data: {\ndata: }\ndata\n\n", []event{{"data: {\ndata: }\ndata\n\n", "<{\n}\n>", "", ""}}},
	{"one space is cut", "data:  a \n\n", []event{{"data:  a \n\n", "< a >", "", ""}}},
	{"priming", "id: 1\nretry: 5000\ndata: \n\n", []event{{"id: 1\nretry: 5000\ndata: \n\n", "<>", "", ""}}},
	{"comment", ": ping\n\n:\n\n", []event{{": ping\n\n", "", "", "text "}, {":\n\n", "", "", ""}}},
	{"no data", "event: x\n\n", []event{{"event: x\n\n", "", "x", "named "}}},
	{"last event wins", "event: x\nevent:y\n\n", []event{{"event: x\nevent:y\n\n", "", "y", "named "}}},
	{"an event line that does not win", "event: x\nevent: message\n\n", []event{{"event: x\nevent: message\n\n", "", "message", "named "}}},
	{"event lines that name nothing", "event\nevent:\n\n", []event{{"event\nevent:\n\n", "", "", ""}}},
	{"retry", "retry: 86400000\nretry\n\n", []event{{"retry: 86400000\nretry\n\n", "", "", ""}}},
	{"retry that is no time", "retry: 4111111111111111\n\nretry: jane\n\n", []event{
		{"retry: 4111111111111111\n\n", "", "", "odd "}, {"retry: jane\n\n", "", "", "odd "}}},
	{"unknown field", "note: jane\ndata: 1\n\n", []event{{"note: jane\ndata: 1\n\n", "<1>", "", "odd "}}},
	{"other case", "Data: 1\n\n", []event{{"Data: 1\n\n", "", "", "odd "}}},
	{"no end", "data: 1\n\ndata: 2", []event{{"data: 1\n\n", "<1>", "", ""}, {"data: 2", "<2>", "", ""}}},
	{"mark", "\xEF\xBB\xBFdata: 1\n\n", []event{{"\xEF\xBB\xBFdata: 1\n\n", "<1>", "", ""}}},
	{"late mark", "\n\xEF\xBB\xBFdata: 1\n\n", []event{{"\n", "", "", ""}, {"\xEF\xBB\xBFdata: 1\n\n", "", "", "odd "}}},
	{"blank lines", "\n\r\n\r", []event{{"\n", "", "", ""}, {"\r\n", "", "", ""}, {"\r", "", "", ""}}},
	{"empty", "", nil},
}

func TestEventReader(t *testing.T) {
	for _, tt := range sseTests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readEvents(strings.NewReader(tt.in), 1<<10)
			if err != nil {
				t.Fatalf("Next of %q: %v", tt.in, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("events of %q (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestEventReaderDoesNotWait(t *testing.T) {
	for _, in := range []string{"data: 1\n\n", "data: 1\r\n\r\n", "data: 1\r\r"} {
		pr, pw := io.Pipe()
		go pw.Write([]byte(in)) // and then nothing: a reader that wants more hangs
		ev, err := mcpwire.NewEventReader(pr, 100).Next()
		if err != nil || string(ev.Data) != "1" {
			t.Errorf("Next of %q = %q, %v, want 1", in, ev.Data, err)
		}
		pr.Close()
	}
}

// A CRLF that comes in two parts must still reach a client that knows LF only, and at once.
func TestEventReaderLateLF(t *testing.T) {
	pr, pw := io.Pipe()
	defer pr.Close()
	go func() {
		pw.Write([]byte("data: 1\r\n\r"))
		pw.Write([]byte("\n"))
	}()
	r := mcpwire.NewEventReader(pr, 100)
	ev, _ := r.Next()
	if got, want := string(ev.Raw), "data: 1\r\n\r"; got != want {
		t.Errorf("first event = %q, want %q", got, want)
	}
	if ev, err := r.Next(); string(ev.Raw) != "\n" || ev.Data != nil || err != nil {
		t.Errorf("second event = %q, %v, want the late LF", ev.Raw, err)
	}
}

func TestEventReaderErrors(t *testing.T) {
	long := "data: " + strings.Repeat("x", 100) + "\n\n"
	for name, split := range map[string]func(io.Reader) io.Reader{"whole": whole, "bytes": iotest.OneByteReader} {
		if _, err := readEvents(split(strings.NewReader(long)), len(long)); err != nil {
			t.Errorf("%s: an event of the longest length: %v", name, err)
		}
		if _, err := readEvents(split(strings.NewReader(long)), len(long)-1); !errors.Is(err, mcpwire.ErrEventTooLong) {
			t.Errorf("%s: an event one byte too long: error = %v, want %v", name, err, mcpwire.ErrEventTooLong)
		}
	}
	broken := errors.New("broken")
	got, err := readEvents(io.MultiReader(strings.NewReader("data: 1\n\ndata: 2\n"), iotest.ErrReader(broken)), 100)
	if err != broken || len(got) != 1 {
		t.Errorf("a stream that breaks: %d events, %v, want the whole one and the source's error", len(got), err)
	}
}

func whole(r io.Reader) io.Reader { return r }

func TestEventAppend(t *testing.T) {
	for _, tt := range []struct {
		in, data string
		comments bool
		want     string
	}{
		{"id: 1\nevent: message\ndata: {\"a\":1}\n\n", `{"a":"x"}`, true, "id: 1\nevent: message\ndata: {\"a\":\"x\"}\n\n"},
		{"data: {\ndata: }\nid:2\n\n", "{\n1}", true, "data: {\ndata: 1}\nid:2\n\n"},
		{"data:1\r\nretry: 9\r\n\r\n", "2", true, "data: 2\r\nretry: 9\r\n\r\n"},
		{": c\rnote: jane\rdata: 1\r\r", "1", true, ": c\ndata: 1\n\n"},
		{": c\ndata: 1\n\n", "1", false, "data: 1\n\n"},
		{"data: 1", "2", true, "data: 2"},
		{"event: x\n\n", "unused", true, "event: x\n\n"},
		{"\xEF\xBB\xBFdata: 1\n\n", "2", true, "data: 2\n\n"},
	} {
		ev, err := mcpwire.NewEventReader(strings.NewReader(tt.in), 1<<10).Next()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(ev.Append(nil, []byte(tt.data), tt.comments)); got != tt.want {
			t.Errorf("event %q: Append(%q, %t) = %q, want %q", tt.in, tt.data, tt.comments, got, tt.want)
		}
	}
}

func TestEventAppendNames(t *testing.T) {
	ev, err := mcpwire.NewEventReader(strings.NewReader("event: a b\n: c\nevent\rdata: d\revent:e"), 1<<10).Next()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(ev.AppendNames(nil)), "a b\n\ne\n"; got != want {
		t.Errorf("AppendNames = %q, want %q", got, want)
	}
}

func TestEventReaderAllocs(t *testing.T) {
	in := bytes.Repeat([]byte("event: message\nid: 12\ndata: {\"jsonrpc\":\"2.0\"}\n\n"), 1000)
	n := testing.AllocsPerRun(10, func() {
		er := mcpwire.NewEventReader(bytes.NewReader(in), 1<<20)
		for {
			if _, err := er.Next(); err != nil {
				break
			}
		}
	})
	if n > 4 { // the two readers and the buffer
		t.Errorf("reading 1000 events allocates %v times, want at most 4", n)
	}
}

// chunks hands out its bytes in the sizes that cuts says, again and again.
type chunks struct {
	b, cuts []byte
	n       int
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.b) == 0 {
		return 0, io.EOF
	}
	size := len(c.b)
	if len(c.cuts) > 0 {
		size = int(c.cuts[c.n%len(c.cuts)])%9 + 1
		c.n++
	}
	n := copy(p[:min(size, len(p))], c.b)
	c.b = c.b[n:]
	return n, nil
}

// However a stream is cut, its events carry the same data and their bytes are the stream's.
func FuzzEventReader(f *testing.F) {
	for _, tt := range sseTests {
		f.Add([]byte(tt.in), []byte{0})
		f.Add([]byte(tt.in), []byte{1, 4, 2})
	}
	f.Fuzz(func(t *testing.T, in, cuts []byte) {
		const max = 200
		want, wantErr := readEvents(bytes.NewReader(in), max)
		got, gotErr := readEvents(&chunks{b: in, cuts: cuts}, max)
		if gotErr != wantErr {
			t.Fatalf("Next of %q cut by %v: error %v, whole %v", in, cuts, gotErr, wantErr)
		}
		if diff := cmp.Diff(payloads(want), payloads(got)); diff != "" {
			t.Fatalf("events of %q cut by %v (-whole +cut):\n%s", in, cuts, diff)
		}
		if wantErr == nil && joined(got) != string(in) {
			t.Fatalf("events of %q cut by %v add up to %q", in, cuts, joined(got))
		}
		for _, e := range want {
			ev, err := mcpwire.NewEventReader(strings.NewReader(e.Raw), max).Next()
			if err != nil {
				t.Fatalf("event %q alone: %v", e.Raw, err)
			}
			if string(ev.Name) != e.Name && !strings.HasPrefix(e.Raw, "\xEF\xBB\xBF") {
				t.Fatalf("event %q alone has name %q, want %q", e.Raw, ev.Name, e.Name)
			}
			// What Append writes reads the same to a reader that knows LF only.
			out := ev.Append(nil, []byte("new"), true)
			if i := bytes.IndexByte(bytes.ReplaceAll(out, []byte("\r\n"), nil), '\r'); i >= 0 {
				t.Fatalf("Append of %q = %q has a bare CR", e.Raw, out)
			}
		}
	})
}

func payloads(events []event) (all []event) {
	for _, e := range events {
		if e.Data != "" || e.Name != "" || e.Flags != "" {
			all = append(all, event{Data: e.Data, Name: e.Name, Flags: e.Flags})
		}
	}
	return all
}

func joined(events []event) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString(e.Raw)
	}
	return b.String()
}

func BenchmarkEventReader(b *testing.B) {
	in := bytes.Repeat([]byte("event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\""+
		strings.Repeat("x", 900)+"\"}]}}\n\n"), 100)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		er := mcpwire.NewEventReader(bytes.NewReader(in), 1<<20)
		n := 0
		for {
			if _, err := er.Next(); err != nil {
				break
			}
			n++
		}
		if n != 100 {
			b.Fatalf("%d events, want 100", n)
		}
	}
}

// A buffer that another stream was read into tells nothing of it, and is lent to one reader at a time.
func TestEventReaderRelease(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	for round := range 200 {
		var readers []*mcpwire.EventReader
		var want [][]string
		for i := range 3 {
			var stream []byte
			var texts []string
			for range 1 + r.IntN(4) {
				text := strings.Repeat(string(rune('a'+(round+i)%26)), 1+r.IntN(1<<(4+r.IntN(14))))
				texts = append(texts, text)
				stream = append(append(append(stream, "data: "...), text...), "\n\n"...)
			}
			readers = append(readers, mcpwire.NewEventReader(iotest.DataErrReader(bytes.NewReader(stream)), 1<<20))
			want = append(want, texts)
		}
		for n := 0; len(readers) > 0; n++ { // in turns
			i := r.IntN(len(readers))
			ev, err := readers[i].Next()
			if len(want[i]) == 0 {
				if err != io.EOF {
					t.Fatalf("after the last event: %v", err)
				}
				readers[i].Release()
				readers, want = slices.Delete(readers, i, i+1), slices.Delete(want, i, i+1)
				continue
			}
			if err != nil || string(ev.Data) != want[i][0] {
				t.Fatalf("round %d: event of %d bytes, %v, want %d", round, len(ev.Data), err, len(want[i][0]))
			}
			want[i] = want[i][1:]
		}
	}
}
