package crash_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/crash"
	"github.com/mcpveil/mcpveil/internal/testenv"
)

// What must not be told: as text, and as the words of memory that a stack shows of it.
const (
	secret = "4111-1111-canary"
	word   = 0x31313134_2d313131
)

// modes is what this program does as another process, by the variable modeVar.
var modes = map[string]func(){
	"panics":       func() { defer crash.Exit(); work(fail, secret, word) },
	"panics, bare": func() { work(fail, secret, word) },
	"index":        func() { defer crash.Exit(); work(index, secret, word) },
	"waits":        func() { crash.Harden(os.Stderr); work(wait, secret, word) },
	"waits, bare":  func() { work(wait, secret, word) },
}

const modeVar = "MCPVEIL_CRASH_TEST_MODE"

func TestMain(m *testing.M) {
	if f := modes[os.Getenv(modeVar)]; f != nil {
		f()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// work has its arguments in its frame.
//
//go:noinline
func work(f func(string, uint64), text string, n uint64) {
	f(text, n)
	fmt.Fprint(io.Discard, text, n)
}

//go:noinline
func fail(text string, n uint64) {
	fmt.Fprint(io.Discard, n)
	panic(fmt.Errorf("cannot do %s", text))
}

//go:noinline
func index(text string, n uint64) {
	none := make([]byte, 0, n&7)
	none[len(text)] = 1
}

//go:noinline
func wait(text string, n uint64) {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Fprint(io.Discard, text, n)
}

// child runs this program as another process in that mode.
func child(t *testing.T, mode string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), modeVar+"="+mode)
	cmd.Dir = t.TempDir()
	return cmd
}

func tells(text string) bool {
	return strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%#x", uint64(word)))
}

func TestExit(t *testing.T) {
	for _, mode := range []string{"panics", "index", "panics, bare"} {
		cmd := child(t, mode)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			t.Fatalf("%s: %v, want an exit code", mode, err)
		}
		got := stderr.String()
		if mode == "panics, bare" {
			if !strings.Contains(got, secret) || !tells(strings.ReplaceAll(got, secret, "")) {
				t.Errorf("without Exit a panic shows neither value nor word, so this test shows nothing:\n%s", got)
			}
			continue
		}
		if exit.ExitCode() != crash.Code || tells(got) || !strings.Contains(got, "crash_test.go:") || !strings.Contains(got, "crash_test.work(…)") {
			t.Errorf("%s: exit code %d, want %d, a stack without arguments and no value:\n%s", mode, exit.ExitCode(), crash.Code, got)
		}
		if want := map[string]string{"panics": "*fmt.wrapError", "index": "index out of range [16] with length 0"}[mode]; !strings.Contains(got, want) && !strings.Contains(got, "*errors.errorString") {
			t.Errorf("%s: does not say %q:\n%s", mode, want, got)
		}
	}
}

func TestQuit(t *testing.T) {
	if crash.Quit == nil {
		testenv.Missing(t, "there is no SIGQUIT on this system")
	}
	for _, mode := range []string{"waits", "waits, bare"} {
		got, _ := signalled(t, child(t, mode), crash.Quit)
		if strings.Contains(mode, "bare") {
			if !tells(got) {
				t.Errorf("without Harden SIGQUIT shows no word of memory, so this test shows nothing:\n%s", got)
			}
			continue
		}
		if tells(got) || !strings.Contains(got, "crash_test.wait(…)") {
			t.Errorf("SIGQUIT shows a value, or no stack:\n%s", got)
		}
	}
}

// signalled starts cmd, sends it a signal once it is ready, and returns what it says on stderr.
func signalled(t *testing.T, cmd *exec.Cmd, s os.Signal) (stderr string, state *os.ProcessState) {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	cmd.Stderr = &b
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() }).Stop()
	if l, err := bufio.NewReader(out).ReadString('\n'); l != "ready\n" {
		t.Fatalf("the process says %q, %v", l, err)
	}
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	_ = in.Close()
	return b.String(), cmd.ProcessState
}

func TestAbort(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		defer crash.Abort(logger)
		if r.URL.Path == "/meant" {
			panic(http.ErrAbortHandler)
		}
		work(fail, secret, word)
	}))
	defer srv.Close()
	for _, path := range []string{"/meant", "/"} {
		if res, err := http.Get(srv.URL + path); err == nil {
			res.Body.Close()
			t.Errorf("%s: the answer is %s, want none", path, res.Status)
		}
		got := log.String()
		if tells(got) || (path == "/meant") != (got == "") || path == "/" && !strings.Contains(got, "crash_test.fail(…)") {
			t.Errorf("%s: the log has a value, or not the stack:\n%s", path, got)
		}
	}
}

// TestStacks: of this goroutine and of others, no line has an argument.
func TestStacks(t *testing.T) {
	started, end := make(chan bool), make(chan bool)
	defer close(end)
	go work(func(string, uint64) { close(started); <-end }, secret, word)
	<-started
	for _, all := range []bool{false, true} {
		got := crash.Stacks(all)
		if !strings.Contains(got, "TestStacks(…)") || strings.Contains(got, "crash_test.work(…)") != all {
			t.Errorf("Stacks(%v) =\n%s", all, got)
		}
		for l := range strings.Lines(got) {
			if !strings.HasPrefix(l, "\t") && strings.Contains(l, "0x") {
				t.Errorf("Stacks(%v) has %s", all, l)
			}
		}
	}
}
