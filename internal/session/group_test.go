package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
)

// text returns what lines come to.
func (l *Lines) text() string {
	var b bytes.Buffer
	_, _ = l.WriteTo(&b)
	return b.String()
}

// A batchSink writes records in batches, and fails behind the first so many.
type batchSink struct {
	recorder
	room    int // -1: no end
	flushes int
	held    []audit.Record
}

func (s *batchSink) NewBatch() audit.Batch { return s }

func (s *batchSink) Add(r *audit.Record) { s.held = append(s.held, *r) }

func (s *batchSink) Flush() (n int, err error) {
	s.flushes++
	n = len(s.held)
	if s.room >= 0 && n > s.room {
		n, err = s.room, errors.New("disk full")
	}
	s.records = append(s.records, s.held[:n]...)
	s.held = s.held[:0]
	return n, err
}

func TestGroup(t *testing.T) {
	sink := &batchSink{room: -1}
	s, up, _, _, _ := open(t, Options{Sink: sink})
	g := up.Group()
	in := []string{
		callLookup,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"x","params":{"a":"BLOCK"}}`,
		`{"jsonrpc":"2.0","id":3,"method":"x","params":{"a":"SECRET"}}`,
		`garbage`,
		callLookup[:len(callLookup)-1] + "}",
	}
	for _, m := range in {
		if !g.Takes([]byte(m)) {
			t.Fatalf("Takes(%s) = false", m)
		}
		g.Add(t.Context(), []byte(m))
	}
	if len(sink.records) != 0 {
		t.Errorf("%d records were written before Commit", len(sink.records))
	}
	out, reply, err := g.Commit()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{in[0], in[1], `{"jsonrpc":"2.0","id":3,"method":"x","params":{"a":"token"}}`, in[5], ""}, "\n")
	if got := out.text(); got != want {
		t.Errorf("out\n%swant\n%s", got, want)
	}
	if got := reply.text(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `"id":2,"error":{"code":1001`) || !strings.Contains(got, `"error":{"code":-32700`) {
		t.Errorf("reply\n%swant two errors", got)
	}
	if len(sink.records) != len(in) || sink.flushes != 1 {
		t.Errorf("%d records in %d writes, want %d in one", len(sink.records), sink.flushes, len(in))
	}
	if n := s.Outstanding(policy.ToServer); n != 2 {
		t.Errorf("Outstanding = %d, want 2", n)
	}
	// The next group begins anew.
	g.Add(t.Context(), []byte(in[1]))
	if out, reply, err := g.Commit(); err != nil || out.text() != in[1]+"\n" || reply.Len() != 0 {
		t.Errorf("the next group gives %q, %q, %v", out.text(), reply.text(), err)
	}
	if out, reply, err := g.Commit(); err != nil || out.Len() != 0 || reply.Len() != 0 {
		t.Errorf("an empty group gives %q, %q, %v", out.text(), reply.text(), err)
	}
}

// Nothing of a group goes out that is not recorded, whichever record is the first that cannot be
// written; and whoever waits for an answer gets an error.
func TestGroupNoRecordNoPassage(t *testing.T) {
	type result struct{ out, reply string }
	refused := func(id string) string {
		return `{"jsonrpc":"2.0","id":` + id + `,"error":{"code":1003,"message":"mcpveil: no record could be written, so nothing passes"}}` + "\n"
	}
	up := []struct {
		msg  string
		pass result
		fail result
	}{
		{callLookup, result{out: callLookup + "\n"}, result{reply: refused("1")}},
		{`{"jsonrpc":"2.0","method":"n"}`, result{out: `{"jsonrpc":"2.0","method":"n"}` + "\n"}, result{}},
		{`{"jsonrpc":"2.0","id":"q","method":"x","params":["SECRET"]}`, result{out: `{"jsonrpc":"2.0","id":"q","method":"x","params":["token"]}` + "\n"}, result{reply: refused(`"q"`)}},
		{`{"jsonrpc":"2.0","id":4,"method":"x","params":{"a":"BLOCK"}}`,
			result{reply: `{"jsonrpc":"2.0","id":4,"error":{"code":1001,"message":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}}` + "\n"},
			result{reply: `{"jsonrpc":"2.0","id":4,"error":{"code":1001,"message":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}}` + "\n"}},
		{`{"jsonrpc":"2.0","id":9,"result":{"a":"SECRET"}}`, result{out: `{"jsonrpc":"2.0","id":9,"result":{"a":"token"}}` + "\n"}, result{out: refused("9")}},
		{`{"jsonrpc":"2.0","id":5,"method":"x"}`, result{out: `{"jsonrpc":"2.0","id":5,"method":"x"}` + "\n"}, result{reply: refused("5")}},
	}
	for room := range len(up) + 1 {
		for _, single := range []bool{false, true} { // whether the sink knows no batches
			sink := &batchSink{room: room}
			var opts Options
			if opts.Sink = sink; single {
				opts.Sink = &narrow{room: room}
			}
			s, p, down, _, _ := open(t, opts)
			if n, ok := opts.Sink.(*narrow); ok {
				n.room++ // for the server's call
			}
			if v := down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":9,"method":"sampling/createMessage","params":{}}`)); v.Class != OK {
				t.Fatal(v.Err)
			}
			g := p.Group()
			var want result
			waiting := 0
			for i, m := range up {
				g.Add(t.Context(), []byte(m.msg))
				r := m.pass
				if i >= room {
					r = m.fail
				} else if strings.Contains(r.out, `"id"`) && strings.Contains(r.out, "method") {
					waiting++
				}
				want.out += r.out
				want.reply += r.reply
			}
			out, reply, err := g.Commit()
			if got := (result{out.text(), reply.text()}); got != want {
				t.Errorf("with room for %d records (single %t):\n%s\n%s\nwant\n%s\n%s", room, single, got.out, got.reply, want.out, want.reply)
			}
			if (err != nil) != (room < len(up)) {
				t.Errorf("with room for %d records: error %v", room, err)
			}
			if n := s.Outstanding(policy.ToServer); n != waiting {
				t.Errorf("with room for %d records: %d calls wait, want %d", room, n, waiting)
			}
		}
	}
}

