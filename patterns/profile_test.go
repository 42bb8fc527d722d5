package patterns_test

import (
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

func TestParseProfile(t *testing.T) {
	for p := patterns.Strict; p <= patterns.Recall; p++ {
		if got, err := patterns.ParseProfile(p.String()); got != p || err != nil {
			t.Errorf("ParseProfile(%s) = %v, %v", p, got, err)
		}
	}
	for _, s := range []string{"", "Strict", "low", "Profile(0)"} {
		if got, err := patterns.ParseProfile(s); err == nil {
			t.Errorf("ParseProfile(%q) = %v, want an error", s, got)
		}
	}
}

// TestProfiles: what each profile finds, the next one finds too, and more.
func TestProfiles(t *testing.T) {
	packs := all(t)
	tests := []struct {
		text  string
		least patterns.Profile // in which anything is found; 0: in none
	}{
		{"4111 1111 1111 1111", patterns.Strict},
		{"write to jane.doe@example.com", patterns.Strict},
		{"Her SSN: 536-90-4399", patterns.Strict},  // the shape and the word
		{"536-90-4399", patterns.Balanced},         // the shape alone
		{"client ip 10.0.0.17", patterns.Balanced}, // a shape and a word
		{"order 4111111111111112", 0},
		{"1766750065523", 0},
		{"deadbeefdeadbeefdeadbeefdeadbeef", 0},
	}
	for p := patterns.Strict; p <= patterns.Recall; p++ {
		det, err := detect.New(patterns.Select(p, packs...))
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			found := det.Append(nil, detect.Text{Raw: []byte(test.text), Final: true})
			if want := test.least > 0 && p >= test.least; (len(found) > 0) != want {
				t.Errorf("%s finds %d things in %q, want some: %v", p, len(found), test.text, want)
			}
		}
	}
}

// TestSelect: a rule is on from its own profile on, and by default in all.
func TestSelect(t *testing.T) {
	pack := &patterns.Pack{Rules: []patterns.Rule{
		{Rule: detect.Rule{ID: "a"}}, {Rule: detect.Rule{ID: "b"}, Profile: patterns.Balanced}, {Rule: detect.Rule{ID: "c"}, Profile: patterns.Recall},
	}}
	for p, want := range map[patterns.Profile]int{patterns.Strict: 1, patterns.Balanced: 2, patterns.Recall: 3} {
		if got, opts := patterns.Select(p, pack); len(got) != want || opts.MinScore != p.MinScore() {
			t.Errorf("Select(%s) has %d rules and %+v, want %d and the score %v", p, len(got), opts, want, p.MinScore())
		}
	}
	if got := patterns.Rules(pack); len(got) != 2 {
		t.Errorf("Rules has %d rules, want those of balanced, 2", len(got))
	}
}
