package main

import (
	"strings"
	"testing"
)

// Kernels that find different things make the report an error.
func TestAgree(t *testing.T) {
	first := lap{bytes: 10, results: 2, sum: "ab"}
	other := first
	r := &report{Tables: []*table{{Corpus: "mixed", Cells: map[string]*cell{"mcpveil": {first: first}, "mcpveil, plain Go": {first: other}}}}}
	if err := r.agree(); err != nil {
		t.Errorf("agree: %v, of kernels that do", err)
	}
	r.Tables[0].Cells["mcpveil, plain Go"].first.sum = "ac"
	if err := r.agree(); err == nil || !strings.Contains(err.Error(), "plain Go") {
		t.Errorf("agree: %v, want that plain Go found something else", err)
	}
}

// Every promise is about contenders that there are.
func TestPromises(t *testing.T) {
	names := map[string]bool{}
	for _, c := range contenders {
		if names[c.Name] || c.Asked == "" {
			t.Errorf("contender %q is there twice, or was asked for nothing", c.Name)
		}
		names[c.Name] = true
	}
	for _, p := range promises {
		if !names[p.contender] {
			t.Errorf("%s: no contender is called %q", p.what, p.contender)
		}
	}
	if !names[reference] || !names[reference+" + start"] {
		t.Error("the reference is no contender")
	}
}
