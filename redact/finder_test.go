package redact_test

import (
	"fmt"
	"testing"

	"github.com/mcpveil/mcpveil/redact"
)

func TestFinder(t *testing.T) {
	f := redact.NewFinder(newDetector(t))
	for _, tt := range []struct{ text, want string }{
		{"to " + mail + ".", "EMAIL_ADDRESS " + mail},
		{"\xff\"\\ " + mail + "\n", "EMAIL_ADDRESS " + mail},
		{`{"a":"jane\u0040example.com"}`, `EMAIL_ADDRESS jane\u0040example.com`},
		{"nothing\\u0020here", ""},
	} {
		got := ""
		for _, c := range f.Append(nil, []byte(tt.text)) {
			got += fmt.Sprint(c.Rule.Entity, " ", tt.text[c.Start:c.End])
		}
		if got != tt.want {
			t.Errorf("Append(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}
