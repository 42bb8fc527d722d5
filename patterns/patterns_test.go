package patterns_test

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// all returns every built-in pack.
func all(t testing.TB) []*patterns.Pack {
	t.Helper()
	var packs []*patterns.Pack
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			t.Fatalf("Builtin(%s) = %v", name, err)
		}
		packs = append(packs, p)
	}
	return packs
}

// balanced returns the detector of every built-in pack under the default profile, made once for
// all tests.
func balanced(t testing.TB) *detect.Detector {
	t.Helper()
	det, err := balancedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return det
}

var balancedOnce = sync.OnceValues(func() (*detect.Detector, error) {
	packs, err := patterns.Builtins(patterns.Names()...)
	if err != nil {
		return nil, err
	}
	return detect.New(patterns.Rules(packs...), nil)
})

func TestBuiltin(t *testing.T) {
	packs := all(t)
	if len(packs) < 12 {
		t.Errorf("Names() has %d packs, want 12 at least", len(packs))
	}
	for _, p := range packs {
		if len(p.Rules) == 0 || p.Title == "" {
			t.Errorf("pack %s has %d rules and the title %q", p.Name, len(p.Rules), p.Title)
		}
	}
	if _, err := patterns.TokenNames(packs...); err != nil {
		t.Errorf("TokenNames(all) = %v", err)
	}
	if _, err := patterns.Builtin("nope"); err == nil {
		t.Error("Builtin(nope) = nil error")
	}
}

// TestTokenNamesForEver holds the names that tokens carry, in testdata/tokens.txt: one that
// changed would leave tokens that nobody can open. -update adds what is new to the list; it never
// changes a line of it.
func TestTokenNamesForEver(t *testing.T) {
	const file = "testdata/tokens.txt"
	list, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	names, err := patterns.TokenNames(all(t)...)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(list), "\n"), "\n")
	known := map[detect.Entity]bool{}
	for _, line := range lines {
		entity, want, _ := strings.Cut(line, " ")
		if got := names[detect.Entity(entity)]; got != want {
			t.Errorf("TokenNames(all)[%s] = %q, want %q for ever", entity, got, want)
		}
		known[detect.Entity(entity)] = true
	}
	for entity, name := range names {
		switch {
		case known[entity]:
		case *update:
			lines = append(lines, string(entity)+" "+name)
		default:
			t.Errorf("%s is not in %s, -update adds it", entity, file)
		}
	}
	if *update {
		slices.Sort(lines)
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
