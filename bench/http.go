package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/internal/proxy"
)

func init() {
	roles["http-server"] = func([]string) error { return serve(http.HandlerFunc(answerHTTP)) }
}

// serve serves h on the loopback interface, until it is killed.
func serve(h http.Handler) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, listening+"%s/\n", ln.Addr())
	return proxy.Serve(context.Background(), ln, h, time.Second)
}

const listening = "listening on http://"

// wantEvents is the header by which the client says that it wants its answer as an event.
const wantEvents = "X-Answer"

// wantHuge is the header by which the client asks for an answer with a text of so many bytes.
const wantHuge = "X-Huge"

// answerHTTP answers a call with a message of the same size, as one JSON body or as one event.
func answerHTTP(w http.ResponseWriter, r *http.Request) {
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		http.Error(w, "the body breaks off", http.StatusBadRequest)
		return
	}
	_, rest, _ := bytes.Cut(body[:min(len(body), 100)], []byte(`"id":`))
	id, _, _ := bytes.Cut(rest, []byte(","))
	if n, err := strconv.ParseInt(r.Header.Get(wantHuge), 10, 64); err == nil {
		w.Header().Set("Content-Type", "application/json")
		_ = writeHuge(w, id, n)
		return
	}
	msg := fmt.Appendf(make([]byte, 0, len(body)), `{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"`, id)
	msg = append(appendProse(msg, len(body)-len("\"}]}}\n"), 0), "\"}]}}\n"...)
	if r.Header.Get(wantEvents) == "" {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(msg)))
		w.Write(msg)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, "event: message\ndata: %s\n\n", msg[:len(msg)-1])
}

// A hop is a way to the HTTP server.
type hop struct {
	name   string
	cmd    *exec.Cmd
	log    *os.File
	url    string
	client *http.Client
	buf    bytes.Buffer

	took []float64 // µs, of each call
	cpu  []float64 // µs of the hop's processor time a call, of each block of calls
}

const (
	httpDirect = "server alone"
	httpBare   = "httputil.ReverseProxy"
	httpOff    = "mcpveil, no rules"
	httpSixty  = "mcpveil, sixty"
	httpOn     = "mcpveil, all packs"
)

