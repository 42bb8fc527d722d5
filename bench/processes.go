package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// processes measures the program: its memory on large inputs, and what a call through it costs.
func processes(r *report, o options) error {
	dir, err := os.MkdirTemp("", "mcpveil-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin, err := buildPrograms(dir)
	if err != nil {
		return err
	}
	if fi, err := os.Stat(bin.veil); err == nil {
		r.add(Figure{Name: "binary", Value: float64(fi.Size()) / 1e6, Unit: "MB"})
	}
	for _, section := range []func(*report, options, programs, string) error{startUp, memory, stdio, overHTTP} {
		if err := section(r, o, bin, dir); err != nil {
			return err
		}
	}
	return nil
}

// programs are what runs between client and server: each a file of its own, since programs that share one share its
// place in the caches.
type programs struct{ veil, bare, off string }

// buildPrograms builds them alike. What is bare and what is off is the same program, twice.
func buildPrograms(dir string) (programs, error) {
	p := programs{veil: filepath.Join(dir, "mcpveil"), bare: filepath.Join(dir, "bare"), off: filepath.Join(dir, "off")}
	const module = "github.com/mcpveil/mcpveil/"
	for _, b := range []struct{ file, pkg string }{{p.veil, module + "cmd/mcpveil"}, {p.bare, module + "bench/beside"}} {
		build := exec.Command("go", "build", "-o", b.file, b.pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return p, fmt.Errorf("go build (run from the module's folder): %w\n%s", err, out)
		}
	}
	b, err := os.ReadFile(p.bare)
	if err != nil {
		return p, err
	}
	return p, os.WriteFile(p.off, b, 0o700)
}

// startUp measures how long mcpveil takes to begin: with all its rules, with a key, without a child or a socket.
func startUp(r *report, o options, bin programs, dir string) error {
	n := 9
	if o.quick {
		n = 3
	}
	var took, cpu, rss, none []float64
	for i := range n + 1 {
		t, peak, state, err := firstAnswer(exec.Command(bin.veil, "filter", "--direction", "to-client", "--key-dir", filepath.Join(dir, "keys")))
		if err != nil {
			return fmt.Errorf("mcpveil filter: %w", err)
		}
		if i == 0 { // it makes the key
			continue
		}
		took = append(took, float64(t.Microseconds())/1000)
		cpu = append(cpu, float64((state.UserTime()+state.SystemTime()).Microseconds())/1000)
		rss = append(rss, peak/1e6)
		help := exec.Command(bin.veil, "--help")
		if out, err := help.CombinedOutput(); err != nil {
			return fmt.Errorf("mcpveil --help: %w\n%s", err, out)
		}
		none = append(none, float64((help.ProcessState.UserTime()+help.ProcessState.SystemTime()).Microseconds())/1000)
	}
	r.table("Starting up, ms", "took", "CPU", "CPU of the program alone (--help)", "RSS, MB").row(fmt.Sprintf("%.0f", median(took)), fmt.Sprintf("%.0f", median(cpu)), fmt.Sprintf("%.0f", median(none)), fmt.Sprintf("%.0f", median(rss)))
	r.add(Figure{Name: "start-up", Value: median(took), Unit: "ms"})
	r.add(Figure{Name: "start-up, CPU", Value: median(cpu), Unit: "ms"})
	r.add(Figure{Name: "start-up, the program alone, CPU", Value: median(none), Unit: "ms"})
	r.add(Figure{Name: "start-up, RSS", Value: median(rss), Unit: "MB"})
	r.atMost("start-up", median(took), 150, "ms")
	r.atMost("start-up, CPU", median(cpu), 250, "ms")
	r.atMost("start-up, RSS", median(rss), 100, "MB")
	return nil
}

// firstAnswer starts a filter and says how long it took until a message was through, and the most it held in memory by then.
func firstAnswer(cmd *exec.Cmd) (took time.Duration, rss float64, state *os.ProcessState, err error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return 0, 0, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, nil, err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, nil, err
	}
	io.WriteString(in, `{"jsonrpc":"2.0","id":1,"result":{}}`+"\n")
	line, _ := bufio.NewReader(out).ReadString('\n')
	took, rss = time.Since(begin), peakRSS(cmd.Process.Pid)
	in.Close()
	if err := cmd.Wait(); err != nil || line == "" {
		return 0, 0, nil, fmt.Errorf("no answer: %v\n%s", err, tail(stderr.String()))
	}
	return took, rss, cmd.ProcessState, nil
}

func tail(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}
