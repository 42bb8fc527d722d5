package proxy

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
)

// What mirrors the body follows it, and what hides from it does not pass.
func TestHTTPMirroredHeaders(t *testing.T) {
	f := newFake(t)
	plant := strings.NewReplacer("$V", f.value, "$T", f.token, "$B", blockMark).Replace
	toolCall := func(args string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"mail","arguments":` + args + `}}`
	}
	read := `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"crm://$T"}}`
	for _, tt := range []struct {
		name, body string
		header     []string
		want       []string // what the upstream gets; nil if nothing
	}{
		{"name of a tool", toolCall(`{}`), []string{"Mcp-Method", "tools/call", "Mcp-Name", "mail"}, []string{"Mcp-Method", "tools/call", "Mcp-Name", "mail"}},
		{"uri", read, []string{"Mcp-Name", "crm://$T"}, []string{"Mcp-Name", "crm://$V"}},
		{"uri, encoded", read, []string{"Mcp-Name", mcpwire.EncodeHeader("é")}, []string{"Mcp-Name", mcpwire.EncodeHeader("é")}},
		{"uri differs", read, []string{"Mcp-Name", "crm://other"}, []string{"Mcp-Name", "crm://other"}},
		{"uri smuggles", read, []string{"Mcp-Name", "crm://x/$T"}, nil},
		{"method smuggles", read, []string{"Mcp-Method", "$T"}, nil},
		{"blocked method", read, []string{"Mcp-Method", "$B"}, nil},
		{"argument", toolCall(`{"to":"$T","n":5}`), []string{"Mcp-Param-To", "$T", "Mcp-Param-N", "5"}, []string{"Mcp-Param-To", "$V", "Mcp-Param-N", "5"}},
		{"number spelled otherwise", toolCall(`{"n":5.0}`), []string{"Mcp-Param-N", "5"}, []string{"Mcp-Param-N", "5"}},
		{"argument in depth", toolCall(`{"a":[1,{"b":{"to":"$T"}}]}`), []string{"Mcp-Param-Rcpt", "$T"}, []string{"Mcp-Param-Rcpt", "$V"}},
		{"encoded argument", toolCall(`{"to":"é $T"}`), []string{"Mcp-Param-To", mcpwire.EncodeHeader("é " + f.token)}, []string{"Mcp-Param-To", mcpwire.EncodeHeader("é " + f.value)}},
		{"escaped argument", toolCall(`{"to":"\u0041$T"}`), []string{"Mcp-Param-To", "A$T"}, []string{"Mcp-Param-To", "A$V"}},
		{"same value twice", toolCall(`{"a":"$T","b":"$T"}`), []string{"Mcp-Param-Z", "$T"}, []string{"Mcp-Param-Z", "$V"}},
		{"argument differs", toolCall(`{"to":"$T"}`), []string{"Mcp-Param-To", "x"}, []string{"Mcp-Param-To", "x"}},
		{"argument smuggles", toolCall(`{"to":"x"}`), []string{"Mcp-Param-To", "$T"}, nil},
		{"encoded argument smuggles", toolCall(`{"to":"x"}`), []string{"Mcp-Param-To", mcpwire.EncodeHeader("é" + f.token)}, nil},
		{"bad encoding", toolCall(`{"to":"x"}`), []string{"Mcp-Param-To", "=?base64?%?="}, nil},
		{"unknown header", toolCall(`{}`), []string{"Mcp-Odd", "plain"}, []string{"Mcp-Odd", "plain"}},
		{"unknown header smuggles", toolCall(`{}`), []string{"Mcp-Odd", "$T"}, nil},
		{"batch", "[" + toolCall(`{"to":"$T"}`) + "]", []string{"Mcp-Name", "mail"}, []string{"Mcp-Name", "mail"}},
		{"authorization passes", toolCall(`{}`), []string{"Authorization", "Bearer x"}, []string{"Authorization", "Bearer x"}},
		{"hop by hop", toolCall(`{}`), []string{"Connection", "X-Mine", "X-Mine", "1", "Te", "trailers", "Upgrade", "h2c"},
			[]string{"Connection", "", "X-Mine", "", "Te", "", "Upgrade", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got http.Header
			up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				got = r.Header
				w.WriteHeader(http.StatusAccepted)
			})
			var header []string
			for _, h := range tt.header {
				header = append(header, plant(h))
			}
			resp, body := request(t, "POST", newTestProxy(t, up, f.open, nil), plant(tt.body), append(header, "Mcp-Protocol-Version", "2026-07-28")...)
			if tt.want == nil {
				if resp.StatusCode != 400 || !strings.Contains(body, `"id":1,"error":{"code":-32020`) || got != nil {
					t.Errorf("answer = %d %s, upstream got %v; want 400, -32020, and nothing", resp.StatusCode, body, got)
				}
				if strings.Contains(body, f.token) {
					t.Errorf("answer %s repeats the header", body)
				}
				return
			}
			for i := 0; i < len(tt.want); i += 2 {
				if v := got.Get(tt.want[i]); v != plant(tt.want[i+1]) {
					t.Errorf("upstream got %s: %q, want %q (answer %s)", tt.want[i], v, plant(tt.want[i+1]), body)
				}
			}
		})
	}
}

func TestHTTPHeaderTwice(t *testing.T) {
	f := newFake(t)
	addr := newTestProxy(t, newUpstream(t, answer(202, "", "")), f.open, nil)
	req, _ := http.NewRequest("POST", addr, strings.NewReader(call(1, "x")))
	req.Header["Mcp-Name"] = []string{"echo", f.token}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 400 {
		t.Errorf("a header of MCP's twice: status %d, want 400", resp.StatusCode)
	}
}

// Where two arguments were alike and are not any more, the tool's schema tells which one a header
// mirrors; where it is not known, the argument's name; else nobody can.
func TestMirroredArgument(t *testing.T) {
	before := []byte(`{"params":{"arguments":{"a":"x","b":{"c":"x"},"d":"y"}}}`)
	after := []byte(`{"params":{"arguments":{"a":"1","b":{"c":"2"},"d":"3"}}}`)
	schema := map[string]string{"Region": "/b/c", "Zone": "/d"}
	for _, tt := range []struct {
		schema       map[string]string
		param, value string
		want         string
		found, sure  bool
	}{
		{schema, "Region", "x", "2", true, true},
		{schema, "region", "x", "2", true, true},
		{schema, "Zone", "x", "", false, true}, // it mirrors another value: the server will say so
		{schema, "A", "x", "1", true, true},
		{nil, "A", "x", "1", true, true},
		{nil, "C", "x", "2", true, true},
		{nil, "Q", "y", "3", true, true},
		{nil, "Q", "x", "", true, false},
		{nil, "Q", "z", "", false, true},
	} {
		a := &arguments{before: scalars(before), after: scalars(after), schema: tt.schema}
		got, found, sure := a.mirrored(tt.param, tt.value)
		if got != tt.want || found != tt.found || sure != tt.sure {
			t.Errorf("mirrored(%q, %q) with schema %v = %q, %t, %t, want %q, %t, %t",
				tt.param, tt.value, tt.schema, got, found, sure, tt.want, tt.found, tt.sure)
		}
	}
}

func TestScalars(t *testing.T) {
	var got []string
	for _, s := range scalars([]byte(`{"params":{"arguments":{"a":[1,{"b/~":true},[],[["z"]]],"n":null,"":"e","o":{},"f":1e2}}}`)) {
		got = append(got, s.pointer+"="+s.value)
	}
	want := []string{"/a/0=1", "/a/1/b~1~0=true", "/a/3/0/0=z", "/n=\x00null", "/=e", "/f=1e2"}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("scalars = %q, want %q", got, want)
	}
}
