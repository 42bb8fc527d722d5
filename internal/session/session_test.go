package session

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

const (
	callLookup = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"crm_lookup","arguments":{"id":7,"email":"x"}}}`
	modernCall = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"crm_lookup","arguments":{"x":"BLOCK"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`
)

func TestAnswerIsJudgedAsItsCall(t *testing.T) {
	s, up, down, f, rec := open(t, Options{Server: "crm"})
	up.Forward(t.Context(), []byte(callLookup))
	if got := s.Outstanding(policy.ToServer); got != 1 {
		t.Fatalf("Outstanding = %d after a request, want 1", got)
	}
	v := down.Forward(t.Context(), []byte(`{"result":{"content":[]},"jsonrpc":"2.0","id":1}`))
	if v.Class != OK || v.Out == nil {
		t.Fatalf("Forward(answer) = %+v, want it to go on", v)
	}
	want := []policy.Site{
		{Tenant: "acme", Direction: policy.ToServer, Server: "crm", Method: "tools/call", Name: "crm_lookup", Principal: "jo"},
		{Tenant: "acme", Direction: policy.ToClient, Server: "crm", Method: "tools/call", Name: "crm_lookup", Principal: "jo"},
	}
	if diff := cmp.Diff(want, []policy.Site{f.seen[0].Site, f.seen[1].Site}); diff != "" {
		t.Errorf("sites (-want +got)\n%s", diff)
	}
	if f.seen[0].Known == nil || f.seen[0].Known != f.seen[1].Known {
		t.Errorf("the answer does not know what its request opened")
	}
	if f.seen[1].Scope != (redact.Scope{Tenant: "acme", Kind: "principal", ID: "jo"}) {
		t.Errorf("scope = %+v", f.seen[1].Scope)
	}
	if got := s.Outstanding(policy.ToServer); got != 0 {
		t.Errorf("Outstanding = %d after the answer, want 0", got)
	}
	if r := rec.last(); r.Kind != "response" || r.Unmatched || r.Outcome != audit.Passed {
		t.Errorf("record = %+v", r)
	}
	// The same id again is no answer to anything.
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	if got := f.seen[2]; got.Site.Method != "" || got.Known != nil || !rec.last().Unmatched {
		t.Errorf("second answer judged at %+v, want at no method", got.Site)
	}
}

func TestIDs(t *testing.T) {
	_, up, down, f, _ := open(t, Options{})
	for i, id := range []string{`"1"`, `1`, `"a\/b"`, `2.0`} {
		up.Forward(t.Context(), fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":"prompts/get","params":{"name":"p%d"}}`, id, i))
	}
	for i, id := range []string{`"1"`, `1`, `"a/b"`, `2`} {
		down.Forward(t.Context(), fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{}}`, id))
		if got, want := f.seen[len(f.seen)-1].Site.Name, fmt.Sprintf("p%d", i); got != want {
			t.Errorf("answer to id %s judged as %q, want %q", id, got, want)
		}
	}
}

func TestTwoNamespaces(t *testing.T) {
	_, up, down, f, _ := open(t, Options{})
	up.Forward(t.Context(), []byte(callLookup))
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}}`))
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	var got []string
	for _, c := range f.seen {
		got = append(got, c.Site.Method)
	}
	if want := []string{"tools/call", "sampling/createMessage", "sampling/createMessage", "tools/call"}; !cmp.Equal(got, want) {
		t.Errorf("methods %q, want %q", got, want)
	}
}

