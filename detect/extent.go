package detect

import (
	"regexp/syntax"
	"unicode/utf8"
)

// An extent bounds what an expression compiles to, as far as its syntax tells.
type extent struct {
	insts   int64 // instructions
	ends    int64 // of them, those that take a match's first byte, or its last
	follows int64 // what all instructions lead to, in all, without what stands behind the expression
	empty   bool  // it matches the empty string
}

const manyInsts = 1 << 24 // more than any bound, and not so many that sums overflow

// certain reports whether it is sure that re compiles, to an automaton or, where that is too large, to a
// simulator, which is run backwards if reverse is set. What it is not sure of is to be compiled to know.
func certain(re *syntax.Regexp, reverse bool) bool {
	e, ok := extentOf(re)
	if !ok {
		return false
	}
	if e.insts <= maxInsts && 4*(e.follows+e.ends) <= maxSimulator {
		return true
	}
	_, err := newSimulator(re, reverse)
	return err == nil
}

// extentOf returns the extent of re. It fails where re has something that does not compile, or what may
// make it match nothing at all.
func extentOf(re *syntax.Regexp) (e extent, ok bool) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return extent{empty: true}, true
	case syntax.OpLiteral:
		e.empty = true
		for _, r := range re.Rune {
			n := int64(utf8.RuneLen(r))
			if n < 0 {
				return e, false
			}
			each := extent{insts: n, ends: 1, follows: n}
			if re.Flags&syntax.FoldCase != 0 { // of which there are four at most, of three bytes
				each = extent{insts: 16, ends: 4, follows: 16}
			}
			e = e.then(each)
		}
		return e, true
	case syntax.OpCharClass:
		return classExtent(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return classExtent([]rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune})
	case syntax.OpCapture:
		return extentOf(re.Sub[0])
	case syntax.OpConcat:
		e.empty = true
		for _, sub := range re.Sub {
			o, ok := extentOf(sub)
			if !ok {
				return e, false
			}
			e = e.then(o)
		}
		return e, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			o, ok := extentOf(sub)
			if !ok {
				return e, false
			}
			e = extent{e.insts + o.insts + 1, e.ends + o.ends, e.follows + o.follows, e.empty || o.empty}.bounded()
		}
		return e, true
	case syntax.OpQuest, syntax.OpStar, syntax.OpPlus:
		e, ok = extentOf(re.Sub[0])
		e.insts++
		e.empty = e.empty || re.Op != syntax.OpPlus
		if re.Op != syntax.OpQuest {
			e.follows += e.ends * e.ends
		}
		return e.bounded(), ok
	case syntax.OpRepeat:
		e, ok = extentOf(re.Sub[0])
		return e.repeated(re.Min, re.Max), ok
	}
	return e, false
}

// then is the extent of e with o behind it.
func (e extent) then(o extent) extent {
	all := extent{insts: e.insts + o.insts, ends: e.ends, follows: e.follows + o.follows + e.ends*o.ends, empty: e.empty && o.empty}
	if e.empty || o.empty {
		all.ends += o.ends
	} else {
		all.ends = max(all.ends, o.ends)
	}
	return all.bounded()
}

// repeated is the extent of e, at least low times and at most high, or without end where that is negative.
func (e extent) repeated(low, high int) extent {
	n := int64(high)
	if high < 0 {
		n = int64(low) + 1
	}
	all := extent{insts: n * (e.insts + 1), ends: e.ends, empty: e.empty || low == 0}
	near := int64(1) // copies that an end may be followed by
	if e.empty {
		all.ends, near = n*e.ends, n
	} else {
		all.ends *= max(1, n-int64(low)+1)
	}
	all.follows = n * (e.follows + (near+1)*e.ends*e.ends)
	return all.bounded()
}

// bounded keeps sums from becoming too large to be summed up.
func (e extent) bounded() extent {
	e.insts, e.ends, e.follows = min(e.insts, manyInsts), min(e.ends, manyInsts), min(e.follows, manyInsts)
	return e
}

// classExtent is the extent of a class: a sequence of instructions for each of bytes, give or take. See nfa.class.
func classExtent(rs []rune) (e extent, ok bool) {
	for i := 0; i < len(rs); i += 2 {
		if rs[i+1] < utf8.RuneSelf { // Fast path
			e.insts, e.ends = e.insts+2, e.ends+1
			continue
		}
		if utf8.RuneLen(rs[i]) < 0 || utf8.RuneLen(rs[i+1]) < 0 {
			return e, false
		}
		utf8Seqs(rs[i], rs[i+1], func(s byteSeq) {
			e.insts += int64(s.n) + 1
			e.ends++
		})
	}
	e.follows = e.insts
	return e.bounded(), len(rs) > 0
}
