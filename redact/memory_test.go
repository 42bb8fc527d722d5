package redact_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/mcpveil/mcpveil/internal/bytescan"
	gen "github.com/mcpveil/mcpveil/internal/corpus"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// maxStream is what an active stream may hold, whatever it went through.
const maxStream = 128 << 10

// heap returns how many bytes are live. Pools, which processors share, are emptied by
// the second collection.
func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// streamable is traffic as the elements of one array, to be written over and over.
func streamable(kind string, density float64, spell func([]byte) []byte) []byte {
	var b []byte
	for _, m := range gen.Generate(kind, density, 1<<20, 1).Messages {
		b = append(append(b, spell(m)...), ',')
	}
	return b
}

func same(msg []byte) []byte { return msg }

// However many streams are open, and whatever they are in the middle of, none holds more
// than its share.
func TestWriterMemory(t *testing.T) {
	m := newBenchmark(t)
	m.det.Plan() // makes all that is made when it is first wanted
	for _, set := range []struct {
		name string
		text []byte
	}{
		{"mixed", streamable("mixed", .01, same)}, {"text", streamable("text", .05, same)}, {"dense prose", streamable("prose", .5, same)}, {"nested", streamable("text", .05, nested(2))},
		{"escaped Korean", streamable("korean", .05, asASCII)}, {"escaped and nested", streamable("korean", .05, func(m []byte) []byte { return nested(2)(asASCII(m)) })},
		{"one string", []byte(strings.Repeat("lorem ipsum dolor, ada.hopper3@oak-mail.org \\\\", 10_000))},
		{"backslashes", []byte(strings.Repeat(`\\`, 1<<18))}, {"deep", []byte(`0",` + strings.Repeat(`[{"a":`, 100) + `4111111111111111` + strings.Repeat(`}]`, 100) + `,"`)},
	} {
		t.Run(set.name, func(t *testing.T) {
			f := m.filter(t, m.det, policy.Encrypt)
			streams := 32
			if underRace {
				streams = 4
			}
			writers := make([]*redact.Writer, streams)
			before := heap()
			start := `[`
			if set.text[0] != '{' {
				start = `["`
			}
			for i := range writers {
				w := f.NewWriter(t.Context(), io.Discard, benchCall())
				if _, err := io.WriteString(w, start); err != nil {
					t.Fatal(err)
				}
				// Each stops at another place.
				for left := 300<<10 + i*7919; left > 0; {
					n := min(left, len(set.text))
					if _, err := w.Write(set.text[:n]); err != nil {
						t.Fatal(err)
					}
					left -= n
				}
				w.Events()
				writers[i] = w
			}
			if each := (heap() - before) / streams; each > maxStream {
				t.Errorf("each of %d streams holds %d bytes, want at most %d", streams, each, maxStream)
			} else {
				t.Logf("each stream holds %d bytes", each)
			}
			runtime.KeepAlive(writers)
		})
	}
}

// A message of 1 GB goes through, and even in the middle of a write no more is held than a
// stream may.
func TestWriterGigabyte(t *testing.T) {
	size := 1 << 30
	switch {
	case underRace:
		size = 4 << 20
	case testing.Short() || !bytescan.FastStructure():
		size = 256 << 20
	}
	m := newBenchmark(t)
	text := streamable("mixed", .05, same)
	f := m.filter(t, m.det, policy.Mask)
	warm := f.NewWriter(t.Context(), io.Discard, benchCall()) // what all streams share
	if _, err := warm.Write(append(append([]byte("["), text...), "0]"...)); err != nil {
		t.Fatal(err)
	}
	if err := warm.Close(); err != nil {
		t.Fatal(err)
	}
	warm = nil
	before := heap()
	out := counter{every: size / 8}
	w := f.NewWriter(t.Context(), &out, benchCall())
	if _, err := io.WriteString(w, "["); err != nil {
		t.Fatal(err)
	}
	events := 0
	for done := 0; done < size; done += len(text) {
		for rest := text; len(rest) > 0; {
			n := min(32<<10, len(rest))
			if _, err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			events += len(w.Events())
		}
	}
	if _, err := io.WriteString(w, "0]"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	most := out.most - before
	if most > maxStream {
		t.Errorf("the stream holds up to %d bytes, want at most %d", most, maxStream)
	}
	if out.n < size/2 || events < size>>20 && size > len(text) {
		t.Errorf("%d bytes came out, with %d events", out.n, events)
	}
	t.Logf("%d bytes, %d events, at most %d bytes held", out.n, events, most)
}

// A counter counts bytes, and every so many looks a few times at how much is live.
type counter struct{ n, every, next, looks, most int }

func (c *counter) Write(p []byte) (int, error) {
	if c.n += len(p); c.n >= c.next {
		c.most = max(c.most, heap())
		if c.looks++; c.looks%8 == 0 {
			c.next += c.every
		}
	}
	return len(p), nil
}

// A Rewriter that waits for the next message does not hold the last one's memory.
func TestMessageLetGo(t *testing.T) {
	for _, value := range []string{"nothing", "anna.bell@example.com"} {
		r := newFilter(t, "*:mask").NewRewriter()
		msg := func() weak.Pointer[byte] {
			msg := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"result":{"rows":[%s{"a":"%s"}]}}`, strings.Repeat(`{"a":"some words","n":1},`, 100), value)
			if _, err := r.Rewrite(t.Context(), toClient(), msg); err != nil {
				t.Fatal(err)
			}
			return weak.Make(&msg[0])
		}()
		for end := time.Now().Add(2 * time.Minute); msg.Value() != nil; runtime.GC() {
			if time.Now().After(end) {
				t.Fatalf("the Rewriter holds a message with %s", value)
			}
		}
		runtime.KeepAlive(r)
	}
}
