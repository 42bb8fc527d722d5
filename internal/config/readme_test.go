package config_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/policy"
)

// README's pieces of configuration are read as they stand, and their policy is one.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(blocks) < 2 {
		t.Fatalf("README.md has %d pieces of configuration, want the policy's and the key's", len(blocks))
	}
	for _, b := range blocks {
		c, err := config.Parse("README.md", append([]byte("version: 1\n"), b[1]...))
		if err != nil {
			t.Errorf("%v in\n%s", err, b[1])
			continue
		}
		rules, err := c.PolicyRules()
		if err != nil {
			t.Errorf("%v in\n%s", err, b[1])
			continue
		}
		if _, err := policy.New(rules); err != nil {
			t.Errorf("%v in\n%s", err, b[1])
		}
	}
}
