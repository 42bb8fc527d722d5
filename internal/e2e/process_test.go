package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"
)

// A journal gathers what processes write beside the protocol: logs, stderr,
// audit. No canary may ever stand in it.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// start runs argv until the test ends, its output going to out and its stderr
// to log.
func start(t testing.TB, argv, env []string, out io.Writer, log *journal) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = out, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-done:
		case <-time.After(long):
			t.Errorf("%s did not end within %v of an interrupt", argv[0], long)
			_ = cmd.Process.Kill()
			<-done
		}
	})
	return cmd
}

var addrRE = regexp.MustCompile(`127\.0\.0\.1:[1-9][0-9]*`)

// startHTTP runs argv, a server that writes the address it listens on to stderr
// or stdout, and returns that address. An address in except is another's.
func startHTTP(t testing.TB, argv, env []string, log *journal, except ...string) string {
	t.Helper()
	r, w := io.Pipe()
	start(t, argv, env, w, log)
	go func() {
		for s := bufio.NewScanner(r); s.Scan(); {
			_, _ = log.Write(append(s.Bytes(), '\n'))
		}
	}()
	var addr string
	waitFor(t, argv[0]+" to name the address it listens on", func() bool {
		for _, found := range addrRE.FindAllString(log.String(), -1) {
			if !slices.Contains(except, found) {
				addr = found
			}
		}
		return addr != ""
	})
	waitListen(t, addr)
	return addr
}

func waitListen(t testing.TB, addr string) {
	t.Helper()
	waitFor(t, "somebody to listen", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// long is what nothing here takes, however busy the machine is.
const long = 2 * time.Minute

// waitFor waits until done says so.
func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(long); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", long, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// runToEnd runs a stdio target with nothing on its input and returns what it wrote
// and its exit code.
func runToEnd(t testing.TB, to target) (stdout string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	cmd := exec.CommandContext(ctx, to.argv[0], to.argv[1:]...)
	cmd.Env = append(os.Environ(), to.env...)
	cmd.Stderr = to.log
	out, err := cmd.Output()
	if ctx.Err() != nil {
		t.Fatalf("%s does not end at the end of its input", to.argv[0])
	}
	return string(out), exitCode(err)
}

// exitCode is the code behind the error of a command, -1 if it did not run to its end.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return -1
}

// handedOut are ports that freeAddr returned.
var handedOut sync.Map

// freeAddr returns a loopback address for servers that must be told one. It is not of those that the system gives to
// whoever asks for any, so that nobody gets it meanwhile.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 10_000+random(20_000))
		if _, before := handedOut.LoadOrStore(addr, true); before {
			continue
		}
		if ln, err := net.Listen("tcp", addr); err == nil {
			ln.Close()
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}

func splitAddr(t testing.TB, addr string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}
