package detect_test

import (
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// A parent is looked for only where its value is an object or an array; that may stand some blanks behind its colon.
func TestParents(t *testing.T) {
	d, err := detect.New([]detect.Rule{{
		ID: "name", Entity: "PERSON", Tier: detect.ByField, MaxLen: 40,
		Fields: []string{"name"}, Parents: []string{"customer"}, Siblings: []string{"email"},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		`{"customer":{"name":"Jane Doe"}}`:                                 1,
		`{"customer" :  {"name":"Jane Doe"}}`:                              1,
		"{\"customer\":\n\t[ {\"name\":\"Jane Doe\"}]}":                    1,
		`{"customers":[{"id":1},{"name":"Jane Doe"}]}`:                     1,
		`{\"customer\": {\"name\":\"Jane Doe\"}}`:                          1,
		`{"customer":"none","name":"Jane Doe"}`:                            0,
		`{"customer":"none","email":"n/a","name":"Jane Doe"}`:              1,
		`{"customer":7,"order":{"name":"Jane Doe"}}`:                       0,
		`{"customer":"{","x":{"name":"Jane Doe"}}`:                         0,
		`{"customer":{"id":1},"order":{"name":"Jane Doe"}}`:                0,
		`{"email":{},"name":"Jane Doe"}`:                                   1,
		`{"email":1,"customer":{"tier":1,"name":"Jane Doe"},"name":"Bob"}`: 2,
	} {
		if got := d.Append(nil, detect.Text{Raw: []byte(text), Escaped: true, Final: true}); len(got) != want {
			t.Errorf("%s: %d findings, want %d", text, len(got), want)
		}
	}
}