func TestRefusals(t *testing.T) {
	const (
		toServer = policy.ToServer
		toClient = policy.ToClient
	)
	tests := []struct {
		name   string
		d      policy.Direction
		before string // sent the other way first
		msg    string
		class  Class
		status int
		out    string
		reply  string
	}{
		{"tool call blocked", toServer, "", `{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"x","arguments":"BLOCK"}}`, Blocked, 200, "",
			`{"jsonrpc":"2.0","id":"a","result":{"content":[{"type":"text","text":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}],"isError":true}}`},
		{"modern tool call blocked", toServer, "", modernCall, Blocked, 200, "",
			`{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","content":[{"type":"text","text":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}],"isError":true}}`},
		{"other request blocked", toServer, "", `{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"BLOCK"}}`, Blocked, 200, "",
			`{"jsonrpc":"2.0","id":2,"error":{"code":1001,"message":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}}`},
		{"notification blocked", toServer, "", `{"jsonrpc":"2.0","method":"x","params":{"a":"BLOCK"}}`, Blocked, 0, "", ""},
		{"server's request blocked", toClient, "", `{"jsonrpc":"2.0","id":2,"method":"sampling/createMessage","params":{"a":"BLOCK"}}`, Blocked, 200, "",
			`{"jsonrpc":"2.0","id":2,"error":{"code":1001,"message":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}}`},
		{"tool's answer blocked", toClient, callLookup, `{"jsonrpc":"2.0","id":1,"result":"BLOCK"}`, Blocked, 0,
			`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}],"isError":true}}`, ""},
		{"unknown answer blocked", toClient, "", `{"jsonrpc":"2.0","id":1,"result":"BLOCK"}`, Blocked, 0,
			`{"jsonrpc":"2.0","id":1,"error":{"code":1001,"message":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}}`, ""},
		{"no key", toServer, "", `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"FAIL"}}`, Unavailable, 200, "",
			`{"jsonrpc":"2.0","id":2,"error":{"code":1003,"message":"mcpveil: filtering failed, so nothing passes"}}`},
		{"no JSON below", toServer, "", `{"jsonrpc":"2.0","id":2,"method":"x","params":{"a":"SYNTAX"}}`, Malformed, 400, "",
			`{"jsonrpc":"2.0","id":2,"error":{"code":-32700,"message":"mcpveil: not JSON at offset 3: stray byte"}}`},
		{"garbage from the client", toServer, "", `hello`, Malformed, 400, "",
			`{"jsonrpc":"2.0","error":{"code":-32700,"message":"mcpveil: message is not JSON at offset 0"}}`},
		{"garbage from the server", toClient, "", `hello`, Malformed, 0, "", ""},
		{"cut request", toServer, "", `{"jsonrpc":"2.0","id":"q","method":"x","params":{`, Malformed, 400, "",
			`{"jsonrpc":"2.0","id":"q","error":{"code":-32700,"message":"mcpveil: message ends early at offset 49"}}`},
		{"two ids", toServer, "", `{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}`, Malformed, 400, "",
			`{"jsonrpc":"2.0","error":{"code":-32600,"message":"mcpveil: member id stands twice at offset 25"}}`},
		{"two tools", toServer, "", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}`, Malformed, 400, "",
			`{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"mcpveil: a routing member of params stands twice or in another spelling at offset 68"}}`},
		{"cut answer", toClient, callLookup, `{"jsonrpc":"2.0","id":1,"result":{"conte`, Malformed, 0,
			`{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the answer could not be read: string does not end at offset 40"}}`, ""},
		{"answer with two results", toClient, callLookup, `{"jsonrpc":"2.0","id":1,"result":{},"result":{}}`, Malformed, 0,
			`{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the answer could not be read: member result stands twice at offset 37"}}`, ""},
		{"not a message", toServer, "", `{"hello":1}`, Malformed, 400, "",
			`{"jsonrpc":"2.0","error":{"code":-32600,"message":"mcpveil: member jsonrpc is not \"2.0\" at offset 0"}}`},
		{"long id", toServer, "", `{"jsonrpc":"2.0","id":1` + strings.Repeat("0", 600) + `,"method":"x"}`, Malformed, 400, "",
			`{"jsonrpc":"2.0","id":1` + strings.Repeat("0", 600) + `,"error":{"code":-32600,"message":"mcpveil: id, method or name is too long"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, up, down, _, rec := open(t, Options{})
			if tt.before != "" {
				up.Forward(t.Context(), []byte(tt.before))
			}
			p := up
			if tt.d == toClient {
				p = down
			}
			v := p.Forward(t.Context(), []byte(tt.msg))
			if v.Class != tt.class || v.Status != tt.status || string(v.Out) != tt.out || string(v.Reply) != tt.reply {
				t.Errorf("Forward(%s)\n class %v, status %d, out %s, reply %s\n want %v, %d, %s, %s", tt.msg, v.Class, v.Status, v.Out, v.Reply, tt.class, tt.status, tt.out, tt.reply)
			}
			if v.Err == nil {
				t.Errorf("Forward(%s): no error, want the reason", tt.msg)
			}
			if n := s.Outstanding(toServer) + s.Outstanding(toClient); n != 0 {
				t.Errorf("Outstanding = %d after %s, want 0", n, tt.msg)
			}
			if r := rec.last(); r.Outcome < audit.Blocked || r.Reason == "" {
				t.Errorf("record of %s = %+v, want a reason", tt.msg, r)
			}
		})
	}
}

func TestNoRecordNoPassage(t *testing.T) {
	full := &recorder{err: errors.New("disk full")}
	s, up, down, _, _ := open(t, Options{Sink: full})
	v := up.Forward(t.Context(), []byte(callLookup))
	if v.Out != nil || v.Class != Unavailable || !strings.Contains(string(v.Reply), `"id":1,"error":{"code":1003`) {
		t.Errorf("Forward with a full disk = %+v (reply %s), want an error", v, v.Reply)
	}
	if strings.Contains(string(v.Reply), "disk") {
		t.Errorf("reply %s tells the peer of our disk", v.Reply)
	}
	if v := down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"x"}`)); v.Out != nil || v.Reply != nil {
		t.Errorf("Forward(notification) with a full disk = %+v, want nothing", v)
	}
	if n := s.Outstanding(policy.ToServer); n != 0 {
		t.Errorf("Outstanding = %d, want 0", n)
	}
}

func TestRecord(t *testing.T) {
	_, up, _, _, rec := open(t, Options{Server: "crm", Engine: Engine{Tools: []ToolRule{{Names: []string{"crm_*"}, LogAccess: true}}}})
	msg := strings.Replace(callLookup, `"x"`, `"SECRET"`, 1)
	up.Forward(t.Context(), []byte(msg))
	r := rec.last()
	want := audit.Record{
		Time: r.Time, Took: r.Took, Session: "s1", Direction: policy.ToServer, Server: "crm", Kind: "request", Method: "?", Name: "?",
		Found:   []audit.Count{{Entity: "EMAIL_ADDRESS", Rule: "seal", Action: policy.Encrypt, Outcome: "done", N: 2}},
		BytesIn: int64(len(msg)), BytesOut: int64(len(msg) - 1), Outcome: audit.Rewritten,
		Access: &audit.Access{Tool: "?", Params: []string{"?", "?"}, ContainsPII: true},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("record (-want +got)\n%s", diff)
	}
}

func TestOutstandingIsBounded(t *testing.T) {
	s, up, _, _, _ := open(t, Options{MaxOutstanding: 2})
	for i := range 2 {
		up.Forward(t.Context(), fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"x"}`, i))
	}
	third := []byte(`{"jsonrpc":"2.0","id":2,"method":"x"}`)
	if v := up.Forward(t.Context(), third); v.Class != Busy || !strings.Contains(string(v.Reply), "1005") {
		t.Errorf("Forward(third) = %v %s, want it refused", v.Class, v.Reply)
	}
	if v := up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"y"}`)); v.Class != Malformed {
		t.Errorf("Forward(id in use) = %v, want it refused", v.Class)
	}
	if v := up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"x"}`)); v.Class != OK || s.Outstanding(policy.ToServer) != 2 {
		t.Errorf("Forward(the same again) = %v, %d outstanding, want it to go on, and 2", v.Class, s.Outstanding(policy.ToServer))
	}
	if v := up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"BLOCK"}}`)); v.Class != Blocked || s.Outstanding(policy.ToServer) != 2 {
		t.Errorf("Forward(the same again, blocked) = %v, %d outstanding, want the first to wait still", v.Class, s.Outstanding(policy.ToServer))
	}
	for h := range s.calls[0].byHash {
		s.calls[0].byHash[h].since = time.Now().Add(-2 * time.Hour)
		break
	}
	if v := up.Forward(t.Context(), third); v.Class != OK {
		t.Errorf("Forward(third) = %v %s with a stale call, want it to make room", v.Class, v.Reply)
	}
}

