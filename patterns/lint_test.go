package patterns_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mcpveil/mcpveil/patterns"
)

func lints(t *testing.T, rule string) (said []string, sample *patterns.Sample) {
	t.Helper()
	const head = "pack: p\nversion: 1\nrules:\n- {id: p.1, entity: P, token: p, title: P, references: [x], "
	packs, err := patterns.Load(fstest.MapFS{"p.yaml": {Data: []byte(head + rule + "}\n")}}, "*.yaml")
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	if err := patterns.Check(packs...); err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	all, sample, err := patterns.CheckRules(packs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		s := l.Err.Error()
		if !strings.HasPrefix(s, "patterns: p.yaml:4: rule p.1: ") {
			t.Errorf("%s: %q does not say where", rule, s)
		}
		s = strings.TrimPrefix(s, "patterns: p.yaml:4: rule p.1: ")
		if l.Serious {
			s = "!" + s
		}
		said = append(said, s)
	}
	return said, sample
}

// Each rule works, and something is odd about it, which is said; ! is for what does harm.
func TestCheckRules(t *testing.T) {
	for _, tt := range []struct{ rule, want string }{
		{`pattern: "ORD-[0-9]{9}", tier: alone, examples: [ORD-123456789, "x ORD-123456789"], negatives: [a, b]`, ""},
		{`pattern: "[a-z]{4,12}", context: [word], examples: ["word abcd", "word: bcde"], negatives: [a, b]`, "!pattern 1 has no anchor"},
		{`pattern: "OR[^$^]{9}(?=x)[a-z]", engine: regexp2, guard: none, tier: alone, max_len: 20, examples: [OR123456789x, OR123456780x], negatives: [a, b]`, "pattern 1 is looked at by a backtracking engine"},
		{`pattern: "ORD-(?:[0-9]+)+(?=x)x", engine: regexp2, guard: none, tier: alone, max_len: 20, examples: [ORD-1x, ORD-123456780x], negatives: [a, b]`, "!pattern 1 repeats without bound what is itself repeated"},
		{`pattern: "ORD-(?:[0-9]+,?)(?=x)x", engine: regexp2, guard: none, tier: alone, max_len: 20, examples: [ORD-1x, ORD-123456780x], negatives: [a, b]`, "pattern 1 is looked at by a backtracking engine"},
		{`pattern: "[0-9]{5}", tier: alone, examples: ["12345", "a 54321"], negatives: [a, b]`, "things in 1.0 MB of traffic that holds nothing"},
	} {
		said, _ := lints(t, tt.rule)
		got := strings.Join(said, "\n")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: said is %q, want %q", tt.rule, got, tt.want)
		}
		if strings.Contains(got, "12345678") {
			t.Errorf("%s: an example is repeated: %q", tt.rule, got)
		}
	}
}

// The sample is large enough for what is said of it, and the same each time.
func TestCheckRulesSample(t *testing.T) {
	const rule = `pattern: "[0-9]{5}", tier: alone, examples: ["12345", "a 54321"], negatives: [a, b]`
	_, a := lints(t, rule)
	_, b := lints(t, rule)
	if a.Bytes < 1<<20 || a.False["p.1"] < 100 || a.Bytes != b.Bytes || a.False["p.1"] != b.False["p.1"] {
		t.Errorf("samples are of %d and %d bytes, with %d and %d findings", a.Bytes, b.Bytes, a.False["p.1"], b.False["p.1"])
	}
}
