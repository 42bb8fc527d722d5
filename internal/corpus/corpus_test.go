package corpus_test

import (
	"bytes"
	"encoding/json"
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
