package proxy

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

func TestHeldRead(t *testing.T) {
	b := &budget{max: 4 << 20}
	long := bytes.Repeat([]byte("0123456789abcdef"), 3<<16) // 3 MiB
	for _, tt := range []struct {
		name string
		in   []byte
		max  int64
		want error
	}{
		{"nothing", nil, 10, nil},
		{"fits", []byte("0123456789"), 10, nil},
		{"one too many", []byte("0123456789a"), 10, errTooLong},
		{"long", long, int64(len(long)), nil},
		{"long by one", long, int64(len(long)) - 1, errTooLong},
		{"over the budget", append(long, long...), 16 << 20, errNoRoom},
	} {
		for _, size := range []int64{-1, int64(len(tt.in)), 1 << 40} {
			h := b.held()
			err := h.read(iotest.HalfReader(bytes.NewReader(tt.in)), size, tt.max)
			if err != tt.want {
				t.Errorf("%s: read = %v, want %v", tt.name, err, tt.want)
			}
			if n := min(int64(len(tt.in)), tt.max+1); err != errNoRoom && !bytes.Equal(h.bytes, tt.in[:n]) {
				t.Errorf("%s: read has %d bytes, want the first %d", tt.name, len(h.bytes), n)
			}
			h.free()
			if used := b.used.Load(); used != 0 {
				t.Fatalf("%s: %d bytes of the budget are in use after free", tt.name, used)
			}
		}
	}
	broken := errors.New("broken")
	h := b.held()
	defer h.free()
	if err := h.read(iotest.ErrReader(broken), -1, 10); err != broken {
		t.Errorf("read of what breaks = %v, want %v", err, broken)
	}
}

// A body that the transport still has is not given to another message.
func TestLease(t *testing.T) {
	freed := false
	l := newLease(func() { freed = true })
	body := l.body([]byte("abc"))
	again := l.body([]byte("abc"))
	l.done()
	if got, err := io.ReadAll(body); string(got) != "abc" || err != nil || freed {
		t.Errorf("body = %q, %v, freed %t, want it whole and in use", got, err, freed)
	}
	body.Close()
	body.Close()
	if _, err := body.Read(make([]byte, 1)); err != http.ErrBodyReadAfterClose || freed {
		t.Errorf("Read after Close: %v, freed %t, while another body is open", err, freed)
	}
	if again.Close(); !freed {
		t.Error("not freed after the last use")
	}
}

func TestHTTPBudget(t *testing.T) {
	f := newFake(t)
	long := call(1, strings.Repeat("x", 3<<20))
	addr := newTestProxy(t, newUpstream(t, answer(202, "", "")), f.open, func(o *HTTPOptions) { o.MaxHeld = 2 << 20 })
	if resp, got := request(t, "POST", addr, long); resp.StatusCode != 503 || !strings.Contains(got, `"code":1005`) {
		t.Errorf("a request over the budget: %d %s, want 503", resp.StatusCode, got)
	}
	addr = newTestProxy(t, newUpstream(t, answer(200, "application/json", long)), f.open, func(o *HTTPOptions) { o.MaxHeld = 2 << 20 })
	if resp, got := request(t, "POST", addr, call(1, "x")); resp.StatusCode != 503 || len(got) > 1000 {
		t.Errorf("an answer over the budget: %d and %d bytes, want 503", resp.StatusCode, len(got))
	}
}
