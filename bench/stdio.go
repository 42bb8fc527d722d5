package main

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A middle is what stands between a client and a stdio server, and that server.
type middle struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	log  *os.File
	long []byte

	took []float64 // µs a call, or ns a message
	cpu  []float64 // µs of the middle's processor time a call or message
}

// startMiddles starts a server alone, behind a bare copy, and behind mcpveil without rules, with the sixty patterns and with all packs.
// Their standard error goes to a file, as clients have it.
func startMiddles(bin programs, dir string) (_ []*middle, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	config, err := sixtyConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	echo := []string{self, roleFlag, "echo"}
	veil := []string{bin.veil, "stdio", "--key-dir", filepath.Join(dir, "keys")}
	var all []*middle
	stop = func() {
		for _, m := range all {
			m.stop()
		}
	}
	for _, c := range []struct {
		name string
		args []string
	}{
		{serverAlone, echo},
		{bareEach, append([]string{bin.bare, "bare-stdio", "1024"}, echo...)},
		{bareBuffered, append([]string{bin.bare, "bare-stdio", "65536"}, echo...)},
		{filterOff, append([]string{bin.off, "off-stdio"}, echo...)},
		{filterSixty, slices.Concat(veil, []string{"--config", config, "--"}, echo)},
		{filterOn, slices.Concat(veil, []string{"--"}, echo)},
	} {
		m := &middle{name: c.name, cmd: exec.Command(c.args[0], c.args[1:]...)}
		if err := m.start(filepath.Join(dir, "stderr-"+strings.ReplaceAll(c.name, " ", "-"))); err != nil {
			stop()
			return nil, nil, err
		}
		all = append(all, m)
	}
	return all, stop, nil
}

const (
	serverAlone  = "server alone"
	bareEach     = "bare, one read, one write"
	bareBuffered = "bare, buffered reads"
	filterOff    = "mcpveil, no rules"
	filterSixty  = "mcpveil, sixty"
	filterOn     = "mcpveil, all packs"
)

func (m *middle) start(log string) (err error) {
	if m.in, err = m.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if m.log, err = os.Create(log); err != nil {
		return err
	}
	m.cmd.Stderr = m.log
	m.out = bufio.NewReaderSize(out, 1<<20)
	return m.cmd.Start()
}

// stop closes the input, which ends a server and what stands before it.
func (m *middle) stop() {
	m.in.Close()
	kill := time.AfterFunc(10*time.Second, func() { m.cmd.Process.Kill() })
	defer kill.Stop()
	_, _ = io.Copy(io.Discard, m.out)
	_ = m.cmd.Wait()
	m.log.Close()
}

// read returns a line.
func (m *middle) read() ([]byte, error) {
	m.long = m.long[:0]
	for {
		line, err := m.out.ReadSlice('\n')
		switch {
		case err == nil && len(m.long) == 0:
			return line, nil
		case err == nil || err == bufio.ErrBufferFull:
			if m.long = append(m.long, line...); err == nil {
				return m.long, nil
			}
		default:
			b, _ := os.ReadFile(m.log.Name())
			return nil, fmt.Errorf("%s: %w\n%s", m.name, err, tail(string(b)))
		}
	}
}

// call sends a request and reads its answer, which must be of the same length.
func (m *middle) call(req []byte) error {
	written := make(chan error, 1)
	write := func() { _, err := m.in.Write(req); written <- err }
	if len(req) < 32<<10 {
		write()
	} else {
		go write() // a pipe does not take it at once, and the answer may begin before its end
	}
	line, err := m.read()
	if err != nil {
		return err
	}
	if len(line) != len(req) || !bytes.Contains(line[:100], []byte(`"result"`)) {
		return fmt.Errorf("%s: an answer of %d bytes that is not the server's: %.200s", m.name, len(line), line)
	}
	return <-written
}

