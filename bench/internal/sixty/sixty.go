// Package sixty holds sixty patterns that every engine can compile, so that engines can be
// compared on the same question: card, phone and account numbers, national identifiers,
// credentials by their prefix, and values that a keyword announces.
//
// They are written without look-around, back references and possessive repetition, and without
// repetitions that keep Hyperscan from reporting where a match starts. RE2 and Hyperscan both read them as they stand.
package sixty

import (
	_ "embed"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
)

//go:embed patterns60.txt
var text string

// A Pattern is one of the sixty, in RE2's syntax.
type Pattern struct{ Name, Expr string }

// Patterns returns the sixty patterns, always in the same order.
func Patterns() []Pattern {
	var all []Pattern
	for line := range strings.Lines(text) {
		if name, expr, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") {
			all = append(all, Pattern{name, expr})
		}
	}
	return all
}

// maxLen bounds the matches of patterns that have no longest one.
const maxLen = 1024

// Rules returns the sixty patterns as rules: each speaks for itself, and nothing is asked beyond it.
func Rules() []detect.Rule {
	var rules []detect.Rule
	for _, p := range Patterns() {
		rules = append(rules, detect.Rule{
			ID: "sixty." + strings.ToLower(p.Name), Entity: detect.Entity(p.Name), Tier: detect.ByItself, MaxLen: maxLen,
			Patterns: []detect.Pattern{{Expr: p.Expr}},
		})
	}
	return rules
}
