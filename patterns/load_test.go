package patterns_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

var update = flag.Bool("update", false, "rewrite what the tests compare with")

func TestLoad(t *testing.T) {
	packs, err := patterns.Load(os.DirFS("testdata"), "*.yaml")
	if err != nil {
		t.Fatalf("Load(*.yaml) = %v", err)
	}
	if len(packs) != 1 || packs[0].Name != "acme" || packs[0].Version != 2 {
		t.Fatalf("Load(*.yaml) = %+v, want the pack acme", packs)
	}
	if err := patterns.Check(packs...); err != nil {
		t.Errorf("Check(acme) = %v", err)
	}
	got := patterns.Rules(packs...)
	want := []detect.Rule{{
		ID: "acme.employee.1", Entity: "EMPLOYEE_ID", Tier: detect.ByItself,
		Patterns: []detect.Pattern{{Expr: "EMP-[0-9]{6}", Guard: detect.GuardWord}},
	}, {
		ID: "acme.badge.1", Entity: "BADGE", Tier: detect.WithContext, MaxLen: 32,
		Patterns: []detect.Pattern{
			{Expr: "B[0-9]{3}[ ][#]?[A-Z ]{2}"},
			{Expr: "(?<!X)Q[0-9]{4}", Engine: detect.Regexp2, Guard: detect.GuardDigit},
		},
		Checks:  []detect.Check{{Name: "text"}, {Name: "luhn", Mode: detect.Boost}},
		Context: []string{"badge", "Ausweis"}, Against: []string{"bus"},
		Fields: []string{"badge"}, Parents: []string{"employee"}, Siblings: []string{"door"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Rules(acme) differs (-want +got):\n%s", diff)
	}
	if a, b := packs[0].Rules[0].Profile, packs[0].Rules[1].Profile; a != patterns.Strict || b != patterns.Balanced {
		t.Errorf("the rules of acme are on from %s and %s, want strict and balanced", a, b)
	}
	if diff := cmp.Diff([]detect.Entity{"EMPLOYEE_ID", "BADGE"}, packs[0].Entities()); diff != "" {
		t.Errorf("Entities() differs (-want +got):\n%s", diff)
	}
}

// TestMistakes holds what Load and Check say of each pack in testdata/bad against
// testdata/bad/mistakes.txt. Every line must place the mistake; none may hold text that
// was given as an example.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("only %d bad packs, %v", len(files), err)
	}
	var got strings.Builder
	for _, file := range files {
		packs, err := patterns.Load(os.DirFS("testdata/bad"), filepath.Base(file))
		if err == nil {
			err = patterns.Check(packs...)
		}
		if err == nil {
			t.Errorf("%s: nothing is wrong with it", file)
			continue
		}
		var placed *patterns.Error
		if !errors.As(err, &placed) || placed.File != filepath.Base(file) {
			t.Errorf("%s: %v is not an *Error that names the file", file, err)
		}
		for _, value := range []string{"abc1234", "abc2345", "abc9876", "0123", "4567"} {
			if strings.Contains(err.Error(), value) {
				t.Errorf("%s: the error holds an example's text: %v", file, err)
			}
		}
		got.WriteString(err.Error() + "\n")
	}
	const golden = "testdata/bad/mistakes.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("mistakes differ (-want +got), -update rewrites:\n%s", diff)
	}
}

func TestLoadNothing(t *testing.T) {
	if _, err := patterns.Load(fstest.MapFS{}, "*.yaml"); err == nil {
		t.Error("Load of nothing = nil error: a mistyped path would switch all rules off")
	}
	if _, err := patterns.Load(fstest.MapFS{}, "["); err == nil {
		t.Error(`Load("[") = nil error`)
	}
}

// TestAcross: two packs may not have a rule's id, or a token's name, in common.
func TestAcross(t *testing.T) {
	rule := func(id, entity, token string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("pack: p\nversion: 1\nrules:\n- id: " + id + "\n  entity: " + entity + "\n  token: " + token +
			"\n  title: T\n  tier: alone\n  pattern: abc[0-9]{4}\n  references: [x]\n  examples: [abc1234, abc2345]\n  negatives: [a, b]\n")}
	}
	for _, tt := range []struct {
		name string
		b    *fstest.MapFile
		want string
	}{
		{"same entity and token", rule("b.1", "A", "a"), ""},
		{"same id", rule("a.1", "A", "a"), "patterns: b.yaml:4: rule a.1: there is a rule of that id already, in a.yaml:4"},
		{"entity with two tokens", rule("b.1", "A", "b"), `patterns: b.yaml:4: rule b.1: token "b": elsewhere A has "a", and it can have one only`},
		{"token of two entities", rule("b.1", "B", "a"), `patterns: b.yaml:4: rule b.1: token "a" is that of A already`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			packs, err := patterns.Load(fstest.MapFS{"a.yaml": rule("a.1", "A", "a"), "b.yaml": tt.b}, "*.yaml")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := patterns.Check(packs...); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Check(a, b) = %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzLoad: whatever a file holds, Load returns packs or an *Error that names it.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.yaml")
	files = append(files, "testdata/good.yaml", "builtin/pl.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		packs, err := patterns.Load(fstest.MapFS{"f.yaml": {Data: data}}, "*.yaml")
		if err == nil {
			if len(packs) != 1 || packs[0].Name == "" {
				t.Errorf("Load = %v, nil", packs)
			}
			return
		}
		var placed *patterns.Error
		if !errors.As(err, &placed) || placed.File != "f.yaml" {
			t.Errorf("Load = %v, want an *Error that names the file", err)
		}
	})
}
