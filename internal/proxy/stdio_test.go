package proxy_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/proxy"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// The test binary is also the server: MCPVEIL_CHILD says which.
const childEnv = "MCPVEIL_CHILD"

func TestMain(m *testing.M) {
	if child := children[os.Getenv(childEnv)]; child != nil {
		child()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// lines calls f for each line of stdin.
func lines(f func(line string)) {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		f(in.Text())
	}
}

func idOf(line string) string {
	_, rest, _ := strings.Cut(line, `"id":`)
	id, _, _ := strings.Cut(rest, ",")
	return id
}

func answer(line, text string) {
	fmt.Printf(`{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":%q}]}}`+"\n", idOf(line), text)
}

var children = map[string]func(){
	"echo":  func() { lines(func(l string) { answer(l, "jane.doe@example.com") }) },
	"plain": func() { lines(func(l string) { answer(l, "fine") }) },
	// mirror answers each call with its argument.
	"mirror": func() {
		lines(func(l string) {
			_, rest, _ := strings.Cut(l, `"x":"`)
			text, _, _ := strings.Cut(rest, `"`)
			answer(l, text)
		})
	},
	"long": func() { lines(func(l string) { answer(l, strings.Repeat("x", 6<<20)+" jane.doe@example.com") }) },
	"floods": func() {
		go lines(func(string) {})
		for i := range 50_000 {
			fmt.Printf(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"%d %s"}}`+"\n", i, strings.Repeat("x", 1000))
		}
	},
	// parting answers the first call, and with the second says a lot and leaves.
	"parting": func() {
		n := 0
		lines(func(l string) {
			if n++; n == 1 {
				answer(l, "first")
				return
			}
			for i := range partingWords {
				fmt.Printf(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"word %d"}}`+"\n", i)
			}
			answer(l, "last")
			os.Exit(0)
		})
	},
	// leaves answers a call and exits, but not what it started, which holds the pipes and goes on writing to them.
	"leaves": func() {
		lines(func(l string) {
			heir := exec.Command(os.Args[0])
			heir.Env = append(os.Environ(), childEnv+"=heir")
			heir.Stdout, heir.Stderr = os.Stdout, os.Stderr
			if err := heir.Start(); err != nil {
				panic(err)
			}
			answer(l, fmt.Sprint("left to ", heir.Process.Pid, "."))
			os.Exit(0)
		})
	},
	"heir": func() {
		signal.Ignore(syscall.SIGPIPE)
		line := []byte(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"yet"}}` + "\n")
		for {
			if _, err := os.Stdout.Write(line); err != nil {
				time.Sleep(2 * long)
				return
			}
		}
	},
	// slow answers a while after each call, and loses what it has not answered at the end of its input.
	"slow": func() {
		var wg sync.WaitGroup
		lines(func(l string) {
			wg.Add(1)
			go func() { time.Sleep(200 * time.Millisecond); answer(l, "late"); wg.Done() }()
		})
		os.Exit(0)
	},
	"dies":  func() { lines(func(l string) { os.Exit(7) }) },
	"quits": func() { lines(func(l string) { os.Exit(0) }) },
	"deaf": func() {
		signal.Ignore(syscall.SIGTERM)
		fmt.Fprintln(os.Stderr, "ready")
		lines(func(string) {})
		select {}
	},
	"stays":  func() { lines(func(string) {}); select {} },
	"killed": func() { lines(func(string) { syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} }) },
	"signals": func() {
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		fmt.Fprintln(os.Stderr, "ready")
		<-c
		os.Exit(42)
	},
	"garbage": func() {
		lines(func(l string) {
			fmt.Println("Listening for jane.doe@example.com")
			if strings.Contains(l, "patient") {
				answer(l, "fine")
			}
		})
	},
	"broken": func() { lines(func(l string) { fmt.Println(`{"jsonrpc":"2.0","result":{"content":[`) }) },
	"cut": func() {
		lines(func(l string) { fmt.Printf(`{"jsonrpc":"2.0","id":%s,"result":{"content":[`+"\n", idOf(l)) })
	},
	"logs": func() {
		fmt.Fprintln(os.Stderr, "user jane.doe@example.com logged in")
		fmt.Fprint(os.Stderr, strings.Repeat("x", 100<<10)+"\nafter\n")
		fmt.Fprint(os.Stderr, "no end jane.doe@example.com")
	},
	"batch": func() {
		lines(func(l string) {
			fmt.Println(`[{"jsonrpc":"2.0","id":1,"result":{"a":"jane.doe@example.com"}}, {"jsonrpc":"2.0","id":2,"result":{}}]`)
		})
	},
	"big": func() { lines(func(l string) { answer(l, strings.Repeat("x", 200<<10)) }) },
	"asks": func() {
		fmt.Println(`{"jsonrpc":"2.0","id":5,"method":"elicitation/create","params":{"message":"BLOCKME"}}`)
		lines(func(l string) { fmt.Fprintln(os.Stderr, "got", l) })
	},
	"errors": func() {
		lines(func(l string) {
			fmt.Printf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"Method not found"}}`+"\n", idOf(l))
		})
	},
}

// options returns options for a session that writes <EMAIL_ADDRESS> for e-mail addresses and blocks BLOCKME.
func options(t testing.TB) *session.Options {
	t.Helper()
	det, err := detect.New([]detect.Rule{
		{ID: "t.email.1", Entity: "EMAIL_ADDRESS", Tier: detect.ByItself, MaxLen: 100,
			Patterns: []detect.Pattern{{Expr: `[a-z0-9.]+@[a-z0-9.]+\.[a-z]{2,3}`, Guard: detect.GuardWord}}, Checks: []detect.Check{{Name: "email"}}},
		{ID: "t.block.1", Entity: "BLOCK", Tier: detect.ByItself, MaxLen: 100, Patterns: []detect.Pattern{{Expr: `BLOCKME`, Guard: detect.GuardWord}}},
	}, &detect.Options{MinScore: .01})
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{
		{Name: "no", Entities: []string{"BLOCK"}, Action: policy.Block},
		{Name: "hide", Direction: policy.ToClient, Action: policy.Redact},
		{Name: "rest", Action: policy.Pass},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(det, pol, redact.Transformers{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &session.Options{Engine: session.Engine{Filter: f, Policy: pol, Detector: det}}
}

func newSession(t testing.TB, opts *session.Options) *session.Session {
	t.Helper()
	s, err := session.New(opts, session.Peer{Principal: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A safeBuffer is a buffer that may be read while it is written to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *safeBuffer) wait(t *testing.T, want string) {
	t.Helper()
	for end := time.Now().Add(long); !strings.Contains(s.String(), want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %q in %q", long, want, s.String())
		}
	}
}

// long is what nothing here takes, however busy the machine is.
const long = 2 * time.Minute

// soon is for times that a test waits for the end of.
const soon = 100 * time.Millisecond

// A run is one run of Stdio around a child of ours.
type run struct {
	in          *io.PipeWriter
	out, stderr safeBuffer
	counts      audit.Counts
	code        chan int
	err         error
}

func start(t *testing.T, ctx context.Context, child string, change func(*proxy.StdioOptions)) *run {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &run{code: make(chan int, 1)}
	in, w := io.Pipe()
	r.in = w
	sopts := options(t)
	sopts.Sink = &r.counts
	opts := proxy.StdioOptions{
		Command: self, Env: append(os.Environ(), childEnv+"="+child, "GORACE=atexit_sleep_ms=0"), Stdin: in, Stdout: &r.out, Stderr: &r.stderr,
		Session: newSession(t, sopts), ExitTimeout: long, DrainTimeout: long, AnswerGrace: long,
	}
	if change != nil {
		change(&opts)
	}
	go func() {
		code, err := proxy.Stdio(ctx, opts)
		r.err = err
		r.code <- code
	}()
	t.Cleanup(func() { w.Close() })
	return r
}

func (r *run) send(lines ...string) {
	for _, l := range lines {
		io.WriteString(r.in, l+"\n")
	}
}

func (r *run) wait(t *testing.T) int {
	t.Helper()
	select {
	case c := <-r.code:
		return c
	case <-time.After(2 * long):
		t.Fatalf("Stdio did not return within %v; wrote %.2000q, %.2000q", 2*long, r.out.String(), r.stderr.String())
	}
	return -1
}

func call(id, tool string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":{}}}`, id, tool)
}

func TestStdio(t *testing.T) {
	tests := []struct {
		name, child string
		send        []string
		out         string
		code        int
	}{
		{"answer is filtered", "echo", []string{call("1", "a")}, `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"[EMAIL_ADDRESS]"}]}}` + "\n", 0},
		{"answers in flight at the end", "slow", []string{call(`"x"`, "a")}, `{"jsonrpc":"2.0","id":"x","result":{"content":[{"type":"text","text":"late"}]}}` + "\n", 0},
		{"nothing at all", "echo", nil, "", 0},
		{"child dies in a call", "dies", []string{call("1", "a")}, `{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the server ended before it answered"}}` + "\n", 7},
		{"child quits in a call", "quits", []string{call("1", "a")}, `{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the server ended before it answered"}}` + "\n", 1},
		{"child is killed in a call", "killed", []string{call("1", "a")}, `{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the server ended before it answered"}}` + "\n", 137},
		{"child ignores the end of its input", "stays", nil, "", 143},
		{"child ignores SIGTERM too", "deaf", nil, "", 137},
		{"child's own errors", "errors", []string{call("1", "a")}, `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}` + "\n", 0},
		{"call is blocked", "echo", []string{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":"BLOCKME"}}}`},
			`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"mcpveil: blocked by policy rule no: BLOCK at /params/arguments/x"}],"isError":true}}` + "\n", 0},
		{"client's garbage", "echo", []string{"hello"}, `{"jsonrpc":"2.0","error":{"code":-32700,"message":"mcpveil: message is not JSON at offset 0"}}` + "\n", 0},
		{"client's cut request", "echo", []string{`{"jsonrpc":"2.0","id":9,"method":"x","params":{`}, `{"jsonrpc":"2.0","id":9,"error":{"code":-32700,"message":"mcpveil: message ends early at offset 47"}}` + "\n", 0},
		{"line of the server that is no message", "garbage", []string{call("1", "unanswered")}, `{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the server wrote what is no message in place of an answer"}}` + "\n", 0},
		{"the same, before an answer", "garbage", []string{call("1", "patient")}, `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"fine"}]}}` + "\n", 0},
		{"broken message of the server", "broken", []string{call("1", "a")}, `{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the server wrote a message that cannot be passed on"}}` + "\n", 0},
		{"cut answer", "cut", []string{call("1", "a")}, `{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the answer could not be read: message ends early at offset 45"}}` + "\n", 0},
		{"batch", "batch", []string{`[` + call("1", "a") + `,` + call("2", "b") + `]`}, `[{"jsonrpc":"2.0","id":1,"result":{"a":"[EMAIL_ADDRESS]"}}, {"jsonrpc":"2.0","id":2,"result":{}}]` + "\n", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, t.Context(), tt.child, func(o *proxy.StdioOptions) {
				switch {
				case tt.child == "stays" || tt.child == "deaf":
					o.ExitTimeout = soon
				case strings.Contains(strings.Join(tt.send, ""), "unanswered"):
					o.AnswerGrace = soon
				}
			})
			if tt.child == "deaf" {
				r.stderr.wait(t, "ready")
			}
			r.send(tt.send...)
			r.in.Close()
			code := r.wait(t)
			if r.err != nil || code != tt.code {
				t.Errorf("Stdio = %d, %v, want %d; stderr %q", code, r.err, tt.code, r.stderr.String())
			}
			if diff := cmp.Diff(tt.out, r.out.String()); diff != "" {
				t.Errorf("to the client (-want +got)\n%s", diff)
			}
			if strings.Contains(r.stderr.String(), "jane") {
				t.Errorf("stderr holds a value: %q", r.stderr.String())
			}
		})
	}
}

func TestStdioStderr(t *testing.T) {
	r := start(t, t.Context(), "logs", nil)
	if code := r.wait(t); code != 0 {
		t.Errorf("Stdio = %d, want 0", code)
	}
	got := strings.ReplaceAll(r.stderr.String(), "\n", "|")
	for _, want := range []string{"user [EMAIL_ADDRESS] logged in|", "|after|", "no end [EMAIL_ADDRESS]", "too long; it is left out|"} {
		if !strings.Contains(got, want) {
			t.Errorf("stderr %q, want %q in it", got, want)
		}
	}
	if strings.Contains(got, "xxx") {
		t.Errorf("a line that is too long was passed on")
	}
	found := r.counts.Summary().Found
	if len(found) != 1 || found[0].N != 2 {
		t.Errorf("counted %+v, want two addresses", found)
	}
}

// What cannot be filtered, here since no record can be written, is left out and said to be.
func TestStdioStderrFailsClosed(t *testing.T) {
	r := start(t, t.Context(), "logs", func(o *proxy.StdioOptions) {
		opts := options(t)
		opts.Sink = noSink{}
		o.Session = newSession(t, opts)
	})
	r.wait(t)
	if got := r.stderr.String(); strings.Contains(got, "@") || !strings.Contains(got, "left out") {
		t.Errorf("stderr %q, want a notice in place of what was logged", got)
	}
}

type noSink struct{}

func (noSink) Write(*audit.Record) error { return errors.New("no space left on device") }

func TestStdioSignal(t *testing.T) {
	r := start(t, t.Context(), "signals", nil)
	r.stderr.wait(t, "ready")
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := r.wait(t); code != 42 {
		t.Errorf("Stdio = %d after SIGTERM, want the child's 42", code)
	}
}

func TestStdioCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := start(t, ctx, "stays", nil)
	r.send(call("1", "a"))
	time.AfterFunc(50*time.Millisecond, cancel)
	if code := r.wait(t); code != 143 {
		t.Errorf("Stdio = %d when cancelled, want 143", code)
	}
}

func TestStdioNoCommand(t *testing.T) {
	r := start(t, t.Context(), "", func(o *proxy.StdioOptions) { o.Command = "./no-such-server" })
	if code := r.wait(t); code != 1 || r.err == nil || !strings.Contains(r.err.Error(), "could not be started") {
		t.Errorf("Stdio = %d, %v, want 1 and what to do", code, r.err)
	}
}

// A client that is gone ends the child.
func TestStdioClientGone(t *testing.T) {
	r := start(t, t.Context(), "echo", func(o *proxy.StdioOptions) { o.Stdout = gone{} })
	r.send(call("1", "a"))
	if code := r.wait(t); code != 0 {
		t.Errorf("Stdio = %d, want 0", code)
	}
}

type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestStdioServerAsks(t *testing.T) {
	r := start(t, t.Context(), "asks", nil)
	r.stderr.wait(t, `got {"jsonrpc":"2.0","id":5,"error":{"code":1001`)
	r.in.Close()
	r.wait(t)
	if r.out.String() != "" {
		t.Errorf("the client got %q, want nothing", r.out.String())
	}
}

func TestStdioTwoAtOnce(t *testing.T) {
	a, b := start(t, t.Context(), "echo", nil), start(t, t.Context(), "echo", nil)
	for _, r := range []*run{a, b} {
		r.send(call("1", "a"))
		r.out.wait(t, "[EMAIL_ADDRESS]")
	}
	for _, r := range []*run{a, b} {
		r.in.Close()
		if code := r.wait(t); code != 0 {
			t.Errorf("Stdio = %d, want 0", code)
		}
	}
}

func TestStdioTooLong(t *testing.T) {
	r := start(t, t.Context(), "big", func(o *proxy.StdioOptions) { o.MaxMessage = 10 << 10 })
	r.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":%q}}}`, strings.Repeat("x", 20<<10)), call("2", "b"))
	r.in.Close()
	r.wait(t)
	got := r.out.String()
	for _, want := range []string{`"id":1,"error":{"code":1002`, `"id":2,"error":{"code":1002`} {
		if !strings.Contains(got, want) {
			t.Errorf("the client got %.500q, want %s in it", got, want)
		}
	}
}

// A message longer than 4 MiB streams where the policy lets it, else it is held; what comes out is the same.
func TestStdioLong(t *testing.T) {
	text := strings.Repeat("x", 6<<20) + " jane.doe@example.com"
	want := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":%q}]}}`+"\n", strings.Replace(text, "jane.doe@example.com", "[EMAIL_ADDRESS]", 1))
	for name, opts := range map[string]*session.Options{"streams": streaming(t), "held": options(t)} {
		t.Run(name, func(t *testing.T) {
			rec := &recorder{}
			opts.Sink = rec
			r := start(t, t.Context(), "long", func(o *proxy.StdioOptions) {
				o.Session = newSession(t, opts)
			})
			r.send(call("1", "a"), call("2", "a"))
			r.in.Close()
			r.wait(t)
			if got := r.out.String(); got != want+strings.Replace(want, `"id":1`, `"id":2`, 1) {
				t.Errorf("the client got %d bytes, want %d, twice", len(got), len(want))
			}
			for _, r := range rec.all() {
				if r.BytesIn > 1<<20 && r.Streamed != (name == "streams") {
					t.Errorf("the record says that the answer streamed: %t", r.Streamed)
				}
			}
		})
	}
}

// A recorder keeps records.
type recorder struct {
	mu      sync.Mutex
	records []audit.Record
}

func (r *recorder) Write(rec *audit.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, *rec)
	return nil
}

func (r *recorder) all() []audit.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.records
}

// BenchmarkStdioCall measures a call of 1 KB and its answer, with nothing between client and child, and with us.
func BenchmarkStdioCall(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	env := append(os.Environ(), childEnv+"=plain")
	msg := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":%q}}}`+"\n", strings.Repeat("text ", 190))
	calls := func(b *testing.B, w io.Writer, r io.Reader) {
		in := bufio.NewReader(r)
		for b.Loop() {
			io.WriteString(w, msg)
			if l, err := in.ReadSlice('\n'); err != nil || !bytes.Contains(l, []byte("fine")) {
				b.Fatalf("got %s, %v, want the child's answer", l, err)
			}
		}
	}
	b.Run("direct", func(b *testing.B) {
		cmd := exec.Command(self)
		cmd.Env = env
		w, _ := cmd.StdinPipe()
		r, _ := cmd.StdoutPipe()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		calls(b, w, r)
		w.Close()
		cmd.Wait()
	})
	b.Run("through", func(b *testing.B) {
		inR, inW, _ := os.Pipe()
		outR, outW, _ := os.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = proxy.Stdio(b.Context(), proxy.StdioOptions{Command: self, Env: env, Stdin: inR, Stdout: outW, Stderr: io.Discard, Session: newSession(b, options(b))})
		}()
		calls(b, inW, outR)
		inW.Close()
		<-done
	})
}

// Many messages at once keep their order, each with what belongs to it, in both directions.
func TestStdioBurst(t *testing.T) {
	r := start(t, t.Context(), "mirror", nil)
	var all, want strings.Builder
	for i := range 3000 {
		text := []string{"fine", "jane.doe@example.com", strings.Repeat("long ", i), "BLOCKME"}[i%4]
		fmt.Fprintf(&all, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"a","arguments":{"x":%q}}}`+"\n", i, text)
		if i%4 != 3 {
			fmt.Fprintf(&want, `{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":%q}]}}`+"\n", i, strings.ReplaceAll(text, "jane.doe@example.com", "[EMAIL_ADDRESS]"))
		}
	}
	io.WriteString(r.in, all.String())
	r.in.Close()
	if code := r.wait(t); code != 0 {
		t.Errorf("Stdio = %d, want 0; %s", code, r.stderr.String())
	}
	var got strings.Builder
	blocked := 0
	for l := range strings.Lines(r.out.String()) {
		if strings.Contains(l, "blocked by policy") {
			blocked++
		} else {
			got.WriteString(l)
		}
	}
	if got.String() != want.String() || blocked != 750 {
		t.Errorf("the client got %d bytes of answers and %d refusals, want %d and 750", got.Len(), blocked, want.Len())
	}
	if n := r.counts.Summary().Total(); n != 5250 {
		t.Errorf("%d records, want 5250", n)
	}
}

// Records run out in the middle: nothing passes from there on, and every call gets an error.
func TestStdioRecordsRunOut(t *testing.T) {
	r := start(t, t.Context(), "plain", func(o *proxy.StdioOptions) {
		opts := options(t)
		opts.Sink = &fewRecords{left: 7}
		o.Session = newSession(t, opts)
	})
	for i := range 20 {
		r.send(call(fmt.Sprint(i), "a"))
	}
	r.in.Close()
	r.wait(t)
	passed, failed := strings.Count(r.out.String(), `"fine"`), strings.Count(r.out.String(), "no record could be written")
	if passed > 3 || passed+failed != 20 {
		t.Errorf("%d calls passed and %d failed, want 3 at most and all others\n%s", passed, failed, r.out.String())
	}
}

type fewRecords struct {
	mu   sync.Mutex
	left int
}

func (f *fewRecords) Write(*audit.Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left < 0 {
		return errors.New("no space left on device")
	}
	return nil
}

// A client that does not read stops the server, and what is held meanwhile is little.
func TestStdioBackPressure(t *testing.T) {
	out := &stuck{read: make(chan struct{})}
	r := start(t, t.Context(), "floods", func(o *proxy.StdioOptions) { o.Stdout, o.ExitTimeout = out, soon })
	time.Sleep(300 * time.Millisecond)
	if n := r.counts.Summary().Total(); n > 1000 {
		t.Errorf("%d messages were taken for a client that does not read, want a pipe or two of them", n)
	}
	close(out.read)
	for end := time.Now().Add(long); r.counts.Summary().Total() < 5000; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the server does not go on once the client reads")
		}
	}
	r.in.Close()
	r.wait(t)
}

