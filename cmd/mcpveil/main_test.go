package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite what scripts compare with")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mcpveil":  func() { main() },
		"answer":   answer,
		"vault":    vaultProgram,
		"breaking": breaking,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Cmds:                map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			env.Setenv("MCPVEIL_KEY_DIR", env.WorkDir+"/.keys")
			env.Setenv("VAULT_TOKEN", "")
			return nil
		},
	})
}

// exits CODE PROGRAM ARG… runs a program, which must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s exits with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// answer is a server for scripts: "answer FILE" writes the next line of FILE for each line it reads,
// and ends with FILE. "answer -code N" reads nothing and exits with N. "answer -stderr FILE" copies FILE to
// standard error and then echoes standard input.
func answer() {
	switch args := os.Args[1:]; {
	case len(args) == 2 && args[0] == "-code":
		code, _ := strconv.Atoi(args[1])
		os.Exit(code)
	case len(args) == 2 && args[0] == "-stderr":
		text, err := os.ReadFile(args[1])
		if err != nil {
			panic(err)
		}
		fmt.Fprint(os.Stderr, string(text))
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case len(args) == 1:
		text, err := os.ReadFile(args[0])
		if err != nil {
			panic(err)
		}
		in := bufio.NewScanner(os.Stdin)
		in.Buffer(nil, 1<<26)
		for l := range strings.Lines(string(text)) {
			if !in.Scan() {
				return
			}
			fmt.Print(l)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: answer FILE")
		os.Exit(2)
	}
}

// runIn runs a command line within this process and returns what it wrote and its exit code.
func runIn(ctx context.Context, stdin string, args ...string) (stdout, stderr string, code int) {
	var out, err strings.Builder
	code = run(ctx, args, streams{io.NopCloser(strings.NewReader(stdin)), nopWriter{&out}, &err})
	return out.String(), err.String(), code
}

type nopWriter struct{ io.Writer }

func (nopWriter) Close() error { return nil }

// A filter that waits for input ends when it is told to, and sums up what it did.
func TestFilterInterrupted(t *testing.T) {
	t.Setenv(keyDirVar, t.TempDir()+"/keys")
	in, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var out, stderr testenv.Buffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"filter", "--direction", "to-client"}, streams{in, nopWriter{&out}, &stderr})
	}()
	if _, err := io.WriteString(w, sealMe); err != nil {
		t.Fatal(err)
	}
	for range 6000 { // two minutes
		if strings.Contains(out.String(), "\n") {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	if code := <-done; code != exitInterrupted || !strings.Contains(out.String(), "pii-email-1") || !strings.Contains(stderr.String(), "1 messages") {
		t.Errorf("interrupted, filter ends with %d, wrote %q and said %q", code, out.String(), stderr.String())
	}
}
