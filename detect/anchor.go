package detect

import (
	"regexp/syntax"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// frequency is how often a byte stands in MCP traffic, roughly: it decides which
// anchor is cheaper, never what is found.
func frequency(c byte) float64 {
	switch {
	case c == ' ':
		return .12
	case c == '"':
		return .05
	case c == '@':
		return .0003
	case c == '_', c == '-', c == '/', c == ':', c == ',', c == '.', c == '\\':
		return .01
	case c-'a' < 26:
		return .023
	case c-'A' < 26:
		return .003
	case c-'0' < 10:
		return .008
	case c < ' ' || c == 0x7f:
		return .0001
	}
	return .002
}

// chance is how often four bytes at a place fit sets.
func chance(sets *[4]bytescan.Set, where bytescan.Where) float64 {
	p := 1.0
	for k := range sets {
		var sum float64
		for c := range 256 {
			if sets[k].Has(byte(c)) {
				sum += frequency(byte(c))
			}
		}
		p *= min(sum, 1)
	}
	switch where {
	case bytescan.WordStart:
		p /= 5
	case bytescan.DigitStart:
		p /= 3
	}
	return p
}

// where says where a match of a can begin, under guard.
func where(a *automaton, guard Guard) bytescan.Where {
	if guard == GuardWord {
		return bytescan.WordStart
	}
	afterWord := false // can a match that begins with a word byte begin inside a word?
	for c := range 256 {
		afterWord = afterWord || bytescan.IsWord(byte(c)) && a.step(a.start[1], byte(c)) != 0
	}
	switch {
	case !afterWord:
		return bytescan.WordStart
	case guard == GuardDigit:
		return bytescan.DigitStart
	}
	return bytescan.Anywhere
}

// goodAnchor is the chance below which nothing better is looked for: a candidate
// in 2 KB.
const goodAnchor = 1.0 / 2048

// slowAnchor is the chance above which a rule is said to be slow.
const slowAnchor = 1.0 / 32

// An inner splits a pattern at a literal inside it which is rarer than its start:
// the @ of an address. No byte of the part before can be the literal's first, so a
// match has one place to be split at, and what stands before it is found by an
// automaton that runs backwards.
type inner struct {
	before, after *syntax.Regexp
	literal       string
}

// inners returns the ways to split re, the rarest literal first.
func inners(re *syntax.Regexp) (all []inner) {
	parts := items(re)
	for i := 1; i < len(parts); i++ {
		lit, ok := literalOf(parts[i])
		if !ok {
			continue
		}
		before := concatenate(parts[:i])
		if lo, _ := length(before); lo == 0 {
			continue
		}
		if set := bytesOf(before); set.Has(lit[0]) {
			continue
		}
		in := inner{before, concatenate(parts[i:]), lit}
		at := len(all)
		for at > 0 && rarity(all[at-1].literal) > rarity(lit) {
			at--
		}
		all = append(all, inner{})
		copy(all[at+1:], all[at:])
		all[at] = in
	}
	return all
}

func literalOf(re *syntax.Regexp) (string, bool) {
	switch re.Op {
	case syntax.OpCapture:
		if re.Name != "value" {
			return literalOf(re.Sub[0])
		}
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune), true
		}
	case syntax.OpCharClass:
		if len(re.Rune) == 2 && re.Rune[0] == re.Rune[1] {
			return string(re.Rune[0]), true
		}
	}
	return "", false
}

func rarity(lit string) float64 {
	p := 1.0
	for i := range min(len(lit), 4) {
		p *= frequency(lit[i])
	}
	return p
}
