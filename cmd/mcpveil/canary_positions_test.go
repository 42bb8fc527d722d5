package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Wherever in a message, a URL or a header a value stands, whichever side sent it and whatever becomes of it: it is in no
// log, at the level debug, and in no record; and what a server says of it, the client is not told, but where the
// protocol asks for the same bytes.
func TestCanaryPositions(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(keyDirVar, filepath.Join(dir, "keys"))
	c := newCanary()
	v := c.json()
	text := `{"content":[{"type":"text","text":` + v + `}]}`
	answers := map[string]string{ // of the server; what of them may reach the client as it is stands in passes
		"result":                 `{"jsonrpc":"2.0","id":1,"result":` + text + `}`,
		"structured":             `{"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{"customer":{"mail":` + v + `,"list":[` + v + `]}}}}`,
		"key":                    `{"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{` + v + `:1}}}`,
		"number":                 `{"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{"card":` + strings.ReplaceAll(c.card, " ", "") + `}}}`,
		"nested JSON":            `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":` + quoted(`{"a":`+v+`}`) + `}]}}`,
		"embedded resource":      `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"resource","resource":{"uri":"file:///x","text":` + v + `}}]}}`,
		"result's _meta":         `{"jsonrpc":"2.0","id":1,"result":{"content":[],"_meta":{"note":` + v + `}}}`,
		"isError":                `{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"type":"text","text":` + v + `}]}}`,
		"error's message":        `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":` + v + `}}`,
		"error's data":           `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no","data":{"row":` + v + `}}}`,
		"progress":               `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1,"message":` + v + `}}`,
		"log":                    `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","logger":"x","data":` + v + `}}`,
		"log's logger":           `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","logger":` + v + `,"data":"x"}}`,
		"another notification":   `{"jsonrpc":"2.0","method":"notifications/x","params":{"what":` + v + `}}`,
		"method":                 `{"jsonrpc":"2.0","method":` + v + `}`,
		"resources":              `{"jsonrpc":"2.0","id":1,"result":{"resources":[{"name":"x","uri":"file:///x","title":` + v + `,"description":` + v + `}]}}`,
		"resource":               `{"jsonrpc":"2.0","id":1,"result":{"contents":[{"uri":"file:///x","mimeType":"text/plain","text":` + v + `}]}}`,
		"prompt":                 `{"jsonrpc":"2.0","id":1,"result":{"description":` + v + `,"messages":[{"role":"user","content":{"type":"text","text":` + v + `}}]}}`,
		"prompts":                `{"jsonrpc":"2.0","id":1,"result":{"prompts":[{"name":"x","description":` + v + `,"arguments":[{"name":"a","description":` + v + `}]}]}}`,
		"tools":                  `{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"x","description":` + v + `,"inputSchema":{"type":"object","properties":{"a":{"type":"string","description":` + v + `,"default":` + v + `,"examples":[` + v + `]}}}}]}}`,
		"completion":             `{"jsonrpc":"2.0","id":1,"result":{"completion":{"values":[` + v + `]}}}`,
		"instructions":           `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1","title":` + v + `},"instructions":` + v + `}}`,
		"sampling":               `{"jsonrpc":"2.0","id":9,"method":"sampling/createMessage","params":{"messages":[{"role":"user","content":{"type":"text","text":` + v + `}}],"systemPrompt":` + v + `,"maxTokens":9}}`,
		"elicitation":            `{"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{"message":` + v + `,"requestedSchema":{"type":"object","properties":{}}}}`,
		"a call of an odd name":  `{"jsonrpc":"2.0","id":9,"method":` + v + `,"params":{}}`,
		"an id that is a value":  `{"jsonrpc":"2.0","id":` + v + `,"result":` + text + `}`,
		"a cursor is a value":    `{"jsonrpc":"2.0","id":1,"result":{"tools":[],"nextCursor":` + v + `}}`,
		"a value cut in halves":  `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":` + v[:len(v)-8],
		"two of one key":         `{"jsonrpc":"2.0","id":1,"result":` + text + `,"result":` + text + `}`,
		"no object":              v,
		"not UTF-8":              `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + "\xff" + c.text() + `"}]}}`,
		"what no grammar allows": `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":` + v + `,}]}}`,
	}
	passes := map[string]bool{"a cursor is a value": true, "an id that is a value": true, "method": true, "a call of an odd name": true} // the same bytes, by the protocol
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		a, ok := answers[r.Header.Get("X-As")]
		switch {
		case r.Header.Get("X-As") == "headers":
			for _, name := range []string{"X-Customer", "Location", "Set-Cookie", "Server", "Link", "Retry-After"} {
				w.Header().Set(name, c.email)
			}
			w.Header().Set("Content-Type", "application/json; note="+c.email)
			fmt.Fprint(w, `{"jsonrpc":"2.0","id":1,"result":{}}`)
		case r.Header.Get("X-As") == "redirect":
			http.Redirect(w, r, "/elsewhere?mail="+url.QueryEscape(c.email), http.StatusTemporaryRedirect)
		case r.Header.Get("X-As") == "broken off":
			panic(http.ErrAbortHandler)
		case !ok:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"jsonrpc":"2.0","id":1,"result":{}}`)
		case r.Header.Get("X-Events") != "":
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, ": %s\nid: 1\nevent: message\ndata: %s\n\n", c.text(), a)
			fmt.Fprintf(w, "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n")
		default:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, a)
		}
	}))
	defer upstream.Close()
	records, conf := filepath.Join(dir, "records.jsonl"), filepath.Join(dir, "debug.yaml")
	if err := os.WriteFile(conf, []byte("version: 1\nlog: {level: debug}\ntools: [{names: ['*'], log_access: true}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addr, stderr, stop := startHTTP(t, "--config", conf, "--upstream", upstream.URL, "--log", records)
	// One beside it whose upstream is gone.
	gone := httptest.NewServer(nil)
	gone.Close()
	lone, stderrLone, stopLone := startHTTP(t, "--config", conf, "--upstream", gone.URL, "--log", records)

	asked := 0
	ask := func(what, addr, path, body string, header http.Header) (answer string) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+addr+path, strings.NewReader(body))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		for name, values := range header {
			req.Header[name] = values
			if name == "Host" {
				req.Host = values[0]
			}
		}
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			return "" // cut off: nothing came
		}
		defer res.Body.Close()
		asked++
		var got strings.Builder
		fmt.Fprint(&got, res.Status, res.Header)
		in := bufio.NewReader(res.Body)
		for {
			l, err := in.ReadString('\n')
			got.WriteString(l)
			if err != nil {
				return got.String()
			}
		}
	}
	call := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":1}}}`
	for what := range answers {
		for _, events := range []string{"", "yes"} {
			h := http.Header{"X-As": {what}}
			if events != "" {
				h.Set("X-Events", events)
			}
			for _, body := range []string{call, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///x"}}`} {
				if names := c.leaked(ask(what, addr, "/", body, h)); names != nil && !passes[what] {
					t.Errorf("%s (as events: %t): the client is told %v", what, events != "", names)
				}
			}
		}
	}
	for _, what := range []string{"headers", "redirect", "broken off"} {
		if names := c.leaked(ask(what, addr, "/", call, http.Header{"X-As": {what}})); names != nil {
			t.Errorf("%s: the client is told %v", what, names)
		}
	}

	mail := url.QueryEscape(c.email)
	for what, r := range map[string]struct {
		path, body string
		header     http.Header
	}{
		"arguments":       {"/", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":` + v + `}}}`, nil},
		"argument's name": {"/", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{` + v + `:1}}}`, nil},
		"tool":            {"/", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":` + v + `,"arguments":{}}}`, nil},
		"method":          {"/", `{"jsonrpc":"2.0","id":1,"method":` + v + `}`, nil},
		"id":              {"/", `{"jsonrpc":"2.0","id":` + v + `,"method":"ping"}`, nil},
		"progress token":  {"/", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","_meta":{"progressToken":` + v + `}}}`, nil},
		"URI":             {"/", `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"crm://customers/` + c.email + `"}}`, nil},
		"prompt":          {"/", `{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"x","arguments":{"who":` + v + `}}}`, nil},
		"completion":      {"/", `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"x"},"argument":{"name":"a","value":` + v + `}}}`, nil},
		"cancelled":       {"/", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":` + v + `}}`, nil},
		"client's answer": {"/", `{"jsonrpc":"2.0","id":9,"result":{"action":"accept","content":{"a":` + v + `}}}`, nil},
		"client's error":  {"/", `{"jsonrpc":"2.0","id":9,"error":{"code":1,"message":` + v + `}}`, nil},
		"garbage":         {"/", c.text(), nil},
		"path":            {"/customers/" + mail, call, nil},
		"query":           {"/?mail=" + mail + "&key=" + c.secret, call, nil},
		"headers": {"/", call, http.Header{"X-Customer": {c.email}, "Cookie": {"session=" + c.secret}, "Authorization": {"Bearer " + c.secret}, "Mcp-Session-Id": {c.secret},
			"Last-Event-Id": {c.email}, "Referer": {"http://x/?m=" + mail}, "User-Agent": {c.email}, "Mcp-Protocol-Version": {c.email}}},
		"type":         {"/", call, http.Header{"Content-Type": {"text/" + c.email}}},
		"encoding":     {"/", call, http.Header{"Content-Encoding": {c.secret}}},
		"accepted":     {"/", call, http.Header{"Accept": {c.email}}},
		"origin":       {"/", call, http.Header{"Origin": {"http://" + c.email}}},
		"host":         {"/", call, http.Header{"Host": {strings.ReplaceAll(c.email, "@", ".")}}},
		"Mcp-Method":   {"/", call, http.Header{"Mcp-Method": {c.email}, "Mcp-Name": {c.email}}},
		"odd headers":  {"/", call, http.Header{"X-" + c.secret: {"1"}}},
		"wrong method": {"/" + mail, "", http.Header{"X-Http-Method-Override": {c.email}}},
	} {
		for _, to := range []string{addr, lone} {
			// Without cookies a client gets no answer of its own back; ids are the client's and come back by the protocol.
			if names := c.leaked(ask(what, to, r.path, r.body, r.header)); names != nil && what != "id" {
				t.Errorf("%s: what the client sent it is told again: %v", what, names)
			}
		}
	}
	for _, method := range []string{"GET", "DELETE", "PUT", "OPTIONS"} {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+"/debug/pprof/?mail="+mail, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{Timeout: 5 * time.Second}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if names := c.leaked(string(body)); names != nil || strings.Contains(string(body), "goroutine") {
			t.Errorf("%s /debug/pprof/: the answer holds %v", method, names)
		}
	}
	if want := 2*3*len(answers) + 40; asked < want {
		t.Errorf("%d requests were answered, want at least %d", asked, want)
	}
	stop()
	stopLone()
	log, err := os.ReadFile(records)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"standard error": stderr() + stderrLone(), "the records": string(log)} {
		for l := range strings.Lines(text) {
			if names := c.leaked(l); names != nil {
				t.Errorf("%s: %v in %s", what, names, l)
			}
		}
	}
	if n := strings.Count(string(log), "\n"); n < asked {
		t.Errorf("there are %d records of %d exchanges", n, asked)
	}
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }
