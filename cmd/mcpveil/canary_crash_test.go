package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/crash"
	"github.com/mcpveil/mcpveil/internal/proxy"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/internal/testenv"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// words names what of c stands in a dump as the words of memory that the runtime prints: eight bytes from anywhere
// in a value, as a number.
func (c canary) words(dump string) []string {
	var names []string
	for name, v := range map[string]string{"e-mail": c.email, "card": c.card, "phone": c.phone, "credential": c.secret} {
		for i := range len(v) - 7 {
			if strings.Contains(dump, fmt.Sprintf("%x", binary.LittleEndian.Uint64([]byte(v[i:])))) {
				names = append(names, fmt.Sprintf("%s at %d", name, i))
			}
		}
	}
	return names
}

// A breaker is a transformer that fails as a mistake in ours would, with the value at hand and in the panic.
type breaker struct{}

func (breaker) Transform(_ context.Context, _ []byte, v redact.Value) ([]byte, error) {
	var word uint64
	if len(v.Text) >= 8 {
		word = binary.LittleEndian.Uint64(v.Text)
	}
	if bytes.Contains(v.Text, []byte("@")) {
		breakWith(v.Text, word)
	}
	var none []byte
	return none[len(v.Text) : len(v.Text)+1], nil
}

//go:noinline
func breakWith(text []byte, word uint64) {
	fmt.Fprint(io.Discard, word)
	panic(errors.New("cannot transform " + string(text)))
}

// breaking is mcpveil filter or mcpveil http with a mistake in it: what replaces values panics.
func breaking() {
	crash.Harden(os.Stderr)
	upstream := flag.String("http", "", "")
	flag.Parse()
	check := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	ctx := context.Background()
	flags := common{log: flag.Arg(0)}
	c, err := flags.load()
	check(err)
	v, err := newVeil(ctx, c, os.Stderr)
	check(err)
	r, err := compile(c, nil)
	check(err)
	pol, err := policy.New([]policy.Rule{{Action: policy.Encrypt}})
	check(err)
	v.session.Engine.Policy = pol
	v.session.Engine.Filter, err = redact.New(r.detector, pol, redact.Transformers{{Action: policy.Encrypt}: breaker{}}, filterOptions(c))
	check(err)
	if *upstream != "" {
		h, _, err := v.handler("x", *upstream)
		check(err)
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		fmt.Println(ln.Addr())
		check(proxy.Serve(ctx, ln, h, time.Second))
		return
	}
	sess, err := session.New(&v.session, v.peer("x"))
	check(err)
	check(proxy.Filter(ctx, proxy.FilterOptions{Direction: policy.ToClient, In: os.Stdin, Out: os.Stdout, Session: sess, MaxMessage: 1 << 20}))
}

