package testenv_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// probe stands in for a test, so that skipping and failing can be watched.
type probe struct {
	testing.TB
	skipped, failed bool
}

func (p *probe) Helper()               {}
func (p *probe) Skipf(string, ...any)  { p.skipped = true; runtime.Goexit() }
func (p *probe) Fatalf(string, ...any) { p.failed = true; runtime.Goexit() }

func ask(t *testing.T, f func(testing.TB) string) (got string, p *probe) {
	t.Helper()
	p = &probe{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		got = f(p)
	}()
	<-done
	return got, p
}

func TestTool(t *testing.T) {
	dir := t.TempDir()
	list := filepath.Join(dir, "parts.json")
	tool := filepath.Join(dir, "tool")
	write(t, tool, "x")
	write(t, list, `{"there":`+quote(tool)+`,"gone":`+quote(filepath.Join(dir, "nothing"))+`}`)

	for _, tt := range []struct {
		name, list, part, ci string
		want                 string
		skipped, failed      bool
	}{
		{name: "prepared", list: list, part: "there", ci: "true", want: tool},
		{name: "not prepared", list: list, part: "other", skipped: true},
		{name: "not prepared in CI", list: list, part: "other", ci: "true", failed: true},
		{name: "gone", list: list, part: "gone", skipped: true},
		{name: "gone in CI", list: list, part: "gone", ci: "true", failed: true},
		{name: "no list", part: "there", skipped: true},
		{name: "no list in CI", part: "there", ci: "true", failed: true},
		{name: "list not readable in CI", list: tool, part: "there", ci: "true", failed: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(testenv.Var, tt.list)
			t.Setenv("CI", tt.ci)
			got, p := ask(t, func(tb testing.TB) string { return testenv.Tool(tb, tt.part) })
			if got != tt.want || p.skipped != tt.skipped || p.failed != tt.failed {
				t.Errorf("Tool(%q) = %q, skipped %v, failed %v; want %q, %v, %v",
					tt.part, got, p.skipped, p.failed, tt.want, tt.skipped, tt.failed)
			}
		})
	}
}

func TestShared(t *testing.T) {
	root := filepath.Join(t.TempDir(), "module")
	deep := filepath.Join(root, "a", "b")
	want := filepath.Join(filepath.Dir(root), "shared", "data")
	for _, dir := range []string{deep, want} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(root, "go.mod"), "module m\n")
	t.Chdir(deep)
	t.Setenv("CI", "true")
	want, err := filepath.EvalSymlinks(want)
	if err != nil {
		t.Fatal(err)
	}

	got, _ := ask(t, func(tb testing.TB) string { return testenv.Shared(tb, "data") })
	if got, _ = filepath.EvalSymlinks(got); got != want {
		t.Errorf("Shared(data) = %q, want %q", got, want)
	}
	if _, p := ask(t, func(tb testing.TB) string { return testenv.Shared(tb, "none") }); !p.failed {
		t.Error("Shared(none) in CI does not fail")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func quote(path string) string { return `"` + filepath.ToSlash(path) + `"` }
