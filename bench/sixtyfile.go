package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp/syntax"
	"strings"

	"github.com/mcpveil/mcpveil/bench/internal/sixty"
	"github.com/mcpveil/mcpveil/patterns"
)

// sixtyConfig writes a configuration under which mcpveil looks for the sixty patterns and nothing else, and returns its
// path: they are a pack of one's own, as a user would have it.
func sixtyConfig(dir string) (string, error) {
	pack := patterns.Pack{Name: "sixty", Version: 1, Title: "The patterns that engines are compared on"}
	for i, r := range sixty.Rules() {
		re, err := syntax.Parse(r.Patterns[0].Expr, syntax.Perl)
		if err != nil {
			return "", err
		}
		var value strings.Builder
		example(&value, re)
		pack.Rules = append(pack.Rules, patterns.Rule{
			Rule: r, Token: fmt.Sprintf("kind%d", i), Title: string(r.Entity), References: []string{"bench/internal/sixty"},
			Examples: []string{value.String(), "it is " + value.String() + " indeed"}, Negatives: []string{"nothing", "to find"},
		})
	}
	text, err := pack.YAML()
	if err != nil {
		return "", err
	}
	config := filepath.Join(dir, "sixty-config.yaml")
	return config, errors.Join(
		os.WriteFile(filepath.Join(dir, "sixty.yaml"), text, 0o600),
		os.WriteFile(config, []byte("version: 1\npacks: []\npack_files: [sixty.yaml]\n"), 0o600),
	)
}

// example appends a short text that re matches: mcpveil takes no rule without one.
func example(b *strings.Builder, re *syntax.Regexp) {
	least := 1
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		from := rune(' ' + (b.Len()*37+11)%95) // not the same one again and again
		for i := range rune(95) {
			c := ' ' + (from-' '+i)%95
			for j := 0; j < len(re.Rune); j += 2 {
				if re.Rune[j] <= c && c <= re.Rune[j+1] {
					b.WriteRune(c)
					return
				}
			}
		}
	case syntax.OpAnyCharNotNL:
		b.WriteByte(' ')
	case syntax.OpAlternate:
		example(b, re.Sub[0])
	case syntax.OpQuest, syntax.OpStar:
	case syntax.OpRepeat:
		least = max(least, re.Min)
		fallthrough
	default: // one after the other; what is empty has no parts
		for range least {
			for _, sub := range re.Sub {
				example(b, sub)
			}
		}
	}
}