func TestCancelled(t *testing.T) {
	s, up, down, f, _ := open(t, Options{})
	up.Forward(t.Context(), []byte(callLookup))
	idle := s.Idle(policy.ToServer)
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"x"}}`))
	select {
	case <-idle:
	default:
		t.Error("Idle is not closed after the only call was cancelled")
	}
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	if got := f.seen[2].Site.Name; got != "crm_lookup" {
		t.Errorf("late answer to a cancelled call judged as %q, want crm_lookup", got)
	}
	up.Forward(t.Context(), []byte(strings.Replace(callLookup, "crm_lookup", "other", 1)))
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	if got := f.seen[4].Site.Name; got != "other" {
		t.Errorf("answer to a new call with the id of a cancelled one judged as %q, want other", got)
	}
}

func TestSubscriptionsDoNotHoldUpTheEnd(t *testing.T) {
	s, up, down, f, _ := open(t, Options{})
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{}}`))
	select {
	case <-s.Idle(policy.ToServer):
	default:
		t.Error("Idle waits for a subscription")
	}
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	if got := f.seen[1].Site.Method; got != "subscriptions/listen" {
		t.Errorf("end of a subscription judged as %q", got)
	}
}

func TestReplay(t *testing.T) {
	_, up, down, f, _ := open(t, Options{Replay: 2})
	up.Forward(t.Context(), []byte(callLookup))
	for i := range 2 {
		down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
		if got := f.seen[1+i]; got.Site.Name != "crm_lookup" || got.Known == nil {
			t.Errorf("answer %d judged at %+v, want as its call", i, got.Site)
		}
	}
}

