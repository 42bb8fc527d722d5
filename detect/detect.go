// Package detect finds sensitive values in text: card numbers, national
// identifiers, credentials.
//
// A [Detector] is compiled from rules, which are data (see package patterns).
// It reports where something was found, never what: a [Finding] holds offsets,
// so findings can be logged, counted and audited without leaking what they found.
//
// # How it works
//
// New compiles, once:
//
//	Pattern ─ syntax tree ─┬─ automaton over byte classes      automaton.go, nfa.go, utf8.go
//	                       │  or, if large, an nfa             simulate.go
//	                       └─ anchors: where it can begin,     anchor.go, starts.go, traffic.go
//	                          which eight bytes may stand there
//	patterns anchored alike share a sieve, which tells them    unite.go, sieve.go
//	those that begin with digits, automata and a layout        layout.go, numeral.go, onward.go
//	context words, names of members: tables of hashes          lexicon.go, field.go, words.go
//
// Append runs, without allocating:
//
//	text ─► context words, names of members: which lanes are awake, and where   wake.go, context.go, heads.go
//	     ─► internal/bytescan: places where an anchor fits     one pass a lane, table-driven
//	          │ a few in a kilobyte
//	          ├─ digits ─► their layout tells most of them     layout.go; where rules sleep, by looking each number up   numeral.go
//	          ├─ where only context could make it a finding ─► does any speak there?   wake.go
//	          ├─ a start of a match ─► sift, walk the automaton    sieve.go, walk.go, guard.go, memo.go
//	          ├─ an inside (the @ of an address) ─► walk back, then on
//	          └─ the quote that ends a name ─► its value       name.go, namesake.go, value.go, parents.go
//	          │ matches
//	          ▼
//	        checks; context or field, if the rule needs one;   verify.go, score.go, context.go
//	        words against it; other kinds in the same object   noise.go, company.go
//	        not inside a UUID, float or time stamp;            masking.go
//	          │ candidates
//	          ▼
//	        in order, none inside another of its rule          settle.go
//
// Explain does the same slowly, at every place for every rule, and says why: explain.go.
//
// What a match is: of all places where a pattern may begin, under its guard, the
// longest match from there whose end its guard allows. Where a rule has checks, the
// next shorter ones are tried too. With lazy repetition (*?) it is the shortest.
// A group named "value" is found as long as can be, after as long a rest before it.
//
// All that decides about a finding stands within [Detector.Margins] of it, so that a
// window over a stream sees what the whole would show. The time taken is linear in
// the text, whatever it holds.
//
// Patterns are RE2's, without ^, $, \A and \z. A pattern of engine Regexp2 may look
// around at its ends, which automata do as well; for look-around inside, atomic
// groups and back references an automaton for a wider pattern finds the places, and
// regexp2 decides. That is slow, and allocates; [Detector.Plan] tells.
package detect

import "fmt"

// An Entity is a kind of sensitive value, such as "CREDIT_CARD".
// Names follow Microsoft Presidio's list where it has one.
type Entity string

// Confidence says how sure a finding is.
type Confidence uint8

const (
	Low    Confidence = 1 + iota // the pattern alone matched: score below 0.5
	Medium                       // a keyword stood near it: score below 0.8
	High                         // its checksum held, or its shape is unmistakable
)

var confidenceNames = [...]string{Low: "low", Medium: "medium", High: "high"}

func (c Confidence) String() string {
	if c < Low || c > High {
		return fmt.Sprintf("Confidence(%d)", uint8(c))
	}
	return confidenceNames[c]
}

// ParseConfidence reads "low", "medium" or "high".
func ParseConfidence(s string) (Confidence, error) {
	for c := Low; c <= High; c++ {
		if confidenceNames[c] == s {
			return c, nil
		}
	}
	return 0, fmt.Errorf("detect: unknown confidence %q, want low, medium or high", s)
}

// A Tier says when a rule may report a match.
type Tier uint8

const (
	ByItself    Tier = 1 + iota // the shape, or its check, is enough
	WithContext                 // a context word or a field name must stand with it
	ByField                     // only as the value of a member named in Fields
)

// A Rule describes what one kind of value looks like. It carries all that a
// pack says of it and the engine needs (the format is in patterns/README.md).
type Rule struct {
	ID       string    // "pci.card.1"; unique, and stable for ever
	Entity   Entity    // what a match is
	Sealed   bool      // a match is a token of package envelope, not a plain value
	Patterns []Pattern // none for a rule that takes the whole value of a field
	Checks   []Check   // what a match is held against
	Context  []string  // words near a match that raise its score, all languages
	Against  []string  // words near a match that lower it
	Fields   []string  // names of JSON members whose value is meant, in any spelling: snake, camel, kebab
	Parents  []string  // if any: Fields count only inside an object that is the value of one of these, or that has a sibling member of Siblings
	Siblings []string  // see Parents
	Tier     Tier      // on by itself, with context, or by field only
	MaxLen   int       // longest match in bytes; may be 0 where the patterns bound themselves
	Bias     float32   // added to the score of a match, from -1 to 1: what is known of it besides, to the hundredth
}

