package bytescan

import (
	"math"
	"math/bits"
	"slices"
)

// Kinds of buckets: what they need but their bytes.
const (
	kindWord  = iota // not in the middle of a word
	kindDigit        // not in the middle of digits
	kindAny
	bucketKinds
)

// fullSet has all bytes.
var fullSet = Set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

var digitSet = func() (s Set) {
	for c := byte('0'); c <= '9'; c++ {
		s.Add(c)
	}
	return s
}()

// runSet returns the bytes that may stand at place k of a, which its run may narrow.
func (a *Anchor) runSet(k int) Set {
	s := a.Sets[k]
	if a.Run && k < RunLength {
		run := digitSet
		if k > 0 {
			run.Union(&Separators)
		}
		for i := range s {
			s[i] &= run[i]
		}
	}
	return s
}

// beforeSet returns the bytes that may stand before a where no escape is.
func (t *Tables) beforeSet(a *numbered) (s Set) {
	for c := range 256 {
		if !a.Sets[0].Has(byte(c)) {
			continue
		}
		for b, anchors := range &t.before[t.class[c]] {
			if anchors>>a.number&1 != 0 {
				s.Add(byte(b))
			}
		}
	}
	return s
}

// A bucket is a set of anchors, and what they accept together.
type bucket struct {
	kind    int
	accepts [Depth]Set
	weights [Depth][sorts]float64 // of bytes of each sort, the part that accepts
	chance  float64               // that a place in traffic passes
	seen    float64               // how often it accepts in sample, per byte
	parts   []*bucket             // what it was made of, each of one anchor
	sampled *sampled              // what it accepts of sample, if that is looked at
}

// A bucketing says how buckets are made of anchors.
type bucketing struct {
	widen  func(k int, s Set) Set // what tables make of a set at place k
	places int                    // how many are looked at
	sample bool                   // the first of them is an anchor's, so it can be looked for in sample
	looked map[lookedUp]*[sampleWords]uint64
}

// guess returns how often, per byte of traffic, b accepts, which is made of some.
func (by *bucketing) guess(b *bucket, of ...*bucket) float64 {
	if by.sample {
		b.seen = met(by.places, of...)
	}
	return by.weigh(b.expect(by.places), b.seen)
}

// weigh makes one of what is expected, and what is seen in sample.
func (by *bucketing) weigh(expected, seen float64) float64 {
	if !by.sample {
		return expected
	}
	return (expected + seen) / 2
}

// alone makes b the bucket of one anchor.
func (by *bucketing) alone(b *bucket) {
	if by.sample {
		by.look(b)
	}
	b.chance = by.guess(b, b)
	one := *b
	one.parts = []*bucket{&one}
	b.parts = one.parts
}

// own makes b one of the buckets, made of some.
func (by *bucketing) own(b *bucket, of ...*bucket) {
	b.parts = nil
	for _, o := range of {
		b.parts = append(b.parts, o.parts...)
	}
	if by.sample {
		b.lookWith(of...)
	}
}

// set makes s, widened, what b accepts at place k. It may be known what others accept.
func (b *bucket) set(k int, s Set, by *bucketing, known ...*bucket) {
	s = by.widen(k, s)
	for _, o := range known {
		if o.accepts[k] == s {
			b.accepts[k], b.weights[k] = s, o.weights[k]
			return
		}
	}
	b.accepts[k], b.weights[k] = s, weigh(&s)
}

// with returns b and o as one.
func (b *bucket) with(o *bucket, by *bucketing) bucket {
	u := b.union(o, by)
	u.chance = by.guess(&u, b, o)
	return u
}

// union is with but for what it is guessed to let in.
func (b *bucket) union(o *bucket, by *bucketing) bucket {
	u := bucket{kind: b.kind}
	for k := range u.accepts {
		s := b.accepts[k]
		s.Union(&o.accepts[k])
		u.set(k, s, by, b, o)
	}
	return u
}

