package bytescan

import "math/bits"

// The vector kernels look for sixteen buckets of anchors at once, in two sets of eight:
// a table for each of the first few places maps a byte to the buckets that accept it
// there. What a bucket accepts at a place is the union of what its anchors do, so there
// are places where no anchor stands, and the exact filter drops them. Which anchors share
// a bucket is chosen so that these are few.

// How many places the buckets of a kernel speak of, and the most of them. One more costs
// a kernel a tenth; without it there are two candidates for one.
const (
	window512 = 6 // or one less: see buckets.more
	window256 = 6
	window    = max(window512, window256)
)

// buckets are for kernels that look a byte up by its low seven bits: few anchors accept a
// byte above 0x7F, and where one does its bucket accepts the other byte, too.
type buckets struct {
	class [128]uint8 // bits by class: see below
	sets  [3][window512][128]uint8
	kinds [bucketKinds]uint8 // which buckets of the second set are of a kind; all of the first are of words

	// Whether there are more buckets than two sets hold: the third shares kinds with the
	// second. Without them the last window is not looked at.
	more bool

	// Which layouts begin an anchor with Run: bit k of an index says whether the byte in
	// place k+1 is a digit.
	layouts [128]uint8
}

// What a bucket needs but its bytes.
const (
	kindWord  = iota // not in the middle of a word
	kindDigit        // not in the middle of digits
	kindRun          // as kindDigit, and a run begins there
	kindAny
	bucketKinds
)

