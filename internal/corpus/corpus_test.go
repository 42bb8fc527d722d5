package corpus_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

func TestGenerate(t *testing.T) {
	for _, kind := range corpus.Kinds {
		clean := corpus.Generate(kind, 0, 200_000, 1)
		if len(clean.Planted) != 0 || clean.Bytes < 200_000 {
			t.Errorf("Generate(%s, 0) planted %d values in %d bytes, want none in 200,000", kind, len(clean.Planted), clean.Bytes)
		}
		dense := corpus.Generate(kind, .05, 200_000, 1)
		if len(dense.Planted) == 0 && kind != "blob" {
			t.Errorf("Generate(%s, .05) planted nothing", kind)
		}
		for _, m := range dense.Messages {
			if !json.Valid(m) || bytes.IndexByte(m, '\n') >= 0 {
				t.Fatalf("Generate(%s) made a message that is no JSON line", kind)
			}
		}
		with := map[int]bool{}
		for _, p := range dense.Planted {
			with[p.Message] = true
		}
		for i := range min(len(dense.Messages), len(clean.Messages)) {
			if same := bytes.Equal(dense.Messages[i], clean.Messages[i]); same == with[i] {
				t.Fatalf("Generate(%s): message %d is the same at both densities: %v, but holds something planted: %v", kind, i, same, with[i])
			}
		}
		for _, p := range dense.Planted {
			if !bytes.Contains(dense.Messages[p.Message], []byte(p.Value)) {
				t.Fatalf("Generate(%s): a planted %s does not stand in its message", kind, p.Entity)
			}
		}
		again := corpus.Generate(kind, .05, 200_000, 1)
		if !bytes.Equal(bytes.Join(again.Messages, nil), bytes.Join(dense.Messages, nil)) {
			t.Errorf("Generate(%s) with the same seed made other bytes", kind)
		}
		other := corpus.Generate(kind, .05, 200_000, 2)
		if bytes.Equal(bytes.Join(other.Messages, nil), bytes.Join(dense.Messages, nil)) {
			t.Errorf("Generate(%s) with another seed made the same bytes", kind)
		}
	}
}

func TestHostile(t *testing.T) {
	const n = 10_000
	texts := corpus.Hostile(n)
	if len(texts) < 50 {
		t.Errorf("Hostile gives %d texts, want all of them", len(texts))
	}
	for name, text := range texts {
		if len(text) != n {
			t.Errorf("Hostile(%d) %s has %d bytes", n, name, len(text))
		}
	}
	for seed := range uint64(100) {
		a := corpus.HostileMix(n, seed)
		if len(a) != n || !bytes.Equal(a, corpus.HostileMix(n, seed)) || bytes.Equal(a, corpus.HostileMix(n, seed+1)) {
			t.Errorf("HostileMix(%d, %d): %d bytes, or not by the seed", n, seed, len(a))
		}
	}
	messages := corpus.HostileMessages(n)
	for name, msg := range messages {
		if !json.Valid(msg) || len(msg) < n-1000 {
			t.Errorf("HostileMessages(%d) %s: %d bytes, JSON %v", n, name, len(msg), json.Valid(msg))
		}
	}
	if len(messages) <= len(texts) {
		t.Errorf("%d messages of %d texts, want some more of JSON's own", len(messages), len(texts))
	}
}

func TestReadDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.ndjson"), []byte("{\"a\":1}\n\n{\"b\":2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "b.x.ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	z.Write([]byte("[3]"))
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := corpus.ReadDir(dir, 30)
	if err != nil || len(got) != 2 || got[0].Kind != "a" || got[1].Kind != "b" {
		t.Fatalf("ReadDir gives %v, %v, want a and b", got, err)
	}
	if s := string(bytes.Join(got[0].Messages, []byte(" "))); !strings.HasPrefix(s, `{"a":1} {"b":2} {"a":1}`) || got[0].Bytes < 30 {
		t.Errorf("a.ndjson gives %s, %d bytes", s, got[0].Bytes)
	}
	if string(got[1].Messages[0]) != "[3]" || got[1].Bytes < 30 {
		t.Errorf("b.x.ndjson.gz gives %q, %d bytes", got[1].Messages, got[1].Bytes)
	}
	if none, err := corpus.ReadDir("", 30); none != nil || err != nil {
		t.Errorf("ReadDir of no folder = %v, %v", none, err)
	}
	if _, err := corpus.ReadDir(t.TempDir(), 30); err == nil {
		t.Error("ReadDir of an empty folder is no error")
	}
}
