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
