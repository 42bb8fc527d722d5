package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// processes measures the program: its memory on large inputs, and what a call through it costs.
func processes(r *report, o options) error {
	dir, err := os.MkdirTemp("", "mcpveil-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "mcpveil")
	build := exec.Command("go", "build", "-o", bin, "github.com/mcpveil/mcpveil/cmd/mcpveil")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build (run from the module's folder): %w\n%s", err, out)
	}
	if fi, err := os.Stat(bin); err == nil {
		r.add(Figure{Name: "binary", Value: float64(fi.Size()) / 1e6, Unit: "MB"})
	}
	if err := filterMemory(r, o, bin, dir); err != nil {
		return err
	}
	if err := stdio(r, o, bin, dir); err != nil {
		return err
	}
	return overHTTP(r, o, bin, dir)
}

// filterMemory sends large inputs through `mcpveil filter` and reads its greatest resident set.
func filterMemory(r *report, o options, bin, dir string) error {
	fmt.Printf("\nmcpveil filter on %d MB\n", o.huge>>20)
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
		cmd := exec.Command(bin, "filter", "--direction", "to-client", "--key-dir", filepath.Join(dir, "keys"))
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
		fmt.Printf("%-20s %6.0f MB RSS %8.0f MB/s of user time, %s\n", c.name, rss, speed, took.Round(time.Millisecond))
		r.add(Figure{Name: "filter RSS", Corpus: c.name, Value: rss, Unit: "MB"})
		r.add(Figure{Name: "filter", Corpus: c.name, Value: speed, Unit: "MB/s"})
		if rss > 0 {
			r.atMost(fmt.Sprintf("filter, %d MB, %s, RSS", o.huge>>20, c.name), rss, 96, "MB")
		}
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

func tail(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// watchRSS watches the greatest resident set of a process. What it returns ends the watch and
// gives it, in bytes; 0 where the system does not tell. A child's rusage will not do: it
// begins with what its parent held when it was started.
func watchRSS(pid int) (stop func() float64) {
	quit, peak := make(chan struct{}), make(chan float64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		most := 0.
		for {
			if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
				if _, rest, ok := strings.Cut(string(b), "VmHWM:"); ok {
					var kb float64
					fmt.Sscan(rest, &kb)
					most = max(most, kb*1024)
				}
			}
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