// A Pattern is one form of a rule's values.
type Pattern struct {
	Expr   string // the group "value", if any, is the finding
	Engine Engine
	Guard  Guard // what may stand on either side
}

// An Engine says what syntax a pattern is written in.
type Engine uint8

const (
	RE2     Engine = iota // Go's regexp syntax, compiled to byte-class automata
	Regexp2               // .NET's, for look-around; run in a bounded window
)

// A Guard says what may not touch a match.
type Guard uint8

const (
	GuardNone  Guard = iota
	GuardWord        // no letter, digit or underscore on either side
	GuardDigit       // no digit, and not part of a decimal, or of a longer group of digits
)

// CheckMode says what a failed check does to a match.
type CheckMode uint8

const (
	Require CheckMode = iota // drops it
	Boost                    // leaves it with a lower score, so that context must speak for it
)

// A Check is a validator by name, and whether a match must pass it or only
// scores higher when it does. How much higher follows from how many random
// strings of that shape would pass.
type Check struct {
	Name string
	Mode CheckMode
}

// A Validator is a check beyond the pattern, such as Luhn's.
type Validator struct {
	// Valid reports whether text, a match as it stands in the decoded text, separators
	// included, passes. It must not keep or change text, nor allocate.
	Valid func(text []byte) bool
	// PassRate is the share of random strings of the right shape that pass: 0.1 for
	// Luhn, 1 for a check that says nothing, 0 for one that none passes by chance.
	PassRate float64
}

// A Text is what a Detector looks at: bytes, and what is known around them.
type Text struct {
	Raw []byte
	// Escaped says that Raw holds JSON string escapes: the letter after a backslash is
	// no part of a word, and no finding starts on it.
	Escaped bool
	// Only findings that start in Raw[From:To] are reported; the rest is context.
	// To 0 means len(Raw).
	From, To int
	// Final says that Raw ends where the whole text ends. Where it is not set, To must
	// leave Margins' right margin to the end of Raw.
	Final bool
	// Seen says that the caller has looked for what begins before From, in another call,
	// and that Before holds, in order, what of it ends behind From: those findings may hide
	// others. Where it is not set, Append looks for them once more.
	Seen   bool
	Before []Finding
	Key    []byte // name of the member Raw is the whole value of, or nil
}

// A Finding is a place where a rule matched. It never holds the text.
type Finding struct {
	Rule       *Rule   // never nil; not to be changed
	Start, End int     // in Text.Raw; after redact mapped it, in the outermost bytes
	Views      []View  // the decodings passed through to see it, outermost first; nil for plain bytes
	Score      float32 // 0 to 1
	Cut        bool    // the value goes on beyond End, to the end of its string: it was longer than MaxLen
}

// Confidence is Low below .5, Medium below .8, else High.
func (f Finding) Confidence() Confidence {
	switch {
	case f.Score < .5:
		return Low
	case f.Score < .8:
		return Medium
	}
	return High
}

// A View is a decoding through which a value was seen.
type View uint8

const (
	JSONEscapes     View = 1 + iota // the escapes of a JSON string
	Percent                         // %40, and the + of a form
	HTML                            // &#64;, &commat;
	QuotedPrintable                 // =40
	Unicode                         // look-alikes, digits of other scripts, what is not visible
	Tags                            // tags of HTML within a value
	Spread                          // a value whose characters or groups are set apart
	Base64                          // the text behind base64, of either alphabet
	Joined                          // the strings of an array, one after the other
)

var viewNames = [...]string{JSONEscapes: "json", Percent: "percent", HTML: "html", QuotedPrintable: "quoted-printable", Unicode: "unicode", Tags: "tags", Spread: "spread", Base64: "base64", Joined: "joined"}

func (v View) String() string {
	if v < JSONEscapes || v > Joined {
		return fmt.Sprintf("View(%d)", uint8(v))
	}
	return viewNames[v]
}

// Options configures [New]. A nil *Options is ready for use.
type Options struct {
	Validators map[string]Validator // added to the built-in ones, or in place of them, by name
	MinScore   float32              // findings below are not reported; 0.5 if zero
}

// A RuleError says what is wrong with one rule.
type RuleError struct {
	RuleID string
	Err    error
}

func (e *RuleError) Error() string { return fmt.Sprintf("detect: rule %s: %v", e.RuleID, e.Err) }
func (e *RuleError) Unwrap() error { return e.Err }
