package bytescan

import (
	"slices"
)

// The vector kernels look for buckets of anchors, eight at once: a table for each of the first few places maps a byte to
// the buckets that accept it there. What a bucket accepts at a place is the union of what its anchors do, so there
// are places where no anchor stands, and the exact filter drops them. Which anchors share a bucket, how many sets of eight there are
// and how many places are looked at is chosen so that all of it together costs the least.

// maxSets is how many sets of buckets there are at most.
const maxSets = 3

// lookups are what a kernel looks bytes up in.
type lookups struct {
	count   int // of sets
	windows int // how many places are looked at, from minWindows to Depth

	// Which layouts begin an anchor with Run: bit k of an index says whether the byte in place k+1 is a digit. All are 0 if
	// there is none.
	layouts [128]uint8

	// For the kernel with AVX-512. It looks bytes up by a code of six bits, of which filler is one: what the buckets tell
	// apart seldom needs more.
	codes [128]uint8 // by the low seven bits: where an anchor accepts a byte above 0x7F, its bucket accepts the other, too
	sets  [maxSets][Depth][64]uint8

	// For those that look bytes up by their halves: a bucket accepts a byte if neither of two tables has its bit,
	// and so all combinations of the halves that it knows. The table for low halves has nothing against bytes above 0x7F: the
	// instruction makes zeros of them, whose high half alone decides. From wholePlaces on the low halves decide, which is nearly
	// as good for letters at half the price.
	halves [maxSets][Depth][2][16]uint8
	others [maxSets][bucketKinds][32]uint8 // which buckets are of another kind, 32 times

	kinds [maxSets][bucketKinds]uint8 // which buckets of a set are of a kind
	above [maxSets]uint8              // what makes more than 0x7F of a byte that has a bucket of kindAny: they are the highest

	aboves [maxSets][32]uint8 // above, 32 times, for the kernel with AVX2, for which a bit is of a bucket that does not accept
}

const (
	wholePlaces  = 4 // that are looked up by both halves of a byte
	minWindows   = 5
	usualWindows = 6
	fillerCode   = 63
)

// A price is what a kernel takes for a KB, in nanoseconds, as measured: for each set of buckets, for each of its first places and of the others,
// and for each candidate. Only their ratios count.
type price struct{ set, window, low, candidate float64 }

var (
	price512 = price{9, 5.5, 5.5, 4}
	price256 = price{5, 18, 8, 8}
)

// fill makes l of the anchors of t.
func (l *lookups) fill(t *Tables) {
	for i := range t.anchors {
		if a := &t.anchors[i].Anchor; a.atRuns() {
			t.runs = ^uint64(0)
			for layout := range l.layouts {
				if a.lies(layout) {
					l.layouts[layout] = 1
				}
			}
		}
	}
	if t.by == avx512 {
		l.fillCodes(l.group(t, foldHigh, price512))
	} else {
		l.fillHalves(l.group(t, combineHalves, price256))
	}
}

// group distributes the anchors of t, but those at runs, to sets of eight buckets.
func (l *lookups) group(t *Tables, widen func(int, Set) Set, price price) (sets [maxSets][8]*bucket) {
	by := &bucketing{widen, usualWindows, true, make(map[lookedUp]*[sampleWords]uint64)}
	var all []bucket
	for i := range t.anchors {
		a := &t.anchors[i].Anchor
		if a.atRuns() {
			continue
		}
		u := bucket{kind: kindOf(a)}
		for k := range u.accepts {
			u.set(k, a.runSet(k), by)
		}
		by.alone(&u)
		all = append(all, u)
	}
	var best []bucket
	least := 0.0
	for count := maxSets; count > 0; count-- {
		if all = unite(all, 8*count, by); len(all) <= 8*(count-1) {
			continue
		}
		for windows := minWindows; windows <= Depth; windows++ {
			looked, chance := bucketing{widen: widen, places: windows, sample: true}, 0.0
			for i := range all {
				chance += looked.guess(&all[i], &all[i])
			}
			cost := float64(count)*(price.set+price.window*wholePlaces+price.low*float64(windows-wholePlaces)) + 1024*chance*price.candidate
			if best == nil || cost < least {
				best, least, l.count, l.windows = slices.Clone(all), cost, count, windows
			}
		}
	}
	by.places = l.windows
	by.improve(best)
	slices.SortStableFunc(best, func(a, b bucket) int { return a.kind - b.kind })
	for i := range best {
		set, bit := i/8, i%8 // so that a set has few kinds
		sets[set][bit] = &best[i]
		l.kinds[set][best[i].kind] |= 1 << bit
	}
	for s := range l.above {
		if any := l.kinds[s][kindAny]; any != 0 {
			l.above[s] = 0x80 - any&-any
		}
	}
	return sets
}

