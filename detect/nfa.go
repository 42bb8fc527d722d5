package detect

import (
	"errors"
	"fmt"
	"math/bits"
	"regexp/syntax"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxInsts bounds the size of one pattern, before it is made deterministic.
const maxInsts = 60000

type instOp uint8

const (
	opByte       instOp = iota // a byte from lo to hi, then out
	opSplit                    // out or arg
	opNop                      // out
	opMatch                    // arg is the number of the pattern
	opBoundary                 // \b, then out
	opNoBoundary               // \B, then out
)

// An inst is an instruction of an nfa, over bytes.
type inst struct {
	op     instOp
	lo, hi byte
	out    uint32
	arg    uint32
}

// An nfa is a set of patterns compiled to instructions over bytes. It is an
// intermediate form: see automaton.
type nfa struct {
	insts      []inst
	depth      int  // how many bytes from the start count
	reverse    bool // patterns are compiled from their end to their start
	boundaries bool // there are \b or \B in it
	shared     map[inst]uint32
}

var errTooLarge = errors.New("pattern is too large: use smaller repeat counts")

// add appends re, which when matched goes on to the instruction next, and returns
// where it starts. Building from the end saves patching.
func (n *nfa) add(re *syntax.Regexp, next uint32) (uint32, error) {
	if len(n.insts) > maxInsts {
		return 0, errTooLarge
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return next, nil
	case syntax.OpCapture:
		return n.add(re.Sub[0], next)
	case syntax.OpLiteral:
		return n.literal(re, next), nil
	case syntax.OpCharClass:
		return n.classAgain(re.Rune, next), nil
	case syntax.OpAnyChar:
		return n.class([]rune{0, unicode.MaxRune}, next), nil
	case syntax.OpAnyCharNotNL:
		return n.class([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}, next), nil
	case syntax.OpConcat:
		return n.concat(re.Sub, next)
	case syntax.OpAlternate:
		return n.alternate(re.Sub, next)
	case syntax.OpQuest:
		return n.quest(re.Sub[0], next)
	case syntax.OpStar:
		return n.loop(re.Sub[0], next, false)
	case syntax.OpPlus:
		return n.loop(re.Sub[0], next, true)
	case syntax.OpRepeat:
		return n.repeat(re, next)
	case syntax.OpWordBoundary:
		n.boundaries = true
		return n.emit(inst{op: opBoundary, out: next}), nil
	case syntax.OpNoWordBoundary:
		n.boundaries = true
		return n.emit(inst{op: opNoBoundary, out: next}), nil
	case syntax.OpNoMatch:
		return 0, errors.New("pattern can never match")
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText:
		return 0, errors.New("pattern has ^, $, \\A or \\z, but a value may stand anywhere in a text: use a guard")
	}
	return 0, fmt.Errorf("pattern has an operator that is not supported: %v", re.Op)
}

func (n *nfa) emit(i inst) uint32 {
	n.insts = append(n.insts, i)
	return uint32(len(n.insts) - 1)
}

func (n *nfa) concat(subs []*syntax.Regexp, next uint32) (uint32, error) {
	var err error
	for k := range subs {
		sub := subs[len(subs)-1-k]
		if n.reverse {
			sub = subs[k]
		}
		if next, err = n.add(sub, next); err != nil {
			return 0, err
		}
	}
	return next, nil
}

func (n *nfa) alternate(subs []*syntax.Regexp, next uint32) (uint32, error) {
	start, err := n.add(subs[0], next)
	for _, sub := range subs[1:] {
		if err != nil {
			return 0, err
		}
		var s uint32
		s, err = n.add(sub, next)
		start = n.emit(inst{op: opSplit, out: start, arg: s})
	}
	return start, err
}

func (n *nfa) quest(sub *syntax.Regexp, next uint32) (uint32, error) {
	s, err := n.add(sub, next)
	if err != nil {
		return 0, err
	}
	return n.emit(inst{op: opSplit, out: s, arg: next}), nil
}

// loop adds sub* or sub+.
func (n *nfa) loop(sub *syntax.Regexp, next uint32, once bool) (uint32, error) {
	split := n.emit(inst{op: opSplit, arg: next})
	s, err := n.add(sub, split)
	if err != nil {
		return 0, err
	}
	n.insts[split].out = s
	if once {
		return s, nil
	}
	return split, nil
}

func (n *nfa) repeat(re *syntax.Regexp, next uint32) (uint32, error) {
	var err error
	// Behind more rounds than bytes count nothing does: each takes a byte, or might as
	// well not be.
	least, most := min(re.Min, n.depth), re.Max
	if most > 0 {
		most = min(most, least+n.depth)
	}
	if re.Max < 0 {
		if next, err = n.loop(re.Sub[0], next, false); err != nil {
			return 0, err
		}
	} else {
		// (sub (sub (sub)?)?)?, each of which may leave for the end.
		end := next
		for range most - least {
			s, err := n.add(re.Sub[0], next)
			if err != nil {
				return 0, err
			}
			next = n.emit(inst{op: opSplit, out: s, arg: end})
		}
	}
	for range least {
		if next, err = n.add(re.Sub[0], next); err != nil {
			return 0, err
		}
	}
	return next, nil
}

func (n *nfa) literal(re *syntax.Regexp, next uint32) uint32 {
	for k := range re.Rune {
		r := re.Rune[len(re.Rune)-1-k]
		if n.reverse {
			r = re.Rune[k]
		}
		rs := []rune{r, r}
		if re.Flags&syntax.FoldCase != 0 {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				rs = append(rs, f, f)
			}
		}
		next = n.class(rs, next)
	}
	return next
}

