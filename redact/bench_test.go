package redact_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	gen "github.com/mcpveil/mcpveil/internal/corpus"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/testenv"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

func corpus(t testing.TB, name string) [][]byte {
	t.Helper()
	f, err := os.Open(filepath.Join(testenv.Shared(t, "data/corpora"), name+".ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(text), []byte("\n"))
}

// A replay finds in a message what it was told once stands there, and costs next to
// nothing: what is left of Rewrite's time is redact's own. The zero replay finds nothing.
type replay struct {
	found         map[*byte][]detect.Finding
	before, after int
}

func (r *replay) Append(dst []detect.Finding, text detect.Text) []detect.Finding {
	if len(r.found) == 0 || len(text.Raw) == 0 {
		return dst
	}
	return append(dst, r.found[&text.Raw[0]]...)
}

func (r *replay) MarginsSeen() (before, after int) { return r.before, r.after }

// record returns what det finds in msgs, to be replayed.
func record(det *detect.Detector, msgs [][]byte) *replay {
	r := &replay{found: map[*byte][]detect.Finding{}}
	r.before, r.after = det.MarginsSeen()
	for _, m := range msgs {
		if f := det.Append(nil, detect.Text{Raw: m, Escaped: true, Final: true}); len(f) > 0 {
			r.found[&m[0]] = f
		}
	}
	return r
}

// bench is what benchmarks filter with: every pack, and a keyring.
type benchmark struct {
	det  *detect.Detector
	ring *envelope.Keyring
	tr   redact.Transformers
}

func newBenchmark(b testing.TB) *benchmark {
	b.Helper()
	var packs []*patterns.Pack
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			b.Fatal(err)
		}
		packs = append(packs, p)
	}
	names, err := patterns.TokenNames(packs...)
	if err != nil {
		b.Fatal(err)
	}
	ring, err := envelope.New(&envelope.Options{Names: names})
	if err != nil {
		b.Fatal(err)
	}
	det, err := detect.New(append(patterns.Rules(packs...), ring.Rules()...), nil)
	if err != nil {
		b.Fatal(err)
	}
	return &benchmark{det, ring, redact.Transformers{
		{Action: policy.Mask}: redact.Mask(4), {Action: policy.Encrypt}: ring.Encrypt(), {Action: policy.Decrypt}: ring.Decrypt(),
	}}
}

// filter returns a filter that does one thing with whatever det finds.
func (m *benchmark) filter(b testing.TB, det redact.Detector, action policy.Action) *redact.Filter {
	b.Helper()
	pol, err := policy.New([]policy.Rule{{Name: "all", Action: action}})
	if err != nil {
		b.Fatal(err)
	}
	f, err := redact.NewWith(det, pol, m.tr)
	if err != nil {
		b.Fatal(err)
	}
	return f
}

func benchCall() *redact.Call {
	c := toClient()
	c.Scope = redact.Scope{Tenant: "bench", Kind: "principal", ID: "bench"}
	return c
}

// rewriteAll rewrites msgs, which are known to be well formed and to hide nothing. It
// returns how many events that made.
func rewriteAll(b *testing.B, r *redact.Rewriter, c *redact.Call, msgs [][]byte) (events int) {
	for _, m := range msgs {
		if _, err := r.Unchecked(b.Context(), c, m, false); err != nil {
			b.Fatal(err)
		}
		events += len(r.Events())
	}
	return events
}

// BenchmarkClean is what Rewrite costs a message beside detection and the check of the JSON,
// with nothing to find.
func BenchmarkClean(b *testing.B) {
	m := newBenchmark(b)
	msgs := gen.Generate("smallreq", 0, 1<<20, 1).Messages
	c := benchCall()
	r := m.filter(b, &replay{}, policy.Mask).NewRewriter()
	b.ReportAllocs()
	for b.Loop() {
		rewriteAll(b, r, c, msgs)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N*len(msgs)), "ns/message")
}

// BenchmarkHit is what a finding costs beside detection: from where it stands to what
// stands in its place, the copy of the bytes around it included.
func BenchmarkHit(b *testing.B) {
	m := newBenchmark(b)
	for _, set := range []struct {
		name    string
		kind    string
		density float64
	}{{"mixed1", "mixed", .01}, {"mixed5", "mixed", .05}, {"smallreq5", "smallreq", .05}, {"nested5", "nested", .05}, {"struct5", "struct", .05}, {"prose20", "prose", .2}} {
		msgs := gen.Generate(set.kind, set.density, 2<<20, 1).Messages
		found := record(m.det, msgs)
		for _, action := range []policy.Action{policy.Mask, policy.Encrypt} {
			b.Run(set.name+"/"+action.String(), func(b *testing.B) {
				r, c := m.filter(b, found, action).NewRewriter(), benchCall()
				hits := rewriteAll(b, r, c, msgs)
				b.ReportAllocs()
				least := time.Hour // the machine is shared
				for b.Loop() {
					t := time.Now()
					rewriteAll(b, r, c, msgs)
					least = min(least, time.Since(t))
				}
				b.ReportMetric(float64(least)/float64(hits), "ns/hit")
				b.ReportMetric(float64(hits), "hits")
			})
		}
	}
}

