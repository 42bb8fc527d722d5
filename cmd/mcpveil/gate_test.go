package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/internal/testenv"
	"github.com/mcpveil/mcpveil/policy"
)

// TestFiftyFields: a message with fifty values is sealed, and one with fifty tokens opened, in a millisecond and
// without a word to Vault, which is a real one.
func TestFiftyFields(t *testing.T) {
	b := newVaultBench(t)
	b.keys(b.admin, exitOK, "init")
	const rules = "log: {level: error}\npolicy:\n  - {direction: to-server, entities: [EMAIL_ADDRESS], action: decrypt, names: [send], paths: [/params/arguments/**]}\n  - {direction: to-server, action: pass}\n  - {action: encrypt}\n"
	flags := common{config: b.config(b.runtime, rules)}
	c, err := flags.load()
	if err != nil {
		t.Fatal(err)
	}
	v, err := newVeil(t.Context(), c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	sess, err := session.New(&v.session, v.peer("alice"))
	if err != nil {
		t.Fatal(err)
	}
	down, up := sess.Port(policy.ToClient), sess.Port(policy.ToServer)
	defer down.Release()
	defer up.Release()

	call := func(id int, arguments string) []byte {
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"send","arguments":%s}}`, id, arguments)
	}
	var fields []string
	for i := range 50 {
		fields = append(fields, fmt.Sprintf(`"f%d":"customer%d@example.com"`, i, i))
	}
	if v := up.Forward(t.Context(), call(1, "{}")); v.Out == nil {
		t.Fatal(v.Err)
	}
	answer := []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{` + strings.Join(fields, ",") + `}}}`)
	sealed := down.Forward(t.Context(), answer)
	var tokens struct {
		Result struct{ StructuredContent json.RawMessage }
	}
	if err := json.Unmarshal(sealed.Out, &tokens); err != nil || strings.Count(string(sealed.Out), "pii-email-1") != 50 {
		t.Fatalf("%d fields are sealed, want 50: %v", strings.Count(string(sealed.Out), "pii-email-1"), err)
	}
	withTokens := string(tokens.Result.StructuredContent)

	asked := b.Requests()
	const runs = 300
	seal, open := time.Hour, time.Hour
	for i := range runs {
		opening := call(i+2, withTokens)
		begin := time.Now()
		out := up.Forward(t.Context(), opening)
		open = min(open, time.Since(begin))
		if strings.Count(string(out.Out), "@example.com") != 50 {
			t.Fatalf("%d tokens are opened, want 50: %v", strings.Count(string(out.Out), "@example.com"), out.Err)
		}
		back := bytes.Replace(answer, []byte(`"id":1`), []byte(`"id":`+strconv.Itoa(i+2)), 1)
		begin = time.Now()
		out = down.Forward(t.Context(), back)
		seal = min(seal, time.Since(begin))
		if strings.Count(string(out.Out), "pii-email-1") != 50 {
			t.Fatalf("%d fields are sealed, want 50: %v", strings.Count(string(out.Out), "pii-email-1"), out.Err)
		}
	}
	t.Logf("50 fields: sealed in %v, opened in %v, the fastest of %d", seal, open, runs)
	if n := b.Requests() - asked; n != 0 {
		t.Errorf("%d messages took %d requests to Vault, want 0", 2*runs, n)
	}
	if limit := time.Millisecond; (seal > limit || open > limit) && !slow {
		t.Errorf("50 fields are sealed in %v and opened in %v, want %v at most", seal, open, limit)
	}
}

var soak = flag.Int("soak", 200_000, "how many messages TestSoak sends through a filter, and a twentieth of it through a proxy; 0: none")

