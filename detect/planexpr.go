package detect

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// priorExpr writes what may stand before an anchor as an assertion. first is what the
// anchor begins with.
func priorExpr(set, first *bytescan.Set) string {
	var rest bytescan.Set
	words, others := 0, 0
	for c := range 256 {
		if !set.Has(byte(c)) {
			rest.Add(byte(c))
			if bytescan.IsWord(byte(c)) {
				words++
			} else {
				others++
			}
		}
	}
	switch {
	case words+others == 0:
		return ""
	case words == 63 && others == 0 && onlyWord(first):
		return `\b`
	case words+others > 128:
		return "(?<=" + setExpr(set) + ")"
	}
	return "(?<!" + setExpr(&rest) + ")"
}

// startsExpr writes what starts begin with, a choice where there are several.
func startsExpr(starts []start) string {
	var all []string
	for k := range starts {
		all = append(all, bytesExpr(starts[k].sets[:]))
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 1 {
		return all[0]
	}
	return "(?:" + strings.Join(all, "|") + ")"
}

// bytesExpr writes the bytes of sets, one after the other, as a regular expression. What
// may be anything at the end is left out.
func bytesExpr(sets []bytescan.Set) string {
	for len(sets) > 0 && count(&sets[len(sets)-1]) == 256 {
		sets = sets[:len(sets)-1]
	}
	fold := anyCase(sets)
	var b strings.Builder
	for i := 0; i < len(sets); {
		n := 1
		for i+n < len(sets) && sets[i+n] == sets[i] {
			n++
		}
		if text := literal(sets[i:], fold); text != "" {
			b.WriteString(regexp.QuoteMeta(text))
			i += len(text)
			continue
		}
		set := sets[i]
		for c := byte('A'); fold && count(&sets[i]) <= 128 && c <= 'Z'; c++ {
			set.Remove(c)
		}
		b.WriteString(setExpr(&set))
		if n > 1 {
			fmt.Fprintf(&b, "{%d}", n)
		}
		i += n
	}
	expr := b.String()
	if inner, ok := strings.CutSuffix(expr, " "); ok {
		expr = inner + "[ ]"
	}
	if inner, ok := strings.CutPrefix(expr, " "); ok {
		expr = "[ ]" + inner
	}
	if fold {
		return "(?i:" + expr + ")"
	}
	return expr
}

// literal returns the text that sets begin with: sets of one character each, or if fold
// of a letter in both cases.
func literal(sets []bytescan.Set, fold bool) string {
	var text []byte
	for i := range sets {
		all := members(&sets[i])
		if len(all) == 0 || len(all) > 1 && !(fold && pair(all)) {
			break
		}
		text = append(text, all[len(all)-1])
	}
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError || r < ' ' || r == 0x7f {
			break
		}
		n += size
	}
	return string(text[:n])
}

// anyCase reports whether no set tells upper case from lower case, and one of them is a letter.
func anyCase(sets []bytescan.Set) bool {
	letter := false
	for i := range sets {
		for c := byte('a'); c <= 'z'; c++ {
			if sets[i].Has(c) != sets[i].Has(c-0x20) {
				return false
			}
		}
		letter = letter || pair(members(&sets[i]))
	}
	return letter
}

// pair reports whether all is one letter in both cases.
func pair(all []byte) bool {
	return len(all) == 2 && all[0]-'A' < 26 && all[1] == all[0]|0x20
}

// setExpr writes a set as a class, or as one byte.
func setExpr(set *bytescan.Set) string {
	all := members(set)
	open := "["
	switch n := len(all); {
	case n == 256:
		return `[\x00-\xff]`
	case n == 1:
		return byteExpr(all[0])
	case n > 128:
		open = "[^"
		all = members(&bytescan.Set{^set[0], ^set[1], ^set[2], ^set[3]})
	}
	var words, others []byte
	dash := ""
	for _, c := range all {
		switch {
		case bytescan.IsWord(c):
			words = append(words, c)
		case c == '-':
			dash = "-" // last, where it needs no escape
		default:
			others = append(others, c)
		}
	}
	word := ranges(words)
	if len(words) == 63 {
		word = `\w`
		if len(all) == 63 && open == "[" {
			return word
		}
	}
	return open + word + ranges(others) + dash + "]"
}

// ranges writes bytes in order, three or more that follow each other as a range.
func ranges(all []byte) string {
	var b strings.Builder
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n] == all[i]+byte(n) {
			n++
		}
		printed := ' ' <= all[i] && all[i] < 0x7f && !(bytescan.IsWord(all[i]) && all[i] != '_')
		if n < 3 || printed && n < 6 {
			n = 1
		}
		b.WriteString(byteExpr(all[i]))
		if n > 1 {
			b.WriteString("-" + byteExpr(all[i+n-1]))
		}
		i += n
	}
	return b.String()
}

func onlyWord(set *bytescan.Set) bool {
	for _, c := range members(set) {
		if !bytescan.IsWord(c) {
			return false
		}
	}
	return true
}

func byteExpr(c byte) string {
	switch {
	case c < ' ' || c >= 0x7f:
		return fmt.Sprintf(`\x%02x`, c)
	case c == '-' || c == '^' || c == ']' || c == '[' || c == '\\':
		return `\` + string(c)
	}
	return string(c)
}

func members(set *bytescan.Set) []byte {
	var all []byte
	for c := range 256 {
		if set.Has(byte(c)) {
			all = append(all, byte(c))
		}
	}
	return all
}

func count(set *bytescan.Set) int { return len(members(set)) }
