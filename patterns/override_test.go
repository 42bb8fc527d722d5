package patterns_test

import (
	"errors"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
)

func TestApply(t *testing.T) {
	pack := func() *patterns.Pack {
		return &patterns.Pack{Name: "p", Rules: []patterns.Rule{
			{Rule: detect.Rule{ID: "p.a.1", Entity: "A", Tier: detect.ByItself, Patterns: make([]detect.Pattern, 1), Context: []string{"one"}}},
			{Rule: detect.Rule{ID: "p.b.1", Entity: "B", Tier: detect.ByField, Fields: []string{"b"}}},
		}}
	}
	for _, tt := range []struct {
		name      string
		overrides []patterns.Override
		wrong     int // index of the override that is refused; -1 for none
		ok        func(p *patterns.Pack) bool
	}{
		{"off", []patterns.Override{{Rules: []string{"p.a.*"}, Off: true}}, -1, func(p *patterns.Pack) bool { return len(p.Rules) == 1 && p.Rules[0].ID == "p.b.1" }},
		{"words, once", []patterns.Override{{Entities: []string{"A"}, Context: []string{"one", "two"}, Fields: []string{"a"}, Against: []string{"x"}}}, -1, func(p *patterns.Pack) bool {
			a := p.Rules[0]
			return len(a.Context) == 2 && a.Context[1] == "two" && a.Fields[0] == "a" && a.Against[0] == "x" && len(p.Rules[1].Context) == 0
		}},
		{"one after the other", []patterns.Override{{Packs: []string{"*"}, Bias: .3}, {Rules: []string{"p.a.1"}, Bias: -.1, Tier: detect.WithContext, Profile: patterns.Recall}}, -1, func(p *patterns.Pack) bool {
			return int(100*p.Rules[0].Bias+.5) == 20 && p.Rules[0].Tier == detect.WithContext && p.Rules[0].Profile == patterns.Recall && p.Rules[1].Bias == float32(.3)
		}},
		{"both must match", []patterns.Override{{Rules: []string{"p.a.1"}, Entities: []string{"B"}, Off: true}}, 0, nil},
		{"nothing to look for", []patterns.Override{{Rules: []string{"p.a.1"}, Bias: .1}, {Rules: []string{"p.b.1"}, Tier: detect.ByItself}}, 1, nil},
		{"no field", []patterns.Override{{Rules: []string{"p.a.1"}, Tier: detect.ByField}}, 0, nil},
		{"a field with it", []patterns.Override{{Rules: []string{"p.a.1"}, Tier: detect.ByField, Fields: []string{"a"}}}, -1, func(p *patterns.Pack) bool { return p.Rules[0].Tier == detect.ByField }},
		{"all off", []patterns.Override{{Packs: []string{"p"}, Off: true}}, 0, nil},
	} {
		p := pack()
		err := patterns.Apply(tt.overrides, policy.Glob, p)
		var wrong *patterns.OverrideError
		switch {
		case tt.wrong < 0 && (err != nil || !tt.ok(p)):
			t.Errorf("%s: %v, %+v", tt.name, err, p.Rules)
		case tt.wrong >= 0 && (!errors.As(err, &wrong) || wrong.Index != tt.wrong):
			t.Errorf("%s: %v, want an error in override %d", tt.name, err, tt.wrong)
		}
	}
}