// stream has the server write n messages, and returns the time they took and a sum of what came.
func (m *middle) stream(n, size int) (time.Duration, uint64, error) {
	req := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"stream","params":{"n":%d}}`, n)
	req = append(append(req, bytes.Repeat([]byte(" "), size-1-len(req))...), '\n')
	start := time.Now()
	if _, err := m.in.Write(req); err != nil {
		return 0, 0, err
	}
	var h maphash.Hash
	h.SetSeed(seed)
	for range n {
		line, err := m.read()
		if err != nil {
			return 0, 0, err
		}
		if len(line) != size {
			return 0, 0, fmt.Errorf("%s: a message of %d bytes came, want %d: %.200s", m.name, len(line), size, line)
		}
		h.Write(line)
	}
	if _, err := m.read(); err != nil {
		return 0, 0, err
	}
	return time.Since(start), h.Sum64(), nil
}

// measure runs f, which takes n messages through m, and keeps what it cost the middle of processor time.
func (m *middle) measure(n int, f func() (time.Duration, error)) error {
	before, ok := cpuOf(m.cmd.Process.Pid)
	d, err := f()
	if err != nil {
		return err
	}
	m.took = append(m.took, float64(d.Nanoseconds())/1000/float64(n))
	if after, ok2 := cpuOf(m.cmd.Process.Pid); ok && ok2 {
		m.cpu = append(m.cpu, float64((after-before).Nanoseconds())/1000/float64(n))
	}
	return nil
}

// stdio measures calls there and back, and messages a second in one direction, through each of the middles, which take turns.
func stdio(r *report, o options, bin programs, dir string) error {
	middles, stop, err := startMiddles(bin, dir)
	if err != nil {
		return err
	}
	defer stop()
	if err := stdioStream(r, o, middles); err != nil {
		return err
	}
	for _, c := range []struct {
		name         string
		size, n, few int // few: with -quick
	}{{"1 KB", 1 << 10, 5000, 1000}, {"10 KB", 10 << 10, 2000, 300}, {"100 KB", 100 << 10, 500, 60}, {"10 MB", 10 << 20, 15, 3}} {
		n := c.n
		if o.quick {
			n = c.few
		}
		if err := stdioCalls(r, middles, c.name, c.size, n); err != nil {
			return err
		}
	}
	return nil
}

func stdioStream(r *report, o options, middles []*middle) error {
	const size = 1 << 10
	rounds, n := 15, 20_000
	if o.quick {
		rounds, n = 15, 6_000
	}
	ratios := map[string][]float64{}
	for round := range rounds + 1 {
		var sum uint64
		for i, m := range middles {
			err := m.measure(n, func() (time.Duration, error) {
				d, s, err := m.stream(n, size)
				if err == nil && i > 0 && s != sum {
					err = fmt.Errorf("%s: other bytes came out than went in", m.name)
				}
				sum = s
				return d, err
			})
			if err != nil {
				return err
			}
			if round == 0 { // warming up
				m.took, m.cpu = nil, nil
			}
		}
		if round == 0 {
			continue
		}
		for _, m := range middles {
			ratios[m.name] = append(ratios[m.name], middles[1].took[round-1]/m.took[round-1])
		}
	}
	t := r.table(fmt.Sprintf("Messages of 1 KB from a stdio server, %d rounds of %d, taking turns", rounds, n), "", "messages/s", "of bare", "its CPU, µs a message")
	cpuOfBare := median(middles[1].cpu)
	for _, m := range middles {
		rate, cpu := 1e6/median(m.took), median(m.cpu)
		ratio := median(ratios[m.name])
		t.row(m.name, fmt.Sprintf("%.0f", rate), fmt.Sprintf("%.0f %%", 100*ratio), fmt.Sprintf("%.2f", cpu))
		r.add(Figure{Name: "stdio stream, " + m.name, Corpus: "1 KB", Value: rate, Unit: "messages/s", Ratio: ratio})
		if len(m.cpu) > 0 && m.name != serverAlone {
			r.add(Figure{Name: "stdio stream, " + m.name + ", CPU", Corpus: "1 KB", Value: cpu, Unit: "µs"})
		}
		if m.name == filterSixty {
			r.atLeast("stdio, 1 KB, sixty, messages a second, of bare", 100*ratio, 75, "%")
		}
		if m.name == filterOff && len(m.cpu) > 0 { // what is the transport's own; 2 in quiet
			r.gateMost("stdio, 1 KB, no rules, CPU of that of bare", cpu/cpuOfBare, 4, "×")
		}
		m.took, m.cpu = nil, nil
	}
	return nil
}

func stdioCalls(r *report, all []*middle, name string, size, n int) error {
	// The size of its buffer is that of a small message; and it is the same program as the one behind it, which would find it warm.
	middles := slices.DeleteFunc(slices.Clone(all), func(m *middle) bool { return m.name == bareEach })
	for i := range n {
		req := request(i+2, size)
		for _, m := range middles {
			err := m.measure(1, func() (time.Duration, error) {
				start := time.Now()
				err := m.call(req)
				return time.Since(start), err
			})
			if err != nil {
				return err
			}
		}
	}
	t := r.table(fmt.Sprintf("A call of %s over stdio and its answer of as much, µs, %d of each, taking turns", name, n), "", "p50", "p99", "its CPU")
	alone := quantile(middles[0].took, .5)
	for _, m := range middles {
		p50, p99 := quantile(m.took, .5), quantile(m.took, .99)
		cpu := ""
		if size == 1<<10 && m.name == filterSixty {
			r.atMost("stdio, 1 KB call, sixty, added in the median", p50-alone, 100, "µs")
		}
		r.add(Figure{Name: "stdio call, " + m.name + ", p50", Corpus: name, Value: p50, Unit: "µs"})
		r.add(Figure{Name: "stdio call, " + m.name + ", p99", Corpus: name, Value: p99, Unit: "µs"})
		if len(m.cpu) > 0 && m.name != serverAlone {
			cpu = fmt.Sprintf("%.1f", median(m.cpu))
			r.add(Figure{Name: "stdio call, " + m.name + ", CPU", Corpus: name, Value: median(m.cpu), Unit: "µs"})
		}
		t.row(m.name, fmt.Sprintf("%.1f", p50), fmt.Sprintf("%.1f", p99), cpu)
		m.took, m.cpu = nil, nil
	}
	return nil
}