// Rewrite, what of it is detection and what well-formedness.
func BenchmarkRewrite(b *testing.B) {
	f, det := allPacks(b)
	for _, name := range []string{"mixed_d00", "mixed_d05", "nested_d00", "korean_d00", "smallreq_d00"} {
		lines := corpus(b, name)
		size := 0
		for _, l := range lines {
			size += len(l)
		}
		run := func(what string, do func(msg []byte)) {
			b.Run(name+"/"+what, func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					for _, l := range lines {
						do(l)
					}
				}
			})
		}
		r := f.NewRewriter()
		c := toClient()
		run("rewrite", func(msg []byte) {
			if _, err := r.Rewrite(b.Context(), c, msg); err != nil {
				b.Fatal(err)
			}
		})
		var fs []detect.Finding
		run("detect", func(msg []byte) { fs = det.Append(fs[:0], detect.Text{Raw: msg, Escaped: true, Final: true}) })
		var check jsonspan.Checker
		run("check", func(msg []byte) { check.Check(msg, 0) })
	}
}

// BenchmarkWriter streams traffic as one text, and rewrites the same held whole: the ratio
// of their speeds, of the quickest of each, is reported.
func BenchmarkWriter(b *testing.B) {
	m := newBenchmark(b)
	for _, kind := range []string{"text", "struct", "mixed"} {
		for _, density := range []float64{0, .05} {
			all := append([]byte("["), bytes.Join(gen.Generate(kind, density, 4<<20, 1).Messages, []byte(","))...)
			all = append(all, ']')
			b.Run(fmt.Sprintf("%s%g", kind, density*100), func(b *testing.B) {
				f, c := m.filter(b, m.det, policy.Mask), benchCall()
				r := f.NewRewriter()
				whole, stream := time.Hour, time.Hour
				b.ReportAllocs()
				for b.Loop() {
					t := time.Now()
					if _, err := r.Rewrite(b.Context(), c, all); err != nil {
						b.Fatal(err)
					}
					whole = min(whole, time.Since(t))
					t = time.Now()
					w := f.NewWriter(b.Context(), io.Discard, c)
					for rest := all; len(rest) > 0; {
						n := min(len(rest), 32<<10)
						w.Write(rest[:n])
						rest = rest[n:]
					}
					if err := w.Close(); err != nil {
						b.Fatal(err)
					}
					stream = min(stream, time.Since(t))
				}
				b.ReportMetric(float64(len(all))/1e6/whole.Seconds(), "MB/s-whole")
				b.ReportMetric(float64(len(all))/1e6/stream.Seconds(), "MB/s-stream")
				b.ReportMetric(float64(whole)/float64(stream), "ratio")
			})
		}
	}
}

// asASCII is msg as Python's json.dumps writes it: everything beyond ASCII escaped.
func asASCII(msg []byte) []byte {
	var b []byte
	for _, r := range string(msg) {
		switch {
		case r < 0x80:
			b = append(b, byte(r))
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, hi, lo)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return b
}

// asHTML is msg as Go's json.Marshal writes it.
func asHTML(msg []byte) []byte {
	return []byte(strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(string(msg)))
}

// asPHP is msg as PHP's json_encode writes it.
func asPHP(msg []byte) []byte { return asASCII(bytes.ReplaceAll(msg, []byte("/"), []byte(`\/`))) }

// nested returns msg as a text in a message, so many times over.
func nested(levels int) func(msg []byte) []byte {
	return func(msg []byte) []byte {
		for range levels {
			b, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "result": map[string]any{"content": []any{map[string]any{"type": "text", "text": string(msg)}}}})
			if err != nil {
				panic(err)
			}
			msg = b
		}
		return msg
	}
}

// BenchmarkEscapes rewrites texts full of escapes that hide nothing that is looked for: what
// is measured is the way there, without detection and with it: the quickest of each.
func BenchmarkEscapes(b *testing.B) {
	m := newBenchmark(b)
	for _, set := range []struct {
		name, kind string
		spell      func([]byte) []byte
	}{
		{"plain-code", "code", bytes.Clone}, {"html-code", "code", asHTML}, {"php-code", "code", asPHP}, {"php-logs", "logs", asPHP}, {"ascii-korean", "korean", asASCII},
		{"nested3-text", "text", nested(3)}, {"nested3-html-code", "code", func(msg []byte) []byte { return nested(2)(asHTML(msg)) }},
		{"nested3-ascii-korean", "korean", func(msg []byte) []byte { return nested(2)(asASCII(msg)) }},
	} {
		msgs := gen.Generate(set.kind, 0, 1<<20, 1).Messages
		size := 0
		for i := range msgs {
			msgs[i] = set.spell(msgs[i])
			size += len(msgs[i])
		}
		b.Run(set.name, func(b *testing.B) {
			own, all, c := m.filter(b, &replay{}, policy.Mask).NewRewriter(), m.filter(b, m.det, policy.Mask).NewRewriter(), benchCall()
			alone, with := time.Hour, time.Hour
			b.ReportAllocs()
			for b.Loop() {
				t := time.Now()
				for _, msg := range msgs {
					if _, err := own.Unchecked(b.Context(), c, msg, true); err != nil {
						b.Fatal(err)
					}
				}
				alone = min(alone, time.Since(t))
				t = time.Now()
				for _, msg := range msgs {
					if _, err := all.Rewrite(b.Context(), c, msg); err != nil {
						b.Fatal(err)
					}
				}
				with = min(with, time.Since(t))
			}
			b.ReportMetric(float64(size)/1e6/alone.Seconds(), "MB/s-alone")
			b.ReportMetric(float64(size)/1e6/with.Seconds(), "MB/s")
		})
	}
}