// Bits of buckets.class. Bytes above 0x7F are of no class.
const (
	bitDigit     = 1 << 0
	bitSeparator = 1 << 2
	bitEscape    = 1 << 3 // the letters that make an escape
	bitBackslash = 1 << 4
	bitWord      = 1 << 7 // there is an instruction for the highest
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

// nibbles are buckets for kernels that look a byte up by its halves: a bucket accepts a
// byte if neither of two tables has its bit, and so all combinations of the halves that it
// knows. The table for low halves has nothing against bytes above 0x7F: the instruction
// makes zeros of them, whose high half alone decides.
type nibbles struct {
	class     [2][16]uint8 // by the low half, and by the high one; see below
	separator [2][16]uint8
	sets      [3][window256][2][16]uint8
	others    [bucketKinds]uint8 // which buckets of the second set are of another kind

	// Whether there are more buckets than two sets hold: see buckets.more.
	more bool
}

// nibbleClasses are the bits of nibbles.class: for all the columns of all the rows. The
// kernel takes a byte with one of the highest four for a word byte, with the highest for a
// digit. What makes an escape are a few letters more, since b f n and r t u share columns:
// behind them words begin that do not, which the exact filter drops.
var nibbleClasses = [...]struct{ rows, columns []uint8 }{
	7: {[]uint8{3}, []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
	6: {[]uint8{4, 6}, []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
	5: {[]uint8{5, 7}, []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
	4: {[]uint8{5}, []uint8{15}},
	3: {[]uint8{5}, []uint8{12}},
	2: {[]uint8{6, 7}, []uint8{2, 4, 5, 6, 14}},
}

// fullSet has all bytes.
var fullSet = Set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

var digitSet = func() (s Set) {
	for c := byte('0'); c <= '9'; c++ {
		s.Add(c)
	}
	return s
}()

// runSet returns the bytes that may stand at place k of a, which its run may narrow.
func (t *Tables) runSet(a *Anchor, k int) Set {
	s := a.Sets[k]
	if a.Run && k < max(1, t.runLength) {
		run := digitSet
		if k > 0 {
			run.Union(&t.runSeparators)
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
	places  int // that it speaks of
	accepts [Depth]Set
	weights [Depth][sorts]float64 // of bytes of each sort, the part that accepts
	chance  float64               // that a place in traffic passes
}

// set makes s, widened, what b accepts at place k. It may be known what others accept.
func (b *bucket) set(k int, s Set, widen func(Set) Set, known ...*bucket) {
	s = widen(s)
	for _, o := range known {
		if o.accepts[k] == s {
			b.accepts[k], b.weights[k] = s, o.weights[k]
			return
		}
	}
	b.accepts[k], b.weights[k] = s, weigh(&s)
}

func (b *bucket) with(o *bucket, widen func(Set) Set) bucket {
	u := bucket{kind: b.kind, places: b.places}
	for k := range u.places {
		s := b.accepts[k]
		s.Union(&o.accepts[k])
		u.set(k, s, widen, b, o)
	}
	u.chance = u.expect()
	return u
}

// foldHigh widens s to what tables by the low seven bits make of it.
func foldHigh(s Set) Set { return Set{s[0] | s[2], s[1] | s[3], s[0] | s[2], s[1] | s[3]} }

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
func combineHalves(s Set) (wide Set) {
	columns := s.columns()
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
	case a.Run:
		return kindRun
	case a.Where == WordStart:
		return kindWord
	}
	return kindDigit
}

// group distributes the anchors of t to two or three sets of up to eight buckets. Those of
// the first are of words only. A bucket of the second and one of the third in the same place
// are of one kind. It returns how many places in traffic pass, too.
func group(t *Tables, places, count int, widen func(Set) Set) (sets [3][8]*bucket, chance float64) {
	var all []bucket
	for i := range t.anchors {
		a := &t.anchors[i].Anchor
		u := bucket{kind: kindOf(a), places: places}
		for k := range u.places {
			u.set(k, t.runSet(a, k), widen)
		}
		u.chance = u.expect()
		all = append(all, u)
	}
	for limit := 8 * count; ; limit-- {
		all = unite(all, limit, widen)
		sets, chance = [3][8]*bucket{}, 0
		var next [3]int // place in each set
		fits := true
		for kind := range bucketKinds {
			later := 0
			for i := range all {
				u := &all[i]
				if u.kind != kind {
					continue
				}
				chance += u.chance
				switch {
				case kind == kindWord && next[0] < 8:
					sets[0][next[0]] = u
					next[0]++
				case count == 3 && later%2 == 1:
					sets[2][next[1]-1] = u
					later++
				case next[1] < 8:
					sets[1][next[1]] = u
					next[1]++
					later++
				default:
					fits = false
				}
			}
		}
		if fits {
			return sets, chance
		}
	}
}

// fill makes b of the anchors of t.
func (b *buckets) fill(t *Tables) {
	for c := range b.class {
		b.class[c] = t.byteClass(byte(c))
	}
	for i := range t.anchors {
		if a := &t.anchors[i].Anchor; kindOf(a) == kindRun {
			for layout := range b.layouts {
				if a.lies(layout) {
					b.layouts[layout] = 1
				}
			}
		}
	}
	sets, chance := group(t, window512-1, 2, foldHigh)
	if chance > enough {
		sets, _ = group(t, window512, 3, foldHigh)
		b.more = true
	}
	for part := range sets {
		for n, u := range sets[part] {
			if u == nil {
				continue
			}
			for k := range window512 {
				for c := range 128 {
					if k >= u.places || u.accepts[k].Has(byte(c)) {
						b.sets[part][k][c] |= 1 << n
					}
				}
			}
			if part > 0 {
				b.kinds[u.kind] |= 1 << n
			}
		}
		for k := 1; k < window512; k++ {
			b.sets[part][k][filler&0x7f] = 0xff
		}
	}
}

// enough is how many places in traffic may pass, of each, before a third set of buckets
// is worth its time.
const enough = 1.0 / 64

// fill makes b of the anchors of t.
func (b *nibbles) fill(t *Tables) {
	for bit, class := range nibbleClasses {
		for _, c := range class.columns {
			b.class[0][c] |= 1 << bit
		}
		for _, r := range class.rows {
			b.class[1][r] |= 1 << bit
		}
	}
	for h := range 8 { // a bit for every row, and there are no more
		for c := range 16 {
			b.separator[0][c] |= uint8(t.runSeparators.row(h)>>c&1) << h
		}
		b.separator[1][h] |= 1 << h
	}
	sets, chance := group(t, window256, 2, combineHalves)
	if chance > enough {
		sets, _ = group(t, window256, 3, combineHalves)
		b.more = true
	}
	for kind := range b.others {
		b.others[kind] = 0xff
	}
	for part := range b.sets {
		for k := range window256 {
			for n, u := range sets[part] {
				low, high := &b.sets[part][k][0], &b.sets[part][k][1]
				for h := range 16 {
					if u == nil || u.accepts[k].row(h) == 0 {
						high[h] |= 1 << n
					}
					if u == nil || u.accepts[k].columns()>>h&1 == 0 {
						low[h] |= 1 << n
					}
				}
			}
			if k > 0 {
				b.sets[part][k][1][filler>>4] = 0
			}
		}
		for n, u := range sets[part] {
			if u != nil && part > 0 {
				b.others[u.kind] &^= 1 << n
			}
		}
	}
}

// lies reports whether a's digits may lie so.
func (a *Anchor) lies(layout int) bool {
	for k := 1; k < Depth; k++ {
		s, want := a.Sets[k], digitSet
		if layout>>(k-1)&1 == 0 {
			want = Set{^digitSet[0], ^uint64(0), ^uint64(0), ^uint64(0)}
		}
		for i := range s {
			s[i] &= want[i]
		}
		if s == (Set{}) {
			return false
		}
	}
	return true
}

// unite puts buckets together until there are no more than limit, each time the two that
// let in the fewest places more.
func unite(all []bucket, limit int, widen func(Set) Set) []bucket {
	loss := make([][]float64, len(all)) // loss[i][k] is that of putting all[i] and all[k<i] together
	cost := func(i, k int) float64 {
		if all[i].kind != all[k].kind {
			return 2 // more than any other
		}
		u := all[i].with(&all[k], widen)
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
		// The last takes the place of x.
		all[y] = all[y].with(&all[x], widen)
		all[x] = all[len(all)-1]
		all = all[:len(all)-1]
		for _, i := range [...]int{x, y} {
			for k := range all {
				if hi, lo := max(i, k), min(i, k); hi != lo && hi < len(all) {
					loss[hi][lo] = cost(hi, lo)
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
	for k := range b.places {
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
