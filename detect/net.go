package detect

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// netTimeout bounds one attempt at one place.
const netTimeout = 50 * time.Millisecond

// A netPattern is a pattern for regexp2: .NET's syntax, with RE2's classes. Where it
// can begin and how far it can reach is found with an automaton for the same pattern
// without its look-around, which matches wherever the pattern does.
type netPattern struct {
	re    *regexp2.Regexp
	value int // number of the group named value; 0 for the whole match
}

// parseNet reads p's pattern in .NET's syntax. With look-around at its ends only it
// needs no other engine than a plain pattern.
func (p *pattern) parseNet(expr string) error {
	expr = strings.ReplaceAll(expr, "(?P<", "(?<")
	re, err := regexp2.Compile(`\G(?:`+expr+`)`, regexp2.RE2)
	if err != nil {
		what, _, _ := strings.Cut(err.Error(), " in `") // without the pattern: it may be a list of values
		return errors.New(what)
	}
	rest, behind, ahead, ok, err := peel(expr)
	if err != nil {
		return err
	}
	if ok {
		p.behind, p.ahead = behind, ahead
	} else if rest, err = withoutLookAround(expr); err != nil {
		return err
	}
	if p.re, err = parse(rest); err != nil {
		return fmt.Errorf("pattern for regexp2 must be RE2 but for look-around, back references and atomic groups: %w", err)
	}
	if ok {
		return nil
	}
	re.MatchTimeout = netTimeout
	p.net = &netPattern{re: re, value: max(0, re.GroupNumberFromName("value"))}
	return nil
}

// withoutLookAround returns a pattern that matches wherever expr does: without
// look-ahead and look-behind, with plain groups for atomic ones, and for a reference to
// a group the group again.
func withoutLookAround(expr string) (string, error) { return widen(expr, expr, 0) }

func widen(expr, whole string, depth int) (string, error) {
	if depth > 8 {
		return "", errors.New("back references refer to one another")
	}
	var b strings.Builder
	for i := 0; i < len(expr); {
		rest := expr[i:]
		switch {
		case rest[0] == '\\' && len(rest) > 1:
			name, n := reference(rest)
			if n == 0 {
				b.WriteString(rest[:2])
				i += 2
				continue
			}
			group, ok := groupNamed(whole, name)
			if !ok {
				return "", fmt.Errorf("there is no group %s to refer to", name)
			}
			wide, err := widen(group, whole, depth+1)
			if err != nil {
				return "", err
			}
			b.WriteString("(?:" + wide + ")")
			i += n
		case rest[0] == '[':
			n := classLen(rest)
			b.WriteString(rest[:n])
			i += n
		case strings.HasPrefix(rest, "(?=") || strings.HasPrefix(rest, "(?!") || strings.HasPrefix(rest, "(?<=") || strings.HasPrefix(rest, "(?<!"):
			n := groupLen(rest)
			if n == 0 {
				return "", errors.New("look-around without its closing parenthesis")
			}
			b.WriteString("(?:)")
			i += n
		case strings.HasPrefix(rest, "(?>"):
			b.WriteString("(?:")
			i += 3
		default:
			b.WriteByte(rest[0])
			i++
		}
	}
	return b.String(), nil
}

// reference returns the name or number of the group that the escape which expr begins
// with refers to, and its length, or 0 if it does not refer to one.
func reference(expr string) (name string, n int) {
	if c := expr[1]; '1' <= c && c <= '9' {
		return expr[1:2], 2
	}
	if strings.HasPrefix(expr, `\k<`) {
		if end := strings.IndexByte(expr, '>'); end > 0 {
			return expr[3:end], end + 1
		}
	}
	return "", 0
}

// groupNamed returns what stands in expr's group of that name or number.
func groupNamed(expr, name string) (string, bool) {
	number := 0
	for i := 0; i < len(expr); i++ {
		switch expr[i] {
		case '\\':
			i++
		case '[':
			i += classLen(expr[i:]) - 1
		case '(':
			inside := i + 1
			if strings.HasPrefix(expr[i:], "(?") {
				if !strings.HasPrefix(expr[i:], "(?<"+name+">") {
					continue
				}
				inside = i + len(name) + 4
			} else if number++; fmt.Sprint(number) != name {
				continue
			}
			if n := groupLen(expr[i:]); n > 0 {
				return expr[inside : i+n-1], true
			}
		}
	}
	return "", false
}

// classLen returns the length of the character class that expr begins with.
func classLen(expr string) int {
	for i := 1; i < len(expr); i++ {
		switch {
		case expr[i] == '\\':
			i++
		case expr[i] == ']' && i > 1 && !(i == 2 && expr[1] == '^'):
			return i + 1
		}
	}
	return len(expr)
}

// groupLen returns the length of the group that expr begins with, or 0.
func groupLen(expr string) int {
	depth := 0
	for i := 0; i < len(expr); i++ {
		switch expr[i] {
		case '\\':
			i++
		case '[':
			i += classLen(expr[i:]) - 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// match returns where in raw the pattern's finding stands if it matches at start,
// and where its match ends, which is not behind last. If it takes too long to tell, all
// up to last is taken for a match: what cannot be looked at must not pass.
func (n *netPattern) match(s *scan, start, last int) (from, to, end int, ok bool) {
	low := max(0, start-maxLook)
	for low < start && !utf8.RuneStart(s.raw[low]) {
		low++
	}
	text := string(s.raw[low:min(len(s.raw), last+maxLook)])
	m, err := n.re.FindStringMatchStartingAt(text, start-low)
	switch {
	case err != nil:
		return start, last, last, true
	case m == nil:
		return 0, 0, 0, false
	}
	i, length := m.ByteRange()
	end = low + i + length
	g := m.GroupByNumber(n.value)
	if g == nil || len(g.Captures) == 0 {
		return 0, 0, 0, false
	}
	i, length = g.ByteRange()
	from, to = low+i, low+i+length
	return from, to, end, end <= last && to > from
}
