package config

import (
	"slices"
	"strings"
	"testing"
)

// Keep has what needs a restart stay as it was, and says that it changed; the rest is new.
func TestKeep(t *testing.T) {
	parse := func(text string) *Config {
		t.Helper()
		c, err := Parse("x.yaml", []byte("version: 1\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	old, next := parse("tenant: a\n"), parse("tenant: b\nprofile: strict\nlimits: {max_depth: 9}\nremember_names: false\n")
	changed := next.Keep(old)
	slices.Sort(changed)
	if got := strings.Join(changed, " "); got != "limits remember_names tenant" {
		t.Errorf("changed: %s", got)
	}
	if next.Tenant != "a" || next.Limits != old.Limits || !next.RememberNames || next.Profile != "strict" {
		t.Errorf("kept %+v", next)
	}
}

// A shadow has the packs, pins and profile of its own, and keys, overrides and all else of the first.
func TestShadowed(t *testing.T) {
	c := Default()
	c.Packs, c.PackFiles, c.PackVersions, c.PackKeys, c.Profile = []string{"core"}, []string{"a.yaml"}, []string{"core@1"}, []string{"key"}, "strict"
	c.Overrides = []Override{{Off: true}}
	c.Shadow = &Shadow{PackFiles: []string{"b.yaml"}}
	s := c.Shadowed()
	if s.Packs[0] != "core" || s.PackFiles[0] != "b.yaml" || s.PackVersions != nil || s.PackKeys[0] != "key" || s.Profile != "strict" || len(s.Overrides) != 1 {
		t.Errorf("Shadowed = %+v", s)
	}
	c.Shadow = &Shadow{Packs: []string{"us"}, PackVersions: []string{"us@1"}, Profile: "recall"}
	if s = c.Shadowed(); s.Packs[0] != "us" || s.PackFiles[0] != "a.yaml" || s.PackVersions[0] != "us@1" || s.Profile != "recall" {
		t.Errorf("Shadowed = %+v", s)
	}
}
