package detect

// Scores are counted in hundredths, so that sums are exact.
const (
	baseByItself    = 60
	baseWithContext = 30
	baseByField     = 10

	baseSure      = 85 // of a literal and a long value behind it: a shape nothing else has
	passedRare    = 99 // at least, if few random strings pass
	passedSome    = 85 // at least, if about one in ten does
	contextBonus  = 35
	fieldBonus    = 45
	hintBonus     = 30
	companyBonus  = 10
	againstMalus  = 30
	maxScore      = 100
	rareRate      = .02 // share of random strings that pass a check which speaks for itself
	someRate      = .3
	bareDigitRate = .0001 // the same for nothing but digits
)

// checked is what a rule's checks say of a match.
type checked struct {
	dropped bool    // it is none
	failed  bool    // it failed a check that only boosts
	rate    float64 // share of random strings that pass what it passed
}

func (r *rule) check(text []byte) checked {
	c := checked{rate: 1}
	for i := range r.checks {
		k := &r.checks[i]
		switch {
		case k.valid(text):
			c.rate *= k.rate
		case k.mode == Require:
			return checked{dropped: true}
		default:
			c.failed = true
		}
	}
	return c
}

// evidence is all that speaks for a match and against it.
type evidence struct {
	base           int // by tier or shape, and what the checks made of it
	bias           int // of the rule
	alone          bool
	context        bool // a context word stands near it
	against        bool // a word that speaks against the rule does
	exact, partial bool // it is the value of a member of a name that the rule asks for, or that ends with one
	company        bool // it stands in an object with other kinds of personal data
}

// standing reports whether a match of a rule of that tier has what it needs to be reported.
func (e *evidence) standing(tier Tier) bool {
	return e.alone || e.exact || e.partial || e.context && tier != ByField
}

// sum returns the score.
func (e *evidence) sum() int {
	score := e.base + e.bias
	if e.context {
		score += contextBonus
	}
	switch {
	case e.exact:
		score += fieldBonus
	case e.partial:
		score += hintBonus
	}
	if e.company {
		score += companyBonus
	}
	if e.against {
		score -= againstMalus
	}
	return max(0, min(score, maxScore))
}

// afterChecks returns what checks make of a score.
func (c *checked) afterChecks(base int) int {
	switch {
	case c.failed:
		return base / 2
	case c.rate <= rareRate:
		return max(base, passedRare)
	case c.rate <= someRate:
		return max(base, passedSome)
	}
	return base
}

// score returns the score of a match of r, and whether it is to be reported. Context
// is looked for before start and behind last. Base is the score that it starts with.
func (s *scan) score(r *rule, base int, c checked, start, end, last int) (int, bool) {
	e := evidence{base: c.afterChecks(base), bias: r.bias}
	e.alone = r.Tier == ByItself && !c.failed || r.Tier == WithContext && s.alone(c, start, end)
	if e.alone && e.base >= passedRare && !r.against && r.bias == 0 {
		return e.base, true // nothing could change it
	}
	s.gather(&e, r, start, last)
	if !e.standing(r.Tier) {
		return 0, false
	}
	s.temper(&e, r, start, end, last)
	score := e.sum()
	return score, score >= s.d.minScore
}

// gather looks around a match for what speaks for it and against it.
func (s *scan) gather(e *evidence, r *rule, start, last int) {
	e.context = r.context && s.spoken(&s.pro, start, last, r.index)
	e.against = r.against && s.spoken(&s.con, start, last, r.index)
	if r.fields {
		e.exact, e.partial = s.d.fields.speaksFor(s.fieldOf(start), r.index)
		if (e.exact || e.partial) && r.parents && !s.personal(r, start) {
			e.exact, e.partial = false, false
		}
	}
}

// temper looks for what moves the score of a match that has all that it needs.
func (s *scan) temper(e *evidence, r *rule, start, end, last int) {
	if s.noisy(e, r, start, end, last) {
		e.against = true
	}
	score := e.sum()
	e.company = score < maxScore && score+companyBonus >= s.d.minScore && s.accompanied(r, start)
}

// mayScore reports whether the value of a member of that name, with all that can speak
// for it, would score enough: with company, and without.
func (d *Detector) mayScore(r *rule, f field) (with, without bool) {
	c := checked{rate: r.best()}
	e := evidence{base: c.afterChecks(r.base), bias: r.bias, context: r.context}
	e.exact, e.partial = d.fields.speaksFor(f, r.index)
	without = e.sum() >= d.minScore
	e.company = true
	return e.sum() >= d.minScore, without
}

// unsupported reports whether nothing near a match speaks for r, a rule that needs it.
func (s *scan) unsupported(r *rule, start, last int) bool {
	if r.lonely {
		return false
	}
	if r.context && r.Tier != ByField && s.spoken(&s.pro, start, last, r.index) {
		return false
	}
	if r.fields {
		exact, hint := s.d.fields.speaksFor(s.fieldOf(start), r.index)
		return !exact && !hint
	}
	return true
}

// alone reports whether the checks that a match passed are enough without context.
func (s *scan) alone(c checked, start, end int) bool {
	if c.failed || c.rate > rareRate {
		return false
	}
	if c.rate <= bareDigitRate {
		return true
	}
	for _, b := range s.raw[start:end] {
		if !isDigit(b) {
			return true
		}
	}
	return false
}