// start starts a program and waits until it listens.
func (h *hop) start(dir string, name string, args ...string) (err error) {
	h.cmd = exec.Command(name, args...)
	if h.log, err = os.Create(filepath.Join(dir, "http-"+strings.ReplaceAll(h.name, " ", "-"))); err != nil {
		return err
	}
	h.cmd.Stderr = h.log
	if err := h.cmd.Start(); err != nil {
		return err
	}
	for range 1000 {
		b, err := os.ReadFile(h.log.Name())
		if err != nil {
			return err
		}
		if _, rest, ok := strings.Cut(string(b), listening); ok && strings.Contains(rest, "\n") {
			addr, _, _ := strings.Cut(rest, "/")
			h.url = "http://" + addr + "/"
			h.client = &http.Client{Transport: &http.Transport{DisableCompression: true}}
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("%s does not listen", h.name)
}

func (h *hop) stop() {
	if h.client != nil {
		h.client.CloseIdleConnections()
	}
	_ = h.cmd.Process.Signal(os.Interrupt)
	kill := time.AfterFunc(10*time.Second, func() { h.cmd.Process.Kill() })
	defer kill.Stop()
	_ = h.cmd.Wait()
	h.log.Close()
}

// call sends a request and reads its answer.
func (h *hop) call(req []byte, events bool) error {
	r, err := http.NewRequest(http.MethodPost, h.url, bytes.NewReader(req))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if events {
		r.Header.Set(wantEvents, "events")
	}
	resp, err := h.client.Do(r)
	if err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	h.buf.Reset()
	_, err = h.buf.ReadFrom(resp.Body)
	resp.Body.Close()
	b := h.buf.Bytes()
	want := len(req)
	if events {
		want += len("event: message\ndata: \n")
	}
	if err != nil || resp.StatusCode != http.StatusOK || len(b) != want || !bytes.Contains(b[:120], []byte(`"result"`)) {
		return fmt.Errorf("%s: an answer of %d bytes, want %d, that is not the server's: %s, %v, %.200s", h.name, len(b), want, resp.Status, err, b)
	}
	return nil
}

// overHTTP measures calls to an HTTP server directly and through proxies, which take turns.
func overHTTP(r *report, o options, bin programs, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	server := &hop{name: httpDirect}
	if err := server.start(dir, self, roleFlag, "http-server"); err != nil {
		return err
	}
	defer server.stop()
	config, err := sixtyConfig(dir)
	if err != nil {
		return err
	}
	veil := []string{bin.veil, "http", "--listen", "127.0.0.1:0", "--upstream", server.url, "--key-dir", filepath.Join(dir, "keys")}
	hops := []*hop{server}
	for _, c := range []struct {
		name string
		args []string
	}{
		{httpBare, []string{bin.bare, "bare-http", server.url}},
		{httpOff, []string{bin.off, "off-http", server.url}},
		{httpSixty, append(slices.Clip(veil), "--config", config)},
		{httpOn, veil},
	} {
		h := &hop{name: c.name}
		if err := h.start(dir, c.args[0], c.args[1:]...); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", c.name, err))
		}
		defer h.stop()
		hops = append(hops, h)
	}
	for _, c := range []struct {
		name                string
		size, blocks, n     int
		quickBlocks, quickN int
	}{
		{"1 KB", 1 << 10, 25, 240, 15, 80}, {"10 KB", 10 << 10, 9, 200, 5, 40},
		{"100 KB", 100 << 10, 7, 50, 3, 10}, {"10 MB", 10 << 20, 5, 2, 1, 1},
	} {
		blocks, n := c.blocks, c.n
		if o.quick {
			blocks, n = c.quickBlocks, c.quickN
		}
		for _, events := range []bool{false, true} {
			if err := httpCalls(r, hops, c.name, c.size, blocks, n, events); err != nil {
				return err
			}
		}
	}
	return nil
}

func httpCalls(r *report, hops []*hop, name string, size, blocks, n int, events bool) error {
	for block := range blocks + 1 {
		for _, h := range hops {
			if block <= 1 { // the first is for warming up
				h.took, h.cpu = nil, nil
			}
			before, ok := cpuOf(h.cmd.Process.Pid)
			for i := range n {
				req := request(block*n+i, size)
				start := time.Now()
				if err := h.call(req, events); err != nil {
					b, _ := os.ReadFile(h.log.Name())
					return fmt.Errorf("%w\n%s", err, tail(string(b)))
				}
				h.took = append(h.took, float64(time.Since(start).Nanoseconds())/1000)
			}
			if after, ok2 := cpuOf(h.cmd.Process.Pid); ok && ok2 {
				h.cpu = append(h.cpu, float64((after-before).Nanoseconds())/1000/float64(n))
			}
		}
	}
	kind := "JSON"
	if events {
		kind = "event"
	}
	bare := hops[1]
	t := r.table(fmt.Sprintf("A call of %s over HTTP and its answer of as much, as %s, µs, %d blocks of %d, taking turns", name, kind, blocks, n),
		"", "p50", "p99", "its CPU", "to ReverseProxy's")
	for _, h := range hops {
		p50, p99 := quantile(h.took, .5), quantile(h.took, .99)
		row := []string{h.name, fmt.Sprintf("%.1f", p50), fmt.Sprintf("%.1f", p99), "", ""}
		figure := "http " + kind + " call, " + h.name
		r.add(Figure{Name: figure + ", p50", Corpus: name, Value: p50, Unit: "µs"})
		r.add(Figure{Name: figure + ", p99", Corpus: name, Value: p99, Unit: "µs"})
		if len(h.cpu) == blocks && h.name != httpDirect {
			extra := make([]float64, blocks)
			for i := range extra {
				extra[i] = h.cpu[i] - bare.cpu[i]
			}
			row[3], row[4] = fmt.Sprintf("%.1f", median(h.cpu)), fmt.Sprintf("%+.1f", median(extra))
			r.add(Figure{Name: figure + ", CPU", Corpus: name, Value: median(h.cpu), Unit: "µs"})
			if h.name == httpSixty && size == 1<<10 {
				r.atMost("http, 1 KB, sixty, "+kind+" answer, CPU beyond ReverseProxy", median(extra), 25, "µs")
			}
		}
		t.row(row...)
	}
	return nil
}
