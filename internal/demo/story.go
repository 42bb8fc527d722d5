package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Options configures [Run].
type Options struct {
	Exe   string    // the mcpveil program; required
	HTTP  bool      // over Streamable HTTP in place of stdio
	Out   io.Writer // where the story is told; required
	Width int       // of the terminal, in characters; 100 if zero
	Color bool
	// Fault breaks the set-up on purpose, to prove that the verification can fail. None if empty.
	Fault string
}

// Faults are the values of Options.Fault.
var Faults = []string{"no-encryption", "no-reveal", "reveal-all"}

// ErrNotVerified says that the demo ran, and that a real value reached the model, or a permitted one did not
// reach the tool.
var ErrNotVerified = errors.New("demo: verification failed")

// A story is what is known when the script has been played.
type story struct {
	opts      Options
	customers []Customer
	tools     *mcp.ListToolsResult // as the model saw them
	steps     []Step
	records   []record
	toModel   tap           // every byte that reached the model's side
	toServer  tap           // every byte the model's side sent
	stderr    tap           // all that mcpveil and the server wrote to standard error
	log       []byte        // mcpveil's records
	took      time.Duration // of the script, starts not included
	started   time.Duration // of the starts

	open func(ctx context.Context, dir string) (t mcp.Transport, end func() error, err error)
}

// Run plays the demo and tells it on opts.Out. The error wraps [ErrNotVerified] if the verification
// failed.
func Run(ctx context.Context, opts Options) error {
	if opts.Width == 0 {
		opts.Width = 100
	}
	dir, err := os.MkdirTemp("", "mcpveil-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer os.RemoveAll(dir)
	s := newStory(opts)
	if err := s.prepare(dir); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.play(ctx, dir); err != nil {
		return s.explain(err)
	}
	if err := s.collect(dir); err != nil {
		return err
	}
	os.RemoveAll(dir) // now: a pager that closes its end would end us in the middle of the telling
	return s.tell()
}

func newStory(opts Options) *story {
	s := &story{opts: opts, customers: Draw(4)}
	s.open = s.openStdio
	if opts.HTTP {
		s.open = s.openHTTP
	}
	return s
}

// tell prints the story and what came of its verification.
func (s *story) tell() error {
	t := newTeller(s.opts)
	t.tell(s)
	checks := s.verify()
	t.verdict(checks)
	if t.err != nil {
		return fmt.Errorf("demo: %w", t.err)
	}
	for _, c := range checks {
		if c.wrong != nil {
			return ErrNotVerified
		}
	}
	return nil
}

// explain adds to an error what mcpveil said on standard error.
func (s *story) explain(err error) error {
	said := strings.TrimSpace(string(s.stderr.Bytes()))
	if said == "" {
		return err
	}
	return fmt.Errorf("%w; mcpveil said:\n%s", err, said)
}

// The files in the demo's folder.
const (
	configFile = "demo.yaml"
	recordFile = "records.jsonl"
	keyDir     = "keys"
)

func (s *story) prepare(dir string) error {
	raw, err := json.Marshal(s.customers)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for name, data := range map[string][]byte{customersFile: raw, configFile: []byte(configFor(s.opts.Fault)), traceFile: nil} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}

// Config is the configuration that the demo runs with.
const Config = `# What the demo runs with. See deploy/example.yaml for all there is.
version: 1
tenant: demo
server: customers
tools:
- names: [get_customer, list_customers]   # whatever they return is sealed
  requires_encryption: true
  log_access: true
- name: update_customer                   # may have contact data, never a card
  log_access: true
  reveal:
  - {entities: [EMAIL_ADDRESS], paths: [/email]}
  - {entities: [PHONE_NUMBER], paths: [/phone]}
- name: send_mail                         # the address, and the name to greet with
  log_access: true
  reveal:
  - {entities: [EMAIL_ADDRESS], paths: [/to]}
  - {entities: [PERSON], paths: [/body]}
`

func configFor(fault string) string {
	head, _, _ := strings.Cut(Config, "tools:")
	switch fault {
	case "no-encryption":
		return head + "policy:\n- {name: everything passes, action: pass}\n"
	case "no-reveal":
		return head
	case "reveal-all":
		return head + "tools:\n- name: \"*\"\n  reveal: [{paths: [/**]}]\n"
	}
	return Config
}

// play starts the processes, plays the script and ends them.
func (s *story) play(ctx context.Context, dir string) (err error) {
	begin := time.Now()
	transport, end, err := s.open(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	client := mcp.NewClient(&mcp.Implementation{Name: "mcpveil-demo", Version: "1.0.0"}, nil)
	session, err := client.Connect(ctx, transport, nil)
	if err != nil {
		return fmt.Errorf("demo: the client could not connect: %w", err)
	}
	if s.tools, err = session.ListTools(ctx, nil); err != nil {
		return fmt.Errorf("demo: tools/list: %w", err)
	}
	s.started = time.Since(begin)
	m := &model{session: session, customers: s.customers}
	begin = time.Now()
	err = m.run(ctx)
	s.took = time.Since(begin)
	s.steps = m.steps
	return errors.Join(err, session.Close())
}

// command is mcpveil with what all ways have in common.
func (s *story) command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	args = append([]string{args[0], "--config", filepath.Join(dir, configFile), "--key-dir", filepath.Join(dir, keyDir), "--log", filepath.Join(dir, recordFile)}, args[1:]...)
	return s.child(ctx, dir, args...)
}

func (s *story) child(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.opts.Exe, args...)
	cmd.Env = append(os.Environ(), DirVar+"="+dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Stderr = &s.stderr
	return cmd
}

// openStdio starts mcpveil stdio in front of the sample server.
func (s *story) openStdio(ctx context.Context, dir string) (mcp.Transport, func() error, error) {
	cmd := s.command(ctx, dir, "stdio", "--", s.opts.Exe, "demo-server")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, fmt.Errorf("demo: %w", err)
	}
	pr, pw := io.Pipe() // not StdoutPipe, which Wait closes under its reader
	cmd.Stdout = pw
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("demo: %w", err)
	}
	exited := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		pw.Close()
		exited <- err
	}()
	end := func() error {
		in.Close()
		if err := <-exited; err != nil {
			return fmt.Errorf("demo: mcpveil stdio: %w", err)
		}
		return nil
	}
	return &mcp.IOTransport{Reader: tappedReader{pr, &s.toModel}, Writer: tappedWriter{in, &s.toServer}}, end, nil
}

