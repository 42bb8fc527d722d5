package patterns_test

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/corpus"
	"github.com/mcpveil/mcpveil/patterns"
)

// own is put before the names of built-in packs and the ids of their rules to make copies of them.
const own = "own-"

// copied returns the built-in packs as a user would have them who copied the files and gave the rules
// ids of their own.
func copied(t testing.TB) []*patterns.Pack {
	t.Helper()
	files, err := fs.Glob(os.DirFS("builtin"), "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("the built-in packs are not there: %v", err)
	}
	dir := fstest.MapFS{}
	for _, file := range files {
		data, err := os.ReadFile("builtin/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		rename := func(n *yaml.Node, field string) (value *yaml.Node) {
			for i := 0; i < len(n.Content); i += 2 {
				if n.Content[i].Value == field {
					return n.Content[i+1]
				}
			}
			t.Fatalf("%s: no field %s in line %d", file, field, n.Line)
			return nil
		}
		pack := doc.Content[0]
		rename(pack, "pack").Value = own + rename(pack, "pack").Value
		for _, r := range rename(pack, "rules").Content {
			rename(r, "id").Value = own + rename(r, "id").Value
		}
		if data, err = yaml.Marshal(&doc); err != nil {
			t.Fatal(err)
		}
		dir["mine/"+file] = &fstest.MapFile{Data: data}
	}
	packs, err := patterns.Load(dir, "mine/*.yaml")
	if err != nil {
		t.Fatalf("Load of the copies = %v", err)
	}
	return packs
}

// traffic is messages that hold what the rules look for, and much else.
func traffic(t testing.TB, packs []*patterns.Pack) (texts []detect.Text) {
	t.Helper()
	for _, p := range packs {
		for i := range p.Rules {
			for _, text := range slices.Concat(p.Rules[i].Examples, p.Rules[i].Negatives) {
				texts = append(texts, detect.Text{Raw: []byte(text), Final: true, Escaped: text[0] == '{'})
			}
		}
	}
	for k, kind := range corpus.Kinds {
		for _, msg := range corpus.Generate(kind, .3, 64<<10, uint64(k)).Messages {
			texts = append(texts, detect.Text{Raw: msg, Final: true, Escaped: true})
		}
	}
	return texts
}

func compile(t testing.TB, packs ...*patterns.Pack) *detect.Detector {
	t.Helper()
	det, err := detect.New(patterns.Rules(packs...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return det
}

// listed writes findings down by rule, id without what copies have before it.
func listed(found []detect.Finding, mine bool) (list []string) {
	for _, f := range found {
		if id, isCopy := strings.CutPrefix(f.Rule.ID, own); isCopy == mine {
			list = append(list, fmt.Sprint(id, f.Start, f.End, f.Score, f.Cut))
		}
	}
	return list
}

// TestCopied: nothing is built into the program that a user's pack could not have. Rules copied into a
// user's files under new ids compile to the same plan, alone, and find the same, alone and beside the built-in ones.
func TestCopied(t *testing.T) {
	builtin, mine := all(t), copied(t)
	if err := patterns.Check(mine...); err != nil {
		t.Fatalf("Check of the copies = %v", err)
	}
	a, b, both := compile(t, builtin...), compile(t, mine...), compile(t, append(slices.Clone(builtin), mine...)...)

	planA, planB := a.Plan(), b.Plan()
	for i := range planB {
		id, ok := strings.CutPrefix(planB[i].RuleID, own)
		if !ok {
			t.Fatalf("rule %s is no copy", planB[i].RuleID)
		}
		planB[i].RuleID = id
	}
	if diff := cmp.Diff(planA, planB); diff != "" {
		t.Errorf("copies have another plan (-built-in +copy):\n%s", diff)
	}

	// Beside each other, what a pattern is looked for by stays as it was; both do it in the same way.
	wide := make(map[string][2]detect.RulePlan) // by rule and pattern: the built-in one, the copy
	for _, p := range both.Plan() {
		id, isCopy := strings.CutPrefix(p.RuleID, own)
		key := fmt.Sprint(id, p.Pattern)
		pair := wide[key]
		if isCopy {
			pair[1] = p
		} else {
			pair[0] = p
		}
		wide[key] = pair
	}
	for _, want := range planA {
		pair := wide[fmt.Sprint(want.RuleID, want.Pattern)]
		for _, got := range pair {
			if got.Engine != want.Engine || got.Anchor != want.Anchor || got.OffsetMin != want.OffsetMin || got.OffsetMax != want.OffsetMax || got.Slow != want.Slow {
				t.Errorf("beside copies, the plan is %+v\nwant as alone %+v", got, want)
			}
		}
	}

	found := 0
	for _, text := range traffic(t, builtin) {
		want := listed(a.Append(nil, text), false)
		found += len(want)
		if got := listed(b.Append(nil, text), true); !slices.Equal(got, want) {
			t.Errorf("in %.60q the copies find %v, want %v", text.Raw, got, want)
		}
		together := both.Append(nil, text)
		for _, mine := range []bool{false, true} {
			if got := listed(together, mine); !slices.Equal(got, want) {
				t.Errorf("in %.60q, together, copies %v: found %v, want %v", text.Raw, mine, got, want)
			}
		}
	}
	t.Logf("%d findings compared", found)
	if found < 1000 {
		t.Errorf("only %d findings were compared", found)
	}
}

// TestPlanNoSlow: every built-in rule has an anchor, and no engine but our own.
func TestPlanNoSlow(t *testing.T) {
	for _, p := range compile(t, all(t)...).Plan() {
		if p.Slow || p.PerKB > 32 {
			t.Errorf("rule %s, pattern %d has no anchor: %+v", p.RuleID, p.Pattern, p)
		}
		if p.Engine == "regexp2" {
			t.Errorf("rule %s, pattern %d looks around inside: regexp2 would run, which is slow and allocates", p.RuleID, p.Pattern)
		}
	}
}
