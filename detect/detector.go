package detect

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A Detector finds what its rules describe.
// It is immutable, but for what it keeps to use again, and safe for concurrent use.
type Detector struct {
	rules    []rule
	index    map[*Rule]int32
	groups   []*group // all
	lanes    []*lane
	numerals []*numerals // of what begins with digits, where something sleeps: else that is in lanes
	asleep   []*lane     // lanes that sleep, these and those of numerals
	named    *lane       // the one for names of members, where it is no pass of its own
	speakers speakers
	ahead    int      // how far behind a place words may speak for a match that begins there
	lexicon  *lexicon // words that speak for rules
	against  *lexicon // and against them
	fields   *nameTable
	kin      *nameTable        // Parents and Siblings of all rules
	families map[uint64]uint16 // by the hash of such a name, whose it is
	kinds    int               // entities that names of members tell by themselves
	minScore int
	maxLen   int  // longest match of any rule
	maxField int  // how far into a member's value matches are looked for
	maxLead  int  // how far before a finding its match may begin, or the name of its member
	maxInner int  // how far before its anchor a match may begin
	sealed   bool // there are rules for tokens, so whoever asks can tell ours from others
	scans    sync.Pool
	alone    func() map[*pattern]loner // for Explain: made when it is first asked
}

// New compiles rules. A rule whose longest match is not known is refused: a
// stream could not say how much to hold back. All that is wrong with the rules is
// reported at once, joined, each as a [*RuleError]. New keeps no part of rules or
// opts that the caller may change.
func New(rules []Rule, opts *Options) (*Detector, error) {
	if opts == nil {
		opts = &Options{}
	}
	d := &Detector{fields: newNameTable(), kin: newNameTable(), lexicon: newLexicon(len(rules)), against: newLexicon(len(rules)), minScore: 50}
	if opts.MinScore > 0 {
		d.minScore = int(opts.MinScore*100 + .5)
	}
	d.families = make(map[uint64]uint16)
	known, family := builtins(), 0
	maps.Copy(known, opts.Validators)

	var errs []error
	ids := make(map[string]bool)
	kinds := make(map[Entity]int32)
	all := slices.Clone(rules)
	d.index = make(map[*Rule]int32)
	d.rules = make([]rule, len(rules))
	type compiled struct {
		r   *rule
		err error
	}
	each := make([]compiled, len(all))
	inParallel(len(all), func(i int) { each[i].r, each[i].err = compileRule(&all[i], i, known) })
	for i := range all {
		r, err := each[i].r, each[i].err
		err = errors.Join(err, d.enter(r))
		if kinds[r.Entity] == 0 {
			kinds[r.Entity] = int32(len(kinds) + 1)
		}
		r.kind = kinds[r.Entity]
		if ids[r.ID] {
			err = errors.Join(err, errors.New("another rule has the same ID"))
		}
		ids[r.ID] = true
		if err != nil {
			errs = append(errs, &RuleError{r.ID, err})
			continue
		}
		if r.parents {
			r.family = uint8(family % families)
			family++
			for h := range r.siblingNames {
				d.families[h] |= 1 << r.family
			}
			for h := range r.parentNames {
				d.families[h] |= 1 << (r.family + families)
			}
		}
		d.rules[i] = *r
		d.index[r.Rule] = int32(i)
		for _, p := range r.patterns {
			p.rule = &d.rules[i]
		}
		d.maxLen = max(d.maxLen, r.maxLen)
		if len(r.patterns) > 0 {
			d.maxField = max(d.maxField, r.maxValue)
		}
		d.sealed = d.sealed || r.Sealed
	}
	d.alone = sync.OnceValue(d.loners)
	if len(errs) == 0 {
		errs = append(errs, d.plan())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return d, nil
}

// enter adds r's words and names to the tables.
func (d *Detector) enter(r *rule) error {
	var errs []error
	for k, words := range [...][]string{r.Context, r.Against} {
		for _, w := range words {
			if x := [...]*lexicon{d.lexicon, d.against}[k]; !x.add(w, r.index) {
				errs = append(errs, fmt.Errorf("context word %q has no letters, or more than %d bytes", w, maxPhrase))
			}
		}
	}
	for _, name := range r.Fields {
		if err := d.fields.add(name, r.index); err != nil {
			errs = append(errs, err)
		}
	}
	for _, name := range slices.Concat(r.Parents, r.Siblings) {
		for _, name := range [...]string{name, name + "s"} { // nameSet knows plurals
			if err := d.kin.add(name, r.index); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// plan anchors the patterns and fills the lanes. What is slow has lanes of its own, so
// that the others look for what they would without.
func (d *Detector) plan() error {
	var groups, slow []*group
	var errs []error
	type found struct {
		group *group
		err   error
	}
	each := make([][]found, len(d.rules)) // by rule and pattern
	inParallel(len(d.rules), func(i int) {
		for _, p := range d.rules[i].patterns {
			g, err := p.find()
			if err == nil && d.rules[i].Tier == ByField {
				p.group, p.slow = newGroup([]*pattern{p}), false
				g, err = nil, p.group.compileAlone()
			}
			each[i] = append(each[i], found{g, err})
		}
	})
	for i := range each {
		for k, f := range each[i] {
			switch {
			case f.err != nil:
				errs = append(errs, &RuleError{d.rules[i].ID, f.err})
			case f.group == nil: // it is run in fields only
			case d.rules[i].patterns[k].slow:
				slow = append(slow, f.group)
			default:
				groups = append(groups, f.group)
			}
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	d.maxLead = d.maxField + maxKey
	for i := range d.rules {
		for _, p := range d.rules[i].patterns {
			if p.value != nil || p.net != nil {
				d.maxLead = max(d.maxLead, p.maxLen)
			}
		}
	}
	// Lanes: what is always looked for, what is slow, and the same of what sleeps.
	var lanes [4][]*group
	for k, groups := range [...][]*group{groups, slow} {
		for _, g := range groups {
			at := k
			if g.sleeps() {
				at += 2
			}
			lanes[at] = append(lanes[at], g)
		}
	}
	for k := range lanes {
		if k >= 2 { // Words speak for kinds of values, so those of a kind shall be in one group.
			slices.SortStableFunc(lanes[k], func(a, b *group) int {
				return strings.Compare(string(a.patterns[0].rule.Entity), string(b.patterns[0].rule.Entity))
			})
		}
		var err error
		if lanes[k], err = unite(lanes[k], bytescan.Anchors-1); err != nil {
			return err
		}
		// What begins with digits goes into one lane, so that numbers are looked at once.
		slices.SortStableFunc(lanes[k], func(a, b *group) int { return bit(a.begins() != onlyDigits) - bit(b.begins() != onlyDigits) })
	}
	d.groups = slices.Concat(lanes[:]...)
	for k, g := range d.groups {
		d.maxInner = max(d.maxInner, g.maxBefore)
		g.each(func(m *group) {
			m.slot = k % memoSlots
			m.maskable = !slices.ContainsFunc(m.patterns, func(p *pattern) bool { return p.literal || p.value != nil || p.net != nil })
			if g.needy && m != g {
				m.ask(len(d.rules))
			}
		})
		if g.needy {
			g.ask(len(d.rules))
		}
	}
	told := map[int32]bool{}
	for i := range d.fields.names {
		n := &d.fields.names[i]
		for _, r := range n.rules {
			if !d.rules[r].parents && n.kind == 0 {
				n.kind = d.rules[r].kind
				told[n.kind] = true
			}
		}
		n.set = make([]uint64, d.lexicon.row)
		for _, r := range n.rules {
			n.set[r>>6] |= 1 << (r & 63)
		}
	}
	d.kinds = len(told)
	if len(d.fields.names) > 0 {
		g := nameGroup()
		d.groups = append(d.groups, g)
		if len(lanes[2])+len(lanes[3]) == 0 {
			lanes[0] = append(lanes[0], g)
		} else { // names are read to wake lanes, so these are not looked for
			d.named = &lane{groups: []*group{g}, starts: g.parts, names: 1}
			d.named.starts[0].groups = 1
		}
	}
	if len(lanes[2]) > 0 {
		var rest [2][]*group
		d.numerals, rest = newNumerals(lanes[0], lanes[2])
		lanes[0], lanes[2] = rest[0], rest[1]
	}
	awake := 0
	for k, groups := range lanes {
		if k == 2 {
			awake = len(d.lanes)
		}
		d.fill(groups)
	}
	inParallel(len(d.lanes), func(i int) { d.lanes[i].build() })
	for _, l := range d.lanes[awake:] {
		d.sleep(l)
	}
	for _, n := range d.numerals {
		if n.lanes[1] != nil {
			d.sleep(n.lanes[1])
		}
	}
	if d.named != nil {
		d.lanes = append(d.lanes, d.named)
	}
	d.listen()
	return nil
}

// sleep has l sleep.
func (d *Detector) sleep(l *lane) {
	l.sleeps, l.sleeper = true, len(d.asleep)
	d.asleep = append(d.asleep, l)
	l.reach()
	d.ahead = max(d.ahead, l.needyLen+contextAfter)
}

// fill adds lanes that look for groups. If one has room for all of them, that is best. Otherwise what begins with digits has
// lanes of its own, in which numbers are looked at once.
func (d *Detector) fill(groups []*group) {
	inParallel(len(groups), func(i int) {
		g := groups[i]
		if g.sieve != nil && len(g.parts) > bytescan.Anchors { // what begins alike is one start, whoever it is of
			for k := range g.parts {
				g.parts[k].group, g.parts[k].groups = g, 1
			}
			g.parts = condense(g.parts, bytescan.Anchors)
		}
	})
	if fitting(groups) == len(groups) {
		if lanes := fillLanes(groups); len(lanes) <= 1 {
			d.lanes = append(d.lanes, lanes...)
			return
		}
	}
	var numbers, others []*group
	for _, g := range groups {
		if g.sieve == nil {
			numbers = append(numbers, g)
		} else {
			others = append(others, g)
		}
	}
	var lanes [2][]*lane
	inParallel(len(lanes), func(i int) { lanes[i] = fillLanes([...][]*group{numbers, others}[i]) })
	d.lanes = slices.Concat(d.lanes, lanes[0], lanes[1])
}

// roomForStarts is how many starts of sieves are put into a lane: with more, what has to be joined lets much in.
const roomForStarts = 3 * bytescan.Anchors

// fitting returns how many of groups a lane may have room for.
func fitting(groups []*group) (n int) {
	for count := 0; n < len(groups) && n < 64; n++ {
		if g := groups[n]; g.sieve != nil {
			if count += len(g.parts); count > roomForStarts && n > 0 {
				break
			}
		}
	}
	return n
}

// fillLanes returns lanes that look for groups.
func fillLanes(groups []*group) (lanes []*lane) {
	for len(groups) > 0 {
		n := fitting(groups)
		l, rest := newLane(groups[:n:n])
		lanes = append(lanes, l)
		groups = slices.Concat(rest, groups[n:])
	}
	return lanes
}

// newLane returns a lane for as many of groups as there are anchors for, and the others. It is to be built.
func newLane(groups []*group) (l *lane, rest []*group) {
	var starts []start
	for {
		starts = starts[:0]
		for k, g := range groups {
			for _, st := range g.parts {
				st.group, st.groups = g, 1<<k
				starts = append(starts, st)
			}
		}
		if starts = condense(starts, bytescan.Anchors); len(starts) <= bytescan.Anchors {
			break
		}
		groups, rest = groups[:len(groups)-1], append(slices.Clip(rest), groups[len(groups)-1])
	}
	return &lane{groups: groups, starts: starts}, rest
}

// build makes l's tables.
func (l *lane) build() {
	l.tables = bytescan.New()
	for bit := range l.starts {
		st := &l.starts[bit]
		l.tables.Add(bit, st.scanned())
		l.at[bit] = st.groups
	}
	for k, g := range l.groups {
		if g.names {
			l.names = 1 << k
			continue
		}
		if g.before == nil {
			l.here |= 1 << k
			l.guarded[g.guard] |= 1 << k
		}
		l.needyLen = max(l.needyLen, g.maxLen)
		if g.machine != nil && slices.ContainsFunc(g.parts, func(st start) bool { return hasDigit(&st.sets[0]) }) {
			if a, _ := g.first(); a != nil {
				l.digits |= 1 << k
			}
		}
	}
	l.tables.Build()
	l.layout = newLayout(l, layoutSpots, layoutMids)
	for k, g := range l.groups {
		if !g.names && g.sieve == nil && l.digits>>k&1 == 0 {
			l.single |= 1 << k
		}
	}
	l.mesh = newMesh(l.groups, func(k int) bool { return l.single>>k&1 != 0 })
}

// nameGroup is anchored at quotes with a colon after them.
func nameGroup() *group {
	g := &group{names: true, where: bytescan.Anywhere}
	g.prior = everything
	g.sets[0].Add('"')
	g.sets[0].Add('\'')
	for _, c := range ": \t\r\n" {
		g.sets[1].Add(byte(c))
	}
	for k := 2; k < len(g.sets); k++ {
		g.sets[k] = everything
	}
	g.chance = chance(&g.prior, g.sets[:])
	g.priorMass = massOf(&g.prior)
	g.parts = []start{{sets: g.sets, group: g}}
	g.parts[0].weigh()
	return g
}

// Append appends all candidates in text to dst, in order of Start, those that
// overlap included: which of them counts is for redact to say once policy has
// spoken (the strictest action wins, then the higher score, then the longer). Of a
// rule's candidates one that lies inside another is left out, unless it scores higher.
//
// What is found in a window of a longer text is what is found there in the whole, if
// the window is as [Detector.Margins] says.
//
// Append allocates only to grow dst, where a rule's engine is Regexp2, and the first time that
// something is met that may be a match of a pattern: what runs that is made then.
func (d *Detector) Append(dst []Finding, text Text) []Finding {
	to := text.To
	if to == 0 || to > len(text.Raw) {
		to = len(text.Raw)
	}
	s, _ := d.scans.Get().(*scan)
	if s == nil {
		s = new(scan)
	}
	s.begin(d, &text, dst)
	s.from, s.to = text.From, to
	if !text.Seen { // what begins before From may hide what begins behind it
		s.from = max(0, text.From-d.maxLen)
	}
	if text.Key != nil {
		s.outer = d.fields.find(text.Key)
		s.whole()
	}
	from, reach := max(0, s.from-d.maxLead), min(len(text.Raw), to+d.maxInner)
	s.over(from, reach)
	found := s.settle(len(dst), text.From, text.Before)
	s.end()
	d.scans.Put(s)
	return found
}

// All returns the findings in text, which is the whole of it and has no escapes.
// Use [Detector.Append] where speed matters.
func (d *Detector) All(text []byte) iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		for _, f := range d.Append(nil, Text{Raw: text, Final: true}) {
			if !yield(f) {
				return
			}
		}
	}
}

// Rules returns the rules in the order given to New.
func (d *Detector) Rules() iter.Seq[*Rule] {
	return func(yield func(*Rule) bool) {
		for i := range d.rules {
			if !yield(d.rules[i].Rule) {
				return
			}
		}
	}
}

// Margins returns how many bytes before its start, and after its start, a finding may
// depend on: what a caller with a window over a longer text must keep on either side.
func (d *Detector) Margins() (before, after int) {
	return d.maxLen + d.maxLead + max(reach, maxTable+maxRow), d.maxLen + reach
}

// MarginsSeen is Margins for a caller that says in each [Text] that it has seen what begins
// before From.
func (d *Detector) MarginsSeen() (before, after int) {
	return d.maxLead + max(reach, maxTable+maxRow), d.maxLen + reach
}

// reach is how far around a match things are looked at that decide about it: more than
// any of the bounds on context, fields, relatives, look-around and masking tokens.
const reach = maxAround + maxBack + 2*maxKey
