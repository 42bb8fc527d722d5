package patterns_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mcpveil/mcpveil/patterns"
)

// The pack that README.md shows first works beside all built-in ones: people begin with it.
func TestReadmePack(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\npack: ")
	pack, _, _ := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("README.md shows no pack")
	}
	own, err := patterns.Load(fstest.MapFS{"acme.yaml": {Data: []byte("pack: " + pack)}}, "acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := patterns.Check(own...); err != nil {
		t.Error(err)
	}
	if err := patterns.CheckNames(append(all(t), own...)...); err != nil {
		t.Error(err)
	}
}