func TestTasks(t *testing.T) {
	_, up, down, f, _ := open(t, Options{})
	for _, m := range []struct {
		p   *Port
		msg string
	}{
		{up, callLookup},
		{down, `{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"t","status":"working"}}}`},
		{up, `{"jsonrpc":"2.0","id":2,"method":"tasks/result","params":{"taskId":"t"}}`},
		{down, `{"jsonrpc":"2.0","id":2,"result":{"content":[]}}`},
		{down, `{"jsonrpc":"2.0","method":"notifications/tasks","params":{"taskId":"t","result":{}}}`},
		{up, `{"jsonrpc":"2.0","id":3,"method":"tasks/result","params":{"taskId":"unknown"}}`},
	} {
		m.p.Forward(t.Context(), []byte(m.msg))
	}
	for i, want := range []string{"tools/call crm_lookup", "tools/call crm_lookup", "tasks/result crm_lookup", "tools/call crm_lookup", "notifications/tasks crm_lookup", "tasks/result "} {
		if got := f.seen[i].Site.Method + " " + f.seen[i].Site.Name; got != want {
			t.Errorf("message %d judged as %q, want %q", i, got, want)
		}
	}
	if f.seen[3].Known != f.seen[0].Known || f.seen[4].Known != f.seen[0].Known {
		t.Errorf("the task's result does not know what the call opened")
	}
}

func TestServerMessagesKnowWhatWasOpened(t *testing.T) {
	_, up, down, f, _ := open(t, Options{})
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":"OPEN","_meta":{"progressToken":"p"}}}`))
	for i, msg := range []string{
		`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p"}}`,
		`{"jsonrpc":"2.0","method":"notifications/message","params":{}}`,
		`{"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{}}`,
		`{"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{}}`, // again
	} {
		down.Forward(t.Context(), []byte(msg))
		if got := f.seen[i+1]; got.Known.Len() != 1 {
			t.Errorf("%s does not know what was opened", msg)
		}
	}
	if got := f.seen[1].Site.Name; got != "a" {
		t.Errorf("progress of a call judged as %q, want a", got)
	}
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b"}}`))
	if got := f.seen[len(f.seen)-1].Known; got.Len() != 0 {
		t.Errorf("the next call knows %d values of the last", got.Len())
	}
}

func TestFailOutstanding(t *testing.T) {
	s, up, down, _, _ := open(t, Options{})
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":"\u0061","method":"x"}`))
	got := down.FailOutstanding(nil, mcpwire.CodePeerGone, "gone")
	if want := `{"jsonrpc":"2.0","id":"\u0061","error":{"code":1004,"message":"gone"}}`; len(got) != 1 || string(got[0]) != want {
		t.Errorf("FailOutstanding = %s, want %s", got, want)
	}
	if n := s.Outstanding(policy.ToServer); n != 0 {
		t.Errorf("Outstanding = %d, want 0", n)
	}
}