// accepts are the buckets that accept a byte, by set and place.
type accepts [maxSets][Depth]uint8

// A codeClass is bytes that have one code.
type codeClass struct {
	accepts
	bytes []byte
	mass  float64
}

// condense puts together those of classes that let the least in where each accepts what the other does, until there are codes for all.
func (l *lookups) condense(of *[]codeClass, sets [maxSets][8]*bucket) {
	classes := *of
	if len(classes) <= fillerCode {
		return
	}
	// more[s][p][m] is what buckets m of a set let in more, by the mass of the bytes that they accept at place p more.
	var more [maxSets][Depth][256]float64
	for s := range l.count {
		for p := range l.windows {
			for n, u := range sets[s] {
				mass := 0.0
				for _, c := range classes {
					mass += c.mass * float64(c.accepts[s][p]>>n&1)
				}
				if mass > 0 {
					more[s][p][1<<n] = u.chance / mass
				}
			}
			for m := range more[s][p] {
				if low := m & -m; m != low {
					more[s][p][m] = more[s][p][m^low] + more[s][p][low]
				}
			}
		}
	}
	loss := func(a, b *codeClass) (sum float64) {
		for s := range l.count {
			for p := range l.windows {
				x, y := a.accepts[s][p], b.accepts[s][p]
				sum += a.mass*more[s][p][y&^x] + b.mass*more[s][p][x&^y]
			}
		}
		return sum
	}
	losses := make([][]float64, len(classes)) // by class, and one before it
	for i := range classes {
		losses[i] = make([]float64, i)
		for k := range i {
			losses[i][k] = loss(&classes[i], &classes[k])
		}
	}
	for len(classes) > fillerCode {
		x, y := 1, 0
		for i := range losses {
			for k, v := range losses[i] {
				if v < losses[x][y] {
					x, y = i, k
				}
			}
		}
		a, b := &classes[y], &classes[x]
		for s := range l.count {
			for p := range l.windows {
				a.accepts[s][p] |= b.accepts[s][p]
			}
		}
		a.bytes, a.mass = append(a.bytes, b.bytes...), a.mass+b.mass
		last := len(classes) - 1
		classes[x] = classes[last]
		classes, losses = classes[:last], losses[:last]
		for _, changed := range [2]int{x, y} {
			for i := range classes {
				if i != changed && changed < last {
					losses[max(i, changed)][min(i, changed)] = loss(&classes[i], &classes[changed])
				}
			}
		}
	}
	*of = classes
}

// fillCodes makes codes and sets.
func (l *lookups) fillCodes(sets [maxSets][8]*bucket) {
	var classes []codeClass
	at := map[accepts]int{}
	for c := range 128 {
		var by accepts
		for s := range sets[:l.count] {
			for n, u := range sets[s] {
				for k := range l.windows {
					if u != nil && u.accepts[k].Has(byte(c)) {
						by[s][k] |= 1 << n
					}
				}
			}
		}
		k, ok := at[by]
		if !ok {
			k = len(classes)
			at[by] = k
			classes = append(classes, codeClass{accepts: by})
		}
		classes[k].bytes = append(classes[k].bytes, byte(c))
		classes[k].mass += share[sortOf(byte(c))]*within[c] + inSample(byte(c))
	}
	l.condense(&classes, sets)
	for code := range classes {
		for _, c := range classes[code].bytes {
			l.codes[c] = uint8(code)
		}
		for s := range sets[:l.count] {
			for k := range l.windows {
				l.sets[s][k][code] = classes[code].accepts[s][k]
			}
		}
	}
	for s := range sets {
		for k := 1; k < Depth; k++ {
			l.sets[s][k][fillerCode] = 0xff
		}
	}
}

// fillHalves makes halves and others.
func (l *lookups) fillHalves(sets [maxSets][8]*bucket) {
	for s := range sets {
		for k := range Depth {
			for n, u := range sets[s] {
				low, high := &l.halves[s][k][0], &l.halves[s][k][1]
				for h := range 16 {
					if k < wholePlaces && (u == nil || u.accepts[k].row(h) == 0) {
						high[h] |= 1 << n
					}
					if u == nil || u.accepts[k].columns()>>h&1 == 0 {
						low[h] |= 1 << n
					}
				}
			}
			if k > 0 {
				l.halves[s][k][1][filler>>4] = 0
			}
		}
		for i := range l.aboves[s] {
			l.aboves[s][i] = l.above[s]
		}
		for kind, of := range l.kinds[s] {
			for i := range l.others[s][kind] {
				l.others[s][kind][i] = ^of
			}
		}
	}
}

// atRuns reports whether a is looked for only where digits start and a run begins: it is in no bucket.
func (a *Anchor) atRuns() bool { return a.Run && a.Where != Anywhere }

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