// partingWords are as many as a pipe holds.
const partingWords = 500

// What a server wrote before it left, the client gets, however late it reads.
func TestStdioParting(t *testing.T) {
	out := &late{met: make(chan struct{}), read: make(chan struct{})}
	r := start(t, t.Context(), "parting", func(o *proxy.StdioOptions) { o.Stdout, o.ExitTimeout = out, soon })
	r.send(call("1", "a"))
	<-out.met
	r.send(call("2", "a"))
	time.Sleep(5 * soon) // it has left by now, or else this shows nothing
	close(out.read)
	if code := r.wait(t); code != 0 {
		t.Errorf("Stdio = %d, want 0; %s", code, r.stderr.String())
	}
	got := out.String()
	if n := strings.Count(got, `"word `); n != partingWords || !strings.Contains(got, `"id":2,"result"`) {
		t.Errorf("the client got %d of %d notifications, and %.200q in the end", n, partingWords, got[max(0, len(got)-200):])
	}
}

// What the server started and left behind does not keep us, though it holds the pipes and never stops to write.
func TestStdioLeft(t *testing.T) {
	r := start(t, t.Context(), "leaves", func(o *proxy.StdioOptions) { o.ExitTimeout = soon })
	r.send(call("1", "a"))
	if code := r.wait(t); code != 0 {
		t.Errorf("Stdio = %d, want 0; %s", code, r.stderr.String())
	}
	_, rest, _ := strings.Cut(r.out.String(), "left to ")
	pid, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatalf("the client got %.300q", r.out.String())
	}
	if err := syscall.Kill(n, syscall.SIGKILL); err != nil {
		t.Errorf("what the server started does not run: %v", err)
	}
}

