package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A bridge serves a stdio server over Streamable HTTP, so that the conformance
// suite, which knows only HTTP, can be run on it: one process for all requests of the modern
// era, one for each session of the legacy era. It gives every request an id and a progress
// token of its own, and maps errors to the statuses the specification asks for. What it cannot
// know (the headers' checks) it leaves out: it is compared with itself.
type bridge struct {
	argv, env []string
	legacy    bool
	log       *journal

	mu    sync.Mutex
	pipes map[string]*pipe // by session; "" in the modern era
}

func startBridge(t testing.TB, legacy bool, argv, env []string, log *journal) string {
	t.Helper()
	b := &bridge{argv: argv, env: env, legacy: legacy, log: log, pipes: map[string]*pipe{}}
	s := httptest.NewServer(b)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		for id := range b.pipes {
			if err := b.close(id); err != nil {
				t.Errorf("a bridged server did not end well: %v", err)
			}
		}
	})
	return s.URL
}

// A message is the top level of a JSON-RPC message; everything below stays as it came.
type message map[string]json.RawMessage

func (b *bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !local(r.Host) || !localOrigin(r.Header.Get("Origin")) {
		http.Error(w, "not from here", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodPost {
		b.serveOther(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	var m message
	if err != nil || json.Unmarshal(body, &m) != nil {
		fail(w, http.StatusBadRequest, -32700, "parse error")
		return
	}
	session := r.Header.Get("Mcp-Session-Id")
	if !b.legacy {
		session = ""
	} else if string(m["method"]) == `"initialize"` && session == "" {
		session = letters(20)
		w.Header().Set("Mcp-Session-Id", session)
	} else if session == "" {
		fail(w, http.StatusBadRequest, -32600, "no session")
		return
	}
	p, err := b.pipe(session, string(m["method"]) == `"initialize"`)
	if err != nil {
		fail(w, http.StatusNotFound, -32001, err.Error())
		return
	}
	if m["id"] == nil || m["method"] == nil {
		p.forward(m)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	p.serve(w, r, m, b.legacy)
}

// serveOther answers GET with the session's own stream, DELETE with its end.
func (b *bridge) serveOther(w http.ResponseWriter, r *http.Request) {
	session := r.Header.Get("Mcp-Session-Id")
	p, err := b.pipe(session, false)
	switch {
	case !b.legacy || r.Method != http.MethodGet && r.Method != http.MethodDelete:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case session == "":
		w.WriteHeader(http.StatusBadRequest)
	case err != nil:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete:
		_ = b.close(session)
	default:
		stream := startSSE(w)
		for {
			select {
			case <-r.Context().Done():
				return
			case m, ok := <-p.alone:
				if !ok {
					return
				}
				stream(m)
			}
		}
	}
}

// pipe returns the process of that session, started now if make says so.
func (b *bridge) pipe(session string, initialize bool) (*pipe, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.pipes[session]; p != nil {
		return p, nil
	}
	if b.legacy && !initialize {
		return nil, errors.New("no such session")
	}
	p, err := newPipe(b.argv, b.env, b.log)
	if err != nil {
		return nil, err
	}
	b.pipes[session] = p
	return p, nil
}

func (b *bridge) close(session string) error {
	b.mu.Lock()
	p := b.pipes[session]
	delete(b.pipes, session)
	b.mu.Unlock()
	if p == nil {
		return nil
	}
	p.in.Close()
	kill := time.AfterFunc(long, func() { _ = p.cmd.Process.Kill() })
	<-p.done
	err := p.cmd.Wait()
	if !kill.Stop() {
		return fmt.Errorf("it did not end within %v of the end of its input: %w", long, err)
	}
	return nil
}

// A pipe is a running stdio server and the calls under way on it.
type pipe struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	alone chan message // what belongs to no call
	done  chan struct{}

	mu    sync.Mutex
	last  int
	calls map[string]*call // by the id we gave
	order []string         // their ids, oldest first
}

type call struct {
	id, token json.RawMessage // as the client gave them
	answers   chan message    // ends with the response; closed when the server is gone
}

func newPipe(argv, env []string, log *journal) (*pipe, error) {
	p := &pipe{cmd: exec.Command(argv[0], argv[1:]...), alone: make(chan message, 1024), done: make(chan struct{}), calls: map[string]*call{}}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = log
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.read(out)
	return p, nil
}

func (p *pipe) read(out io.Reader) {
	defer close(p.done)
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadBytes('\n')
		var m message
		if err == nil && json.Unmarshal(line, &m) == nil {
			p.deliver(m)
		}
		if err != nil {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		close(c.answers)
	}
	p.calls = nil
	close(p.alone)
}

// deliver hands what the server wrote to the call it belongs to.
func (p *pipe) deliver(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m["method"] == nil { // a response
		if c := p.calls[string(m["id"])]; c != nil {
			p.drop(string(m["id"]))
			m["id"] = c.id
			c.answers <- m
		}
		return
	}
	var params struct {
		ProgressToken json.RawMessage
		Meta          map[string]json.RawMessage `json:"_meta"`
	}
	_ = json.Unmarshal(m["params"], &params)
	const subscription = "io.modelcontextprotocol/subscriptionId"
	if c := p.calls[string(params.ProgressToken)]; c != nil {
		m["params"] = withMember(m["params"], "progressToken", c.token)
		c.answers <- m
	} else if c := p.calls[string(params.Meta[subscription])]; c != nil {
		m["params"] = withMember(m["params"], "_meta", withMember(raw(params.Meta), subscription, c.id))
		c.answers <- m
	} else if n := len(p.order); n > 0 && string(m["method"]) != `"notifications/resources/updated"` {
		p.calls[p.order[n-1]].answers <- m
	} else {
		select {
		case p.alone <- m:
		default: // nobody listens
		}
	}
}

// serve sends a request and answers with what comes of it: JSON, or SSE if more
// than the response comes.
func (p *pipe) serve(w http.ResponseWriter, r *http.Request, m message, legacy bool) {
	id, c := p.begin(m)
	if c == nil {
		fail(w, http.StatusBadGateway, -32603, "the server is gone")
		return
	}
	var stream func(message)
	for {
		select {
		case <-r.Context().Done():
			p.forwardRaw(fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s}}`, id))
			p.mu.Lock()
			p.drop(id)
			p.mu.Unlock()
			return
		case a, ok := <-c.answers:
			last := !ok || a["method"] == nil
			switch {
			case !ok && stream == nil:
				fail(w, http.StatusBadGateway, -32603, "the server is gone")
			case !ok:
			case stream == nil && last:
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status(a, m, legacy))
				_, _ = w.Write(raw(a))
			default:
				if stream == nil {
					stream = startSSE(w)
				}
				stream(a)
			}
			if last {
				return
			}
		}
	}
}

// begin registers a request under an id of ours and sends it.
func (p *pipe) begin(m message) (id string, c *call) {
	p.mu.Lock()
	if p.calls == nil {
		p.mu.Unlock()
		return "", nil
	}
	p.last++
	id = strconv.Itoa(p.last)
	c = &call{id: m["id"], answers: make(chan message, 1024)}
	m["id"] = json.RawMessage(id)
	var params struct {
		Meta map[string]json.RawMessage `json:"_meta"`
	}
	_ = json.Unmarshal(m["params"], &params)
	if c.token = params.Meta["progressToken"]; c.token != nil {
		m["params"] = withMember(m["params"], "_meta", withMember(raw(params.Meta), "progressToken", m["id"]))
	}
	p.calls[id] = c
	p.order = append(p.order, id)
	p.mu.Unlock()
	p.forward(m)
	return id, c
}

func (p *pipe) drop(id string) {
	delete(p.calls, id)
	for i, x := range p.order {
		if x == id {
			p.order = append(p.order[:i:i], p.order[i+1:]...)
			return
		}
	}
}

func (p *pipe) forward(m message) { p.forwardRaw(string(raw(m))) }

func (p *pipe) forwardRaw(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = io.WriteString(p.in, line+"\n")
}

// status is what the modern era wants for an error; the legacy era has 200.
func status(answer, request message, legacy bool) int {
	var e struct{ Code int }
	if legacy || answer["error"] == nil || json.Unmarshal(answer["error"], &e) != nil {
		return http.StatusOK
	}
	var params struct {
		Meta map[string]any `json:"_meta"`
	}
	_ = json.Unmarshal(request["params"], &params)
	_, version := params.Meta["io.modelcontextprotocol/protocolVersion"]
	_, capabilities := params.Meta["io.modelcontextprotocol/clientCapabilities"]
	switch {
	case e.Code == -32601:
		return http.StatusNotFound
	case e.Code <= -32020 && e.Code >= -32022, !version, !capabilities:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

func startSSE(w http.ResponseWriter) func(message) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusOK)
	flush := w.(http.Flusher).Flush
	flush()
	return func(m message) {
		fmt.Fprintf(w, "event: message\ndata: %s\n\n", raw(m))
		flush()
	}
}

func fail(w http.ResponseWriter, status, code int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":null,"error":{"code":%d,"message":%q}}`, code, text)
}

func local(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}

func localOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return origin == "" || err == nil && local(u.Host)
}

func raw(v any) json.RawMessage { return json.RawMessage(mustJSON(v)) }

// withMember returns object with one member set, the others as they came.
func withMember(object json.RawMessage, name string, value json.RawMessage) json.RawMessage {
	m := message{}
	_ = json.Unmarshal(object, &m)
	m[name] = value
	return raw(m)
}
