package session_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// options returns options for sessions of a real filter, which labels e-mail addresses to the client,
// masks them for the tool "masked", and blocks them for the tool "closed" and all requests to it.
func options(t testing.TB) *session.Options {
	t.Helper()
	det, err := detect.New([]detect.Rule{
		{ID: "t.email.1", Entity: "EMAIL_ADDRESS", Tier: detect.ByItself, MaxLen: 100,
			Patterns: []detect.Pattern{{Expr: `[a-z0-9.]+@[a-z0-9.]+\.[a-z]{2,3}`, Guard: detect.GuardWord}}, Checks: []detect.Check{{Name: "email"}}},
	}, &detect.Options{MinScore: .01})
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{
		{Name: "closed", Names: []string{"closed"}, Action: policy.Block},
		{Name: "masked", Names: []string{"masked"}, Direction: policy.ToClient, Action: policy.Mask},
		{Name: "hide", Direction: policy.ToClient, Action: policy.Redact},
		{Name: "rest", Action: policy.Pass},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(det, pol, redact.Transformers{{Action: policy.Mask}: redact.Mask(4)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &session.Options{Engine: session.Engine{Filter: f, Policy: pol, Detector: det}}
}

func newSession(t testing.TB, opts *session.Options) *session.Session {
	t.Helper()
	s, err := session.New(opts, session.Peer{Tenant: "acme", Principal: "jo", ID: "s1"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func callTool(id int, name string) []byte {
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":{}}}`, id, name)
}

func TestStream(t *testing.T) {
	filler := strings.Repeat(`{\"row\":1} `, 6000)
	content := `{"content":[{"type":"text","text":"` + filler + `jane.doe@example.com` + filler + `"}]}`
	const dirty, clean = "jane.doe@example.com", "[EMAIL_ADDRESS]"
	tests := []struct {
		name    string
		d       policy.Direction
		calls   []string // outstanding
		msg     string
		class   session.Class
		started bool
		label   string // what stands in place of the address, if it went
		out     string // in place of the answer
		reply   string
	}{
		{"id first", policy.ToClient, []string{"a"}, `{"jsonrpc":"2.0","id":0,"result":` + content + `}`, session.OK, true, clean, "", ""},
		{"id last", policy.ToClient, []string{"a"}, `{"result":` + content + `,"jsonrpc":"2.0","id":0}`, session.OK, true, clean, "", ""},
		{"id last, two calls alike", policy.ToClient, []string{"a", "b"}, `{"result":` + content + `,"jsonrpc":"2.0","id":1}`, session.OK, true, clean, "", ""},
		{"id first, two calls not alike", policy.ToClient, []string{"a", "masked"}, `{"jsonrpc":"2.0","id":1,"result":` + content + `}`, session.OK, true, "****.***@******e.com", "", ""},
		{"id last, two calls not alike", policy.ToClient, []string{"a", "masked"}, `{"result":` + content + `,"jsonrpc":"2.0","id":1}`, session.TooLarge, false, "",
			`{"jsonrpc":"2.0","id":1,"error":{"code":1002,"message":"mcpveil: message is too long to be held, and the policy must see the whole of it"}}`, ""},
		{"answer to nothing", policy.ToClient, nil, `{"jsonrpc":"2.0","id":0,"result":` + content + `}`, session.OK, true, clean, "", ""},
		{"answer to a tool that is closed", policy.ToClient, []string{"closed"}, `{"jsonrpc":"2.0","id":0,"result":` + content + `}`, session.TooLarge, false, "",
			`{"jsonrpc":"2.0","id":0,"error":{"code":1002,"message":"mcpveil: message is too long to be held, and the policy must see the whole of it"}}`, ""},
		{"answer to two ids", policy.ToClient, []string{"a", "b"}, `{"jsonrpc":"2.0","id":0,"result":` + content + `,"id":1}`, session.Malformed, true, "", "", ""},
		{"two results", policy.ToClient, []string{"a"}, `{"jsonrpc":"2.0","id":0,"result":` + content + `,"result":{}}`, session.Malformed, true, "",
			`{"jsonrpc":"2.0","id":0,"error":{"code":1004,"message":"mcpveil: the answer could not be read: member result stands twice"}}`, ""},
		{"cut", policy.ToClient, []string{"a"}, `{"jsonrpc":"2.0","id":0,"result":` + content, session.Malformed, true, "",
			`{"jsonrpc":"2.0","id":0,"error":{"code":1004,"message":"mcpveil: the answer could not be read: not JSON at offset 144092: unexpected end of text"}}`, ""},
		{"request", policy.ToServer, nil, `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"a","arguments":` + content + `}}`, session.OK, true, dirty, "", ""},
		{"request, id last", policy.ToServer, nil, `{"method":"tools/call","params":{"name":"a","arguments":` + content + `},"jsonrpc":"2.0","id":9}`, session.OK, true, dirty, "", ""},
		{"request, name last", policy.ToServer, nil, `{"jsonrpc":"2.0","method":"tools/call","params":{"arguments":` + content + `,"name":"a"},"id":9}`, session.TooLarge, false, "", "",
			`{"jsonrpc":"2.0","id":9,"error":{"code":1002,"message":"mcpveil: message is too long to be held, and the policy must see the whole of it"}}`},
		{"request to a tool that is closed", policy.ToServer, nil, `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"closed","arguments":` + content + `}}`, session.TooLarge, false, "", "",
			`{"jsonrpc":"2.0","id":9,"error":{"code":1002,"message":"mcpveil: message is too long to be held, and the policy must see the whole of it"}}`},
		{"second name at the end", policy.ToServer, nil, `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"a","arguments":` + content + `,"name":"closed"}}`, session.Malformed, true, "", "",
			`{"jsonrpc":"2.0","id":9,"error":{"code":-32600,"message":"mcpveil: a routing member of params stands twice or in another spelling"}}`},
		{"batch", policy.ToServer, nil, `[{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"a","arguments":` + content + `}}]`, session.TooLarge, false, "", "",
			`{"jsonrpc":"2.0","error":{"code":1002,"message":"mcpveil: message is too long to be held, and the policy must see the whole of it"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSession(t, options(t))
			up, down := s.Port(policy.ToServer), s.Port(policy.ToClient)
			for i, name := range tt.calls {
				if v := up.Forward(t.Context(), callTool(i, name)); v.Class != session.OK {
					t.Fatal(v.Err)
				}
			}
			p := up
			if tt.d == policy.ToClient {
				p = down
			}
			var dst bytes.Buffer
			const head = 4000
			v, started := p.Stream(t.Context(), []byte(tt.msg[:head]), strings.NewReader(tt.msg[head:]), &dst)
			if v.Class != tt.class || started != tt.started || string(v.Out) != tt.out || string(v.Reply) != tt.reply {
				t.Fatalf("Stream = class %v (%v), started %v, out %s, reply %s\nwant %v, %v, %s, %s", v.Class, v.Err, started, v.Out, v.Reply, tt.class, tt.started, tt.out, tt.reply)
			}
			switch {
			case v.Class == session.OK:
				if want := strings.Replace(tt.msg, dirty, tt.label, 1); dst.String() != want {
					t.Errorf("Stream wrote %d bytes, want %d: the message with %s", dst.Len(), len(want), tt.label)
				}
			case !started && dst.Len() > 0:
				t.Errorf("Stream wrote %d bytes of a message it refused", dst.Len())
			case dst.Len() >= len(tt.msg):
				t.Errorf("Stream wrote the whole of a message that is void")
			}
			want := len(tt.calls)
			if tt.d == policy.ToClient && (v.Class == session.OK || v.Out != nil) && want > 0 {
				want--
			}
			if tt.d == policy.ToServer && v.Class == session.OK {
				want++
			}
			if got := s.Outstanding(policy.ToServer); got != want {
				t.Errorf("Outstanding = %d, want %d", got, want)
			}
		})
	}
}

type full struct{}

func (full) Write(*audit.Record) error { return errors.New("disk full") }

func TestTextNoRecordNoPassage(t *testing.T) {
	opts := options(t)
	opts.Sink = full{}
	got, err := newSession(t, opts).Port(policy.ToClient).Text(t.Context(), "stderr", "", []byte("user jane.doe@example.com"))
	if err == nil {
		t.Errorf("Text with a full disk = %q, want an error", got)
	}
}

func TestStreamNoRecordNoPassage(t *testing.T) {
	opts := options(t)
	opts.Sink = full{}
	var dst bytes.Buffer
	msg := `{"jsonrpc":"2.0","id":0,"result":{"a":"` + strings.Repeat("x", 300<<10) + `"}}`
	v, started := newSession(t, opts).Port(policy.ToClient).Stream(t.Context(), []byte(msg[:100]), strings.NewReader(msg[100:]), &dst)
	if v.Class != session.Unavailable || !started || dst.String() != msg[:len(msg)-1] {
		t.Errorf("Stream = %v, %v, %d bytes written, want all but the last of %d", v.Class, started, dst.Len(), len(msg))
	}
}

func TestStreamPipe(t *testing.T) {
	s := newSession(t, options(t))
	for msg, want := range map[string]session.Class{
		`{"a":"` + strings.Repeat("x", 100<<10) + ` jane.doe@example.com"}`:                                                             session.OK,
		`{"a":"` + strings.Repeat("x", 100<<10) + ` jane.doe@example.com","jsonrpc":"2.0","method":"tools/call","params":{"name":"a"}}`: session.Malformed,
		`{"jsonrpc":"2.0","result":{"a":"` + strings.Repeat("x", 100<<10) + ` jane.doe@example.com"},"id":1}`:                           session.OK,
	} {
		p := s.Pipe(policy.ToClient)
		var dst bytes.Buffer
		v, _ := p.Stream(t.Context(), []byte(msg[:1000]), strings.NewReader(msg[1000:]), &dst)
		if v.Class != want {
			t.Errorf("Stream(%.20s…%s) in a pipe = %v (%v), want %v", msg, msg[len(msg)-20:], v.Class, v.Err, want)
		}
		if out := strings.ReplaceAll(msg, "jane.doe@example.com", "[EMAIL_ADDRESS]"); want == session.OK && dst.String() != out {
			t.Errorf("Stream(%.20s…) in a pipe wrote %d bytes, want %d", msg, dst.Len(), len(out))
		}
	}
}

func TestNamesAreCleaned(t *testing.T) {
	var got []audit.Record
	opts := options(t)
	opts.Sink = sink(func(r *audit.Record) { got = append(got, *r) })
	opts.Tools = []session.ToolRule{{Names: []string{"a"}, LogAccess: true}}
	p := newSession(t, opts).Port(policy.ToServer)
	for _, msg := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///home/jane.doe@example.com/notes.txt"}}`,
		`{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"file:///home/jane.doe%40example.com"}}`,
		`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"a","arguments":{"id":1,"jane.doe@example.com":2}}}`,
	} {
		p.Forward(t.Context(), []byte(msg))
	}
	if len(got) != 3 || got[0].Name != "file:///home/[EMAIL_ADDRESS]/notes.txt" || got[1].Name != "[cleaned]" {
		t.Fatalf("records %+v, want cleaned names", got)
	}
	p.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":4,"method":"resources/read","params":{"uri":"file:///100%/a%20b"}}`))
	if n := got[3].Name; n != "file:///100%/a%20b" {
		t.Errorf("name in the record = %s, want it as it is", n)
	}
	if a := got[2].Access; a == nil || strings.Join(a.Params, " ") != "id [EMAIL_ADDRESS]" || !a.ContainsPII || a.Tool != "a" {
		t.Errorf("access record %+v, want cleaned names", a)
	}
}

func TestDeniedCallsAreInTheAccessLog(t *testing.T) {
	var got audit.Record
	opts := options(t)
	opts.Sink = sink(func(r *audit.Record) { got = *r })
	opts.Tools = []session.ToolRule{{Names: []string{"other"}}, {Names: []string{"clo*"}, LogAccess: true}}
	v := newSession(t, opts).Port(policy.ToServer).Forward(t.Context(),
		[]byte(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"closed","arguments":{"to":"jane.doe@example.com"}}}`))
	if v.Class != session.Blocked || got.Outcome != audit.Blocked || got.Access == nil || !got.Access.ContainsPII || strings.Contains(got.Reason, "jane") {
		t.Errorf("record of a call that was blocked (%v): %+v, want an access record", v.Class, got)
	}
}

type sink func(*audit.Record)

func (s sink) Write(r *audit.Record) error { s(r); return nil }

func TestText(t *testing.T) {
	p := newSession(t, options(t)).Port(policy.ToClient)
	for in, want := range map[string]string{
		"hello\n": "hello\n", "user jane.doe@example.com \"in\"\n\ttwo": "user [EMAIL_ADDRESS] \"in\"\n\ttwo", "a\xffb": "a\ufffdb", "": "",
	} {
		got, err := p.Text(t.Context(), "stderr", "", []byte(in))
		if string(got) != want || err != nil {
			t.Errorf("Text(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	// An error page that answers a tool's call falls under that tool's rules.
	for tool, want := range map[string]string{"masked": "****.***@******e.com", "open": "[EMAIL_ADDRESS]"} {
		got, err := p.Text(t.Context(), "tools/call", tool, []byte("jane.doe@example.com"))
		if string(got) != want || err != nil {
			t.Errorf("Text for a call of %s = %q, %v, want %q", tool, got, err, want)
		}
	}
	if got, err := p.Text(t.Context(), "tools/call", "closed", []byte("jane.doe@example.com")); err == nil {
		t.Errorf("Text for a call that may not answer = %q, want an error", got)
	}
}

func TestCleanPathAllocates(t *testing.T) {
	s := newSession(t, options(t))
	up, down := s.Port(policy.ToServer), s.Port(policy.ToClient)
	call, answer := callTool(1, "a"), []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"nothing to see"}]}}`)
	n := testing.AllocsPerRun(200, func() {
		if v := up.Forward(t.Context(), call); v.Class != session.OK || v.Changed(call) {
			t.Fatal(v.Err)
		}
		if v := down.Forward(t.Context(), answer); v.Class != session.OK || v.Changed(answer) {
			t.Fatal(v.Err)
		}
	})
	if n != 0 {
		t.Errorf("a clean call and its answer allocate %v times, want 0", n)
	}
}

func BenchmarkForward(b *testing.B) {
	s := newSession(b, options(b))
	up, down := s.Port(policy.ToServer), s.Port(policy.ToClient)
	call := callTool(1, "crm_lookup")
	answer := []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + strings.Repeat(`{\"id\":12,\"status\":\"open\"} `, 35) + `"}]}}`)
	b.SetBytes(int64(len(call) + len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		up.Forward(b.Context(), call)
		if v := down.Forward(b.Context(), answer); v.Class != session.OK {
			b.Fatal(v.Err)
		}
	}
}

// Ports of one session may be used at once, as the exchanges of an HTTP session do.
func TestPortsAtOnce(t *testing.T) {
	s := newSession(t, options(t))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			up, down := s.Port(policy.ToServer), s.Port(policy.ToClient)
			defer up.Release()
			defer down.Release()
			for i := range 200 {
				id := g*1000 + i
				name := fmt.Sprintf("tool%d", id)
				if v := up.Forward(t.Context(), callTool(id, name)); v.Class != session.OK {
					t.Errorf("call %d: %v", id, v.Err)
				}
				switch i % 4 {
				case 0:
					up.Forward(t.Context(), fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, id))
				case 1:
					down.Forward(t.Context(), fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"notifications/message","params":{"data":%d}}`, id))
				}
				if v := down.Forward(t.Context(), fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":{"a":"jane.doe@example.com"}}`, id)); v.Class != session.OK || !strings.Contains(string(v.Out), "[EMAIL_ADDRESS]") {
					t.Errorf("answer %d: %s, %v", id, v.Out, v.Err)
				}
			}
		})
	}
	wg.Wait()
	if n := s.Outstanding(policy.ToServer); n != 0 {
		t.Errorf("Outstanding = %d at the end, want 0", n)
	}
}

// Whatever comes, it goes on, is answered or is dropped; what leaves is JSON if what came was; and a
// message in which nothing was found is passed on as it is.
func FuzzForward(f *testing.F) {
	for _, m := range []string{
		string(callTool(1, "a")), `{"jsonrpc":"2.0","id":1,"result":{"a":"jane.doe@example.com"}}`, `[{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"closed","arguments":"jane.doe@example.com"}}]`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":1}}`, `{"jsonrpc":"2.0","id":1,"result":{"resu`, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, `[1,2]`,
	} {
		f.Add([]byte(m), true)
	}
	opts := options(f)
	f.Fuzz(func(t *testing.T, msg []byte, toServer bool) {
		s := newSession(t, opts)
		s.Port(policy.ToServer).Forward(t.Context(), callTool(1, "masked"))
		p := s.Port(policy.ToClient)
		if toServer {
			p = s.Port(policy.ToServer)
		}
		v := p.Forward(t.Context(), msg)
		valid := json.Valid(msg)
		for _, b := range [][]byte{v.Out, v.Reply} {
			if b != nil && !json.Valid(b) && (valid || v.Changed(msg)) {
				t.Fatalf("Forward(%q) = %q, reply %q: not JSON", msg, v.Out, v.Reply)
			}
		}
		if v.Class != session.OK && v.Err == nil || v.Class == session.OK && v.Out == nil {
			t.Fatalf("Forward(%q) = %+v", msg, v)
		}
		if !v.Batch && v.Out != nil && v.Reply != nil {
			t.Fatalf("Forward(%q) goes on as %q and is answered with %q", msg, v.Out, v.Reply)
		}
		if v.Class == session.OK && len(v.Events) == 0 && !v.Batch && v.Changed(msg) {
			t.Fatalf("Forward(%q) = %q, but nothing was found", msg, v.Out)
		}
	})
}

// Clients take the id "1" for 1, so an answer that seems to be nobody's must not escape the rules for the
// call that it may be taken to answer.
func TestStrayAnswer(t *testing.T) {
	const secret = "jo.bloggs@example.org"
	for _, id := range []string{`"1"`, `" 1"`, `7`, `null`} {
		s := newSession(t, options(t))
		up, down := s.Port(policy.ToServer), s.Port(policy.ToClient)
		up.Forward(t.Context(), callTool(1, "masked"))
		member := `"result":{"a":"` + secret + `"}`
		if id == "null" {
			member = `"error":{"code":1,"message":"` + secret + `"}`
		}
		v := down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":`+id+`,`+member+`}`))
		if v.Class != session.Malformed || strings.Contains(string(v.Out), "bloggs") || strings.Contains(string(v.Out), "EMAIL") {
			t.Errorf("Forward(answer with id %s, a call under stricter rules outstanding) = %v %s, want it refused", id, v.Class, v.Out)
		}
		if got := s.Outstanding(policy.ToServer); got != 1 {
			t.Errorf("Outstanding = %d after a stray answer, want 1", got)
		}
		// With no id yet it could be the call's, and stands under its rules.
		if id != "null" && down.Streams([]byte(`{"jsonrpc":"2.0","id":`+id+`,`+member)) {
			t.Errorf("Streams(answer with id %s, a call under stricter rules outstanding) = true", id)
		}
	}
	s := newSession(t, options(t))
	up, down := s.Port(policy.ToServer), s.Port(policy.ToClient)
	up.Forward(t.Context(), callTool(1, "plain"))
	v := down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":"1","result":{"a":"`+secret+`"}}`))
	if v.Class != session.OK || strings.Contains(string(v.Out), "bloggs") {
		t.Errorf("Forward(stray answer under the same rules) = %v %s, want it to go on, filtered", v.Class, v.Out)
	}
}
