package detect

// Scores are counted in hundredths, so that sums are exact.
const (
	baseByItself    = 60
	baseWithContext = 30
	baseByField     = 10

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

// score returns the score of a match of r, and whether it is to be reported.
func (s *scan) score(r *rule, c checked, start, end int, f field, known bool) (int, bool) {
	score := r.base
	switch {
	case c.failed:
		score /= 2
	case c.rate <= rareRate:
		score = max(score, passedRare)
	case c.rate <= someRate:
		score = max(score, passedSome)
	}
	if !r.against && score >= passedRare && r.Tier != ByField && (r.Tier == ByItself || s.alone(c, start, end)) {
		return score, true // nothing could change it
	}
	var exact, hint bool
	if r.fields {
		if !known {
			f = s.fieldAt(start)
		}
		exact, hint = s.d.fields.speaksFor(f, r.index)
		if (exact || hint) && r.parents && !s.personal(r, start) {
			exact, hint = false, false
		}
	}
	if r.Tier == ByField && !exact && !hint {
		return 0, false
	}
	var pro, con bool
	if r.context || r.against {
		pro, con = s.spoken(int(r.index), start, end)
	}
	supported := pro || exact || hint
	if c.failed && !supported || r.Tier == WithContext && !supported && !s.alone(c, start, end) {
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
