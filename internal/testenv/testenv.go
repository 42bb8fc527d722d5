// Package testenv hands tests the real things they run against: Node, MCP
// servers from npm, the conformance suite, a Vault, the shared corpora.
//
// The parts are prepared by the command in prepare, which writes where each
// lies into one file and names it in the variable [Var]. A test that asks for a
// part which is not there is skipped with the command that would prepare it, or
// fails where CI=true: what CI skips in silence, nobody tests.
package testenv

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// Var is the environment variable that holds the path of the file in which
// prepare listed the parts (a JSON object, name to path).
const Var = "MCPVEIL_TESTENV"

// Command prepares every part and runs all tests.
const Command = "go run ./internal/testenv/prepare"

// Tool returns the path of the prepared part of that name: a program such as
// "node", "vaultd" or "everything-server", the main file of an npm package such
// as "server-filesystem", or "npm", the node_modules folder. It skips the test
// where the part is not prepared, and fails it where CI=true.
func Tool(t testing.TB, name string) string {
	t.Helper()
	list := os.Getenv(Var)
	if list == "" {
		Missing(t, "%s is not set, so %q is not there; run: %s", Var, name, Command)
	}
	parts, err := Read(list)
	if err != nil {
		Missing(t, "%q cannot be looked up: %v; run: %s", name, err, Command)
	}
	path, ok := parts[name]
	if !ok {
		Missing(t, "%q was not prepared (there are: %s); run: %s", name, names(parts), Command)
	}
	if _, err := os.Stat(path); err != nil {
		Missing(t, "%q was prepared and is gone: %v; run: %s", name, err, Command)
	}
	return path
}

// Optional is Tool for a part that prepare makes only where it can, and leaves out with a
// word where it cannot: the test is skipped then, even where CI=true.
func Optional(t testing.TB, name string) string {
	t.Helper()
	parts, err := Read(os.Getenv(Var))
	if path := parts[name]; err == nil && path == "" {
		t.Skipf("%q was not prepared on this machine; run: %s", name, Command)
	}
	return Tool(t, name)
}

// Node returns the path of Node 22 or later. It skips or fails as [Tool] does.
func Node(t testing.TB) string {
	t.Helper()
	return Tool(t, "node")
}

// Shared returns the path of rel inside the folder "shared" that stands beside
// the module root where the project's own corpora are at hand. It skips the test
// where there is none, and fails it where CI=true.
func Shared(t testing.TB, rel string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(Root(t)), "shared", filepath.FromSlash(rel))
	if _, err := os.Stat(path); err != nil {
		Missing(t, "the shared data %s is not beside the module", rel)
	}
	return path
}

// Root returns the module's root folder: the nearest one above the working
// directory that holds a go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("testenv: no go.mod above the working directory")
		}
		dir = up
	}
}

// Read returns the parts listed in the file that prepare wrote.
func Read(file string) (map[string]string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var parts map[string]string
	if err := json.Unmarshal(raw, &parts); err != nil {
		return nil, err
	}
	return parts, nil
}

// Strict reports whether a missing part is a failure: where CI=true.
func Strict() bool { return os.Getenv("CI") == "true" }

// Missing ends a test that cannot run here for the reason given: it is skipped, but fails where CI=true.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if Strict() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

func names(parts map[string]string) string {
	all := make([]string, 0, len(parts))
	for name := range parts {
		all = append(all, name)
	}
	sort.Strings(all)
	return strings.Join(all, ", ")
}
