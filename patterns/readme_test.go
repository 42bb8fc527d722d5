package patterns_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// TestReadme checks that the tables in README.md are those of the built-in packs.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	got := section(t, want, "checks", checkTable())
	got = section(t, got, "entities", entityTable(all(t)))
	if *update {
		if err := os.WriteFile("README.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("README.md is out of date (-is +should be), -update rewrites it:\n%s", diff)
	}
}

// section puts body between the marks of a generated section.
func section(t *testing.T, text, name, body string) string {
	t.Helper()
	re := regexp.MustCompile(`(?s)(<!-- ` + name + `: [^\n]*-->\n).*?(<!-- end -->)`)
	if !re.MatchString(text) {
		t.Fatalf("README.md has no section %q", name)
	}
	return re.ReplaceAllStringFunc(text, func(s string) string {
		m := re.FindStringSubmatch(s)
		return m[1] + body + m[2]
	})
}

func checkTable() string {
	var b strings.Builder
	known := detect.Validators()
	b.WriteString("| check | random strings that pass |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(known)) {
		rate := "all, or nearly"
		switch r := known[name].PassRate; {
		case r == 0:
			rate = "none"
		case r < 0.2:
			rate = fmt.Sprintf("1 in %.0f", 1/r)
		case r < 0.95:
			rate = fmt.Sprintf("%.0f %%", 100*r)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, rate)
	}
	return b.String()
}

func entityTable(packs []*patterns.Pack) string {
	type row struct {
		token         string
		packs, titles []string
		tiers         map[detect.Tier]bool
		least         patterns.Profile // under which any of its rules is on
	}
	rows := map[detect.Entity]*row{}
	for _, p := range packs {
		for _, r := range p.Rules {
			e := rows[r.Entity]
			if e == nil {
				e = &row{token: r.Token, tiers: map[detect.Tier]bool{}, least: r.Profile}
				rows[r.Entity] = e
			}
			if !slices.Contains(e.packs, p.Name) {
				e.packs = append(e.packs, p.Name)
			}
			e.titles = append(e.titles, r.Title)
			e.tiers[r.Tier] = true
			e.least = min(e.least, r.Profile)
		}
	}
	var b strings.Builder
	b.WriteString("| entity | token | pack | found | rules |\n|---|---|---|---|---|\n")
	for _, entity := range slices.Sorted(maps.Keys(rows)) {
		e := rows[entity]
		var found []string
		for _, tier := range []struct {
			tier detect.Tier
			name string
		}{{detect.ByItself, "alone"}, {detect.WithContext, "context"}, {detect.ByField, "field"}} {
			if e.tiers[tier.tier] {
				found = append(found, tier.name)
			}
		}
		if e.least > patterns.Strict {
			found = append(found, "from `"+e.least.String()+"` on")
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s |\n", entity, e.token, strings.Join(e.packs, ", "), strings.Join(found, ", "), strings.Join(e.titles, "; "))
	}
	return b.String()
}

// TestSchema: schema.json knows the fields that Load knows, and the README tells of
// each.
func TestSchema(t *testing.T) {
	data, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]any
		Defs       map[string]struct {
			Properties map[string]any
			Required   []string
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range schema.Defs["rule"].Properties {
		if !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("README.md does not tell of the field %q", name)
		}
		if unknown("pack: p\nversion: 1\nrules:\n- "+name+": {}\n", name) {
			t.Errorf("Load does not know the field %q of schema.json", name)
		}
	}
	for name := range schema.Properties {
		if unknown(name+": {}\n", name) {
			t.Errorf("Load does not know the field %q of schema.json", name)
		}
	}
	if len(schema.Defs["rule"].Properties) < 20 {
		t.Errorf("schema.json has %d fields of a rule", len(schema.Defs["rule"].Properties))
	}
	// The other way round: every field that Load asks for is in the schema.
	_, err = patterns.Load(fstest.MapFS{"p.yaml": {Data: []byte("pack: p\nversion: 1\nrules:\n- {}\n")}}, "*.yaml")
	for _, m := range regexp.MustCompile(`lacks the field "([a-z]+)"`).FindAllStringSubmatch(fmt.Sprint(err), -1) {
		if !slices.Contains(schema.Defs["rule"].Required, m[1]) {
			t.Errorf("schema.json does not require %q", m[1])
		}
	}
}

func unknown(pack, name string) bool {
	_, err := patterns.Load(fstest.MapFS{"p.yaml": {Data: []byte(pack)}}, "*.yaml")
	return err == nil || strings.Contains(err.Error(), fmt.Sprintf("unknown field %q", name))
}
