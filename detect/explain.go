package detect

import (
	"cmp"
	"fmt"
	"slices"
)

// Why something was found or was not, told to people who tune rules: every place where a
// rule's pattern stands, all that was weighed there, and what came of it. The same code
// decides as for Append, but each rule is tried at each place, so that nothing is passed
// over unsaid.

// An Outcome is what became of a place where a rule might match.
type Outcome uint8

const (
	Reported    Outcome = iota // Append reports it
	Covered                    // it lies inside a finding of its rule which scores no less
	TooLow                     // what speaks for it is not enough
	Unsupported                // nothing speaks for it, and its rule needs that: context, a field, a rare check
	CheckFailed                // a check that its rule requires failed
	Masked                     // it starts or ends inside a masking token
	Guarded                    // what touches it must not: it is part of a longer word or number
	Placeholder                // the value of the field is a mask or a token, nothing to be found
	Incomplete                 // the start of the pattern is there, the rest is not
)

var outcomeNames = [...]string{
	"reported", "covered", "too low", "unsupported", "check failed", "masked", "guarded", "placeholder", "incomplete",
}

func (o Outcome) String() string {
	if int(o) >= len(outcomeNames) {
		return fmt.Sprintf("Outcome(%d)", uint8(o))
	}
	return outcomeNames[o]
}

// An Explanation says what became of one place where a rule might match, and of what its
// score is made. Scores and what is added to them are as in [Finding].
type Explanation struct {
	Rule       *Rule
	Pattern    int // its number in the rule, from 1; 0 for a whole value of a member
	Start, End int // in Text.Raw: the finding, or what would be it
	Outcome    Outcome
	Cut        bool // see Finding.Cut

	Base    float32 // by tier, or by a shape that nothing else has
	Checks  []CheckResult
	Checked float32 // what the checks make of Base
	Bias    float32 // added for the rule's Bias
	Words   []ContextWord
	Context float32 // added for a word that speaks for it
	Against float32 // added for a word that speaks against it: negative
	Field   FieldMatch
	ByField float32      // added for the name of its member
	Company float32      // added for other kinds of personal data in the same object
	Token   MaskingToken // that it starts or ends inside of

	Score     float32 // the sum, 0 to 1, whether it is reported or not
	Threshold float32 // the least score that is reported
}

// A CheckResult is what one check of a rule says of a match.
type CheckResult struct {
	Check
	Passed   bool
	PassRate float64 // see Validator
}

// A ContextWord is a context word of a rule that stands near a match.
type ContextWord struct {
	Start, End int // in Text.Raw
	Against    bool
}

// A FieldMatch says which name of a rule's Fields the member has that a match stands in.
type FieldMatch struct {
	Name    string // of Fields; "" for none
	Partial bool   // only the last word of the member's name is that
	// Kin says that the rule has Parents or Siblings, and HasKin that one of them is
	// there. Without it the name counts for nothing.
	Kin, HasKin bool
}

// Explain tells for each rule where in text it matches or nearly does, in order of Start,
// what is reported first. Those that are reported are what Append returns for text. It is
// slow, and allocates: for texts that a person looks at. What it tells leads to the values
// in text, so it is for that person only.
func (d *Detector) Explain(text Text) []Explanation {
	e := newExplainer(d, &text)
	e.everywhere()
	e.settle()
	e.near()
	slices.SortStableFunc(e.all, func(a, b Explanation) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(b.End, a.End),
			cmp.Compare(a.Rule.ID, b.Rule.ID), cmp.Compare(a.Pattern, b.Pattern))
	})
	return e.all
}