// A narrow sink takes so many records and no more.
type narrow struct{ room int }

func (n *narrow) Write(*audit.Record) error {
	if n.room--; n.room < 0 {
		return errors.New("disk full")
	}
	return nil
}

// In a pipe what goes on and what stands in its place keep their order, with and without records.
func TestGroupPipe(t *testing.T) {
	for room, want := range []string{
		"E\nE4\nE1003\nE9\nE\n",
		"{}\nE4\nE1003\nE9\nE\n",
		"{}\nE4\nE1003\nE9\nE\n",
		"{}\nE4\n{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"x\"}\nE9\nE\n",
		"{}\nE4\n{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"x\"}\n{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":1}\nE\n",
		"{}\nE4\n{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"x\"}\n{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":1}\n[\"a\"]\n",
	} {
		s, _, _, _, _ := open(t, Options{Sink: &batchSink{room: room}})
		g := s.Pipe(policy.ToClient).Group()
		for _, m := range []string{`{}`, `{"jsonrpc":"2.0","id":4,"method":"x","params":{"a":"BLOCK"}}`, `{"jsonrpc":"2.0","id":5,"method":"x"}`,
			`{"jsonrpc":"2.0","id":9,"result":1}`, `"a"`} {
			g.Add(t.Context(), []byte(m))
		}
		out, reply, _ := g.Commit()
		got := out.text()
		for from, to := range map[string]string{
			`{"jsonrpc":"2.0","error":{"code":1003,"message":"mcpveil: no record could be written, so nothing passes"}}`:           "E",
			`{"jsonrpc":"2.0","id":5,"error":{"code":1003,"message":"mcpveil: no record could be written, so nothing passes"}}`:    "E1003",
			`{"jsonrpc":"2.0","id":9,"error":{"code":1003,"message":"mcpveil: no record could be written, so nothing passes"}}`:    "E9",
			`{"jsonrpc":"2.0","id":4,"error":{"code":1001,"message":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}}`: "E4",
			`"a"` + "\n": `["a"]` + "\n",
		} {
			got = strings.ReplaceAll(got, from, to)
		}
		if got != want || reply.Len() != 0 {
			t.Errorf("with room for %d records: %q, want %q; reply %q", room, got, want, reply.text())
		}
	}
}