// TestSoak has a proxy and a filter work, on ever new values, conversations and streams, and looks whether they
// grow: go test ./cmd/mcpveil -run TestSoak -soak 10000000 -timeout 1h -v
func TestSoak(t *testing.T) {
	if runtime.GOOS != "linux" || *soak == 0 {
		testenv.Missing(t, "it reads Linux's /proc, and wants messages to send")
	}
	t.Setenv(keyDirVar, filepath.Join(t.TempDir(), "keys"))
	conf := filepath.Join(t.TempDir(), "quiet.yaml")
	if err := os.WriteFile(conf, []byte("version: 1\npacks: [core]\nlog: {level: error, file: "+os.DevNull+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("filter", func(t *testing.T) { soakFilter(t, conf) })
	t.Run("http", func(t *testing.T) { soakHTTP(t, conf) })
}

// flat fails if what a process holds grew over the last two thirds of samples. Go's heap breathes: a tenth and 4 MB are allowed.
func flat(t *testing.T, samples []int, messages int) {
	t.Helper()
	if len(samples) < 6 {
		t.Fatalf("%d samples only", len(samples))
	}
	third := len(samples) / 3
	before, after := peak(samples[third:2*third]), peak(samples[2*third:])
	t.Logf("%d messages; resident: at most %d MB in the second third, %d MB in the last", messages, before>>20, after>>20)
	if after > before+before/10+4<<20 {
		t.Errorf("memory grows: %d MB, then %d MB", before>>20, after>>20)
	}
}

func peak(samples []int) (p int) {
	for _, s := range samples {
		p = max(p, s)
	}
	return p
}

// resident returns how many bytes of a process are in memory.
func resident(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// newValues is a message with values that no message before it had.
func newValues(i int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"Write to c%d@example.com or call +1 202-555-%04d, Mr. Ab%dc"}]}}`, i, i, i%10000, i)
}

func soakFilter(t *testing.T, conf string) {
	cmd := exec.Command("mcpveil", "filter", "--direction", "to-client", "--config", conf)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr testenv.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	var samples []int
	messages := 0
	lines := bufio.NewReaderSize(out, 1<<20)
	for messages < *soak {
		var batch strings.Builder
		const size = 100
		for range size {
			messages++
			batch.WriteString(newValues(messages) + "\n")
		}
		if _, err := io.WriteString(in, batch.String()); err != nil {
			t.Fatal(err, stderr.String())
		}
		for range size {
			if l, err := lines.ReadString('\n'); err != nil || !strings.Contains(l, "pii-email-1") {
				t.Fatalf("%v %q %s", err, l, stderr.String())
			}
		}
		if at := len(samples); messages*60 >= at**soak {
			samples = append(samples, resident(t, cmd.Process.Pid))
		}
	}
	flat(t, samples, messages)
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, stderr.String())
	}
}

func soakHTTP(t *testing.T, conf string) {
	n := 0
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if n++; n%20 == 0 && r.Method == "POST" {
			panic(http.ErrAbortHandler) // servers die, too
		}
		if bytes.Contains(body, []byte("initialize")) {
			w.Header().Set("Mcp-Session-Id", fmt.Sprint("session-", n))
		}
		if n%2 == 0 {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: %s\n\n", strings.Replace(newValues(n), fmt.Sprintf(`"id":%d`, n), `"id":1`, 1))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, strings.Replace(newValues(n), fmt.Sprintf(`"id":%d`, n), `"id":1`, 1))
	}))
	defer upstream.Close()
	cmd := exec.Command("mcpveil", "http", "--config", conf, "--listen", "127.0.0.1:0", "--upstream", upstream.URL)
	var stderr testenv.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	addr := listening(t, &stderr)
	var samples []int
	answered := 0
	id := ""
	for answered < *soak/20 {
		method := "tools/call"
		if answered%10 == 0 {
			method, id = "initialize", ""
		}
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+addr+"/", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":{"name":"x","arguments":{"a":"c`+strconv.Itoa(answered)+`@example.com"}}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		if id != "" {
			req.Header.Set("Mcp-Session-Id", id)
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if s := res.Header.Get("Mcp-Session-Id"); s != "" {
				id = s
			}
		}
		answered++
		if at := len(samples); answered*60 >= at**soak/20 {
			samples = append(samples, resident(t, cmd.Process.Pid))
		}
	}
	flat(t, samples, answered)
	http.DefaultClient.CloseIdleConnections()
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if g := strings.Count(stderr.String(), "\ngoroutine "); g < 3 || g > 40 {
		t.Errorf("%d exchanges leave %d goroutines:\n%s", answered, g, stderr.String())
	} else {
		t.Logf("%d goroutines", g)
	}
}

// listening waits until mcpveil http, which writes to stderr, says its address.
func listening(t *testing.T, stderr *testenv.Buffer) string {
	t.Helper()
	for range 6000 { // two minutes
		if _, rest, ok := strings.Cut(stderr.String(), "listening on http://"); ok && strings.Contains(rest, "\n") {
			addr, _, _ := strings.Cut(rest, "/")
			return addr
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("mcpveil http does not start:\n%s", stderr.String())
	return ""
}
