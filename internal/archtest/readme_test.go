package archtest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// README's Go block is the body of redact's Example, which compiles and runs.
func TestReadmeExampleCompiles(t *testing.T) {
	readme := read(t, "../../README.md")
	example := read(t, "../../redact/example_test.go")
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readme, -1)
	if len(blocks) == 0 {
		t.Fatal("README.md has no Go block")
	}
	for _, b := range blocks {
		if !strings.Contains(flat(example), flat(b[1])) {
			t.Errorf("README.md has Go code that does not stand in redact/example_test.go:\n%s", b[1])
		}
	}
}

// Every file and folder that README and the documents link to is there.
func TestLinksLead(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for doc, dir := range map[string]string{"../../README.md": "../../", "../../docs/ARCHITECTURE.md": "../../docs/", "../../docs/token.md": "../../docs/", "../../docs/tests.md": "../../docs/", "../../docs/threat-model.md": "../../docs/", "../../docs/STATE.md": "../../docs/"} {
		for _, m := range link.FindAllStringSubmatch(read(t, doc), -1) {
			if _, err := os.Stat(dir + m[1]); err != nil {
				t.Errorf("%s links to %s, which is not there", doc, m[1])
			}
		}
	}
}

// Every test that ARCHITECTURE.md names as the keeper of a promise is there.
func TestPromisesHaveTests(t *testing.T) {
	tests := map[string]bool{}
	eachFile(t, func(dir, name string, _ []string) {
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)`).FindAllStringSubmatch(read(t, "../../"+dir+"/"+name), -1) {
				tests[m[1]] = true
			}
		}
	})
	named := regexp.MustCompile(`(?:Test|Fuzz)[A-Z]\w*…?`).FindAllString(read(t, "../../docs/ARCHITECTURE.md"), -1)
	if len(named) < 10 {
		t.Fatalf("docs/ARCHITECTURE.md names %d tests, want one or more for each promise", len(named))
	}
	for _, n := range named {
		prefix, open := strings.CutSuffix(n, "…")
		found := tests[n]
		for have := range tests {
			found = found || open && strings.HasPrefix(have, prefix)
		}
		if !found {
			t.Errorf("docs/ARCHITECTURE.md names %s, which is no test", n)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// flat drops indentation, so that a function's body equals the same lines outside it.
func flat(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}
