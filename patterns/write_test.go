package patterns_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mcpveil/mcpveil/patterns"
)

// What is written is read again as it was, of every pack there is.
func TestYAML(t *testing.T) {
	loaded, err := patterns.Load(fstest.MapFS{"x.yaml": {Data: []byte(odd)}}, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range append(all(t), loaded...) {
		data, err := want.YAML()
		if err != nil {
			t.Fatal(err)
		}
		got, err := patterns.Load(fstest.MapFS{"x.yaml": {Data: data}}, "*.yaml")
		if err != nil {
			t.Errorf("%s, written: %v", want.Name, err)
			continue
		}
		if d := cmp.Diff(want, got[0], cmpopts.IgnoreUnexported(patterns.Pack{}, patterns.Rule{})); d != "" {
			t.Errorf("%s, written and read (-want +got):\n%s", want.Name, d)
		}
	}
}

// odd has values that YAML would take for something else.
const odd = `pack: odd
version: 3
title: "yes"
description: "1"
rules:
- id: odd.1
  entity: ODD
  token: "1"
  title: "on: off # no"
  references: ["null"]
  pattern: "a: [0-9]{4} # [ ]?\t"
  guard: none
  context: ["no", "~"]
  examples: ["0123", "a\nb: '\"c\\"]
  negatives: [" x", "x "]
`
