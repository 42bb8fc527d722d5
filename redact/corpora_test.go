package redact_test

import (
	"bytes"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// allPacks is a filter with every pack there is, which hashes what it finds.
func allPacks(t testing.TB) (*redact.Filter, *detect.Detector) {
	t.Helper()
	var packs []*patterns.Pack
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		packs = append(packs, p)
	}
	det, err := detect.New(patterns.Rules(packs...), nil)
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{{Name: "all", Action: policy.Hash}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(det, pol, transformers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f, det
}

var corpora = []string{"blob_d00", "code_d00", "korean_d00", "logs_d00", "mixed_d00", "mixed_d01", "mixed_d05", "nested_d00", "prose_d00", "smallreq_d00", "struct_d00"}

// On real traffic, with all packs: only what events name differs, and a stream of the whole
// corpus gets out what Rewrite returns.
func TestCorpora(t *testing.T) {
	f, _ := allPacks(t)
	r := f.NewRewriter()
	for _, name := range corpora {
		t.Run(name, func(t *testing.T) {
			lines := corpus(t, name)
			found, changed := 0, 0
			for _, l := range lines {
				out, err := r.Rewrite(t.Context(), toClient(), l)
				if err != nil {
					t.Fatal(err)
				}
				checkSpans(t, l, out, r.Events())
				found += len(r.Events())
				if !bytes.Equal(out, l) {
					changed++
				}
			}
			t.Logf("%d messages, %d findings, %d messages changed", len(lines), found, changed)
			if name == "mixed_d05" && found < 100 {
				t.Errorf("%d findings in %s, want 100 and more", found, name)
			}
			all := append([]byte("["), bytes.Join(lines, []byte(","))...)
			all = append(all, ']')
			want, err := r.Rewrite(t.Context(), toClient(), all)
			if err != nil {
				t.Fatal(err)
			}
			got, events, err := write(t, f, toClient(), all, func() int { return 50_000 })
			if err != nil || got != string(want) {
				i := 0
				for i < len(got) && i < len(want) && got[i] == want[i] {
					i++
				}
				t.Errorf("Writer(%s): %v; differs at %d of %d:\n%.300s\nwant\n%.300s", name, err, i, len(want), got[max(0, i-150):], want[max(0, i-150):])
			}
			if events != summary(r.Events()) {
				t.Errorf("Writer(%s): events differ", name)
			}
		})
	}
}
