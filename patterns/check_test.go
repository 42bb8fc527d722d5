package patterns_test

import (
	"testing"

	"github.com/mcpveil/mcpveil/patterns"
)

// TestCheckBuiltin runs every rule's examples with all packs compiled together.
func TestCheckBuiltin(t *testing.T) {
	if err := patterns.Check(all(t)...); err != nil {
		t.Errorf("Check(all):\n%v", err)
	}
}

// TestCheckEach does so with each pack by itself: none may lean on another.
func TestCheckEach(t *testing.T) {
	for _, p := range all(t) {
		if err := patterns.Check(p); err != nil {
			t.Errorf("Check(%s):\n%v", p.Name, err)
		}
	}
}
