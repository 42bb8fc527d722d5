package e2e

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A home is where one user's mcpveil keeps its keys: tokens made in it open in it.
type home string

func newHome(t testing.TB) home { return home(t.TempDir()) }

func (h home) env() []string { return []string{"MCPVEIL_KEY_DIR=" + filepath.Join(string(h), "keys")} }

// veiled returns to with mcpveil in front of it: as its child over stdio, or as a
// reverse proxy. All that mcpveil and a child write to stderr goes to its log.
func veiled(t testing.TB, h home, to target, flags ...string) target {
	t.Helper()
	bin := program(t)
	log := new(journal)
	if !slices.Contains(flags, "--log") {
		flags = append([]string{"--log", "-"}, flags...) // records go where canaries are looked for
	}
	if to.url == "" {
		argv := slices.Concat([]string{bin, "stdio"}, flags, []string{"--"}, to.argv)
		return target{argv: argv, env: slices.Concat(to.env, h.env()), log: log}
	}
	u, err := url.Parse(to.url)
	if err != nil {
		t.Fatal(err)
	}
	argv := append([]string{bin, "http", "--listen", "127.0.0.1:0", "--upstream", to.url}, flags...)
	addr := startHTTP(t, argv, h.env(), log, u.Host)
	return target{url: "http://" + addr + u.Path, log: log}
}

// config writes a configuration file and returns its path.
func config(t testing.TB, yaml string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mcpveil.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkLog checks that the target's log holds no value of list, and is not empty
// where it should not be.
func checkLog(t testing.TB, to target, list []person) {
	t.Helper()
	text := to.log.String()
	if text == "" {
		t.Error("mcpveil logged nothing")
	}
	checkNone(t, "the log", text, list)
}
