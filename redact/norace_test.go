//go:build !race

package redact_test

import (
	"testing"

	gen "github.com/mcpveil/mcpveil/internal/corpus"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

const underRace = false

// Allocations are counted here: under the race detector pools lose some of what is put into them.

func TestRewriteCleanAllocatesNothing(t *testing.T) {
	r := newFilter(t, "*:encrypt").NewRewriter()
	c := toClient()
	c.Known = &redact.Known{}
	c.Known.Add("PERSON", []byte("Nobody Here"))
	for _, msg := range []string{`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"hello\nworld 123"}]}}`, `{"a":"\u00e9\/ \\u00e9"}`} {
		in := []byte(msg)
		if n := testing.AllocsPerRun(100, func() { r.Rewrite(t.Context(), c, in) }); n != 0 {
			t.Errorf("Rewrite(%s) allocates %v times, want 0", msg, n)
		}
	}
}

// What is found and replaced allocates nothing either, once the Rewriter has seen such
// traffic.
func TestRewriteDenseAllocatesNothing(t *testing.T) {
	m := newBenchmark(t)
	m.det.Plan() // makes all that is made when it is first wanted
	for _, action := range []policy.Action{policy.Mask, policy.Encrypt} {
		r, c := m.filter(t, m.det, action).NewRewriter(), benchCall()
		for _, msg := range gen.Generate("text", .05, 200_000, 1).Messages {
			rewrite := func() {
				if _, err := r.Rewrite(t.Context(), c, msg); err != nil {
					t.Fatal(err)
				}
			}
			rewrite()
			if n := testing.AllocsPerRun(5, rewrite); n != 0 {
				t.Errorf("%v: a message of %d bytes with %d findings allocates %v times, want 0", action, len(msg), len(r.Events()), n)
			}
		}
	}
}
