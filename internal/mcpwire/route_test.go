package mcpwire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
)

func TestParseRoute(t *testing.T) {
	tests := []struct {
		name, msg                 string
		kind                      mcpwire.Kind
		id, method, item, version string
	}{
		{"tool call", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"crm_lookup","arguments":{"name":"x","Name":1}}}`, mcpwire.Request, "1", "tools/call", "crm_lookup", ""},
		{"params before method", `{"params":{"name":"a"},"method":"prompts/get","id":"q","jsonrpc":"2.0"}`, mcpwire.Request, `"q"`, "prompts/get", "a", ""},
		{"empty string id", `{"jsonrpc":"2.0","id":"","method":"ping"}`, mcpwire.Request, `""`, "ping", "", ""},
		{"uri", `{"jsonrpc":"2.0","id":-1,"method":"resources/read","params":{"uri":"file:///a"}}`, mcpwire.Request, "-1", "resources/read", "file:///a", ""},
		{"task", `{"jsonrpc":"2.0","id":1e3,"method":"tasks/result","params":{"taskId":"t1"}}`, mcpwire.Request, "1e3", "tasks/result", "t1", ""},
		{"reference to a prompt", `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"}}}`, mcpwire.Request, "1", "completion/complete", "p", ""},
		{"reference to a resource", `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"u"}}}`, mcpwire.Request, "1", "completion/complete", "u", ""},
		{"modern", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`, mcpwire.Request, "1", "tools/list", "", "2026-07-28"},
		{"initialize", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","clientInfo":{"name":"c"}}}`, mcpwire.Request, "1", "initialize", "", "2025-11-25"},
		{"slashes escaped", `{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"name":"caf\u00e9"}}`, mcpwire.Request, "1", "tools/call", "café", ""},
		{"notification", ` {"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.5,"Message":"x"}} ` + "\r", mcpwire.Notification, "", "notifications/progress", "", ""},
		{"no params", `{"jsonrpc":"2.0","method":"notifications/initialized","params":null}`, mcpwire.Notification, "", "notifications/initialized", "", ""},
		{"initialized", `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{}}}`, mcpwire.Response, "0", "", "", "2025-11-25"},
		{"result before id", `{"result":{"content":[{"type":"text","text":"}]\"{"}]},"jsonrpc":"2.0","id":7}`, mcpwire.Response, "7", "", "", ""},
		{"error", `{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}}`, mcpwire.ErrorResponse, "7", "", "", ""},
		{"error for nobody", `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}`, mcpwire.ErrorResponse, "", "", "", ""},
		{"unknown method, its own members", `{"jsonrpc":"2.0","id":7,"method":"acme/do","params":{"Name":1,"name":2,"NAME":3}}`, mcpwire.Request, "7", "acme/do", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := mcpwire.ParseRoute([]byte(tt.msg))
			if err != nil {
				t.Fatalf("ParseRoute(%s) = %v", tt.msg, err)
			}
			got := []string{r.Kind.String(), string(r.ID), string(r.Method), string(r.Name), string(r.Version)}
			want := []string{tt.kind.String(), tt.id, tt.method, tt.item, tt.version}
			if !slices.Equal(got, want) {
				t.Errorf("ParseRoute(%s) = %q, want %q", tt.msg, got, want)
			}
		})
	}
}

func TestParseRouteTasksAndTargets(t *testing.T) {
	for msg, want := range map[string][3]string{
		`{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"t","status":"working"}}}`:                                                {"t", "", ""},
		`{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"u"}}`:                                                        {"u", "", ""},
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"9"}}`:                                             {"", `"9"`, ""},
		`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":4}}`:                                            {"", "", "4"},
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","_meta":{"progressToken":"p"},"arguments":{"task":"t"}}}`: {"", "", `"p"`},
		`{"jsonrpc":"2.0","id":1,"result":{"taskid":1,"TaskID":2,"structuredContent":{"taskId":"z"}}}`:                                {"", "", ""},
	} {
		r, err := mcpwire.ParseRoute([]byte(msg))
		if got := [3]string{string(r.Task), string(r.Target), string(r.Token)}; err != nil || got != want {
			t.Errorf("ParseRoute(%s): task, target, token = %q, %v, want %q", msg, got, err, want)
		}
	}
}

