package detect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// planRules are a rule for each way to be looked for.
func planRules() []detect.Rule {
	rule := func(id string, patterns ...detect.Pattern) detect.Rule {
		return detect.Rule{ID: id, Entity: "X", Tier: detect.ByItself, Patterns: patterns}
	}
	byField := rule("by-field", detect.Pattern{Expr: "[a-z]{4}"})
	byField.Tier, byField.Fields = detect.ByField, []string{"a", "b"}
	return []detect.Rule{
		rule("literal", detect.Pattern{Expr: "ghp_[a-z]{9}", Guard: detect.GuardWord}),
		rule("two", detect.Pattern{Expr: `(?:ABC|DEF)[0-9]x{4}`, Guard: detect.GuardWord}, detect.Pattern{Expr: "(?i)zwtq[0-9]{9}"}),
		rule("digits", detect.Pattern{Expr: "[0-9]{3}-[0-9]{4}"}),
		rule("inside", detect.Pattern{Expr: "[a-z]{1,9}@[a-z]{2}!"}),
		rule("common", detect.Pattern{Expr: "://[a-z]{1,9}:[a-z]{1,9}@"}),
		rule("slow", detect.Pattern{Expr: "[a-z]{4}[a-z ]{9}[a-z]"}),
		{ID: "field", Entity: "X", Tier: detect.ByField, Fields: []string{"a"}},
		byField,
		rule("look", detect.Pattern{Engine: detect.Regexp2, Expr: "(?<!x)abcd(?=e)"}),
		rule("net", detect.Pattern{Engine: detect.Regexp2, Expr: "abcd(?=[0-9]{3})[0-5]{1,9}"}),
	}
}

