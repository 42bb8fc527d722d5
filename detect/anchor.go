package detect

import (
	"regexp/syntax"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

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
// in 4 KB.
const goodAnchor = 1.0 / 4096

// slowAnchor is the chance above which a rule is said to be slow.
const slowAnchor = 1.0 / 32

// prior returns the bytes that may stand before a match of a under guard. What they
// are not need not be looked at; what they are is for a to say.
func prior(a *automaton, guard Guard) (set bytescan.Set) {
	afterWord := false
	for c := range 256 {
		afterWord = afterWord || guard != GuardWord && a.step(a.start[1], byte(c)) != 0
	}
	for c := range 256 {
		b := byte(c)
		if !(!afterWord && bytescan.IsWord(b) || guard == GuardDigit && isDigit(b)) {
			set.Add(b)
		}
	}
	return set
}

// What words that a group's patterns begin with begin with.
const (
	noDigits = iota
	onlyDigits
	someDigits
)

// hasDigit reports whether a digit is in set.
func hasDigit(set *bytescan.Set) bool { return set[0]>>'0'&(1<<10-1) != 0 }

// begins says which of them holds. Patterns that begin with digits are best looked for
// all at once: where there are digits, most of them could begin.
func (g *group) begins() int {
	digits, others := 0, 0
	for c := range 256 {
		switch b := byte(c); {
		case !g.sets[0].Has(b):
		case isDigit(b):
			digits++
		case bytescan.IsWord(b):
			others++
		}
	}
	switch {
	case digits == 0:
		return noDigits
	case others == 0:
		return onlyDigits
	}
	return someDigits
}

// scanned returns g's anchor as bytescan looks for it.
func (st *start) scanned() *bytescan.Anchor {
	g := st.group
	return &bytescan.Anchor{Where: g.where, Before: &g.prior, Sets: st.sets, Run: st.run, Inside: g.before != nil && !g.backslash}
}

// An inner splits a pattern inside, at something rarer than its start: the @ of an
// address. No byte of the part before can be the first of the part after, or the part
// before is of one length, so a match has one place to be split at, and what stands
// before that is found by an automaton that runs backwards.
type inner struct {
	before, after *syntax.Regexp
	where         bytescan.Where
	first         bytescan.Set
}

// inners returns the ways to split re.
func inners(re *syntax.Regexp) (all []inner) {
	parts := items(re)
	for i := 1; i < len(parts); i++ {
		in := inner{before: concatenate(parts[:i]), after: concatenate(parts[i:])}
		lo, hi := length(in.before)
		if lo == 0 {
			continue
		}
		if lo, _ := length(in.after); lo == 0 {
			break
		}
		in.first = bytesOf(in.after, true)
		set, digits := bytesOf(in.before, false), true
		apart := true
		for c := range 256 {
			if in.first.Has(byte(c)) {
				apart = apart && !set.Has(byte(c))
				digits = digits && isDigit(byte(c))
			}
		}
		if digits && apart {
			// What stands before is none: the group of digits starts here.
			in.where = bytescan.DigitStart
		}
		if apart || lo == hi {
			all = append(all, in)
		}
	}
	return all
}
