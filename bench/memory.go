package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// memory sends more through the program than it may hold, in each of the ways it runs, and reads its greatest resident set.
func memory(r *report, o options, bin programs, dir string) error {
	r.memory = r.table(fmt.Sprintf("Memory, on %d MB", o.huge>>20), "", "RSS, MB", "MB/s", "took")
	for _, f := range []func(*report, options, programs, string) error{filterMemory, stdioMemory, httpMemory} {
		if err := f(r, o, bin, dir); err != nil {
			return err
		}
	}
	return nil
}

// rss notes the greatest resident set of a way of running.
func (r *report) rss(o options, way, corpus string, rss float64) {
	if rss > 0 {
		r.add(Figure{Name: way + " RSS", Corpus: corpus, Value: rss, Unit: "MB"})
		r.atMost(fmt.Sprintf("%s, %d MB, %s, RSS", way, o.huge>>20, corpus), rss, 120, "MB")
	}
}

func filterMemory(r *report, o options, bin programs, dir string) error {
	mixed := corpus.Generate("mixed", .001, 8<<20, 5)
	lines := append(bytes.Join(mixed.Messages, []byte("\n")), '\n')
	prose := corpus.Generate("prose", .001, 8<<20, 5)
	var text []byte // the inside of a JSON string
	for _, m := range prose.Messages {
		i, j := bytes.Index(m, []byte(`"text":"`)), bytes.LastIndex(m, []byte(`"}]}`))
		text = append(text, m[i+len(`"text":"`):j]...)
	}
	for _, c := range []struct {
		name string
		in   io.Reader
	}{
		{"ordinary messages", repeat(nil, lines, nil, o.huge)},
		{"one message", repeat([]byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"`), text, []byte("\"}]}}\n"), o.huge)},
	} {
		cmd := exec.Command(bin.veil, "filter", "--direction", "to-client", "--key-dir", filepath.Join(dir, "keys"))
		var stderr bytes.Buffer
		count := &counter{}
		cmd.Stdin, cmd.Stdout, cmd.Stderr = c.in, count, &stderr
		start := time.Now()
		if err := cmd.Start(); err != nil {
			return err
		}
		watch := watchRSS(cmd.Process.Pid)
		err := cmd.Wait()
		rss := watch() / 1e6
		if err != nil {
			return fmt.Errorf("mcpveil filter on %s: %w\n%s", c.name, err, tail(stderr.String()))
		}
		took := time.Since(start)
		if count.n < o.huge/2 {
			return fmt.Errorf("mcpveil filter on %s: %d bytes came out of %d", c.name, count.n, o.huge)
		}
		speed := float64(o.huge) / 1e6 / cmd.ProcessState.UserTime().Seconds()
		r.memory.row("filter, "+c.name, fmt.Sprintf("%.0f", rss), fmt.Sprintf("%.0f of user time", speed), took.Round(time.Millisecond).String())
		r.add(Figure{Name: "filter", Corpus: c.name, Value: speed, Unit: "MB/s"})
		r.rss(o, "filter", c.name, rss)
	}
	return nil
}

// repeat reads head, then body again and again until size bytes are out, then tail.
func repeat(head, body, tail []byte, size int64) io.Reader {
	n := max(1, size/int64(len(body)))
	parts := []io.Reader{bytes.NewReader(head)}
	for range n {
		parts = append(parts, bytes.NewReader(body))
	}
	return io.MultiReader(append(parts, bytes.NewReader(tail))...)
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// stdioMemory has a stdio server answer with one long message.
func stdioMemory(r *report, o options, bin programs, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	m := &middle{name: filterOn, cmd: exec.Command(bin.veil, "stdio", "--key-dir", filepath.Join(dir, "keys"), "--", self, roleFlag, "echo")}
	if err := m.start(filepath.Join(dir, "stderr-memory")); err != nil {
		return err
	}
	defer m.stop()
	watch := watchRSS(m.cmd.Process.Pid)
	start := time.Now()
	if _, err := fmt.Fprintf(m.in, `{"jsonrpc":"2.0","id":1,"method":"huge","params":{"n":%d}}`+"\n", o.huge); err != nil {
		return err
	}
	var n int64
	for {
		part, err := m.out.ReadSlice('\n')
		n += int64(len(part))
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull {
			b, _ := os.ReadFile(m.log.Name())
			return fmt.Errorf("mcpveil stdio on one message: %w\n%s", err, tail(string(b)))
		}
	}
	return r.passed(o, "stdio", n, watch()/1e6, time.Since(start))
}

// httpMemory has an HTTP server answer with one long message.
func httpMemory(r *report, o options, bin programs, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	server, veil := &hop{name: httpDirect}, &hop{name: httpOn}
	if err := server.start(dir, self, roleFlag, "http-server"); err != nil {
		return err
	}
	defer server.stop()
	if err := veil.start(dir, bin.veil, "http", "--listen", "127.0.0.1:0", "--upstream", server.url, "--key-dir", filepath.Join(dir, "keys")); err != nil {
		return err
	}
	defer veil.stop()
	watch := watchRSS(veil.cmd.Process.Pid)
	start := time.Now()
	req, err := http.NewRequest(http.MethodPost, veil.url, bytes.NewReader(request(1, 1024)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set(wantHuge, strconv.FormatInt(o.huge, 10))
	resp, err := veil.client.Do(req)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		b, _ := os.ReadFile(veil.log.Name())
		return fmt.Errorf("mcpveil http on one message: %s, %w\n%s", resp.Status, err, tail(string(b)))
	}
	return r.passed(o, "http", n, watch()/1e6, time.Since(start))
}

// passed notes that one long message came through whole, and what it took.
func (r *report) passed(o options, way string, n int64, rss float64, took time.Duration) error {
	if n < o.huge {
		return fmt.Errorf("mcpveil %s on one message: %d bytes came out of %d", way, n, o.huge)
	}
	speed := float64(n) / 1e6 / took.Seconds()
	r.memory.row(way+", one message", fmt.Sprintf("%.0f", rss), fmt.Sprintf("%.0f", speed), took.Round(time.Millisecond).String())
	r.add(Figure{Name: way, Corpus: "one message", Value: speed, Unit: "MB/s"})
	r.rss(o, way, "one message", rss)
	return nil
}

// watchRSS watches the greatest resident set of a process. What it returns ends the watch and
// gives it, in bytes; 0 where the system does not tell.
func watchRSS(pid int) (stop func() float64) {
	quit, peak := make(chan struct{}), make(chan float64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		most := 0.
		for {
			most = max(most, peakRSS(pid))
			select {
			case <-quit:
				peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	return func() float64 { close(quit); return <-peak }
}

// peakRSS is the greatest resident set of a process so far, in bytes; 0 where the system does not tell. A child's rusage
// will not do: it begins with what its parent held when it was started.
func peakRSS(pid int) (rss float64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	if _, rest, ok := strings.Cut(string(b), "VmHWM:"); ok {
		fmt.Sscan(rest, &rss)
	}
	return rss * 1024
}