// without returns b without one of its parts.
func (b *bucket) without(part int, by *bucketing) (u bucket, parts []*bucket) {
	parts = slices.Delete(slices.Clone(b.parts), part, part+1)
	u.kind = b.kind
	for k := range u.accepts {
		var s Set
		for _, p := range parts {
			s.Union(&p.accepts[k])
		}
		u.set(k, s, by, b)
	}
	u.chance = by.guess(&u, parts...)
	return u, parts
}

// improve moves anchors from one bucket to another where that lets less in: what seemed best while there were few in each
// may not be when all are there. It begins with the bucket that lets in the most that no anchor of it wants.
func (by *bucketing) improve(all []bucket) {
	const (
		moves = 8    // more seldom help
		least = 5e-5 // what a move must save, in places a byte
	)
	stays := make([]bool, len(all))
	for range moves {
		from, most := -1, least
		for i := range all {
			excess := all[i].chance
			for _, part := range all[i].parts {
				excess -= part.chance
			}
			if len(all[i].parts) > 1 && !stays[i] && excess > most {
				from, most = i, excess
			}
		}
		if from < 0 {
			return
		}
		to, saved := -1, least
		var less, more bucket
		var what *bucket
		var left []*bucket
		for part, moved := range all[from].parts {
			rest, parts := all[from].without(part, by)
			gain := all[from].chance - rest.chance
			if gain <= saved {
				continue
			}
			for i := range all {
				if i == from || all[i].kind != all[from].kind {
					continue
				}
				u := all[i].with(moved, by)
				if s := gain - (u.chance - all[i].chance); s > saved {
					to, saved, what, left, less, more = i, s, moved, parts, rest, u
				}
			}
		}
		if to < 0 {
			stays[from] = true
			continue
		}
		by.own(&less, left...)
		by.own(&more, &all[to], what)
		all[from], all[to] = less, more
		clear(stays)
	}
}

// foldHigh widens s to what tables by the low seven bits make of it.
func foldHigh(_ int, s Set) Set { return Set{s[0] | s[2], s[1] | s[3], s[0] | s[2], s[1] | s[3]} }

// row returns which bytes with the high half h are in s.
func (s *Set) row(h int) uint16 { return uint16(s[h/4] >> (h % 4 * 16)) }

// columns returns the low halves of the bytes below 0x80 in s.
func (s *Set) columns() (columns uint16) {
	for h := range 8 {
		columns |= s.row(h)
	}
	return columns
}

// combineHalves widens s to what tables by halves make of it.
func combineHalves(k int, s Set) (wide Set) {
	columns := s.columns()
	if k >= wholePlaces {
		rows := uint64(columns) * 0x0001000100010001
		return Set{rows, rows, ^uint64(0), ^uint64(0)}
	}
	for h := range 16 {
		if s.row(h) == 0 {
			continue
		}
		if h >= 8 {
			columns = 0xffff
		}
		wide[h/4] |= uint64(columns) << (h % 4 * 16)
	}
	return wide
}

// kindOf returns the kind of bucket for anchors like a.
func kindOf(a *Anchor) int {
	switch {
	case a.Where == Anywhere:
		return kindAny
	case a.Where == WordStart:
		return kindWord
	}
	return kindDigit
}

// unite puts buckets together until there are no more than limit, each time the two that
// let in the fewest places more.
func unite(all []bucket, limit int, by *bucketing) []bucket {
	// both[i][k], k < i, is the chance of the two together. Below 0 it is at least that: what
	// one lets in that others were put to it lets in with a third, too.
	both := make([][]float64, len(all))
	weigh := func(i, k int) {
		both[i][k] = 2 // more than any
		if all[i].kind == all[k].kind {
			u := all[i].with(&all[k], by)
			both[i][k] = u.chance
		}
	}
	for i := range all {
		both[i] = make([]float64, i)
		for k := range i {
			if both[i][k] = 2; all[i].kind == all[k].kind {
				u := all[i].union(&all[k], by)
				both[i][k] = by.weigh(u.expect(by.places), max(all[i].seen, all[k].seen))
				if by.sample {
					both[i][k] *= -1
				}
			}
		}
	}
	of := func(i, k int) *float64 { return &both[max(i, k)][min(i, k)] }
	for len(all) > limit {
		x, y := 1, 0
		for least := math.Inf(1); ; {
			for i := range all {
				for k := range i {
					if loss := math.Abs(both[i][k]) - all[i].chance - all[k].chance; loss < least {
						x, y, least = i, k, loss
					}
				}
			}
			if both[x][y] >= 0 {
				break
			}
			weigh(x, y)
			least = math.Inf(1)
		}
		last := len(all) - 1
		for i := range all {
			if i != x && i != y {
				*of(i, y) = -max(math.Abs(*of(i, y)), math.Abs(*of(i, x)))
				if i != last && x != last {
					*of(i, x) = *of(i, last) // which takes the place of x
				}
			}
		}
		u := all[y].with(&all[x], by)
		by.own(&u, &all[y], &all[x])
		all[y] = u
		if x != last {
			*of(x, y) = *of(last, y)
			all[x] = all[last]
		}
		all = all[:last]
	}
	return all
}

