package detect

import (
	"regexp/syntax"
	"slices"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// How matches of a pattern begin is asked of its nfa, which is run from all places at once, over
// sets of bytes: an automaton for the first few bytes would take several times as long to make.

// An opening is an nfa that is run so. It takes some for the start of a match that turn out not to be,
// where there are \b and \B.
type opening struct {
	*subsets
	sides int      // 2 where what word bytes lead to is told apart
	seen  []uint32 // last round that saw what an instruction leads to, by that and side
	turn  uint32
	list  []uint32
	spare [2]front
}

// A front is places in an nfa, before what takes no byte is followed, by whether a word byte was read
// last. Where no one asks it is as if none had.
type front [2][]uint32

var (
	wordBytes  = setOf(bytescan.IsWord)
	otherBytes = setOf(func(c byte) bool { return !bytescan.IsWord(c) })
	digitSet   = setOf(isDigit)
	letterSet  = setOf(func(c byte) bool { return bytescan.IsWord(c) && !isDigit(c) }) // and _
)

func setOf(has func(byte) bool) (set bytescan.Set) {
	for c := range 256 {
		if has(byte(c)) {
			set.Add(byte(c))
		}
	}
	return set
}

// open returns an opening of what items match one after the other, depth bytes of it, and for each of
// them, and their end, where its nfa begins what stands from there on. In reverse that is what stands
// before, and is read backwards. To be closed.
func open(items []*syntax.Regexp, reverse bool, depth int) (o *opening, starts []uint32, err error) {
	o = &opening{subsets: subsetsPool.Get().(*subsets)}
	o.reset(maxStates)
	o.reverse, o.depth = reverse, depth+1
	starts = make([]uint32, len(items)+1)
	next := o.emit(inst{op: opMatch})
	for k := range len(starts) {
		if !reverse {
			k = len(items) - k
		}
		starts[k] = next
		if k -= bit(!reverse); 0 <= k && k < len(items) {
			if next, err = o.add(items[k], next); err != nil {
				o.close()
				return nil, nil, err
			}
		}
	}
	o.mark = append(o.mark, make([]uint32, len(o.insts))...)
	o.sides = 1 + bit(o.boundaries)
	o.seen = make([]uint32, o.sides*len(o.insts))
	return o, starts, nil
}

func (o *opening) close() { subsetsPool.Put(o.subsets) }

// at is the front at a place that may stand behind any byte.
func (o *opening) at(start uint32) (f front) {
	f[0] = []uint32{start}
	if o.boundaries {
		f[1] = f[0]
	}
	return f
}

// behindWord is the front at a place that stands behind a word byte.
func (o *opening) behindWord(start uint32) (f front) {
	f[bit(o.boundaries)] = []uint32{start}
	return f
}

// places returns the instructions that f leads to which read a byte of a side, and whether a match ends
// at f, before one of these.
func (o *opening) places(f *front, side int) (list []uint32, ends bool) {
	list = o.list[:0]
	for prev, set := range f {
		if len(set) > 0 {
			var match uint64
			list, match = o.closure(list, set, prev == 1, side == 1)
			ends = ends || match != 0
		}
	}
	o.list = list
	return list, ends
}

// bytes returns the bytes of a side.
func (o *opening) bytes(side int) *bytescan.Set {
	switch {
	case o.sides == 1:
		return &everything
	case side == 1:
		return &wordBytes
	}
	return &otherBytes
}

// takes returns the bytes that i reads, of those in of.
func (i *inst) takes(of *bytescan.Set) (set bytescan.Set) {
	for k := range set {
		low, high := int(i.lo)-64*k, int(i.hi)-64*k
		if low < 64 && high >= 0 && low <= high {
			set[k] = ^uint64(0) << max(0, low) & (^uint64(0) >> (63 - min(63, high))) & of[k]
		}
	}
	return set
}

// read returns the bytes of which one may stand at f, and whether a match may end at f. Next becomes what they lead to.
func (o *opening) read(f, next *front) (set bytescan.Set, ends bool) {
	o.turn++
	next[0], next[1] = next[0][:0], next[1][:0]
	for side := range o.sides {
		list, end := o.places(f, side)
		ends = ends || end
		for _, at := range list {
			i := &o.insts[at]
			takes := i.takes(o.bytes(side))
			if takes == (bytescan.Set{}) {
				continue
			}
			set.Union(&takes)
			o.lead(next, i.out, side)
		}
	}
	return set, ends
}

// lead adds to f, unless it is there: it is of this turn.
func (o *opening) lead(f *front, to uint32, side int) {
	if seen := &o.seen[int(to)*o.sides+side]; *seen != o.turn {
		*seen = o.turn
		f[side] = append(f[side], to)
	}
}

// ends reports whether a match may end at f.
func (o *opening) ends(f *front) bool {
	for side := range o.sides {
		if _, ends := o.places(f, side); ends {
			return true
		}
	}
	return false
}

// firsts fills sets with the bytes that may stand at f, and from there on. Behind the end of a
// short match anything may stand.
func (o *opening) firsts(sets []bytescan.Set, f *front, depth int) {
	for k := range sets {
		next := &o.spare[k&1]
		set, ends := o.read(f, next)
		if ends && depth+k > 0 {
			for ; k < len(sets); k++ {
				sets[k] = everything
			}
			return
		}
		sets[k], f = set, next
	}
}

// A fork is where some bytes lead.
type fork struct {
	bytes bytescan.Set
	to    front
}

// forks tells the bytes apart that may stand at f by what they lead to, digits together: which they
// are says less than how many there are. It fails if there are more than most, digits left out.
func (o *opening) forks(f *front, most int) (all []fork, ok bool) {
	var digits fork
	for side := range o.sides {
		list, _ := o.places(f, side)
		of := o.bytes(side)
		var edges bytescan.Set // bytes that are not taken as the one before is
		edges.Add('0')
		edges.Add('9' + 1)
		for _, at := range list {
			i := &o.insts[at]
			edges.Add(i.lo)
			if i.hi < 255 {
				edges.Add(i.hi + 1)
			}
		}
		for from := 0; from < 256; {
			to := from + 1
			for to < 256 && !edges.Has(byte(to)) {
				to++
			}
			these := (&inst{lo: byte(from), hi: byte(to - 1)}).takes(of)
			var next front
			o.turn++
			for _, at := range list {
				if i := &o.insts[at]; int(i.lo) <= from && from <= int(i.hi) && these != (bytescan.Set{}) {
					o.lead(&next, i.out, side)
				}
			}
			switch {
			case len(next[side]) == 0:
			case isDigit(byte(from)):
				digits.bytes.Union(&these)
				for _, at := range next[side] {
					if !slices.Contains(digits.to[side], at) {
						digits.to[side] = append(digits.to[side], at)
					}
				}
			default:
				slices.Sort(next[side])
				k := slices.IndexFunc(all, func(o fork) bool { return slices.Equal(o.to[0], next[0]) && slices.Equal(o.to[1], next[1]) })
				if k < 0 {
					if len(all) == most {
						return nil, false
					}
					k = len(all)
					all = append(all, fork{to: next})
				}
				all[k].bytes.Union(&these)
			}
			from = to
		}
	}
	if len(digits.to[0])+len(digits.to[1]) > 0 {
		all = append(all, digits)
	}
	return all, true
}

// runs reports whether all that begins at f, with bytes of sets, begins with a run: see runLength.
func (o *opening) runs(f front, sets []bytescan.Set) bool {
	const most = 2 // separators in a row
	now := [most + 1]front{f}
	for k := range runLength {
		var then [most + 1]front
		for row := range now {
			o.turn++ // of then[row+1]; then[0] may have some twice
			for side := range o.sides {
				of := o.bytes(side)
				list, ends := o.places(&now[row], side)
				if ends && k > 0 {
					return false // it may end
				}
				for _, at := range list {
					i := &o.insts[at]
					takes := i.takes(of)
					for w := range takes {
						takes[w] &= sets[k][w]
					}
					digit := takes[0]&digitBits != 0
					takes[0] &^= digitBits
					if takes != (bytescan.Set{}) {
						if k == 0 || row == most || !inside(&takes, &separators) {
							return false
						}
						o.lead(&then[row+1], i.out, side)
					}
					if digit && !slices.Contains(then[0][side], i.out) {
						then[0][side] = append(then[0][side], i.out)
					}
				}
			}
		}
		now = then
	}
	return true
}

// digitBits is the digits in the first word of a set.
const digitBits = (1<<10 - 1) << '0'