func TestParseRouteRefuses(t *testing.T) {
	const parse, invalid = mcpwire.CodeParse, mcpwire.CodeInvalidRequest
	tests := []struct {
		name, msg string
		code      int
		id        string
	}{
		{"empty", ``, parse, ""},
		{"byte order mark", "\ufeff" + `{"jsonrpc":"2.0","id":1,"method":"ping"}`, parse, ""},
		{"garbage", `hello`, parse, ""},
		{"scalar", `17`, invalid, ""},
		{"cut", `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"na`, parse, "3"},
		{"bytes after", `{"jsonrpc":"2.0","id":3,"method":"ping"}{}`, parse, "3"},
		{"cut in the id", `{"jsonrpc":"2.0","method":"x","id":3`, parse, ""},
		{"trailing comma", `{"jsonrpc":"2.0","id":3,"method":"ping",}`, parse, "3"},
		{"no comma", `{"jsonrpc":"2.0","id":3 "method":"ping"}`, parse, ""},
		{"trailing comma in params", `{"jsonrpc":"2.0","id":3,"method":"ping","params":{"a":1,}}`, parse, "3"},
		{"trailing comma in result", `{"jsonrpc":"2.0","id":3,"result":{"a":1,}}`, parse, "3"},
		{"two methods", `{"jsonrpc":"2.0","id":3,"method":"ping","method":"tools/call"}`, invalid, "3"},
		{"method in capitals", `{"jsonrpc":"2.0","id":3,"method":"ping","METHOD":"tools/call"}`, invalid, "3"},
		{"method folded by Unicode", `{"jsonrpc":"2.0","id":3,"method":"ping","paramſ":{}}`, invalid, "3"},
		{"method escaped", `{"jsonrpc":"2.0","id":3,"\u006dethod":"tools/call"}`, invalid, "3"},
		{"folded by an escape", `{"jsonrpc":"2.0","id":3,"method":"ping","param\u017f":{}}`, invalid, "3"},
		{"NUL in a name", `{"jsonrpc":"2.0","id":3,"method":"ping","method\u0000":"x"}`, invalid, "3"},
		{"two ids", `{"jsonrpc":"2.0","id":3,"id":4,"method":"ping"}`, invalid, ""},
		{"id in capitals", `{"jsonrpc":"2.0","id":3,"ID":4,"method":"ping"}`, invalid, ""},
		{"two tools", `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"a","name":"b"}}`, invalid, "3"},
		{"tool in capitals", `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"a","Name":"b"}}`, invalid, "3"},
		{"arguments in capitals", `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"a","Arguments":{}}}`, invalid, "3"},
		{"two metas", `{"jsonrpc":"2.0","id":3,"method":"x","params":{"_meta":{},"_meta":{}}}`, invalid, "3"},
		{"two versions", `{"jsonrpc":"2.0","id":3,"method":"x","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"a","io.modelcontextprotocol/protocolVersion":"b"}}}`, invalid, "3"},
		{"control in a name", `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"a\u0000b"}}`, invalid, "3"},
		{"half a pair", `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"a\ud800b"}}`, parse, "3"},
		{"name is a number", `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":1}}`, invalid, "3"},
		{"method is a number", `{"jsonrpc":"2.0","id":3,"method":1}`, invalid, "3"},
		{"params is a string", `{"jsonrpc":"2.0","id":3,"method":"x","params":"y"}`, invalid, "3"},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"x"}`, invalid, ""},
		{"id is an object", `{"jsonrpc":"2.0","id":{},"method":"x"}`, invalid, ""},
		{"id is no UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":\"a\xff\",\"method\":\"x\"}", parse, ""},
		{"id holds a control byte", "{\"jsonrpc\":\"2.0\",\"id\":\"a\x01\",\"method\":\"x\"}", parse, ""},
		{"id with half a pair", `{"jsonrpc":"2.0","id":"\ud800","method":"x"}`, parse, ""},
		{"id is true", `{"jsonrpc":"2.0","id":true,"method":"x"}`, invalid, ""},
		{"result and error", `{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1}}`, invalid, "1"},
		{"method and result", `{"jsonrpc":"2.0","id":1,"result":{},"method":"x"}`, invalid, "1"},
		{"result for nobody", `{"jsonrpc":"2.0","result":{}}`, invalid, ""},
		{"neither", `{"jsonrpc":"2.0","id":1}`, invalid, "1"},
		{"version 1", `{"jsonrpc":"1.0","id":1,"method":"x"}`, invalid, "1"},
		{"no version", `{"id":1,"method":"x"}`, invalid, "1"},
		{"error is a string", `{"jsonrpc":"2.0","id":1,"error":"x"}`, invalid, "1"},
		{"number", `{"jsonrpc":"2.0","id":01,"method":"x"}`, parse, ""},
		{"literal", `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":nul}}`, parse, "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := mcpwire.ParseRoute([]byte(tt.msg))
			var e *mcpwire.RouteError
			if !errors.As(err, &e) {
				t.Fatalf("ParseRoute(%s) = %v, want a RouteError", tt.msg, err)
			}
			if e.Code != tt.code || string(e.ID) != tt.id {
				t.Errorf("ParseRoute(%s) = code %d id %q (%v), want %d %q", tt.msg, e.Code, e.ID, e, tt.code, tt.id)
			}
		})
	}
}