// A rough model of MCP traffic: how often each kind of byte follows each, and each byte
// among its kind. It decides what shares a bucket, never what is found.
const (
	lower = iota
	upper
	digit
	blank
	punct
	high
	sorts
)

var follows = [sorts][sorts]float64{
	lower: {.69, .04, .04, .10, .12, .01},
	upper: {.42, .37, .12, .05, .04, 0},
	digit: {.15, .07, .60, .03, .15, 0},
	blank: {.44, .06, .02, .23, .15, .10},
	punct: {.33, .03, .14, .11, .38, .01},
	high:  {.01, 0, 0, .09, .02, .88},
}

// share is how often a byte is of a kind.
var share = [sorts]float64{.45, .06, .12, .10, .16, .11}

func sortOf(c byte) int {
	switch {
	case c-'a' < 26:
		return lower
	case c-'A' < 26:
		return upper
	case c-'0' < 10:
		return digit
	case c == ' ':
		return blank
	case c < 0x80:
		return punct
	}
	return high
}

// within is how often a byte is of its kind.
var within = func() (w [256]float64) {
	const letters = "etaoinsrlcdupmhgfybwvkxqjz"
	var sum [sorts]float64
	for c := range w {
		w[c] = 1
		switch sortOf(byte(c)) {
		case lower, upper:
			for i := range len(letters) {
				if letters[i] == byte(c)|0x20 {
					w[c] = 1 / float64(1+i/4)
				}
			}
		case punct:
			w[c] = .002
			switch c {
			case '"', '\\':
				w[c] = .35
			case ':', ',', '.', '-', '/':
				w[c] = .07
			case '=', '`', '[', ']', '(', ')', '{', '}', '_':
				w[c] = .02
			}
		}
		sum[sortOf(byte(c))] += w[c]
	}
	for c := range w {
		w[c] /= sum[sortOf(byte(c))]
	}
	return w
}()

// expect returns how often, per byte of traffic, what stands at a place passes, if so many places are looked at.
func (b *bucket) expect(places int) float64 {
	p := share // that what was read passes, and the last byte is of a kind
	switch b.kind {
	case kindWord:
		p[lower], p[upper], p[digit] = 0, 0, 0
	case kindDigit:
		p[digit] = 0
	}
	for k := range places {
		var next [sorts]float64
		for c, w := range b.weights[k] {
			for a := range p {
				next[c] += p[a] * follows[a][c] * w
			}
		}
		p = next
	}
	var all float64
	for _, v := range p {
		all += v
	}
	return all
}

// weigh returns how much of each sort of byte s has.
func weigh(s *Set) (weights [sorts]float64) {
	sign, flip := 1.0, uint64(0)
	if bits.OnesCount64(s[0])+bits.OnesCount64(s[1])+bits.OnesCount64(s[2])+bits.OnesCount64(s[3]) > 128 {
		// Go through what is not there: most large sets are nearly full.
		sign, flip = -1, ^uint64(0)
		for c := range weights {
			weights[c] = 1
		}
	}
	for k, m := range s {
		for m ^= flip; m != 0; m &= m - 1 {
			c := byte(k<<6 + bits.TrailingZeros64(m))
			weights[sortOf(c)] += sign * within[c]
		}
	}
	return weights
}
