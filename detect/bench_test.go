package detect

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// corpora calls f with the lines of each corpus.
func corpora(t testing.TB, f func(name string, raw []byte, lines [][]byte)) {
	files, err := filepath.Glob(filepath.Join(testenv.Shared(t, "data/corpora"), "*.ndjson.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpora: %v", err)
	}
	for _, file := range files {
		z, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(z)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		z.Close()
		f(strings.TrimSuffix(filepath.Base(file), ".ndjson.gz"), raw, bytes.Split(bytes.TrimSpace(raw), []byte("\n")))
	}
}

func BenchmarkAppend(b *testing.B) {
	d := testDetector(b)
	corpora(b, func(name string, raw []byte, lines [][]byte) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			var dst []Finding
			found := 0
			for b.Loop() {
				found = 0
				for _, line := range lines {
					dst = d.Append(dst[:0], Text{Raw: line, Escaped: true, Final: true})
					found += len(dst)
				}
			}
			b.ReportMetric(float64(found), "findings")
		})
	})
}

// The corpora through anchors, whole and in windows.
func TestCorpora(t *testing.T) {
	d := testDetector(t)
	corpora(t, func(name string, raw []byte, lines [][]byte) {
		for _, line := range lines[:min(len(lines), 20)] {
			checkAnchors(t, d, line[:min(len(line), 5000)], true)
		}
		checkWindows(t, d, raw[:min(len(raw), 300_000)], 30_000, true)
	})
}

func BenchmarkHostile(b *testing.B) {
	d := testDetector(b)
	for name, raw := range hostile(1 << 16) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			var dst []Finding
			for b.Loop() {
				dst = d.Append(dst[:0], Text{Raw: raw, Escaped: true, Final: true})
			}
		})
	}
}

// No input makes Append slow: not by its kind, and not by its length.
func TestHostile(t *testing.T) {
	d := testDetector(t)
	const n = 1 << 19
	for name, raw := range hostile(n) {
		took := time.Hour
		for range 3 { // a machine that many share is slow now and then; a quadratic scan takes hours
			start := time.Now()
			d.Append(nil, Text{Raw: raw, Escaped: true, Final: true})
			if took = min(took, time.Since(start)); took < 8*time.Second {
				break
			}
		}
		if took >= 8*time.Second {
			t.Errorf("Append takes %v for %d bytes of %s", took, n, name)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	rules := testRules()
	for b.Loop() {
		if _, err := New(rules, nil); err != nil {
			b.Fatal(err)
		}
	}
}
