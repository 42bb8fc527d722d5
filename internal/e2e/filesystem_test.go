package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// nodeServer returns a target that runs a server from npm over stdio.
func nodeServer(t testing.TB, tool string, env []string, args ...string) target {
	t.Helper()
	return target{argv: append([]string{testenv.Node(t), testenv.Tool(t, tool)}, args...), env: env, log: new(journal)}
}

// tempDir is a folder by its real path: the file server refuses links.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The file server hands out a table of customers twice, in text and in
// structuredContent, and writes back what it is told.
func TestFilesystem(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		dir, h, list := tempDir(t), newHome(t), people(5)
		table := customersCSV(list)
		file := filepath.Join(dir, "customers.csv")
		if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
			t.Fatal(err)
		}
		bare := nodeServer(t, "server-filesystem", nil, dir)

		to := veiled(t, h, bare, "--reveal", "write_file@/content")
		c := k.open(t, to)
		c.list(t)
		a := c.call(t, "read_text_file", map[string]any{"path": file}).ok(t)
		checkNone(t, "the answer of read_text_file", a.Raw, list)
		checkSealedCSV(t, a.Text, list)
		var structured struct{ Content string }
		if err := json.Unmarshal([]byte(a.Structured), &structured); err != nil || structured.Content != a.Text {
			t.Errorf("structuredContent is %.200q, want the text: %.200q", a.Structured, a.Text)
		}

		back := filepath.Join(dir, "back.csv")
		w := c.call(t, "write_file", map[string]any{"path": back, "content": a.Text}).ok(t)
		checkNone(t, "the answer of write_file", w.Raw, list)
		if got := readFile(t, back); got != table {
			t.Errorf("the revealed write_file wrote %.300q, want the table as it was: %.300q", got, table)
		}
		checkLog(t, to, list)

		// The same home, but nothing is revealed.
		closed := veiled(t, h, bare)
		c = k.open(t, closed)
		shut := filepath.Join(dir, "shut.csv")
		c.call(t, "write_file", map[string]any{"path": shut, "content": a.Text}).ok(t)
		if got := readFile(t, shut); got != a.Text {
			t.Errorf("write_file, which nothing is revealed to, wrote %.300q, want the tokens: %.300q", got, a.Text)
		}
		again := c.call(t, "read_text_file", map[string]any{"path": file}).ok(t)
		if again.Text != a.Text {
			t.Errorf("after a restart the same table is sealed as %.300q, want the same tokens: %.300q", again.Text, a.Text)
		}
		checkLog(t, closed, list)
	})
}

// --reveal TOOL:ENTITY opens that entity for that tool, and no other.
func TestRevealOneEntity(t *testing.T) {
	dir, list := tempDir(t), people(1)
	file := filepath.Join(dir, "customers.csv")
	if err := os.WriteFile(file, []byte(customersCSV(list)), 0o600); err != nil {
		t.Fatal(err)
	}
	to := veiled(t, newHome(t), nodeServer(t, "server-filesystem", nil, dir), "--reveal", "write_file:EMAIL_ADDRESS@/content")
	c := goClient(t, to, "")
	a := c.call(t, "read_text_file", map[string]any{"path": file}).ok(t)
	back := filepath.Join(dir, "back.csv")
	c.call(t, "write_file", map[string]any{"path": back, "content": a.Text}).ok(t)
	got := readFile(t, back)
	if !contains(got, list[0].Email) || contains(got, list[0].Card) || contains(got, list[0].IBAN) || len(tokens(got)) != 4 {
		t.Errorf("write_file wrote %q, want the e-mail address open and the other four values sealed", got)
	}
}
