package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// A process is a worker as its parent sees it. See worker.go.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

// start starts a worker, and returns it with the version of what it measures.
func start(cmd *exec.Cmd) (*process, string, error) {
	p := &process{cmd: cmd}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	p.in, p.out, cmd.Stderr = in, bufio.NewReader(out), &p.stderr
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	version, err := p.answer("ready")
	if err != nil {
		p.stop()
		return nil, "", err
	}
	return p, version, nil
}

func (p *process) answer(word string) (string, error) {
	line, err := p.out.ReadString('\n')
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), word); ok && err == nil {
		return strings.TrimSpace(rest), nil
	}
	p.in.Close()
	rest, _ := io.ReadAll(p.out)
	lines := strings.Split(strings.TrimSpace(p.stderr.String()+string(rest)), "\n")
	return "", errors.New(strings.TrimSpace(strings.TrimSpace(line) + " " + lines[len(lines)-1]))
}

func (p *process) load(file string) error {
	fmt.Fprintf(p.in, "load %s\n", file)
	_, err := p.answer("ok")
	return err
}

// A lap is what one run of a worker says.
type lap struct {
	took    time.Duration
	bytes   int64
	results int
	sum     string
}

func (l lap) speed() float64 { return float64(l.bytes) / 1e6 / max(l.took, time.Microsecond).Seconds() }

func (p *process) run(least, most time.Duration) (l lap, err error) {
	fmt.Fprintf(p.in, "run %d %d\n", least.Milliseconds(), most.Milliseconds())
	s, err := p.answer("ok")
	if err != nil {
		return l, err
	}
	_, err = fmt.Sscan(s, &l.took, &l.bytes, &l.results, &l.sum)
	return l, err
}

// watched is run, but kills a worker that takes more than a minute beyond what it was given.
func (p *process) watched(least, most time.Duration) (lap, error) {
	late := time.AfterFunc(most+time.Minute, func() { p.cmd.Process.Kill() })
	l, err := p.run(least, most)
	if !late.Stop() && err != nil {
		err = fmt.Errorf("one message took more than a minute")
	}
	return l, err
}

func (p *process) stop() {
	p.in.Close()
	last := time.AfterFunc(10*time.Second, func() { p.cmd.Process.Kill() })
	defer last.Stop()
	p.cmd.Wait()
}
