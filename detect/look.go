package detect

import (
	"errors"
	"regexp/syntax"
	"strings"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// maxLook is how far look-around sees on either side of a match, in bytes.
const maxLook = 128

// A look is what must, or must not, stand right before or right behind a match.
type look struct {
	src       string
	automaton *automaton // backwards for what stands before
	not       bool
}

// peel takes the look-behind at the start of a pattern and the look-ahead at its end
// off it, and compiles them. ok is false for look-around elsewhere.
func peel(expr string) (rest string, behind, ahead []look, ok bool, err error) {
	flags := ""
	if strings.HasPrefix(expr, "(?") {
		if n := strings.IndexByte(expr, ')'); n > 0 && strings.Trim(expr[2:n], "ims") == "" {
			flags, expr = expr[:n+1], expr[n+1:]
		}
	}
	starts, choice := topGroups(expr)
	if choice {
		return "", nil, nil, false, nil
	}
	for strings.HasPrefix(expr, "(?<!") || strings.HasPrefix(expr, "(?<=") {
		n := groupLen(expr)
		if n == 0 {
			return "", nil, nil, false, nil
		}
		l, err := newLook(flags, expr[4:n-1], true, expr[3] == '!')
		if err != nil {
			return "", nil, nil, false, err
		}
		behind = append(behind, l)
		expr = expr[n:]
		starts, _ = topGroups(expr)
	}
	for len(starts) > 0 {
		at := starts[len(starts)-1]
		last := expr[at:]
		if !strings.HasPrefix(last, "(?!") && !strings.HasPrefix(last, "(?=") || groupLen(last) != len(last) {
			break
		}
		l, err := newLook(flags, last[3:len(last)-1], false, last[2] == '!')
		if err != nil {
			return "", nil, nil, false, err
		}
		ahead = append(ahead, l)
		expr, starts = expr[:at], starts[:len(starts)-1]
	}
	plain, err := withoutLookAround(expr)
	return flags + expr, behind, ahead, err == nil && plain == expr, nil
}

func newLook(flags, expr string, before, not bool) (look, error) {
	re, err := syntax.Parse(flags+"(?:"+expr+")", syntax.Perl)
	if err != nil {
		return look{}, err
	}
	if lo, _ := length(re); lo == 0 {
		return look{}, errors.New("look-around can match the empty string")
	}
	a, err := newAutomaton([]*syntax.Regexp{re}, before, maxStates)
	return look{expr, a, not}, err
}

// topGroups returns where the groups of expr start that are in no other, and whether
// it is a choice.
func topGroups(expr string) (starts []int, choice bool) {
	depth := 0
	for i := 0; i < len(expr); i++ {
		switch expr[i] {
		case '\\':
			i++
		case '[':
			i += classLen(expr[i:]) - 1
		case '(':
			if depth == 0 {
				starts = append(starts, i)
			}
			depth++
		case ')':
			depth--
		case '|':
			choice = choice || depth == 0
		}
	}
	return starts, choice
}

// lookBehind reports whether what stands before raw[i] is as all of looks want it. The
// letter of an escape is nothing.
func (s *scan) lookBehind(looks []look, i int) bool {
	for k := range looks {
		a := looks[k].automaton
		st, found := a.start[0], false
		if !(s.escaped && inEscape(s.raw, i-1)) {
			for j := i - 1; j >= max(0, i-maxLook) && !found; j-- {
				if st = a.step(st, s.raw[j]); st == 0 {
					break
				}
				found = st >= a.firstAccept
			}
		}
		if found == looks[k].not {
			return false
		}
	}
	return true
}

// lookAhead reports whether what stands from raw[i] on is as all of looks want it.
func (s *scan) lookAhead(looks []look, i int) bool {
	for k := range looks {
		a := looks[k].automaton
		st, found := a.start[0], false
		for j := i; j < min(len(s.raw), i+maxLook) && !found; j++ {
			if st = a.step(st, s.raw[j]); st == 0 {
				break
			}
			found = st >= a.firstAccept
		}
		if found == looks[k].not {
			return false
		}
	}
	return true
}

// sameLooks reports whether a and b want the same.
func sameLooks(a, b []look) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].src != b[i].src || a[i].not != b[i].not {
			return false
		}
	}
	return true
}

// narrow takes the bytes out of prior, those that may stand before a match, which l
// does not want there.
func (l *look) narrow(prior bytescan.Set) bytescan.Set {
	for c := range 256 {
		st := l.automaton.step(l.automaton.start[0], byte(c))
		if l.not && st >= l.automaton.firstAccept || !l.not && st == 0 {
			prior.Remove(byte(c))
		}
	}
	return prior
}