func TestBatch(t *testing.T) {
	const ping, secret, blocked, note = `{"jsonrpc":"2.0","id":1,"method":"ping"}`, `{"jsonrpc":"2.0","id":2,"method":"x","params":{"a":"SECRET"}}`,
		`{"jsonrpc":"2.0","id":3,"method":"x","params":{"a":"BLOCK"}}`, `{"jsonrpc":"2.0","method":"n"}`
	token := strings.Replace(secret, "SECRET", "token", 1)
	refused := `{"jsonrpc":"2.0","id":3,"error":{"code":1001,"message":"mcpveil: blocked by policy rule seal: EMAIL_ADDRESS at /x"}}`
	for _, tt := range []struct{ name, msg, out, reply string }{
		{"clean", " [ " + ping + " ,\t" + note + "] ", " [ " + ping + " ,\t" + note + "] ", ""},
		{"rewritten", "[ " + ping + " , " + secret + " ]", "[ " + ping + " , " + token + " ]", ""},
		{"first blocked", "[ " + blocked + " , " + secret + " , " + ping + " ]", "[" + token + "," + ping + "]", "[" + refused + "]"},
		{"middle blocked", "[ " + ping + " , " + blocked + " , " + secret + " ]", "[ " + ping + "," + token + "]", "[" + refused + "]"},
		{"all blocked", "[" + blocked + "]", "", "[" + refused + "]"},
		{"element no message", `[1,` + ping + `]`, "[" + ping + "]", `[{"jsonrpc":"2.0","error":{"code":-32600,"message":"mcpveil: message is not an object at offset 0"}}]`},
		{"empty", `[]`, "", `{"jsonrpc":"2.0","error":{"code":-32600,"message":"mcpveil: batch is empty at offset 0"}}`},
		{"cut", `[` + ping, "", `{"jsonrpc":"2.0","error":{"code":-32700,"message":"mcpveil: message ends early at offset 41"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, up, _, _, _ := open(t, Options{})
			v := up.Forward(t.Context(), []byte(tt.msg))
			if string(v.Out) != tt.out || string(v.Reply) != tt.reply {
				t.Errorf("Forward(%s)\n  = %s, reply %s\nwant %s, reply %s", tt.msg, v.Out, v.Reply, tt.out, tt.reply)
			}
		})
	}
	t.Run("version without batches", func(t *testing.T) {
		_, up, down, _, _ := open(t, Options{})
		up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}`))
		down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}`))
		if v := up.Forward(t.Context(), []byte("["+ping+"]")); v.Out != nil || v.Class != Malformed || v.Status != 400 {
			t.Errorf("Forward(batch) = %+v, want it refused", v)
		}
	})
}

func TestPipe(t *testing.T) {
	s, _, _, f, _ := open(t, Options{MaxOutstanding: 1})
	p := s.Pipe(policy.ToClient)
	for _, msg := range []string{callLookup, callLookup, `{"id":4,"email":"SECRET"}`, `[1,2]`, `"SECRET"`, `17`, `[]`, `{"jsonrpc":"2.0","id":1,"result":{}}`} {
		want := strings.ReplaceAll(msg, "SECRET", "token")
		if v := p.Forward(t.Context(), []byte(msg)); string(v.Out) != want {
			t.Errorf("Forward(%s) in a pipe = %s, want %s (%v)", msg, v.Out, want, v.Err)
		}
	}
	if got := f.seen[2].Site.Method; got != "" {
		t.Errorf("bare text judged as %q, want no method", got)
	}
	if v := p.Forward(t.Context(), []byte(`{"a":`)); v.Out != nil || !strings.Contains(string(v.Reply), "-32700") {
		t.Errorf("Forward(cut) in a pipe = %s, %s, want a parse error", v.Out, v.Reply)
	}
}

func TestSessionsAreApart(t *testing.T) {
	s, up, _, f, _ := open(t, Options{Scope: ScopeConversation})
	up.Forward(t.Context(), []byte(callLookup))
	o := s.For(Peer{Tenant: "beta", Principal: "mo", ID: "s2"})
	o.Port(policy.ToClient).Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	if got := f.seen[1]; got.Site.Name != "" || got.Scope != (redact.Scope{Tenant: "beta", Kind: "conversation", ID: "s2"}) || got.Site.Principal != "mo" {
		t.Errorf("answer in another session judged at %+v in %+v", got.Site, got.Scope)
	}
	if s.Outstanding(policy.ToServer) != 1 {
		t.Errorf("another session's answer ended a call")
	}
}

// TestScopes: which of what is known of the peer a scope is made of.
func TestScopes(t *testing.T) {
	for kind, want := range map[ScopeKind]string{"": "jo", ScopePrincipal: "jo", ScopeTenant: "", ScopeConversation: "s1", ScopeSubject: "c-1"} {
		s, up, _, f, _ := open(t, Options{Scope: kind})
		up.Forward(t.Context(), []byte(callLookup))
		p := Peer{Tenant: "acme", Principal: "jo", Subject: "c-1", ID: "s1"}
		s.For(p).Port(policy.ToServer).Forward(t.Context(), []byte(callLookup))
		if kind == "" {
			kind = ScopePrincipal
		}
		if got := f.seen[len(f.seen)-1].Scope; got != (redact.Scope{Tenant: "acme", Kind: string(kind), ID: want}) {
			t.Errorf("scope %s: %+v, want id %q", kind, got, want)
		}
	}
}

// TestScopeOfNobody: a session whose scope is a subject, and for which nobody says one, is not made.
func TestScopeOfNobody(t *testing.T) {
	opts := &Options{Scope: ScopeSubject, Engine: Engine{Filter: new(redact.Filter)}}
	if _, err := New(opts, Peer{Tenant: "acme", Principal: "jo", ID: "s1"}); err == nil {
		t.Error("New without a subject = nil, want an error")
	}
	if _, err := New(opts, Peer{Tenant: "acme", Subject: "c-1"}); err != nil {
		t.Errorf("New with a subject = %v", err)
	}
}

func TestForwardAllocates(t *testing.T) {
	opts := Options{Sink: new(audit.Counts)}
	_, up, down, f, _ := open(t, opts)
	call, answer := []byte(callLookup), []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"fine"}]}}`)
	n := testing.AllocsPerRun(200, func() {
		f.seen = f.seen[:0]
		if v := up.Forward(t.Context(), call); v.Class != OK {
			t.Fatal(v.Err)
		}
		if v := down.Forward(t.Context(), answer); v.Class != OK {
			t.Fatal(v.Err)
		}
	})
	if n != 0 {
		t.Errorf("a clean call and its answer allocate %v times, want 0", n)
	}
}