// A classCode is what a class compiles to. What stands behind it is the instruction behindClass.
type classCode struct {
	runes []rune
	insts []inst
	start uint32
}

const behindClass = 1<<32 - 1

// A classKey is a hash of a class, and whether it is read backwards.
type classKey struct {
	hash    uint64
	reverse bool
}

// classCodes keeps what classes beyond ASCII compile to, by their keys: patterns have the same few thousand letters in them
// again and again.
var classCodes sync.Map

// codeOf returns what a class compiles to.
func codeOf(rs []rune, reverse bool) *classCode {
	key := classKey{reverse: reverse}
	for _, r := range rs {
		key.hash = (bits.RotateLeft64(key.hash, 5) ^ uint64(r)) * 0x9e3779b97f4a7c15
	}
	known, ok := classCodes.Load(key)
	if ok && slices.Equal(known.(*classCode).runes, rs) {
		return known.(*classCode)
	}
	n := &nfa{reverse: reverse}
	c := &classCode{runes: slices.Clone(rs)}
	c.start = n.class(rs, behindClass)
	c.insts = slices.Clone(n.insts)
	if !ok {
		classCodes.Store(key, c)
	}
	return c
}

// classAgain is class for runes of a syntax tree.
func (n *nfa) classAgain(rs []rune, next uint32) uint32 {
	if len(rs) == 0 || rs[len(rs)-1] < utf8.RuneSelf {
		return n.class(rs, next)
	}
	c := codeOf(rs, n.reverse)
	by := uint32(len(n.insts))
	moved := func(to uint32) uint32 {
		if to == behindClass {
			return next
		}
		return to + by
	}
	for _, i := range c.insts {
		i.out = moved(i.out)
		if i.op == opSplit {
			i.arg = moved(i.arg)
		}
		n.insts = append(n.insts, i)
	}
	return moved(c.start)
}

// class adds a choice of the runes in the ranges rs.
func (n *nfa) class(rs []rune, next uint32) uint32 {
	start, some := uint32(0), false
	or := func(at uint32) {
		if some {
			at = n.emit(inst{op: opSplit, out: at, arg: start})
		}
		start, some = at, true
	}
	clear(n.shared)
	for i := 0; i < len(rs); i += 2 {
		if rs[i+1] < utf8.RuneSelf { // Fast path: most are.
			or(n.emit(inst{op: opByte, lo: byte(rs[i]), hi: byte(rs[i+1]), out: next}))
			continue
		}
		utf8Seqs(rs[i], rs[i+1], func(s byteSeq) {
			at := next
			for k := range s.n { // from the end, unless in reverse
				if !n.reverse {
					k = s.n - 1 - k
				}
				at = n.share(inst{op: opByte, lo: s.lo[k], hi: s.hi[k], out: at})
			}
			or(at)
		})
	}
	if !some { // a class of surrogates only
		return n.emit(inst{op: opByte, lo: 1, hi: 0, out: next})
	}
	return start
}

// share is emit for instructions of a class: many of its sequences end alike.
func (n *nfa) share(i inst) uint32 {
	at, ok := n.shared[i]
	if !ok {
		if n.shared == nil {
			n.shared = make(map[inst]uint32)
		}
		at = n.emit(i)
		n.shared[i] = at
	}
	return at
}