// A JSON-RPC batch has records of its own, and is in no group with others.
func TestGroupBatch(t *testing.T) {
	rec := &recorder{}
	_, up, _, _, _ := open(t, Options{Sink: rec})
	g := up.Group()
	const batch = `[{"jsonrpc":"2.0","id":1,"method":"x"},{"jsonrpc":"2.0","id":2,"method":"x","params":{"a":"BLOCK"}}]`
	g.Add(t.Context(), []byte(`{"jsonrpc":"2.0","method":"n"}`))
	if g.Takes([]byte(batch)) {
		t.Error("a group takes a batch beside a message")
	}
	if _, _, err := g.Commit(); err != nil {
		t.Fatal(err)
	}
	rec.err = errors.New("disk full")
	g.Add(t.Context(), []byte(batch))
	if g.Takes([]byte(`{}`)) {
		t.Error("a group takes a message beside a batch")
	}
	out, reply, _ := g.Commit()
	if out.Len() != 0 || strings.Count(reply.text(), "no record") != 1 || strings.Count(reply.text(), "1001") != 1 {
		t.Errorf("a batch without records: %q, %q, want errors for both of its calls", out.text(), reply.text())
	}
}

// What could not be sent is taken back; what was, waits for its answer.
// What a message grew to is the rewriter's until the next one.
func TestGroupGrown(t *testing.T) {
	_, up, _, _, _ := open(t, Options{})
	g := up.Group()
	var got, want strings.Builder
	commit := func() {
		out, _, err := g.Commit()
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString(out.text())
	}
	for i := range 4 {
		format := `{"jsonrpc":"2.0","id":%d,"method":"x","params":{"a":"%s"}}`
		msg := fmt.Appendf(nil, format, i, [...]string{"LONG", "SECRET"}[i%2])
		if !g.Takes(msg) {
			commit()
		}
		g.Add(t.Context(), msg)
		fmt.Fprintf(&want, format+"\n", i, [...]string{strings.Repeat("x", tooLong), "token"}[i%2])
	}
	commit()
	if got.String() != want.String() {
		t.Errorf("out has %d bytes, or others than the %d expected", got.Len(), want.Len())
	}
}

func TestGroupUnsent(t *testing.T) {
	s, up, _, _, _ := open(t, Options{})
	g := up.Group()
	var all []string
	for i := range 3 {
		all = append(all, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"x"}`, i), `{"jsonrpc":"2.0","method":"n"}`)
		g.Add(t.Context(), []byte(all[2*i]))
		g.Add(t.Context(), []byte(all[2*i+1]))
	}
	if _, _, err := g.Commit(); err != nil {
		t.Fatal(err)
	}
	n := len(all[0]) + len(all[1]) + len(all[2]) + 2 // one byte short of the second call
	got := g.Unsent(int64(n), mcpwire.CodePeerGone, "gone").text()
	want := `{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"gone"}}` + "\n" + `{"jsonrpc":"2.0","id":2,"error":{"code":1004,"message":"gone"}}` + "\n"
	if got != want || s.Outstanding(policy.ToServer) != 1 {
		t.Errorf("Unsent gives %s and leaves %d waiting, want %s and one", got, s.Outstanding(policy.ToServer), want)
	}
}

// A message in a group fares as it would by itself.
func TestGroupIsForward(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	for range 300 {
		var msgs []string
		for range 1 + r.IntN(12) {
			id := pick("1", "2", `"1"`, "3")
			msgs = append(msgs, pick(
				`{"jsonrpc":"2.0","id":`+id+`,"method":"tools/call","params":{"name":"`+pick("a", "b")+`","arguments":{"x":"`+pick("", "SECRET", "BLOCK", "FAIL", "SYNTAX", "OPEN")+`"}}}`,
				`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":`+id+`}}`,
				`{"jsonrpc":"2.0","id":`+id+`,"result":{"x":"`+pick("", "SECRET", "BLOCK")+`"}}`,
				`{"jsonrpc":"2.0","id":`+id, `garbage`, `[{"jsonrpc":"2.0","id":7,"method":"x"}]`))
		}
		play := func(grouped bool) (sent [2]struct{ Out, Reply string }, records []audit.Record) {
			sink := &recorder{}
			_, up, down, _, _ := open(t, Options{Sink: sink})
			for n, p := range []*Port{up, down} {
				g := p.Group()
				commit := func() {
					out, reply, _ := g.Commit()
					sent[n].Out += out.text()
					sent[n].Reply += reply.text()
				}
				for _, m := range msgs {
					if grouped {
						if !g.Takes([]byte(m)) {
							commit()
						}
						g.Add(t.Context(), []byte(m))
						continue
					}
					v := p.Forward(t.Context(), []byte(m))
					if v.Out != nil {
						sent[n].Out += string(v.Out) + "\n"
					}
					if v.Reply != nil {
						sent[n].Reply += string(v.Reply) + "\n"
					}
				}
				commit()
			}
			for i := range sink.records {
				sink.records[i].Time, sink.records[i].Took = time.Time{}, 0
			}
			return sent, sink.records
		}
		one, r1 := play(false)
		all, r2 := play(true)
		if diff := cmp.Diff(one, all); diff != "" {
			t.Fatalf("%q\nby themselves and in a group (-one +group)\n%s", msgs, diff)
		}
		if diff := cmp.Diff(r1, r2); diff != "" {
			t.Fatalf("%q\nrecords by themselves and in a group (-one +group)\n%s", msgs, diff)
		}
	}
}