// What a server says beside its answers, and after them, may hold what any of its calls was given.
// What no rule finds by itself is in no record's name either, once it was opened.
func TestOpenedValuesAreInNoRecord(t *testing.T) {
	det, err := detect.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, up, down, _, rec := open(t, Options{Engine: Engine{Detector: det}})
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":"OPEN"}}}`))
	for _, uri := range []string{"crm://c/Zebulon", "crm://c/%5Aebulon"} {
		down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"`+uri+`"}}`))
		if got := rec.records[len(rec.records)-1].Name; got != "[cleaned]" {
			t.Errorf("the record of %s has the name %q, want it cleaned", uri, got)
		}
	}
}

func TestOpenedValuesOutliveTheirCalls(t *testing.T) {
	s, up, down, f, _ := open(t, Options{})
	last := func() *redact.Known { return f.seen[len(f.seen)-1].Known }
	const log = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}`
	down.Forward(t.Context(), []byte(log))
	if last() != nil {
		t.Fatalf("a notification knows %d values before any was opened", last().Len())
	}
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":"OPEN"}}}`))
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b","arguments":{}}}`))
	check := func(what string) {
		t.Helper()
		if last().Len() != 1 {
			t.Errorf("%s knows %d values, want the one that was opened", what, last().Len())
		}
	}
	down.Forward(t.Context(), []byte(log))
	check("a notification during the call")
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":2,"result":{}}`))
	if last().Len() != 0 {
		t.Errorf("the answer to another call knows %d values, want its own: none", last().Len())
	}
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	down.Forward(t.Context(), []byte(log))
	check("a notification after the call")
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":9,"method":"sampling/createMessage","params":{}}`))
	check("a server's request after the call")
	if _, err := down.Text(t.Context(), "stderr", "", []byte("log")); err != nil {
		t.Fatal(err)
	}
	check("the server's stderr after the call")
	s.recent = nil
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a","arguments":{"x":"OPEN"}}}`))
	down.Forward(t.Context(), []byte(log))
	check("a notification after a call without an id")
	s.mu.Lock()
	s.renewed = s.renewed.Add(-2 * stale)
	s.mu.Unlock()
	down.Forward(t.Context(), []byte(log))
	if last() != nil {
		t.Errorf("a notification long after knows %d values, want none kept", last().Len())
	}
}
