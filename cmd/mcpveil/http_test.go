package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"
)

// A syncBuffer is a strings.Builder that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// startHTTP runs mcpveil http on a free port within this process. stop ends it, as a signal would.
func startHTTP(t *testing.T, args ...string) (addr string, stderr func() string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out syncBuffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"http", "--listen", "127.0.0.1:0"}, args...), streams{nil, nopWriter{&out}, &out})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("mcpveil http ends with %d, want 0:\n%s", code, out.String())
		}
	})
	t.Cleanup(stop)
	for range 500 {
		if _, rest, ok := strings.Cut(out.String(), "listening on http://"); ok && strings.Contains(rest, "\n") {
			addr, _, _ = strings.Cut(rest, "/")
			return addr, out.String, stop
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("mcpveil http did not start:\n%s", out.String())
	return "", nil, nil
}
