package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/demo"
)

// A canary is a value drawn at random that must turn up nowhere but where it may.
type canary struct {
	email, card, phone, secret string
}

func newCanary() canary {
	c := demo.Draw(1)[0]
	return canary{
		email:  strings.ToLower(rand.Text()[:12]) + "@example.com",
		card:   c.Card,
		phone:  c.Phone,
		secret: "ghp_" + rand.Text() + rand.Text()[:10],
	}
}

// leaked names what of c stands in text, whole or in a part that gives it away.
func (c canary) leaked(text string) []string {
	var names []string
	for name, v := range map[string]string{
		"e-mail": c.email, "e-mail's local part": c.email[:12], "card": c.card, "card without blanks": strings.ReplaceAll(c.card, " ", ""),
		"card's last groups": c.card[10:], "phone": c.phone, "phone's end": c.phone[3:], "credential": c.secret[:16], "credential's end": c.secret[20:],
	} {
		if strings.Contains(text, v) || strings.Contains(strings.ToLower(text), strings.ToLower(v)) {
			names = append(names, name)
		}
	}
	return names
}

// text is a sentence with all of c in it.
func (c canary) text() string {
	return fmt.Sprintf("mail %s card %s phone %s key %s", c.email, c.card, c.phone, c.secret)
}

func (c canary) json() string {
	raw, _ := json.Marshal(c.text())
	return string(raw)
}

// No value leaves by a side door: whatever is done with it and whatever goes wrong, it turns up neither
// on standard error nor in the records, and on standard output only where the row says so.
func TestCanary(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(keyDirVar, filepath.Join(dir, "keys"))
	t.Setenv("VAULT_TOKEN", "")
	c := newCanary()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text, records := c.text(), filepath.Join(dir, "records.jsonl")
	answer := `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":` + c.json() + `}],"structuredContent":{` + c.json() + `:1,"n":` + strings.ReplaceAll(c.card, " ", "") + `}}}`
	call := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":` + c.json() + `}}}`
	hide := "version: 1\npolicy: [{action: encrypt}]\n"
	encrypt := file("encrypt.yaml", hide)
	block := file("block.yaml", "version: 1\npolicy: [{action: block}]\n")
	for _, row := range []struct {
		name  string
		stdin string
		args  []string
		shown bool // standard output may hold the values
	}{
		{"filter", answer, []string{"filter", "--direction", "to-client"}, false},
		{"filter hides what goes to the server", call, []string{"filter", "--direction", "to-server", "--config", encrypt}, false},
		{"filter lets plain values to the server", call, []string{"filter", "--direction", "to-server"}, true},
		{"filter blocks a call", call, []string{"filter", "--direction", "to-server", "--config", block}, false},
		{"filter blocks an answer", answer, []string{"filter", "--direction", "to-client", "--config", block}, false},
		{"no JSON", text, []string{"filter", "--direction", "to-client"}, false},
		{"no JSON to the server", text, []string{"filter", "--direction", "to-server"}, false},
		{"no JSON-RPC", c.json(), []string{"filter", "--direction", "to-client"}, false},
		{"cut short", answer[:len(answer)-9], []string{"filter", "--direction", "to-client"}, false},
		{"bytes behind", answer + " " + c.json(), []string{"filter", "--direction", "to-client"}, false},
		{"method is a value", `{"jsonrpc":"2.0","id":1,"method":` + c.json() + `}`, []string{"filter", "--direction", "to-server", "--config", encrypt}, true},
		{"name is a value", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":` + c.json() + `,"arguments":{` + c.json() + `:1}}}`, []string{"filter", "--direction", "to-server", "--config", encrypt}, true},
		{"id is a value", `{"jsonrpc":"2.0","id":` + c.json() + `,"method":"ping"}`, []string{"filter", "--direction", "to-server", "--config", block}, true},
		{"two methods", `{"jsonrpc":"2.0","id":1,"method":"a","method":` + c.json() + `}`, []string{"filter", "--direction", "to-server"}, false},
		{"two names", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":` + c.json() + `}}`, []string{"filter", "--direction", "to-server"}, false},
		{"invalid UTF-8", `{"jsonrpc":"2.0","id":1,"result":"` + text + "\xff" + `"}`, []string{"filter", "--direction", "to-client"}, false},
		{"lone surrogate", `{"jsonrpc":"2.0","id":1,"result":"` + text + `\ud800"}`, []string{"filter", "--direction", "to-client"}, false},
		{"too deep", `{"jsonrpc":"2.0","id":1,"result":` + strings.Repeat("[", 2000) + c.json() + strings.Repeat("]", 2000) + `}`, []string{"filter", "--direction", "to-client"}, false},
		{"too long a line", answer, []string{"filter", "--direction", "to-client", "--config", file("short.yaml", "version: 1\nlimits: {max_message: 1KiB}\npolicy: [{action: block}]\n")}, false},
		{"batch", "[" + answer + "," + c.json() + "]", []string{"filter", "--direction", "to-client"}, false},
		{"batches refused", "[" + answer + "]", []string{"filter", "--direction", "to-client", "--config", file("nobatch.yaml", "version: 1\nlimits: {max_batch: 0}\n")}, false},
		{"strict", answer + "x", []string{"filter", "--direction", "to-client", "--strict", "full"}, false},
		{"stdio", call, []string{"stdio", "--", "answer", file("answer.jsonl", answer+"\n")}, false},
		{"stdio, garbage from the server", call, []string{"stdio", "--", "answer", file("garbage.jsonl", text+"\n")}, false},
		{"stdio, garbage from the client", text + "\n" + call, []string{"stdio", "--", "answer", file("answer.jsonl", answer+"\n")}, false},
		{"stdio, noise on stderr", "", []string{"stdio", "--", "answer", "-stderr", file("noise.txt", text+"\n"+answer+"\n"+text)}, false},
		{"stdio, server dies", call, []string{"stdio", "--", "answer", "-code", "3"}, false},
		{"stdio, no such server", call, []string{"stdio", "--", filepath.Join(dir, "nosuch"), text}, false},
		{"scan text", "", []string{"scan", file("text.txt", text)}, false},
		{"scan JSON", "", []string{"scan", file("answer.json", answer)}, false},
		{"scan JSON lines", "", []string{"scan", file("lines.jsonl", answer+"\n"+c.json()+"\n")}, false},
		{"scan broken JSON", "", []string{"scan", file("broken.json", answer[1:])}, false},
		{"scan --jsonl", `{"id":1,"text":` + c.json() + `}`, []string{"scan", "--jsonl"}, false},
		{"scan --jsonl, no such lines", text + "\n" + c.json() + "\n" + `{"id":1,` + c.json(), []string{"scan", "--jsonl"}, false},
		{"check, values in place of fields", "", []string{"check", "--config", file("fields.yaml", "version: 1\n"+c.json()+": 1\nlimits: {max_message: "+c.json()+", max_depth: "+c.json()+"}\nlog: {level: "+c.json()+"}\nscope: "+c.json()+"\nhttp: {upstream: "+c.json()+", listen: "+c.json()+"}\nkey: {vault: {uri: "+c.json()+", kv_path: "+c.json()+"}}\ntools: "+c.json()+"\n")}, false},
		{"check, no YAML", "", []string{"check", "--config", file("no.yaml", "version: [\n"+text+": *"+c.secret+"\n")}, false},
		{"check, an anchor", "", []string{"check", "--config", file("anchor.yaml", "version: *"+c.secret+"\n")}, false},
		{"a credential in the upstream", "", []string{"http", "--upstream", "http://u:" + c.secret + "@127.0.0.1/"}, false},
		{"version", "", []string{"version"}, false},
		{"keys", "", []string{"keys", "status"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			args := row.args
			if args[0] == "filter" || args[0] == "stdio" {
				args = append([]string{args[0], "--log", records}, args[1:]...)
			}
			stdout, stderr, _ := runIn(t.Context(), row.stdin, args...)
			if names := c.leaked(stderr); names != nil {
				t.Errorf("standard error of mcpveil %s holds %v:\n%s", strings.Join(row.args, " "), names, stderr)
			}
			if names := c.leaked(stdout); names != nil && !row.shown {
				t.Errorf("standard output of mcpveil %s holds %v:\n%s", strings.Join(row.args, " "), names, stdout)
			}
			if stdout == "" && stderr == "" {
				t.Errorf("mcpveil %s says nothing at all", strings.Join(row.args, " "))
			}
		})
	}
	log, err := os.ReadFile(records)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), "\n"); n < 20 {
		t.Errorf("there are %d records, want one of each message", n)
	}
	if names := c.leaked(string(log)); names != nil {
		t.Errorf("the records hold %v:\n%s", names, log)
	}
}

