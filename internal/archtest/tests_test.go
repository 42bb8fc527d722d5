package archtest

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// named finds the tests that a document names as `folder:TestName`.
var named = regexp.MustCompile("`([a-z0-9/]+):((?:Test|Fuzz)[A-Z]\\w*)`")

// Every test that docs/tests.md and docs/threat-model.md name is where they say.
func TestNamedTestsAreThere(t *testing.T) {
	tests := map[string]bool{}
	eachFile(t, func(dir, name string, _ []string) {
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)`).FindAllStringSubmatch(read(t, "../../"+dir+"/"+name), -1) {
				tests[dir+":"+m[1]] = true
			}
		}
	})
	for doc, least := range map[string]int{"../../docs/tests.md": 60, "../../docs/threat-model.md": 60} {
		all := named.FindAllStringSubmatch(read(t, doc), -1)
		if len(all) < least {
			t.Errorf("%s names %d tests, want %d at least", doc, len(all), least)
		}
		for _, m := range all {
			if !tests[m[1]+":"+m[2]] {
				t.Errorf("%s names %s:%s, which is not there", doc, m[1], m[2])
			}
		}
	}
}

// docs/tests.md says of each of the 54 tests where it stands.
func TestAllTestsAreListed(t *testing.T) {
	text := read(t, "../../docs/tests.md")
	for n := 1; n <= 54; n++ {
		if rows := strings.Count(text, fmt.Sprintf("\n| T%d |", n)); rows != 1 {
			t.Errorf("docs/tests.md has %d rows of T%d, want one", rows, n)
		}
	}
}

// Every attack of the threat model has a test or a step of CI, every guarantee a test.
func TestThreatsHaveTests(t *testing.T) {
	_, text, _ := strings.Cut(read(t, "../../docs/threat-model.md"), "\n## Attacks\n")
	attacks, rest, ok := strings.Cut(text, "\n## Guarantees\n")
	guarantees, _, ok2 := strings.Cut(rest, "\n## Not promised\n")
	if !ok || !ok2 {
		t.Fatal("docs/threat-model.md has not the sections Attacks, Guarantees, Not promised")
	}
	rows := 0
	for l := range strings.Lines(attacks) {
		if !strings.HasPrefix(l, "| ") || strings.HasPrefix(l, "| attack |") {
			continue
		}
		if rows++; !named.MatchString(l) && !strings.Contains(l, "| CI, step") {
			t.Errorf("docs/threat-model.md: no test notices: %s", l)
		}
	}
	items := regexp.MustCompile(`(?m)^\d+\. `).Split(guarantees, -1)[1:]
	for i, g := range items {
		if !named.MatchString(g) {
			t.Errorf("docs/threat-model.md: guarantee %d has no test", i+1)
		}
	}
	if rows < 30 || len(items) < 9 {
		t.Errorf("docs/threat-model.md has %d attacks and %d guarantees", rows, len(items))
	}
}
