package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/mcpveil/mcpveil/internal/crash"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
)

// StdioOptions configures [Stdio].
type StdioOptions struct {
	Command string
	Args    []string
	Env     []string // of the child; nil: ours
	Dir     string   // of the child; "": ours

	Stdin  io.Reader // from the client
	Stdout io.Writer // to the client
	Stderr io.Writer // the child's stderr, filtered, and our own notices

	Session *session.Session

	MaxMessage   int           // longest line held whole; 64 MiB if zero
	DrainTimeout time.Duration // how long answers are waited for after the client closed its end; 5s if zero
	ExitTimeout  time.Duration // how long the child may take to exit once its stdin is closed, and again after SIGTERM; 5s if zero
	AnswerGrace  time.Duration // how long calls may still be answered after the child wrote a line that is no message; 5s if zero
}

const defaultGrace = 5 * time.Second

// Stdio runs a stdio server as a child process and takes all that passes between it and the
// client through the session. It returns when both directions are done and the child has exited:
// with the child's exit code, 128 and the signal's number if a signal ended it, or 1 and an error
// if it could not be started or wired. A child that exits with code 0 while it owes answers makes it 1.
//
// The child has a process group of its own, so that a signal to it reaches what it started (npx does).
// Signals to us (SIGINT, SIGTERM, SIGHUP) are passed on to that group. Each of them but SIGHUP, and the end
// of ctx, also ends the child if it does not end by itself: its stdin is closed, then SIGTERM, then SIGKILL.
//
// When Stdio returns, a read from Stdin may still be under way.
func Stdio(ctx context.Context, opts StdioOptions) (exitCode int, err error) {
	for _, d := range []*time.Duration{&opts.DrainTimeout, &opts.ExitTimeout, &opts.AnswerGrace} {
		if *d <= 0 {
			*d = defaultGrace
		}
	}
	x := &stdio{opts: &opts, exited: make(chan struct{}), upDone: make(chan struct{}), downDone: make(chan struct{}), errDone: make(chan struct{})}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, forwarded...)
	defer signal.Stop(signals)
	if err := x.start(); err != nil {
		return 1, err
	}
	if f, ok := opts.Stdin.(*os.File); ok {
		in, back := pollable(f)
		opts.Stdin = in
		defer back()
	}
	x.client = lineWriter{w: opts.Stdout}
	x.server = lineWriter{w: x.stdin}
	go x.up(ctx)
	go x.down(ctx)
	go x.stderr(ctx)
	go func() {
		x.waitErr = x.cmd.Wait()
		close(x.exited)
	}()
	x.supervise(ctx, signals)
	return x.end(ctx, signals)
}

// A stdio is one run of [Stdio].
//
// NOTE: three goroutines copy (up, down, stderr), each with a Port of its own; supervise alone decides
// when it is over. up ends with the client's input, or with the child's stdin; down with the child's
// stdout.
type stdio struct {
	opts   *StdioOptions
	cmd    *exec.Cmd
	client lineWriter // also for replies to the client's messages
	server lineWriter // also for replies to the server's

	stdin       *os.File   // the child's
	stdout, log *childPipe // the child's stdout and stderr

	told     bool          // to end, by a signal or ctx; supervise's
	exited   chan struct{} // closed when the child has exited; waitErr is set
	waitErr  error
	upDone   chan struct{}
	downDone chan struct{}
	errDone  chan struct{}
}

// pipeRoom is how much a pipe to or from the child takes before who writes must wait. Where it is 64 KB, as it comes, a message of 100 KB
// wakes both sides twice.
const pipeRoom = 256 << 10

// start starts the child with pipes of ours: exec's own would be closed by Wait before all was read.
func (x *stdio) start() error {
	o := x.opts
	cmd := exec.Command(o.Command, o.Args...)
	cmd.Env, cmd.Dir = o.Env, o.Dir
	var theirs []*os.File
	pipe := func() (r, w *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, nil
		}
		return r, w
	}
	inR, inW := pipe()
	outR, outW := pipe()
	logR, logW := pipe()
	theirs = append(theirs, inR, outW, logW)
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
	}()
	if inR == nil || outR == nil || logR == nil {
		return errors.New("proxy: no pipes to be had: too many open files?")
	}
	widen(inW)
	widen(outR)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = inR, outW, logW
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		for _, f := range []*os.File{inW, outR, logR} {
			f.Close()
		}
		return fmt.Errorf("proxy: server could not be started: %w; check the command after --", err)
	}
	x.cmd, x.stdin, x.stdout, x.log = cmd, inW, &childPipe{outR, pipeSize}, &childPipe{logR, pipeSize}
	return nil
}