// A panic in the path of a message ends the program, or over HTTP the exchange, and says nothing of the message: not on
// standard error, not in the log, not to the peer. The next exchange is served.
func TestCanaryPanic(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(keyDirVar, filepath.Join(dir, "keys"))
	c := newCanary()
	for _, text := range []string{c.email, c.card} {
		answer := `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + text + `"}]}}`
		records := filepath.Join(dir, "records.jsonl")
		cmd := exec.Command("breaking", records)
		cmd.Stdin = strings.NewReader(answer + "\n")
		var out, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &stderr
		_ = cmd.Run()
		log, _ := os.ReadFile(records)
		all := out.String() + stderr.String() + string(log)
		if code := cmd.ProcessState.ExitCode(); code != crash.Code || !strings.Contains(stderr.String(), "breaker.Transform(…)") || out.Len() > 0 {
			t.Errorf("a panic ends mcpveil with %d and %q on standard output, want %d, nothing and the stack on standard error:\n%s", code, out.String(), crash.Code, stderr.String())
		}
		if names := append(c.leaked(all), c.words(all)...); names != nil {
			t.Errorf("what a panic says holds %v:\n%s", names, all)
		}
	}

	text := c.text()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":%q}]}}`, text)
	}))
	defer upstream.Close()
	records := filepath.Join(dir, "http.jsonl")
	cmd := exec.Command("breaking", "-http", upstream.URL, records)
	var stderr testenv.Buffer
	cmd.Stderr = &stderr
	addr := startChild(t, cmd)
	post := func() (string, error) {
		res, err := http.Post("http://"+addr+"/", "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}`))
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return fmt.Sprint(res.Status, res.Header, string(body)), err
	}
	got, err := post()
	if err == nil && strings.Contains(got, "200 OK") {
		t.Errorf("the exchange in which there was a panic is answered with %s, want it cut off", got)
	}
	text = "nothing to be found"
	if got, err := post(); err != nil || !strings.Contains(got, text) {
		t.Errorf("the exchange after it is answered with %q, %v", got, err)
	}
	log, err := os.ReadFile(records)
	if err != nil || !strings.Contains(string(log), "breaker.Transform(…)") {
		t.Errorf("the log does not say where the panic was: %v\n%s", err, log)
	}
	all := got + stderr.String() + string(log)
	if names := append(c.leaked(all), c.words(all)...); names != nil {
		t.Errorf("what a panic says holds %v:\n%s", names, all)
	}
}

// startChild starts cmd, which ends with the test, and returns the first line of its standard output.
func startChild(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line := make(chan string, 1)
	go func() {
		l, _ := bufio.NewReader(out).ReadString('\n')
		line <- strings.TrimSpace(l)
	}()
	select {
	case l := <-line:
		if l == "" {
			t.Fatalf("%s ends: %v", cmd, cmd.Stderr)
		}
		return l
	case <-time.After(2 * time.Minute):
		t.Fatalf("%s does not start: %v", cmd, cmd.Stderr)
		return ""
	}
}

// SIGQUIT to a proxy in the middle of its work has it say what it was doing, and nothing of what it worked on; nor does
// what the runtime says of itself at SIGABRT.
func TestCanaryQuit(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(keyDirVar, filepath.Join(dir, "keys"))
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT} {
		c := newCanary()
		held := make(chan struct{})
		upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":%s}}\n\n", c.json())
			fmt.Fprintf(w, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":\"%s", c.text()) // goes on
			_ = http.NewResponseController(w).Flush()
			select {
			case <-held:
			case <-r.Context().Done():
			}
		}))
		conf := filepath.Join(dir, "debug.yaml")
		if err := os.WriteFile(conf, []byte("version: 1\nlog: {level: debug}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("mcpveil", "http", "--config", conf, "--listen", "127.0.0.1:0", "--upstream", upstream.URL)
		cmd.Env = append(os.Environ(), "GOTRACEBACK=all")
		var stderr testenv.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		addr := listening(t, &stderr)
		for range 3 { // calls under way, each with an event that came and half of another
			req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+addr+"/", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":`+c.json()+`}}}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Accept", "application/json, text/event-stream")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			first, err := bufio.NewReader(res.Body).ReadString('\n')
			if err != nil || c.leaked(first) != nil || !strings.Contains(first, "pii-email-1") {
				t.Fatalf("the first event is %q, %v", first, err)
			}
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		close(held)
		upstream.Close()
		got := stderr.String()
		if !strings.Contains(got, "goroutine 1 ") || !strings.Contains(got, "(*httpProxy).ServeHTTP") {
			t.Errorf("%v: there are no stacks of exchanges under way:\n%s", s, got)
		}
		if s == syscall.SIGQUIT && cmd.ProcessState.ExitCode() != 128+int(syscall.SIGQUIT) {
			t.Errorf("%v: %v", s, cmd.ProcessState)
		}
		if names := append(c.leaked(got), c.words(got)...); names != nil {
			t.Errorf("%v: what it says holds %v:\n%s", s, names, got)
		}
	}
}
