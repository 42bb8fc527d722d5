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

// score returns the score of a match of r, and whether it is to be reported. Context
// is looked for before start and behind last. Base is the score that it starts with.
func (s *scan) score(r *rule, base int, c checked, start, end, last int) (int, bool) {
	score := base
	switch {
	case c.failed:
		score /= 2
	case c.rate <= rareRate:
		score = max(score, passedRare)
	case c.rate <= someRate:
		score = max(score, passedSome)
	}
	alone := r.Tier == ByItself && !c.failed || r.Tier == WithContext && s.alone(c, start, end)
	if alone && score >= passedRare && !r.against {
		return score, true // nothing could change it
	}
	var pro, con, exact, hint bool
	if r.context || r.against {
		pro, con = s.spoken(start, last, r.index)
	}
	if r.fields {
		exact, hint = s.d.fields.speaksFor(s.fieldOf(start), r.index)
		if (exact || hint) && r.parents && !s.personal(r, start) {
			exact, hint = false, false
		}
	}
	if !alone && !exact && !hint && (!pro || r.Tier == ByField) {
		return 0, false
	}
	if pro {
		score += contextBonus
	}
	switch {
	case exact:
		score += fieldBonus
	case hint:
		score += hintBonus
	}
	if con {
		score -= againstMalus
	}
	score = min(score, maxScore)
	return score, score >= s.d.minScore
}

// mayScore reports whether the value of a member of that name, with all that can speak
// for it, would score enough.
func (d *Detector) mayScore(r *rule, f field) bool {
	score := r.base
	switch rate := r.best(); {
	case rate <= rareRate:
		score = max(score, passedRare)
	case rate <= someRate:
		score = max(score, passedSome)
	}
	if r.context {
		score += contextBonus
	}
	exact, hint := d.fields.speaksFor(f, r.index)
	switch {
	case exact:
		score += fieldBonus
	case hint:
		score += hintBonus
	}
	return min(score, maxScore) >= d.minScore
}

// unsupported reports whether nothing near a match speaks for r, a rule that needs it.
func (s *scan) unsupported(r *rule, start, last int) bool {
	if r.lonely {
		return false
	}
	if r.context && r.Tier != ByField {
		if pro, _ := s.spoken(start, last, r.index); pro {
			return false
		}
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