// openHTTP starts the sample server and mcpveil http in front of it.
func (s *story) openHTTP(ctx context.Context, dir string) (mcp.Transport, func() error, error) {
	ctx, cancel := context.WithCancel(ctx)
	var running []*exec.Cmd
	end := func() error {
		cancel() // SIGTERM
		for _, cmd := range running {
			_ = cmd.Wait()
		}
		return nil
	}
	server := s.child(ctx, dir, "demo-server", "--listen", "127.0.0.1:0")
	out, err := server.StdoutPipe()
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("demo: %w", err), end())
	}
	upstream, err := startAt(server, out, io.Discard)
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	running = append(running, server)
	veil := s.command(ctx, dir, "http", "--listen", "127.0.0.1:0", "--upstream", upstream)
	veil.Stderr = nil
	if out, err = veil.StderrPipe(); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("demo: %w", err), end())
	}
	endpoint, err := startAt(veil, out, &s.stderr)
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	running = append(running, veil)
	httpClient := &http.Client{Transport: tappedTripper{&s.toModel, &s.toServer}}
	return &mcp.StreamableClientTransport{Endpoint: endpoint, HTTPClient: httpClient}, end, nil
}

// startAt starts a server that says on out "… listening on URL" and returns the URL. What it says
// afterwards goes to rest.
func startAt(cmd *exec.Cmd, out io.Reader, rest io.Writer) (string, error) {
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	r := bufio.NewReader(out)
	for {
		line, err := r.ReadString('\n')
		_, _ = io.WriteString(rest, line)
		if _, url, ok := strings.Cut(strings.TrimSpace(line), "listening on "); ok {
			go io.Copy(rest, r)
			return strings.Fields(url)[0], nil
		}
		if err != nil {
			_ = cmd.Wait()
			return "", fmt.Errorf("demo: %s did not start", cmd.Args[1])
		}
	}
}

// collect joins what the server noted, and what mcpveil recorded, with what the model saw.
func (s *story) collect(dir string) error {
	raw, err := os.ReadFile(filepath.Join(dir, traceFile))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	for i := range s.steps {
		var x Exchange
		if err := dec.Decode(&x); err != nil || x.Tool != s.steps[i].Tool {
			return fmt.Errorf("demo: the server's notes do not fit the model's calls")
		}
		s.steps[i].Got, s.steps[i].Sent = x.Got, x.Sent
	}
	if s.log, err = os.ReadFile(filepath.Join(dir, recordFile)); err != nil {
		return fmt.Errorf("demo: mcpveil wrote no records: %w", err)
	}
	s.records, err = readRecords(s.log)
	return err
}
