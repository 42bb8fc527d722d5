package detect

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// A rule that has no anchor is looked for in a lane of its own. What the other lanes look
// for, and so what they cost, is as it would be without.
func TestSlowLane(t *testing.T) {
	rules := []Rule{
		{ID: "order", Entity: "X", Tier: ByItself, Patterns: []Pattern{{Expr: "ORD-[0-9]{9}", Guard: GuardWord}}},
		{ID: "number", Entity: "X", Tier: ByItself, Patterns: []Pattern{{Expr: "[0-9]{3}-[0-9]{4}", Guard: GuardDigit}}},
		{ID: "word", Entity: "X", Tier: ByItself, Patterns: []Pattern{{Expr: "abcdefgh[a-z]{2}"}}}, // which slow ones could swallow
		{ID: "field", Entity: "X", Tier: ByField, Fields: []string{"seat"}},
	}
	slow := []Rule{
		{ID: "slow", Entity: "X", Tier: ByItself, Patterns: []Pattern{{Expr: "[a-z]{12}"}}},
		{ID: "slower", Entity: "X", Tier: ByItself, Patterns: []Pattern{{Expr: "[^ ]{9}[a-z ]{4}"}, {Expr: "ORX-[0-9]{9}"}}},
	}
	without, err := New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	with, err := New(append(rules[:len(rules):len(rules)], slow...), nil)
	if err != nil {
		t.Fatal(err)
	}
	only, err := New(slow, nil)
	if err != nil {
		t.Fatal(err)
	}
	slowLanes := make(map[int]bool)
	for _, p := range with.Plan() {
		want := p.RuleID == "slow" || p.RuleID == "slower" && p.Pattern == 1
		if p.Slow != want {
			t.Errorf("plan %+v: want slow %v", p, want)
		}
		if p.Slow {
			slowLanes[p.Lane] = true
		}
	}
	for _, p := range with.Plan() {
		if !p.Slow && slowLanes[p.Lane] {
			t.Errorf("plan %+v: lane %d is for slow rules", p, p.Lane)
		}
	}

	// One more literal, but nothing slow.
	more, err := New(append(rules[:len(rules):len(rules)], Rule{
		ID: "slower", Entity: "X", Tier: ByItself, Patterns: []Pattern{{Expr: "ORX-[0-9]{9}"}}}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(more.lanes) != len(without.lanes) || len(with.lanes) <= len(more.lanes) {
		t.Fatalf("%d lanes, with a literal more %d, with slow rules %d", len(without.lanes), len(more.lanes), len(with.lanes))
	}
	for k, l := range more.lanes {
		if !reflect.DeepEqual(l.tables, with.lanes[k].tables) {
			t.Errorf("slow rules change the tables of lane %d", k)
		}
	}

	r := rand.New(rand.NewPCG(5, 5))
	parts := []string{"ORD-123456789", "ORX-987654321", "123-4567", "abcdefghij", "words, ", " ", `"seat":"4 B"`, "longenoughtobeslow", "x", "\n"}
	found := 0
	for range 500 {
		var text []byte
		for range 1 + r.IntN(12) {
			text = append(text, parts[r.IntN(len(parts))]...)
		}
		want := make(map[string]int)
		for _, d := range []*Detector{without, only} {
			for _, f := range d.Append(nil, Text{Raw: text, Final: true}) {
				want[f.Rule.ID] += f.Start<<10 + f.End
			}
		}
		got := make(map[string]int)
		for _, f := range with.Append(nil, Text{Raw: text, Final: true}) {
			got[f.Rule.ID] += f.Start<<10 + f.End
			found++
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("in %q together: %v, apart %v", text, got, want)
		}
	}
	if found < 1000 {
		t.Errorf("only %d findings", found)
	}
}