// A client that does not read what a server left does not keep us once we are told to end.
func TestStdioStuckTold(t *testing.T) {
	out := &stuck{read: make(chan struct{})}
	defer close(out.read)
	r := start(t, t.Context(), "quits", func(o *proxy.StdioOptions) { o.Stdout, o.ExitTimeout = out, soon })
	r.send(call("1", "a"))
	time.Sleep(5 * soon)
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.wait(t)
}

// A late client says when it is written to for the first time, and reads when it is told to.
type late struct {
	safeBuffer
	once      sync.Once
	met, read chan struct{}
}

func (l *late) Write(p []byte) (int, error) {
	l.once.Do(func() { close(l.met) })
	<-l.read
	return l.safeBuffer.Write(p)
}

type stuck struct{ read chan struct{} }

func (s *stuck) Write(p []byte) (int, error) { <-s.read; return len(p), nil }

// A client's end that the runtime does not poll, as it is with standard input, is read well, and left as it was.
func TestStdioBlockingInput(t *testing.T) {
	for name, ends := range map[string]func() (ours, theirs *os.File){
		"pipe": func() (ours, theirs *os.File) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			return blocking(t, r), w
		},
		"socket": func() (ours, theirs *os.File) {
			fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err != nil {
				t.Fatal(err)
			}
			syscall.CloseOnExec(fds[0])
			syscall.CloseOnExec(fds[1])
			return os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
		},
	} {
		t.Run(name, func(t *testing.T) {
			in, client := ends()
			defer in.Close()
			if err := in.SetReadDeadline(time.Time{}); err == nil {
				t.Fatal("the file can be polled already")
			}
			r := start(t, t.Context(), "mirror", func(o *proxy.StdioOptions) { o.Stdin = in })
			for i := range 20 {
				fmt.Fprintf(client, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"a","arguments":{"x":%q}}}`+"\n", i, strings.Repeat("long ", 40<<10))
				r.out.wait(t, fmt.Sprintf(`"id":%d,"result"`, i))
			}
			client.Close()
			if code := r.wait(t); code != 0 {
				t.Errorf("Stdio = %d, want 0", code)
			}
			conn, err := in.SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Control(func(fd uintptr) {
				if flags, _, _ := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFL, 0); flags&syscall.O_NONBLOCK != 0 {
					t.Error("the file is left non-blocking")
				}
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// blocking returns f as a client's child gets it.
func blocking(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	syscall.CloseOnExec(fd)
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), "stdin")
}
