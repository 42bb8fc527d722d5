package e2e

import (
	"bufio"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// Every message leaves one record, which tells what was done and never a value.
func TestRecords(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			list := people(2)
			d := tr.serve(t, list)
			file := filepath.Join(t.TempDir(), "records.jsonl")
			conf := config(t, `version: 1
tools:
- {names: ["look*"], requires_encryption: true, log_access: true}
`)
			to := veiled(t, newHome(t), d.target, "--config", conf, "--log", file, "--reveal", "send@/to,/text")
			c := goClient(t, to, "")
			sealed, _ := checkLookup(t, c, list[1])
			c.call(t, "send", map[string]any{"to": sealed.Email}).ok(t)
			c.call(t, "jot", map[string]any{"to": list[0].Email, list[0].Email: "as a name"})

			var records []map[string]any
			waitFor(t, "a record of the last answer", func() bool {
				records = readRecords(t, file)
				return count(records, "direction", "to-client", "name", "jot") > 0
			})
			text := readFile(t, file)
			checkNone(t, "the records", text, list)
			checkNone(t, "stderr", to.log.String(), list)
			for _, want := range [][]string{
				{"direction", "to-server", "method", "tools/call", "name", "lookup"},
				{"direction", "to-client", "method", "tools/call", "name", "lookup"},
				{"direction", "to-server", "method", "tools/call", "name", "send"},
			} {
				if count(records, want...) == 0 {
					t.Errorf("no record has %v", want)
				}
			}
			if !contains(text, "EMAIL_ADDRESS") || !contains(text, "contains_pii") {
				t.Errorf("no record names what was found, or none of lookup's access: %.600q", text)
			}
		})
	}
}

func readRecords(t testing.TB, file string) (records []map[string]any) {
	t.Helper()
	for s := bufio.NewScanner(strings.NewReader(readFile(t, file))); s.Scan(); {
		var r map[string]any
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatalf("a record is no JSON: %v: %q", err, s.Text())
		}
		records = append(records, r)
	}
	return records
}

// count returns how many records have each of the members, name and value by turns.
func count(records []map[string]any, members ...string) (n int) {
next:
	for _, r := range records {
		for i := 0; i < len(members); i += 2 {
			if r[members[i]] != members[i+1] {
				continue next
			}
		}
		n++
	}
	return n
}
