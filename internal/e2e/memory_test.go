package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// A token that one server's answer was sealed with is written through a second
// mcpveil into a second server: the disk holds the value where policy allows, the
// token where not, and whoever reads it back sees the token.
func TestMemory(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		dir, h, list := tempDir(t), newHome(t), people(1)
		file := filepath.Join(dir, "customers.csv")
		if err := os.WriteFile(file, []byte(customersCSV(list)), 0o600); err != nil {
			t.Fatal(err)
		}
		c := k.open(t, veiled(t, h, nodeServer(t, "server-filesystem", nil, dir)))
		all := tokens(c.call(t, "read_text_file", map[string]any{"path": file}).ok(t).Text)
		if len(all) != len(sensitive) {
			t.Fatalf("the table holds %d tokens, want %d", len(all), len(sensitive))
		}
		token := all[0]

		for _, tt := range []struct {
			name  string
			flags []string
			want  string // on disk
			never string
		}{
			{"revealed", []string{"--reveal", "create_entities:EMAIL_ADDRESS@/entities/**"}, list[0].Email, token},
			{"closed", nil, token, list[0].Email},
		} {
			t.Run(tt.name, func(t *testing.T) {
				disk := filepath.Join(dir, tt.name+".jsonl")
				to := veiled(t, h, nodeServer(t, "server-memory", []string{"MEMORY_FILE_PATH=" + disk}), tt.flags...)
				c := k.open(t, to)
				c.list(t)
				a := c.call(t, "create_entities", map[string]any{"entities": []any{map[string]any{
					"name": "customer one", "entityType": "person", "observations": []any{"writes from " + token, "likes tea"}}}}).ok(t)
				checkNone(t, "the answer of create_entities", a.Raw, list)
				if got := readFile(t, disk); !contains(got, tt.want) || contains(got, tt.never) {
					t.Errorf("the disk holds %q, want %q and not %q", got, tt.want, tt.never)
				}
				graph := c.call(t, "read_graph", map[string]any{}).ok(t)
				checkNone(t, "the answer of read_graph", graph.Raw, list)
				if !contains(graph.Text, token) {
					t.Errorf("read_graph shows %.300q, want the token %s", graph.Text, token)
				}
				checkLog(t, to, list)
			})
		}
	})
}
