package redact_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/testenv"
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

// BenchmarkWriter streams a whole corpus as one text.
func BenchmarkWriter(b *testing.B) {
	f, _ := allPacks(b)
	for _, name := range []string{"mixed_d00", "mixed_d05"} {
		all := append([]byte("["), bytes.Join(corpus(b, name), []byte(","))...)
		all = append(all, ']')
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(all)))
			b.ReportAllocs()
			for b.Loop() {
				w := f.NewWriter(b.Context(), io.Discard, toClient())
				w.Write(all)
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