// What came in one piece and is not changed goes on in one piece, the same bytes.
func TestLines(t *testing.T) {
	buf := []byte("one\ntwo\nthree\n")
	var l Lines
	for _, r := range [][2]int{{0, 3}, {4, 7}, {8, 13}} {
		l.add(buf[r[0]:r[1]], true)
	}
	if l.text() != string(buf) || len(l.run) != len(buf) || &l.run[0] != &buf[0] || len(l.buf) != 0 {
		t.Errorf("lines in one piece: %q, copied %q", l.text(), l.buf)
	}
	l.add([]byte("four"), false)
	l.add(buf[0:3], true)
	if got, want := l.text(), string(buf)+"four\none\n"; got != want {
		t.Errorf("lines = %q, want %q", got, want)
	}
	long := bytes.Repeat([]byte("x"), tooLong)
	l.add(long, false)
	l.add([]byte("end"), false)
	if got, want := l.text(), string(buf)+"four\none\n"+string(long)+"\nend\n"; got != want || l.Len() != len(want) {
		t.Errorf("lines with a long one: %d bytes, Len %d, want %d", len(got), l.Len(), len(want))
	}
	if got := string(l.take()); len(got) != len(buf)+len("four\none\n\nend\n")+tooLong || l.Len() != 0 {
		t.Errorf("take gave %d bytes and left %d", len(got), l.Len())
	}
	l.add(long, false)
	var w writes
	if n, err := l.WriteTo(&w); err != nil || n != int64(tooLong)+1 || len(w) != 2 {
		t.Errorf("WriteTo wrote %d bytes, %v, in %d pieces", n, err, len(w))
	}
}

type writes [][]byte

func (w *writes) Write(b []byte) (int, error) {
	*w = append(*w, b)
	return len(b), nil
}

// A clean group allocates nothing, its records included.
func TestGroupAllocates(t *testing.T) {
	_, up, down, f, _ := open(t, Options{Server: "crm", Sink: audit.Multi(audit.NewLog(io.Discard, nil), new(audit.Counts))})
	call, answer := []byte(callLookup), []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"fine"}]}}`)
	note := []byte(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}`)
	there, back := up.Group(), down.Group()
	n := testing.AllocsPerRun(200, func() {
		f.seen = f.seen[:0]
		for range 10 {
			there.Add(t.Context(), call)
			if _, _, err := there.Commit(); err != nil {
				t.Fatal(err)
			}
			back.Add(t.Context(), note)
			back.Add(t.Context(), note)
			back.Add(t.Context(), answer)
			if out, _, err := back.Commit(); err != nil || out.Len() == 0 {
				t.Fatal(err)
			}
		}
	})
	if n != 0 {
		t.Errorf("ten clean calls and their answers allocate %v times, want 0", n)
	}
}