// supervise waits until the child has exited, and sees to it that it does once it should.
func (x *stdio) supervise(ctx context.Context, signals <-chan os.Signal) {
	var (
		end      = endOf(x)
		up, down = x.upDone, x.downDone
		done     = ctx.Done()
		idle     <-chan struct{}
	)
	for {
		select {
		case <-x.exited:
			return
		case <-up: // the client has said all it had to say
			up = nil
			idle = x.opts.Session.Idle(policy.ToServer)
			end.after(x.opts.DrainTimeout, stageClose)
		case <-idle: // and has all its answers
			idle = nil
			end.now(stageClose)
		case <-down: // the server has
			down = nil
			end.now(stageClose)
		case s := <-signals:
			if !ignored(s) {
				signalGroup(x.cmd, s)
			}
			if ends(s) {
				x.told = true
				end.after(x.opts.ExitTimeout, stageClose)
			}
		case <-done:
			done = nil
			x.told = true
			end.now(stageTerm)
		case <-end.timer.C:
			end.next()
		}
	}
}

// An ending ends the child step by step, each step some time after the one before.
type ending struct {
	x     *stdio
	stage stage
	timer *time.Timer
}

type stage int

const (
	stageNone  stage = iota
	stageClose       // close its stdin
	stageTerm
	stageKill
)

func endOf(x *stdio) *ending {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &ending{x: x, timer: t}
}

// after has stage s begin after d, unless it, or an earlier one, has begun or is due.
func (e *ending) after(d time.Duration, s stage) {
	if e.stage == stageNone {
		e.stage = s
		e.timer.Reset(d)
	}
}

// now has stage s begin now, unless it has begun.
func (e *ending) now(s stage) {
	if e.stage <= s {
		e.stage = s
		e.next()
	}
}

// next does what the stage asks for and waits before the one after it.
func (e *ending) next() {
	switch e.stage {
	case stageClose:
		e.x.server.close(e.x.stdin)
	case stageTerm:
		e.x.server.close(e.x.stdin)
		signalGroup(e.x.cmd, terminate)
	case stageKill:
		signalGroup(e.x.cmd, os.Kill)
	default:
		return
	}
	e.stage++
	e.timer.Reset(e.x.opts.ExitTimeout)
}

// end gathers what the child left, answers what it owes, and says how it ended.
func (x *stdio) end(ctx context.Context, signals <-chan os.Signal) (int, error) {
	// Something that the child started may hold its pipes open for ever.
	limit := time.Now().Add(min(x.opts.ExitTimeout, time.Second))
	_ = x.stdout.SetReadDeadline(limit)
	_ = x.log.SetReadDeadline(limit)
	owed, done := 0, make(chan int, 1)
	go func() {
		defer crash.Exit()
		<-x.downDone
		x.server.close(x.stdin)
		n := x.fail(mcpwire.CodePeerGone, "mcpveil: the server ended before it answered")
		x.client.close(nil)
		<-x.errDone
		x.stdout.Close()
		x.log.Close()
		done <- n
	}()
	var patience <-chan time.Time // with a client that does not read; without end unless we are told to end
	told, cancelled := x.told, ctx.Done()
	for waits := true; waits; {
		if told && patience == nil {
			patience = time.After(x.opts.ExitTimeout)
		}
		select {
		case owed = <-done:
			waits = false
		case <-patience:
			waits = false
		case s := <-signals:
			told = told || ends(s)
		case <-cancelled:
			told, cancelled = true, nil
		}
	}

	state := x.cmd.ProcessState
	if state == nil {
		return 1, fmt.Errorf("proxy: server: %w", x.waitErr)
	}
	code := exitCode(state)
	if code != 0 && !x.told {
		x.notice("the server ended by itself: " + state.String()) // it may have said nothing, even before it was asked anything
	}
	if code == 0 && owed > 0 {
		code = 1
	}
	return code, nil
}

// fail answers all calls that the child owes, and returns how many those were.
func (x *stdio) fail(code int, reason string) int {
	p := x.opts.Session.Port(policy.ToClient)
	defer p.Release()
	errs := p.FailOutstanding(nil, code, reason)
	for _, e := range errs {
		_ = x.client.line(e)
	}
	return len(errs)
}

// failLater answers those of the calls outstanding now that have no answer after the grace.
func (x *stdio) failLater() {
	then := time.Now()
	time.AfterFunc(x.opts.AnswerGrace, func() {
		p := x.opts.Session.Port(policy.ToClient)
		defer p.Release()
		for _, e := range p.FailOlder(nil, then, mcpwire.CodePeerGone, "mcpveil: the server wrote what is no message in place of an answer") {
			_ = x.client.line(e)
		}
	})
}

func (x *stdio) notice(text string) {
	fmt.Fprintf(x.opts.Stderr, "mcpveil: %s\n", text)
}