func TestForeign(t *testing.T) {
	for msg, want := range map[string]bool{
		`[1]`:                      true,
		`"x"`:                      true,
		`{"id":4,"email":"x"}`:     true,
		`{"id":4,"error":"x"}`:     true,
		`{"id":4,"method":"x"}`:    false,
		`{"jsonrpc":"2.0","id":4}`: false,
		`{"Method":"x"}`:           false,
		`{"a":1`:                   false,
	} {
		_, err := mcpwire.ParseRoute([]byte(msg))
		e, ok := errors.AsType[*mcpwire.RouteError](err)
		if got := ok && e.Foreign && e.Code == mcpwire.CodeInvalidRequest; got != want {
			t.Errorf("ParseRoute(%s): foreign = %v (%v), want %v", msg, got, err, want)
		}
	}
}

func TestParseRouteAllocates(t *testing.T) {
	msg := []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"crm_lookup","arguments":{"a":"b"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":3}}}`)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := mcpwire.ParseRoute(msg); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("ParseRoute allocates %v times a message, want 0", n)
	}
}

// What encoding/json reads from an unambiguous message, ParseRoute reads too; and what it
// accepts, encoding/json reads alike.
func FuzzParseRoute(f *testing.F) {
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"n","arguments":{"a":[1,{"b":"\"}"}]}}}`,
		`{"result":{"task":{"taskId":"t"}},"jsonrpc":"2.0","id":"x\\"}`,
		`{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"\u00e9"}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"requestid":2}}`,
		`{"jsonrpc":"2.0","\u0069d":2,"method":"x"}`, `{"a":`, "\xef\xbb\xbf{}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		r, err := mcpwire.ParseRoute(msg)
		if !json.Valid(msg) { // below the envelope the grammar is another's to check
			return
		}
		if err != nil {
			if e := err.(*mcpwire.RouteError); e.Code == mcpwire.CodeParse && !strings.Contains(e.Reason, "escape") && !strings.Contains(e.Reason, "UTF-8") {
				t.Fatalf("ParseRoute(%q) = %v, but it is JSON", msg, err)
			}
			return
		}
		var want struct {
			JSONRPC string
			ID      json.RawMessage
			Method  *string
			Params  json.RawMessage
			Result  json.RawMessage
			Error   json.RawMessage
		}
		if err := json.Unmarshal(msg, &want); err != nil {
			t.Fatalf("ParseRoute(%q) accepts what encoding/json refuses: %v", msg, err)
		}
		if string(want.ID) == "null" {
			want.ID = nil
		}
		if want.JSONRPC != "2.0" || !bytes.Equal(want.ID, r.ID) || (want.Method != nil) != (r.Method != nil) ||
			!bytes.Equal(want.Params, r.Params.Of(msg)) || !bytes.Equal(want.Result, r.Result.Of(msg)) || !bytes.Equal(want.Error, r.Error.Of(msg)) {
			t.Fatalf("ParseRoute(%q) = %+v, encoding/json reads %+v", msg, r, want)
		}
		if want.Method != nil && *want.Method != string(r.Method) {
			t.Fatalf("ParseRoute(%q): method %q, encoding/json reads %q", msg, r.Method, *want.Method)
		}
		if string(r.Method) == "tools/call" && r.Name != nil {
			var p struct{ Name string }
			if err := json.Unmarshal(want.Params, &p); err != nil || p.Name != string(r.Name) {
				t.Fatalf("ParseRoute(%q): name %q, encoding/json reads %q, %v", msg, r.Name, p.Name, err)
			}
		}
	})
}

func TestSplitBatch(t *testing.T) {
	msg := []byte(` [ {"a":[1]} , 2,"x]" ] `)
	spans, err := mcpwire.SplitBatch(nil, msg, 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range spans {
		got = append(got, string(s.Of(msg)))
	}
	if want := []string{`{"a":[1]}`, "2", `"x]"`}; !slices.Equal(got, want) || !mcpwire.IsBatch(msg) {
		t.Errorf("SplitBatch(%s) = %q, want %q", msg, got, want)
	}
	for _, bad := range []string{`[]`, `[1,]`, `[1 2]`, `[1]x`, `[1`, `{}`, `[1,2,3,4]`, ``} {
		if _, err := mcpwire.SplitBatch(nil, []byte(bad), 3); err == nil {
			t.Errorf("SplitBatch(%s) = nil, want an error", bad)
		}
	}
}

func TestReplies(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{string(mcpwire.AppendError(nil, []byte(`"1"`), mcpwire.CodeBlocked, `blocked "x"`)), `{"jsonrpc":"2.0","id":"1","error":{"code":1001,"message":"blocked \"x\""}}`},
		{string(mcpwire.AppendError(nil, nil, mcpwire.CodeParse, "a\n")), `{"jsonrpc":"2.0","error":{"code":-32700,"message":"a\u000a"}}`},
		{string(mcpwire.AppendToolError(nil, []byte(`1`), "no", true)), `{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","content":[{"type":"text","text":"no"}],"isError":true}}`},
		{string(mcpwire.AppendToolError(nil, []byte(`1`), "no", false)), `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"no"}],"isError":true}}`},
	} {
		if tt.got != tt.want || !json.Valid([]byte(tt.got)) {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

func TestProtected(t *testing.T) {
	for _, tt := range []struct {
		method  string
		kind    mcpwire.Kind
		pointer string
		want    bool
	}{
		{"tools/call", mcpwire.Request, "/params/name", true},
		{"tools/call", mcpwire.Request, "/params/arguments/name", false},
		{"tools/call", mcpwire.Request, "/params/requestState", true},
		{"tools/call", mcpwire.Response, "/result/content/0/type", true},
		{"tools/call", mcpwire.Response, "/result/content/0/text", false},
		{"tools/call", mcpwire.Response, "/result/content/0/name", false},
		{"tools/call", mcpwire.Response, "/result/structuredContent/type", false},
		{"tools/call", mcpwire.ErrorResponse, "/error/code", true},
		{"tools/call", mcpwire.ErrorResponse, "/error/message", false},
		{"tools/list", mcpwire.Response, "/result/tools/3/inputSchema/properties/a/pattern", true},
		{"tools/list", mcpwire.Response, "/result/tools/3/inputSchema/properties/a/description", false},
		{"tools/call", mcpwire.Response, "/result/inputRequests/jo@example.org", true},
		{"tools/call", mcpwire.Response, "/result/inputRequests/a/params/message", false},
		{"tools/call", mcpwire.Request, "/params/inputResponses/jo@example.org", true},
		{"tools/call", mcpwire.Request, "/params/inputResponses/a/content/email", false},
		{"resources/read", mcpwire.Request, "/params/uri", false},
		{"acme/x", mcpwire.Request, "/params/_meta/io.modelcontextprotocol~1protocolVersion", true},
		{"acme/x", mcpwire.Request, "/params/_meta/baggage", false},
		{"", mcpwire.Response, "/id", true},
		{"sampling/createMessage", mcpwire.Request, "/params/messages/0/content/id", true},
		{"sampling/createMessage", mcpwire.Response, "/result/model", true},
	} {
		p, err := policy.ParsePaths(mcpwire.Protected(tt.method, tt.kind))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Match([]byte(tt.pointer)); got != tt.want {
			t.Errorf("Protected(%q, %v) matches %s = %v, want %v", tt.method, tt.kind, tt.pointer, got, tt.want)
		}
	}
}

func BenchmarkParseRoute(b *testing.B) {
	msg := []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + strings.Repeat(`{\"id\":12,\"status\":\"open\"} `, 35) + `"}]}}`)
	b.SetBytes(int64(len(msg)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mcpwire.ParseRoute(msg); err != nil {
			b.Fatal(err)
		}
	}
}

func TestRefusedAnswer(t *testing.T) {
	for msg, want := range map[string]bool{
		`{"jsonrpc":"2.0","id":1,"result":{},"error":{}}`: true,
		`{"jsonrpc":"2.0","id":1,"result":{},"x":`:        true,
		`{"jsonrpc":"2.0","id":1,"method":"x",`:           false,
		`{"jsonrpc":"2.0","id":1,"result":{"a`:            true,
		`{"jsonrpc":"2.0","id":1,"params":{"a`:            false,
	} {
		_, err := mcpwire.ParseRoute([]byte(msg))
		if e, ok := errors.AsType[*mcpwire.RouteError](err); !ok || e.Answer != want {
			t.Errorf("ParseRoute(%s) = %v, answer %v, want %v", msg, err, ok && e.Answer, want)
		}
	}
}

func TestAppendID(t *testing.T) {
	for raw, want := range map[string]string{
		`1`: "1", `-0`: "0", `1.0`: "1", `1e2`: "100", `1.5`: "1.5", `"1"`: `"1`, `"a\/b"`: `"a/b`, `"\u0061"`: `"a`, `12345678901234567890`: "12345678901234567890",
	} {
		if got := string(mcpwire.AppendID(nil, []byte(raw))); got != want {
			t.Errorf("AppendID(%s) = %s, want %s", raw, got, want)
		}
	}
}
