package detect

import (
	"regexp/syntax"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// anchorAtStart works out where g, of one pattern, is anchored at that's start, and, unless it is run in fields only, in which
// ways it begins.
func (g *group) anchorAtStart() error {
	o, places, err := open([]*syntax.Regexp{g.patterns[0].re}, false, bytescan.Depth)
	if err != nil {
		return err
	}
	defer o.close()
	g.anchorAt(o, places[0], nil, 0)
	if g.patterns[0].rule.Tier != ByField {
		g.parts = g.branches(o, places[0])
	}
	return nil
}

// anchorAt works out where g is anchored: at a place in o, or, if there is one of these, where what
// stands before it, read backwards, begins in before.
func (g *group) anchorAt(o *opening, at uint32, before *opening, beforeAt uint32) {
	begin := o.at(at)
	o.firsts(g.sets[:], &begin, 0)
	if before != nil {
		f := before.at(beforeAt)
		g.prior, _ = before.read(&f, &before.spare[0])
	} else {
		behind := o.behindWord(at)
		afterWord, _ := o.read(&behind, &o.spare[0])
		g.where, g.prior = standsAt(g.guard, &afterWord)
		for _, l := range g.behind {
			g.prior = l.narrow(g.prior)
		}
	}
	g.priorMass = massOf(&g.prior)
	g.chance = chance(&g.prior, g.sets[:])
}

// standsAt says where a match can begin under guard, and which bytes may stand before it, afterWord being the bytes
// that one behind a word byte begins with. What may not stand before it need not be looked at; what may is for its
// automaton to tell.
func standsAt(guard Guard, afterWord *bytescan.Set) (where bytescan.Where, prior bytescan.Set) {
	where = bytescan.Anywhere
	switch {
	case guard == GuardWord || !anyWord(afterWord): // none begins inside a word
		where = bytescan.WordStart
	case guard == GuardDigit:
		where = bytescan.DigitStart
	}
	prior = everything
	if guard == GuardWord || *afterWord == (bytescan.Set{}) {
		prior = otherBytes
	}
	if guard == GuardDigit {
		prior[0] &^= digitBits
	}
	return where, prior
}

// goodAnchor is the chance below which nothing better is looked for: a candidate
// in 4 KB.
const goodAnchor = 1.0 / 4096

// slowAnchor is the chance above which a rule is said to be slow.
const slowAnchor = 1.0 / 32

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
	switch set := &g.sets[0]; {
	case !hasDigit(set):
		return noDigits
	case overlap(set, &letterSet):
		return someDigits
	}
	return onlyDigits
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
	at      int // the item of the pattern that the part after begins with
	longest int // of the part before
	where   bytescan.Where
	first   bytescan.Set
}

// inners returns the ways to split what items match, of which nfas begin at places in o.
func inners(items []*syntax.Regexp, o *opening, places []uint32) (all []inner) {
	left := make([]int, len(items)+1) // the shortest match from an item on
	for i := len(items) - 1; i >= 0; i-- {
		lo, _ := length(items[i])
		left[i] = left[i+1] + lo
	}
	lo, hi := 0, 0
	var before bytescan.Set
	for i := 1; i < len(items) && left[i] > 0; i++ {
		a, b := length(items[i-1])
		lo, hi = lo+a, plus(hi, b)
		set := bytesOf(items[i-1])
		if before.Union(&set); lo == 0 {
			continue
		}
		in := inner{at: i, longest: hi}
		f := front{{places[i]}}
		in.first, _ = o.read(&f, &o.spare[0])
		apart := !overlap(&in.first, &before)
		if apart && inside(&in.first, &digitSet) {
			// What stands before is none: the group of digits starts here.
			in.where = bytescan.DigitStart
		}
		if apart || lo == hi {
			all = append(all, in)
		}
	}
	return all
}
