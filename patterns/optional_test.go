package patterns_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// optional returns the packs that are off unless they are named.
func optional(t *testing.T) []*patterns.Pack {
	t.Helper()
	packs, err := patterns.Builtins(patterns.Optional()...)
	if err != nil || len(packs) == 0 {
		t.Fatalf("Builtins(Optional()) = %d packs, %v", len(packs), err)
	}
	return packs
}

// TestOptional: the packs that are off work beside those that are on, and are not among them.
func TestOptional(t *testing.T) {
	packs := append(all(t), optional(t)...)
	if err := patterns.Check(packs...); err != nil {
		t.Errorf("Check(all and optional) = %v", err)
	}
	if _, err := patterns.TokenNames(packs...); err != nil {
		t.Errorf("TokenNames(all and optional) = %v", err)
	}
	for _, name := range patterns.Optional() {
		if slices.Contains(patterns.Names(), name) {
			t.Errorf("%s is optional and on by default", name)
		}
	}
}

func TestExpand(t *testing.T) {
	if got := patterns.Expand(nil); !slices.Equal(got, patterns.Names()) {
		t.Errorf("Expand(nil) = %v, want Names()", got)
	}
	if got := patterns.Expand([]string{}); len(got) != 0 || got == nil {
		t.Errorf("Expand({}) = %v, want none", got)
	}
	if got, want := patterns.Expand([]string{"core", "default", "names"}), len(patterns.Names())+1; len(got) != want || got[0] != "core" || got[want-1] != "names" {
		t.Errorf("Expand(core, default, names) = %d packs, want %d: core, the others, names", len(got), want)
	}
	if got := patterns.Expand([]string{"us"}); !slices.Equal(got, []string{"us"}) {
		t.Errorf("Expand(us) = %v", got)
	}
}

// TestGazetteer: with the pack "names", names are found where nothing but they themselves tells them, and capitalised
// words in pairs are left alone.
func TestGazetteer(t *testing.T) {
	det, err := detect.New(patterns.Select(patterns.Balanced, optional(t)...))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"yesterday Karen Whitfield and Samuel Ortiz met":  "Samuel Ortiz", // Whitfield is not listed
		"Ask Jürgen Müller first":                         "Jürgen Müller",
		"written by María del Carmen Navarro":             "María del Carmen Navarro",
		"Giulia Ricci, Łukasz Nowak":                      "Giulia Ricci|Łukasz Nowak",
		"Patrick O'Connor's car":                          "Patrick O'Connor",
		"New York, San Francisco and Los Angeles":         "",
		"Visual Studio Code, Google Chrome, Apache Kafka": "",
		"Content Type, User Agent, Internal Server Error": "",
		"Good Morning Vietnam, Happy New Year":            "",
	} {
		if got := strings.Join(foundBy(det, "PERSON", text, false), "|"); got != want {
			t.Errorf("in %s: found %q, want %q", text, got, want)
		}
	}
}
