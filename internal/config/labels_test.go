package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/internal/config"
)

func TestLoadLabels(t *testing.T) {
	file := filepath.Join(t.TempDir(), "labels.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("TEL: PHONE_NUMBER\n# a remark\nJOB: \"\"\n1: US_SSN\n")
	got, err := config.LoadLabels(file)
	want := []config.Label{{Label: "TEL", Entity: "PHONE_NUMBER"}, {Label: "JOB"}, {Label: "1", Entity: "US_SSN"}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("LoadLabels: %v (-want +got):\n%s", err, d)
	}
	for _, bad := range []string{"", "TEL", "- TEL", "{}", "TEL: [A]", "TEL: phone", "TEL: 1", "TEL:", "TEL: A\nTEL: B", "TEL: *x", ": ["} {
		write(bad)
		if got, err := config.LoadLabels(file); err == nil {
			t.Errorf("LoadLabels(%q) = %v, want an error", bad, got)
		}
	}
}
