package detect

import (
	"errors"
	"fmt"
	"math"
	"regexp/syntax"
	"slices"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

var (
	errValueInside = errors.New(`the group named "value" must stand in the pattern once, and not inside a repetition or a choice`)
	errValueEmpty  = errors.New(`the group named "value" can be empty`)
)

// moreInScript is how many times as many characters beyond ASCII a text that is written in them has as traffic has on average.
const moreInScript = 10

// sureLength is the shortest match of a pattern that begins with a literal which is
// taken for what it looks like.
const sureLength = 16

// maxMaxLen bounds Rule.MaxLen, and so what a stream must hold back.
const maxMaxLen = 64 << 10

// A rule is a Rule and what was worked out from it.
type rule struct {
	*Rule
	index    int32
	base     int // score of a match, before anything else
	bias     int // Rule.Bias in hundredths
	checks   []compiledCheck
	boosted  bool // there is a check that does not drop
	lonely   bool // a match may be reported without context or field
	patterns []*pattern
	maxLen   int
	maxValue int // of a field's value, how much is looked at; 0 if by patterns anywhere
	// Whether the rule has any of each.
	context, against, fields, parents bool
	parentNames, siblingNames         nameSet
	family                            uint8 // of rules with parents
	kind                              int32 // of entity, from 1
	unmoved                           bool  // see noisy
}

type compiledCheck struct {
	valid func([]byte) bool
	rate  float64
	mode  CheckMode
}

// A pattern is a Pattern, compiled.
type pattern struct {
	rule    *rule
	base    int // score of a match, before anything else
	guard   Guard
	re      *syntax.Regexp
	maxLen  int
	open    bool // no longest match of its own: one may go on beyond maxLen
	literal bool // something in it is too rare for a number or a random string
	value   *splitter
	behind  []look // what must stand before, or must not
	ahead   []look
	net     *netPattern // the pattern itself, if only regexp2 can match it; re is wider then
	group   *group      // for a rule that is run in fields only
	slow    bool
}

// A group is patterns with one automaton, anchored alike.
type group struct {
	machine *machine
	sieve   *sieve // instead, where it is many groups

	beginning *automaton // of the first bytes of matches, for layouts, where that of all of them is too large to be made for these

	patterns  []*pattern
	guard     Guard
	maxLen    int    // longest match of all
	shorter   uint64 // patterns whose longest match is shorter
	open      uint64 // patterns that are open
	behind    []look // the same for all
	ahead     uint64 // patterns that look ahead
	needy     bool   // no match counts unless context or a field speaks for it
	lazy      bool   // the shortest match is wanted
	maskable  bool   // no match counts that begins inside a number: see masked
	backslash bool   // a backslash in escaped text is for the patterns to match
	where     bytescan.Where
	prior     bytescan.Set                 // bytes that may stand before the anchor
	sets      [bytescan.Depth]bytescan.Set // and from it on
	priorMass mass
	chance    float64
	parts     []start    // ways in which matches of its patterns may begin
	before    *automaton // what stands before the literal, backwards; nil if anchored at the start
	beforeRe  *syntax.Regexp
	afterRe   []*syntax.Regexp // of each pattern, what stands from the anchor on
	maxBefore int
	rules     []uint64     // of its patterns, as bits, where it is needy
	names     bool         // no patterns: the quote that ends a name
	slot      int          // of scan.memos
	deny      *[256]uint64 // by the byte behind it: patterns that no match of may end there
}

// A lane is as many groups as one pass over the text can look for. Its sets are of
// groups, as bits.
type lane struct {
	tables   *bytescan.Tables
	groups   []*group
	starts   []start                  // by the bit of a hit
	at       [bytescan.Anchors]uint64 // by the same: groups that may match
	names    uint64                   // the group of names, if it has that
	here     uint64                   // groups that match from the anchor on, and so
	guarded  [GuardDigit + 1]uint64   // those that need their guard to hold there
	digits   uint64                   // those that may begin with a digit
	layout   *layout                  // of those
	single   uint64                   // of those that neither a layout nor a sieve tells: these do not match where mesh says so
	mesh     mesh
	sleeps   bool     // see wake
	sleeper  int      // its place in Detector.asleep
	needyLen int      // longest match of its groups, where it sleeps
	reaches  []uint64 // see reach
}

func compileRule(r *Rule, index int, known map[string]Validator) (*rule, error) {
	c := &rule{
		Rule: r, index: int32(index),
		context: len(r.Context) > 0, against: len(r.Against) > 0,
		fields: len(r.Fields) > 0, parents: len(r.Parents)+len(r.Siblings) > 0,
		unmoved:     unmoved[r.Entity],
		parentNames: newNameSet(r.Parents), siblingNames: newNameSet(r.Siblings),
	}
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch r.Tier {
	case ByItself:
		c.base = baseByItself
	case WithContext:
		c.base = baseWithContext
		if !c.context && !c.fields && len(r.Checks) == 0 {
			fail("tier WithContext without Context, Fields or Checks: nothing could ever speak for a match")
		}
	case ByField:
		c.base = baseByField
	default:
		fail("unknown tier %d", r.Tier)
	}
	if c.bias = int(math.Round(100 * float64(r.Bias))); !(-1 <= r.Bias && r.Bias <= 1) {
		fail("Bias is not from -1 to 1")
	}
	switch {
	case r.ID == "":
		fail("rule has no ID")
	case r.Entity == "":
		fail("rule has no Entity")
	case r.MaxLen < 0 || r.MaxLen > maxMaxLen:
		fail("MaxLen is %d, want 0 to %d", r.MaxLen, maxMaxLen)
	case (len(r.Patterns) == 0 || r.Tier == ByField) && !c.fields:
		fail("a rule without Patterns, or of tier ByField, needs Fields")
	case c.parents && !c.fields:
		fail("Parents and Siblings say where Fields count, but there are none")
	}
	for _, k := range r.Checks {
		v, ok := known[k.Name]
		if !ok {
			fail("unknown validator %q", k.Name)
			continue
		}
		c.checks = append(c.checks, compiledCheck{v.Valid, v.PassRate, k.Mode})
		c.boosted = c.boosted || k.Mode == Boost
	}
	c.lonely = r.Tier == ByItself || r.Tier == WithContext && c.best() <= rareRate
	if len(r.Patterns) == 0 {
		if c.maxLen = r.MaxLen; c.maxLen == 0 {
			c.maxLen = defaultMaxValue
		}
	}
	for i := range r.Patterns {
		p, err := compilePattern(c, &r.Patterns[i])
		if err != nil {
			fail("pattern %d: %w", i+1, err)
			continue
		}
		c.patterns = append(c.patterns, p)
		c.maxLen = max(c.maxLen, p.maxLen)
	}
	switch {
	case len(r.Patterns) == 0:
		c.maxValue = c.maxLen
	case r.Tier == ByField:
		c.maxValue = max(c.maxLen, defaultMaxValue)
	}
	return c, errors.Join(errs...)
}

func compilePattern(r *rule, src *Pattern) (*pattern, error) {
	p := &pattern{rule: r, base: r.base, guard: src.Guard, maxLen: r.MaxLen}
	if src.Guard > GuardDigit {
		return nil, fmt.Errorf("unknown guard %d", src.Guard)
	}
	var err error
	switch src.Engine {
	case RE2:
		p.re, err = parse(src.Expr)
	case Regexp2:
		err = p.parseNet(src.Expr)
	default:
		err = fmt.Errorf("unknown engine %d", src.Engine)
	}
	if err != nil {
		return nil, err
	}
	_, hi := length(p.re)
	switch {
	case hi != unbounded && (p.maxLen == 0 || hi < p.maxLen):
		p.maxLen = hi
	case p.maxLen == 0:
		return nil, errors.New("pattern has no longest match (*, + or {n,}): the rule needs MaxLen")
	case hi == unbounded:
		p.open = true
	}
	if p.maxLen > maxMaxLen {
		return nil, fmt.Errorf("longest match is %d bytes, want at most %d", p.maxLen, maxMaxLen)
	}
	if p.net == nil {
		if p.value, err = newSplitter(p.re); err != nil {
			return nil, err
		}
		if p.value != nil && p.maxLen > maxSplit {
			return nil, fmt.Errorf("longest match is %d bytes, want at most %d where there is a group named value", p.maxLen, maxSplit)
		}
	}
	return p, nil
}

// needy reports whether a match of p counts only if there is context, or a field, that
// speaks for it where it begins.
func (p *pattern) needy() bool {
	r := p.rule
	return !(r.lonely && !p.bare()) && r.Tier != ByField && p.value == nil && p.net == nil
}

// bare reports whether matches of p, whose rule may report some without context, are mere
// digits, so that the rule's checks are not enough: see scan.alone.
func (p *pattern) bare() bool {
	if p.rule.Tier != WithContext || p.rule.best() <= bareDigitRate {
		return false
	}
	set := bytesOf(p.re)
	for c := range 256 {
		if set.Has(byte(c)) && !isDigit(byte(c)) {
			return false
		}
	}
	return true
}

// each calls f with g, or with what g's sieve has.
func (g *group) each(f func(*group)) {
	if g.sieve == nil {
		f(g)
		return
	}
	for _, m := range g.sieve.members {
		f(m)
	}
}

// newGroup returns a group of patterns, which are to be anchored at their start.
func newGroup(patterns []*pattern) *group {
	first := patterns[0]
	g := &group{patterns: patterns, guard: first.guard, behind: first.behind, lazy: lazy(first.re), backslash: wantsBackslash(first.re)}
	g.limits()
	return g
}

// compileAlone is compile for a group of one pattern. What has many states is simulated
// instead: that is slower, but it takes less memory, and less time to begin with.
// Unless layouts are to be made of its automaton, and it is small, it is made when it is first wanted.
func (g *group) compileAlone() error {
	p := g.patterns[0]
	limit := maxStates
	switch {
	case p.value != nil: // which stands behind a word or two, so it is met seldom
		limit = maxSplitStates
	case g.begins() == onlyDigits: // they are everywhere
		limit = maxDigitStates
	}
	if !certain(p.re, false) {
		return g.compile(limit)
	}
	g.denied()
	if hasDigit(&g.sets[0]) {
		if a, err := newAutomaton([]*syntax.Regexp{p.re}, false, maxLayoutStates); err == nil {
			g.machine = new(machine)
			return g.use(g.machine, a)
		}
		if g.beginning, _ = beginningOf(p.re); g.beginning == nil {
			return g.compile(limit)
		}
	}
	g.machine = &machine{make: func(m *machine) error { return g.build(m, limit) }}
	return nil
}

// compile makes g's automata, or leaves g as it is and fails.
func (g *group) compile(limit int) error {
	g.denied()
	m := new(machine)
	if err := g.build(m, limit); err != nil {
		return err
	}
	if g.beforeRe != nil {
		var err error
		if g.before, err = newAutomaton([]*syntax.Regexp{g.beforeRe}, true, limit); err != nil {
			return err
		}
	}
	g.machine = m
	return nil
}

// build makes m what runs g's patterns.
func (g *group) build(m *machine, limit int) error {
	res := g.afterRe
	if g.beforeRe == nil {
		for _, p := range g.patterns {
			res = append(res, p.re)
		}
	}
	a, err := newAutomaton(res, false, limit)
	if errors.Is(err, errTooLarge) && len(res) == 1 && g.beforeRe == nil {
		m.sim, err = newSimulated(res[0])
		return err
	}
	if err != nil {
		return err
	}
	return g.use(m, a)
}

// use makes a what m runs.
func (g *group) use(m *machine, a *automaton) error {
	if a.start[0] == 0 && a.start[1] == 0 {
		return errors.New("pattern can never match")
	}
	a.link()
	g.atEnd(a)
	m.dfa.Store(a)
	return nil
}

// ask notes which rules g's patterns are of, of so many.
func (g *group) ask(rules int) {
	g.rules = make([]uint64, (rules+63)/64)
	for _, p := range g.patterns {
		g.rules[p.rule.index>>6] |= 1 << (p.rule.index & 63)
	}
}

// limits works out g's limits from those of its patterns.
func (g *group) limits() {
	g.maxLen, g.shorter, g.open, g.ahead, g.needy = 0, 0, 0, 0, true
	for _, p := range g.patterns {
		g.maxLen = max(g.maxLen, p.maxLen)
		g.needy = g.needy && p.needy()
	}
	for i, p := range g.patterns {
		if p.open {
			g.open |= 1 << i
		}
		if p.ahead != nil {
			g.ahead |= 1 << i
		}
		if p.maxLen < g.maxLen {
			g.shorter |= 1 << i
		}
	}
}

// find returns the group of p alone, not compiled yet, anchored at p's start, or,
// where that is not rare, inside.
func (p *pattern) find() (*group, error) {
	g := newGroup([]*pattern{p})
	if err := g.anchorAtStart(); err != nil {
		return nil, err
	}
	if p.literal = narrow(&g.sets) && anyLetter(p.re); p.literal && p.rule.Tier == ByItself {
		if lo, _ := length(p.re); lo >= sureLength {
			p.base = baseSure
		}
	}
	weak := g.cost(literalDepth)
	number := g.begins() == onlyDigits
	good := goodAnchor
	if beyondASCII(&g.sets[0]) {
		good /= moreInScript
	}
	often := commonChance(g.sets[:])
	if weak+often <= good || g.lazy {
		return g, nil
	}
	best, price := g, 0.0
	if p.rule.Tier != ByField { // which are run in fields only
		price = g.price() + often
	}
	parts := items(p.re)
	after, afterAt, err := open(parts, false, bytescan.Depth)
	if err != nil {
		return nil, err
	}
	defer after.close()
	before, beforeAt, err := open(parts, true, 1)
	if err != nil {
		return nil, err
	}
	defer before.close()
	for _, in := range inners(parts, after, afterAt) {
		if number && (anyDigit(&in.first) || !anyWord(&in.first)) {
			continue // numbers are looked at once for all, and their layouts tell them
		}
		h := *g
		h.where = in.where
		h.maxBefore = p.maxLen
		if in.longest != unbounded {
			h.maxBefore = min(in.longest, p.maxLen)
		}
		h.anchorAt(after, afterAt[in.at], before, beforeAt[in.at])
		if h.where != bytescan.Anywhere && !anyWord(&h.prior) {
			h.where = bytescan.WordStart
		}
		p.literal = p.literal || weak > good && !anyWord(&in.first) && h.cost(literalDepth) < weak/2
		if price <= good {
			continue
		}
		h.parts = h.branches(after, afterAt[in.at])
		cheaper := h.price()
		if cheaper >= price/2 || number && cheaper > wordAnchor {
			continue
		}
		h.beforeRe, h.afterRe = concatenate(parts[:in.at]), []*syntax.Regexp{concatenate(parts[in.at:])}
		if err := h.compile(maxStates); err != nil {
			continue // backwards it may be large
		}
		best, price = &h, cheaper
	}
	p.slow = price > slowAnchor && !number
	return best, nil
}

// wordAnchor is what an anchor behind a number may cost to be had instead of the number: that of words, such as those
// for streets. Layouts of numbers do not know letters, and so many numbers have some behind them.
const wordAnchor = 2e-3

func anyDigit(set *bytescan.Set) bool {
	for c := byte('0'); c <= '9'; c++ {
		if set.Has(c) {
			return true
		}
	}
	return false
}

// literalDepth is how many bytes of a pattern's rarest place decide whether it has a
// literal: an anchor may look at more.
const literalDepth = 4

// cost is the chance that what stands at a place fits the first bytes of an anchor, and a
// little for each byte at which the other tables are asked.
func (g *group) cost(depth int) float64 {
	c := chance(&g.prior, g.sets[:depth])
	if g.where == bytescan.Anywhere {
		c += chance(&everything, g.sets[:1]) / 64
	}
	return c
}

// fewStarts is how many starts a pattern may count on: there is not room for many.
const fewStarts = 8

// price is what g costs that has a few starts, in walks a byte: there is not room for
// many.
func (g *group) price() (sum float64) {
	const each = 5e-5
	starts := condense(g.parts, fewStarts)
	for k := range starts {
		sum += starts[k].chance + each
	}
	return sum
}

// anyLetter reports whether letters can stand in a match of re: mere digits are no
// literal that a UUID could not hold.
func anyLetter(re *syntax.Regexp) bool {
	set := bytesOf(re)
	for c := byte('a'); c <= 'z'; c++ {
		if set.Has(c) || set.Has(c&^0x20) {
			return true
		}
	}
	return false
}

// beyondASCII reports whether no byte of ASCII is in set.
func beyondASCII(set *bytescan.Set) bool { return set[0]|set[1] == 0 }

func anyWord(set *bytescan.Set) bool {
	for c := range 256 {
		if set.Has(byte(c)) && bytescan.IsWord(byte(c)) {
			return true
		}
	}
	return false
}

// narrow reports whether a match begins with a literal, give or take: three of its
// first four places allow at most eight combinations.
func narrow(sets *[bytescan.Depth]bytescan.Set) bool {
	var sizes [literalDepth]int
	for k := range sizes {
		for c := range 256 {
			if sets[k].Has(byte(c)) {
				sizes[k]++
			}
		}
	}
	slices.Sort(sizes[:])
	return sizes[0]*sizes[1]*sizes[2] <= 8
}

// best returns the share of random strings that pass all of r's checks.
func (r *rule) best() float64 {
	rate := 1.0
	for _, k := range r.checks {
		rate *= k.rate
	}
	return rate
}
