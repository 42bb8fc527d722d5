package detect

import "iter"

// A Detector finds what its rules describe.
// It is immutable and safe for concurrent use.
type Detector struct{ rules []Rule }

// New compiles rules. A rule whose longest match is not known is refused: a
// stream could not say how much to hold back. All that is wrong with the rules is
// reported at once, joined, each as a [*RuleError].
func New(rules []Rule, opts *Options) (*Detector, error) { panic("TODO") }

// Append appends all candidates in text to dst, in order of Start, those that
// overlap included: which of them counts is for redact to say once policy has
// spoken (the strictest action wins, then the higher score, then the longer).
//
// Append allocates only to grow dst.
func (d *Detector) Append(dst []Finding, text Text) []Finding { panic("TODO") }

// All returns the findings in text. Use [Detector.Append] where speed matters.
func (d *Detector) All(text []byte) iter.Seq[Finding] { panic("TODO") }

// Rules returns the rules in the order given to New.
func (d *Detector) Rules() iter.Seq[*Rule] { panic("TODO") }

// Margins returns how many bytes before its start, and after its start, a finding may
// depend on: what a caller with a window over a longer text must keep on either side.
func (d *Detector) Margins() (before, after int) { panic("TODO") }
