package detect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// What is read around a short match does not settle what a longer one hears that begins at the same place, be it of the same
// group, of another one, or one of a text with many numbers.
func TestLongAndShortHear(t *testing.T) {
	long := "QX1234" + strings.Repeat(" abcdefghi", 12) + "."
	for _, guard := range []detect.Guard{detect.GuardNone, detect.GuardWord} {
		var rules []detect.Rule // in order of their entities
		for _, r := range []struct{ id, entity, expr, word string }{
			{"short", "A", `QX[0-9]{4}`, "alpha"},
			{"long", "B", `QX[0-9]{4}[a-z ]{120}\.`, "omega"},
			{"longer", "C", `QX[0-9]{4}[a-z ]{120}\. [a-z]{5}`, "omicron"},
		} {
			rules = append(rules, detect.Rule{
				ID: r.id, Entity: detect.Entity(r.entity), Tier: detect.WithContext, Context: []string{r.word},
				Patterns: []detect.Pattern{{Expr: r.expr, Guard: guard}},
			})
			guard = detect.GuardNone
		}
		d, err := detect.New(rules, nil)
		if err != nil {
			t.Fatal(err)
		}
		numbers := strings.Repeat(" 1234 5678", 200)
		for text, want := range map[string]string{
			long:                                     "",
			"alpha " + long:                          "short",
			"omega " + long:                          "long",
			long + " omega":                          "long",
			long + " omega omicron":                  "long longer",
			long + " other omicron":                  "longer",
			"alpha " + long + " omega omicron":       "short long longer",
			long + strings.Repeat(" -", 9) + "omega": "",
			long[:7] + "alpha hij" + long[16:]:       "short",
			strings.Repeat("alpha ", 12) + strings.Repeat("- ", 30) + long: "",
		} {
			for _, text := range []string{text, text + strings.Repeat(" -", 1000), numbers + strings.Repeat(" -", 40) + " " + text, text + strings.Repeat(" -", 40) + numbers} {
				var got []string
				for f := range d.All([]byte(text)) {
					got = append(got, f.Rule.ID)
				}
				if !same(got, strings.Fields(want)) {
					t.Errorf("guard %d, …%q: %q, want %q", rules[0].Patterns[0].Guard, text[max(0, len(text)-180):], got, want)
				}
			}
		}
	}
}

// A word speaks for matches of any length up to so far behind them, also where the words of a text have been read before.
func TestHowFarBehind(t *testing.T) {
	for n := 20; n < 37; n++ {
		for _, expr := range []string{`QX[0-9]{4}[a-z]{%d}`, `[0-9]{6}[a-z]{%d}`} {
			d, err := detect.New([]detect.Rule{{
				ID: "code", Entity: "CODE", Tier: detect.WithContext, Context: []string{"omega"},
				Patterns: []detect.Pattern{{Expr: fmt.Sprintf(expr, n-6), Guard: detect.GuardWord}},
			}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			match := strings.Replace("QX1234", "QX", map[bool]string{true: "QX", false: "56"}[expr[0] == 'Q'], 1) + strings.Repeat("a", n-6)
			for gap := 1; gap < 20; gap++ {
				for _, before := range []string{"", strings.Repeat("1234 5678 ", 200)} {
					found := 0
					for range d.All([]byte(before + match + strings.Repeat(".", gap) + "omega" + strings.Repeat(" -", 300))) {
						found++
					}
					if want := bit(gap+len("omega") <= 16); found != want {
						t.Errorf("%s, a word %d bytes behind, with %d before: %d findings, want %d", match, gap, len(before), found, want)
					}
				}
			}
		}
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func same(got, want []string) bool {
	n := 0
	for _, w := range want {
		for _, g := range got {
			if g == w {
				n++
				break
			}
		}
	}
	return n == len(want) && len(got) == len(want)
}
