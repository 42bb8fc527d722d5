package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/testenv"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const modern = "2026-07-28"

// A target is where a client connects: a command over stdio, or a URL.
type target struct {
	argv []string
	env  []string
	url  string
	log  *journal // gets the command's stderr
	wire *journal // gets all messages, if not nil (go-sdk only)
	opts *mcp.ClientOptions
}

// A client is one of the real SDKs, connected.
type client interface {
	version() string // of the protocol, as negotiated
	list(t testing.TB) string
	call(t testing.TB, tool string, args map[string]any) answer
}

// An answer is what a tool call came to, as the SDK hands it to its user.
type answer struct {
	Text       string // all text blocks, joined
	Structured string // structuredContent as JSON, or ""
	IsError    bool
	Err        string // the SDK's own or the protocol's error
	Raw        string // all of it, as JSON
}

// ok returns a, after failing the test if the call did not succeed.
func (a answer) ok(t testing.TB) answer {
	t.Helper()
	if a.Err != "" || a.IsError {
		t.Fatalf("the call failed: error %q, isError %v, text %.300q", a.Err, a.IsError, a.Text)
	}
	return a
}

func parseAnswer(raw []byte) (a answer) {
	var r struct {
		Content           []struct{ Type, Text string }
		StructuredContent json.RawMessage
		IsError           bool
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return answer{Err: err.Error()}
	}
	var texts []string
	for _, c := range r.Content {
		if c.Type == "text" {
			texts = append(texts, c.Text)
		}
	}
	return answer{Text: strings.Join(texts, "\n"), Structured: string(r.StructuredContent), IsError: r.IsError, Raw: string(raw)}
}

// A kind is an SDK in one era: legacy, or asking for the modern era first.
type kind struct {
	name   string
	modern bool
	open   func(testing.TB, target) client
}

var kinds = []kind{
	{"go-legacy", false, func(t testing.TB, to target) client { return goClient(t, to, "2025-11-25") }},
	{"go-auto", true, func(t testing.TB, to target) client { return goClient(t, to, "") }},
	{"ts1", false, func(t testing.TB, to target) client { return tsClient(t, to, "v1", "legacy") }},
	{"ts2-legacy", false, func(t testing.TB, to target) client { return tsClient(t, to, "v2", "legacy") }},
	{"ts2-auto", true, func(t testing.TB, to target) client { return tsClient(t, to, "v2", "auto") }},
}

// eachKind runs f as a parallel subtest with every kind of client.
func eachKind(t *testing.T, f func(t *testing.T, k kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			f(t, k)
		})
	}
}

type goSession struct{ *mcp.ClientSession }

func goClient(t testing.TB, to target, version string) client {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "mcpveil-e2e", Version: "1.0.0"}, to.opts)
	var transport mcp.Transport
	if to.url != "" {
		transport = &mcp.StreamableClientTransport{Endpoint: to.url}
	} else {
		cmd := exec.Command(to.argv[0], to.argv[1:]...)
		cmd.Env = append(os.Environ(), to.env...)
		cmd.Stderr = to.log
		transport = &mcp.CommandTransport{Command: cmd}
	}
	if to.wire != nil {
		transport = &mcp.LoggingTransport{Transport: transport, Writer: to.wire}
	}
	s, err := c.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatalf("the go-sdk client does not connect: %v; stderr:\n%s", err, to.log)
	}
	t.Cleanup(func() { _ = s.Close() })
	return goSession{s}
}

func (g goSession) version() string { return g.InitializeResult().ProtocolVersion }

func (g goSession) list(t testing.TB) string {
	t.Helper()
	r, err := g.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return mustJSON(r)
}

func (g goSession) call(t testing.TB, tool string, args map[string]any) answer {
	t.Helper()
	r, err := g.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return answer{Err: err.Error(), Raw: err.Error()}
	}
	return parseAnswer([]byte(mustJSON(r)))
}

type tsSession struct {
	in  io.WriteCloser
	out *bufio.Reader
	ver string
}

func tsClient(t testing.TB, to target, sdk, mode string) client {
	t.Helper()
	cmd := exec.Command(testenv.Node(t), filepath.Join(testenv.Root(t), "internal", "e2e", "testdata", "client.mjs"))
	cmd.Stderr = to.log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		done := time.AfterFunc(long, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		if !done.Stop() {
			t.Errorf("the TypeScript client did not end within %v", long)
		}
	})
	s := &tsSession{in: in, out: bufio.NewReader(out)}
	env := map[string]string{}
	for _, kv := range to.env {
		k, v, _ := strings.Cut(kv, "=")
		env[k] = v
	}
	r := s.ask(t, map[string]any{"npm": testenv.Tool(t, "npm"), "sdk": sdk, "mode": mode, "url": to.url, "argv": to.argv, "env": env})
	if r.Error != "" {
		t.Fatalf("the TypeScript client does not connect: %s; stderr:\n%s", r.Error, to.log)
	}
	s.ver = r.Version
	return s
}

type tsReply struct {
	Version, Error string
	Raw            json.RawMessage
}

func (s *tsSession) ask(t testing.TB, v any) (r tsReply) {
	t.Helper()
	if _, err := io.WriteString(s.in, mustJSON(v)+"\n"); err != nil {
		t.Fatal(err)
	}
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("the TypeScript client ended: %v", err)
	}
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("the TypeScript client wrote %.200q: %v", line, err)
	}
	return r
}

func (s *tsSession) version() string { return s.ver }

func (s *tsSession) list(t testing.TB) string {
	t.Helper()
	r := s.ask(t, map[string]any{"list": true})
	if r.Error != "" {
		t.Fatal(r.Error)
	}
	return string(r.Raw)
}

func (s *tsSession) call(t testing.TB, tool string, args map[string]any) answer {
	t.Helper()
	r := s.ask(t, map[string]any{"call": tool, "args": args})
	if r.Error != "" {
		return answer{Err: r.Error, Raw: r.Error}
	}
	return parseAnswer(r.Raw)
}