func TestPlan(t *testing.T) {
	d, err := detect.New(planRules(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]detect.RulePlan{
		"literal":  {{Pattern: 1, Engine: "automaton", Anchor: `\bghp_`}},
		"two":      {{Pattern: 1, Engine: "automaton", Anchor: `\b[AD][BE][CF][0-9]`}, {Pattern: 2, Engine: "automaton", Anchor: `(?i:zwtq`}},
		"digits":   {{Pattern: 1, Engine: "layout", Anchor: `[0-9]{3}-[0-9]{4}`}},
		"inside":   {{Pattern: 1, Engine: "automaton", Anchor: `[a-z]@[a-z]{2}!`, OffsetMin: 1, OffsetMax: 9}},
		"common":   {{Pattern: 1, Engine: "automaton", Anchor: `[a-z]@`, OffsetMin: 6, OffsetMax: 22}}, // addresses of pages are everywhere
		"slow":     {{Pattern: 1, Engine: "automaton", Anchor: `[a-z]{4}`, Slow: true}},
		"field":    {{Engine: "field", Anchor: "1 field names"}},
		"by-field": {{Pattern: 1, Engine: "automaton", Anchor: "2 field names"}},
		"look":     {{Pattern: 1, Engine: "automaton", Anchor: "(?<!x)abcd"}},
		"net":      {{Pattern: 1, Engine: "regexp2", Anchor: "abcd"}},
	}
	groups := make(map[string]int)
	for _, p := range d.Plan() {
		if len(want[p.RuleID]) == 0 {
			t.Errorf("Plan: too much of rule %s: %+v", p.RuleID, p)
			continue
		}
		w := want[p.RuleID][0]
		want[p.RuleID] = want[p.RuleID][1:]
		if p.Pattern != w.Pattern || p.Engine != w.Engine || !strings.HasPrefix(p.Anchor, w.Anchor) || p.OffsetMin != w.OffsetMin || p.OffsetMax != w.OffsetMax || p.Slow != w.Slow {
			t.Errorf("Plan: %+v\nwant %+v, the anchor's beginning", p, w)
		}
		if (p.States == 0 || p.Memory < 2*p.States) != (p.Engine == "field") {
			t.Errorf("Plan: %s %d has %d states in %d bytes", p.RuleID, p.Pattern, p.States, p.Memory)
		}
		if p.PerKB <= 0 || p.Slow && p.PerKB < 32 {
			t.Errorf("Plan: %s %d: %v candidates in a kilobyte, slow %v", p.RuleID, p.Pattern, p.PerKB, p.Slow)
		}
		groups[p.RuleID] = p.Group
	}
	for id, left := range want {
		if len(left) > 0 {
			t.Errorf("Plan lacks %d patterns of rule %s", len(left), id)
		}
	}
	if groups["field"] != groups["by-field"] || groups["field"] == groups["literal"] {
		t.Errorf("groups are %v: fields share one, which is of no pattern", groups)
	}
}

func TestPlanEmpty(t *testing.T) {
	d, err := detect.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := d.Plan(); len(p) != 0 {
		t.Errorf("Plan of no rules = %v", p)
	}
	if c := d.Candidates(nil, []byte("abc"), false); len(c) != 0 {
		t.Errorf("Candidates of no rules = %v", c)
	}
}

// TestPlanAnchor: anchors are written so that whoever writes rules can read them.
func TestPlanAnchor(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{`å[: ]{1,2}[가-힣]{2,3}`, `å[ :][ :`},
		{`\$1\$[./A-Z]{9}`, `\$1\$[A-Z./]`},
		{`AB\x01[\x00-\x1f]{9}`, `AB\x01[\x00-\x1f]`},
		{`XY[^a-z]x{9}`, `XY[^a-z`},
		{`XY[\w-]x{4}`, `XY[\w-]xxxx`},
		{`XY[^\n-]`, `XY[^\x0a`},
		{`(?:a|the|some) [a-z]{9}`, `(?:a [a-z]{6}|some [a-z]{3}|the [a-z]{4})`},
		{`[0-9]{3} [0-9]{2} `, `[0-9]{3} [0-9]{2}[ ]`},
		{`(?i)xq[a-f]z{9}`, `(?i:xq[a-f]z`},
	} {
		d, err := detect.New([]detect.Rule{{ID: "r", Entity: "X", Tier: detect.ByItself, MaxLen: 40, Patterns: []detect.Pattern{{Expr: tt.expr}}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Plan()[0].Anchor; !strings.HasPrefix(got, tt.want) {
			t.Errorf("Plan of %s: anchor %s, want %s…", tt.expr, got, tt.want)
		}
	}
}

func TestCandidates(t *testing.T) {
	d, err := detect.New(planRules(), nil)
	if err != nil {
		t.Fatal(err)
	}
	group := 0
	for _, p := range d.Plan() {
		if p.RuleID == "literal" {
			group = p.Group
		}
	}
	for _, tt := range []struct {
		text    string
		escaped bool
		want    int64
	}{
		{"ghp_abcdefghi", false, 1},
		{"ghp_abcdefghi ghp_xyz", false, 2},
		{"xghp_abcdefghi ghq_abcdefghi gh.", false, 0},
		{`x\nghp_abcdefghi`, true, 1},
		{`x\nghp_abcdefghi`, false, 0},
		{strings.Repeat("some words, ghp_abcdefghi. ", 1000), false, 1000},
	} {
		got := d.Candidates(nil, []byte(tt.text), tt.escaped)
		if got[group] != tt.want {
			t.Errorf("Candidates(%.30q, %v) = %v, want %d of group %d", tt.text, tt.escaped, got, tt.want, group)
		}
		twice := d.Candidates(slices.Clone(got), []byte(tt.text), tt.escaped)
		for k := range got {
			if twice[k] != 2*got[k] {
				t.Errorf("Candidates adds up to %v, want twice %v", twice, got)
			}
		}
	}
}

// TestManyRules: a pack of any size compiles to the same machine. Each rule is found, and
// all of them together have few candidates, in one pass.
func TestManyRules(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	letters := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('a' + r.IntN(26))
		}
		return string(b)
	}
	var rules []detect.Rule
	var values []string
	for i := range 300 {
		word := letters(4 + r.IntN(4))
		expr, value := word+"_[A-Z0-9]{20,40}", word+"_A1B2C3D4E5F6G7H8I9J0"
		switch i % 5 {
		case 0:
			k, m := 2+r.IntN(5), 3+r.IntN(6)
			expr, value = fmt.Sprintf("[0-9]{%d}-%s-[0-9]{%d}", k, word, m), "123456"[:k]+"-"+word+"-"+"12345678"[:m]
		case 1:
			expr, value = "(?i)(?:"+word+"|"+word[1:]+")[_-]?(?:key|token)[ :=]{1,3}[a-z0-9]{16,64}", strings.ToUpper(word)+"-key: 0123456789abcdef"
		}
		rules = append(rules, detect.Rule{
			ID: fmt.Sprint("rule-", i), Entity: "X", Tier: detect.ByItself, Patterns: []detect.Pattern{{Expr: expr, Guard: detect.GuardWord}},
		})
		values = append(values, value)
	}
	d, err := detect.New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	groups := make(map[int]float64)
	for _, p := range d.Plan() {
		if p.Slow || p.Lane != 0 {
			t.Errorf("plan of %s: %+v, want it in the first lane", p.RuleID, p)
		}
		groups[p.Group] = p.PerKB
	}
	sum := 0.0
	for _, v := range groups {
		sum += v
	}
	if sum > 1 {
		t.Errorf("%.2f candidates in a kilobyte are expected, want less than one", sum)
	}
	for i, value := range values {
		text := []byte("see (" + value + ") there")
		found := d.Append(nil, detect.Text{Raw: text, Final: true})
		if !slices.ContainsFunc(found, func(f detect.Finding) bool {
			return f.Rule.ID == rules[i].ID && string(text[f.Start:f.End]) == value
		}) {
			t.Errorf("%s: %s of %q is not found: %v", rules[i].ID, rules[i].Patterns[0].Expr, text, found)
		}
	}
}
