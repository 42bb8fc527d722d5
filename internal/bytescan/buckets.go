package bytescan

import "math/bits"

// The vector kernels look for sixteen buckets of anchors at once, in two sets of eight:
// a table for each of the first four places maps a byte to the buckets that accept it
// there. What a bucket accepts at a place is the union of what its anchors do, so there
// are places where no anchor stands, and the exact filter drops them. Which anchors share
// a bucket is chosen so that these are few.

// window is how many places a bucket speaks of.
const window = 4

// buckets are what the kernels look for. Bytes are told apart by their low seven bits:
// few anchors accept a byte above 0x7F, and where one does its bucket accepts the other
// byte, too. A kernel puts 0xFF where text has ended, which fits every bucket but at its
// first place.
type buckets struct {
	class [128]uint8 // bits by class: see below
	sets  [2][window][128]uint8
	kinds [bucketKinds]uint8 // which buckets of the second set are of a kind; all of the first are kindWord
}

// What a bucket needs but its bytes.
const (
	kindWord  = iota // not in the middle of a word
	kindDigit        // not in the middle of digits
	kindRun          // as kindDigit, and a run begins there
	kindAny
	bucketKinds
)

// Bits of buckets.class. The bits of separators depend on the tables, those of the others
// do not. Bytes above 0x7F are of no class.
const (
	bitDigit = 1 << iota
	bitWord
	bitSeparator
	bitEscape // the letters that make an escape
	bitBackslash
)

// byteClass returns the bits of c.
func (t *Tables) byteClass(c byte) (class uint8) {
	if IsDigit(c) {
		class |= bitDigit
	}
	if IsWord(c) {
		class |= bitWord
	}
	if t.runSeparators.Has(c) {
		class |= bitSeparator
	}
	switch c {
	case 'b', 'f', 'n', 'r', 't', 'u':
		class |= bitEscape
	case '\\':
		class |= bitBackslash
	}
	return class
}

// A low is the low seven bits of the bytes of a [Set].
type low [2]uint64

func lowOf(s *Set) low { return low{s[0] | s[2], s[1] | s[3]} }

// A bucket is a set of anchors, and what they accept together.
type bucket struct {
	kind    int
	accepts [window]low
	chance  float64 // that a place in traffic passes
}

func (b *bucket) with(o *bucket) bucket {
	u := *b
	for k := range u.accepts {
		u.accepts[k][0] |= o.accepts[k][0]
		u.accepts[k][1] |= o.accepts[k][1]
	}
	u.chance = u.expect()
	return u
}

// kindOf returns the kind of bucket for anchors like a.
func kindOf(a *Anchor) int {
	switch {
	case a.Where == Anywhere:
		return kindAny
	case a.Run:
		return kindRun
	case a.Where == WordStart:
		return kindWord
	}
	return kindDigit
}

// fill makes t's buckets of anchors.
func (b *buckets) fill(t *Tables) {
	for c := range b.class {
		b.class[c] = t.byteClass(byte(c))
	}
	var first, second []bucket
	for i := range t.anchors {
		a := &t.anchors[i]
		u := bucket{kind: kindOf(a)}
		for k := range u.accepts {
			u.accepts[k] = lowOf(&a.Sets[k])
		}
		u.chance = u.expect()
		if u.kind == kindWord {
			first = append(first, u)
		} else {
			second = append(second, u)
		}
	}
	for half, all := range [2][]bucket{unite(first, 8), unite(second, 8)} {
		for n := range all {
			for k, accepts := range all[n].accepts {
				for c := range 128 {
					if accepts[c>>6]>>(c&63)&1 != 0 {
						b.sets[half][k][c] |= 1 << n
					}
				}
			}
			if half == 1 {
				b.kinds[all[n].kind] |= 1 << n
			}
		}
	}
	for half := range b.sets {
		for k := 1; k < window; k++ {
			b.sets[half][k][0x7f] = 0xff
		}
	}
}

// unite puts buckets together until there are no more than limit, each time the two that
// let in the fewest places more.
func unite(all []bucket, limit int) []bucket {
	loss := make([][]float64, len(all)) // loss[i][k] is that of putting all[i] and all[k<i] together
	cost := func(i, k int) float64 {
		if all[i].kind != all[k].kind {
			return 2
		}
		u := all[i].with(&all[k])
		return u.chance - all[i].chance - all[k].chance
	}
	for i := range all {
		loss[i] = make([]float64, i)
		for k := range i {
			loss[i][k] = cost(i, k)
		}
	}
	for len(all) > limit {
		x, y := 1, 0
		for i := range all {
			for k := range i {
				if loss[i][k] < loss[x][y] {
					x, y = i, k
				}
			}
		}
		all[y] = all[y].with(&all[x])
		last := len(all) - 1
		all[x] = all[last]
		all = all[:last]
		for _, i := range []int{x, y} {
			for k := range all {
				if k != i && max(i, k) < len(all) {
					loss[max(i, k)][min(i, k)] = cost(max(i, k), min(i, k))
				}
			}
		}
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

// expect returns how often, per byte of traffic, what stands at a place passes.
func (b *bucket) expect() float64 {
	p := share // that what was read passes, and the last byte is of a kind
	switch b.kind {
	case kindWord:
		p[lower], p[upper], p[digit] = 0, 0, 0
	case kindDigit:
		p[digit] = 0
	case kindRun:
		p[digit] = 0
		for i := range p {
			p[i] /= 8 // most digits make no run
		}
	}
	for _, accepts := range b.accepts {
		var weight, next [sorts]float64
		for half, m := range accepts {
			for ; m != 0; m &= m - 1 {
				c := byte(half<<6 + bits.TrailingZeros64(m))
				weight[sortOf(c)] += within[c]
				weight[high] += within[c|0x80]
			}
		}
		for k, w := range weight {
			for a := range p {
				next[k] += p[a] * follows[a][k] * w
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
