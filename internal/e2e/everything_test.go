package e2e

import (
	"path/filepath"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// npm's server-everything: what the client says comes back, sealed, also through
// tokens opened for the tool that echoes them.
func TestServerEverything(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		for _, transport := range []string{"stdio", "http"} {
			t.Run(transport, func(t *testing.T) {
				list := people(1)
				p := list[0]
				bare := nodeServer(t, "server-everything", nil, "stdio")
				if transport == "http" {
					bare = everythingNode(t)
				}
				to := veiled(t, newHome(t), bare, "--reveal", "echo@/message")
				c := k.open(t, to)
				c.list(t)
				a := c.call(t, "echo", map[string]any{"message": "ask " + p.Email + " about " + p.Card}).ok(t)
				checkNone(t, "the answer of echo", a.Raw, list)
				all := tokens(a.Text)
				if want := "Echo: ask %s about %s"; len(all) != 2 || a.Text != "Echo: ask "+all[0]+" about "+all[1] {
					t.Fatalf("echo answers %q, want %q with tokens", a.Text, want)
				}
				again := c.call(t, "echo", map[string]any{"message": "ask " + all[0] + " about " + all[1]}).ok(t)
				if again.Text != a.Text {
					t.Errorf("echo of the tokens answers %q, want %q", again.Text, a.Text)
				}
				sum := c.call(t, "get-sum", map[string]any{"a": 19, "b": 23}).ok(t)
				if !contains(sum.Text, "42") {
					t.Errorf("get-sum answers %q, want 42 in it", sum.Text)
				}
				c.call(t, "get-tiny-image", map[string]any{}).ok(t)
				c.call(t, "get-structured-content", map[string]any{"location": "New York"}).ok(t)
				checkLog(t, to, list)
			})
		}
	})
}

// everythingNode starts server-everything over HTTP, on loopback only and at a
// port of the system's choice.
func everythingNode(t testing.TB) target {
	t.Helper()
	preload := filepath.Join(testenv.Root(t), "internal", "e2e", "testdata", "loopback.mjs")
	log := new(journal)
	addr := startHTTP(t, []string{testenv.Node(t), "--import", preload, testenv.Tool(t, "server-everything"), "streamableHttp"},
		[]string{"PORT=0"}, log)
	return target{url: "http://" + addr + "/mcp", log: log}
}