// The same through the reverse proxy, whatever the server answers and the client sends.
func TestCanaryHTTP(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(keyDirVar, filepath.Join(dir, "keys"))
	c := newCanary()
	answer := `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":` + c.json() + `}]}}`
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("as") {
		case "json":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, answer)
		case "events":
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "event: message\ndata: %s\n\n", answer)
		case "garbage":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, c.text())
		case "page":
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(500)
			fmt.Fprint(w, c.text())
		case "cut":
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "100000")
			fmt.Fprint(w, answer[:len(answer)-9])
		}
	}))
	defer upstream.Close()
	records := filepath.Join(dir, "records.jsonl")
	addr, stderr, stop := startHTTP(t, "--upstream", upstream.URL, "--log", records)
	call := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":1}}}`
	asked := 0
	for _, as := range []string{"json", "events", "garbage", "page", "cut"} {
		for _, body := range []string{call, c.text(), `{"jsonrpc":"2.0","id":1,"method":"a","method":` + c.json() + `}`} {
			req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+addr+"/?as="+as, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Accept", "application/json, text/event-stream")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				continue // cut off: nothing came
			}
			var got strings.Builder
			_, _ = fmt.Fprint(&got, res.Header)
			buf := make([]byte, 1<<16)
			for {
				n, err := res.Body.Read(buf)
				got.Write(buf[:n])
				if err != nil {
					break
				}
			}
			res.Body.Close()
			asked++
			if names := c.leaked(got.String()); names != nil {
				t.Errorf("%s: the answer to %.60q holds %v:\n%s", as, body, names, got.String())
			}
		}
	}
	if asked < 10 {
		t.Errorf("%d requests were answered, want more", asked)
	}
	stop()
	if names := c.leaked(stderr()); names != nil {
		t.Errorf("standard error holds %v:\n%s", names, stderr())
	}
	log, err := os.ReadFile(records)
	if err != nil {
		t.Fatal(err)
	}
	if names := c.leaked(string(log)); names != nil || len(log) == 0 {
		t.Errorf("the records hold %v:\n%s", names, log)
	}
}
