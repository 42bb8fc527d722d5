package redact

import (
	"errors"
	"fmt"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/policy"
)

// Options configures [New]. A nil *Options is ready for use.
type Options struct {
	MaxMessage int // longest message held whole; 64 MiB if zero
	MaxDepth   int // deepest nesting accepted; 512 if zero
	Strict     Strictness

	// Guard has the last word on openings that the policy allows. nil: none has.
	Guard *policy.Guard
}

// A Strictness says how much of the grammar of a message is checked in which nothing is
// found. Where anything is found, and in a stream, all of it is.
type Strictness uint8

const (
	// Routing checks the outermost two levels of brackets: the message, its params, its
	// result or its error. Deeper down it checks strings, escapes and UTF-8, that brackets
	// match, and that no control byte and no backslash stands outside strings. What else is
	// wrong there passes as it came: every byte of it was scanned, and its receiver refuses
	// what is no JSON.
	Routing Strictness = iota
	// Full checks all of it.
	Full
)

// A Filter holds what rewriting needs. It is immutable and safe for concurrent use.
type Filter struct {
	det           detector
	pol           *policy.Policy
	ops           []operation
	maxMessage    int
	maxDepth      int
	strict        Strictness
	guard         *policy.Guard
	locator       Locator // nil if there is none
	before, after int     // margins of det, or of what locator finds
}

// An operation is what carries out a use.
type operation struct {
	Use
	Transformer
	pure  bool // equal values always have equal replacements, soon made
	masks bool // but for the last keep letters and digits
	keep  int
}

func newOperation(use Use, t Transformer) operation {
	op := operation{Use: use, Transformer: t}
	switch t := t.(type) {
	case masker:
		op.pure, op.masks, op.keep = true, true, t.keep
	case labeler:
		op.pure = true
	}
	return op
}

// operation returns what carries out use, or nil if nothing does. There are few: a
// look at each beats a map.
func (f *Filter) operation(use Use) *operation {
	for i := range f.ops {
		if op := &f.ops[i]; op.Use == use {
			return op
		}
	}
	return nil
}

// detector is what a Filter needs of a *detect.Detector; tests have a simple one.
type detector interface {
	Append(dst []detect.Finding, text detect.Text) []detect.Finding
	MarginsSeen() (before, after int)
}

// New returns a Filter. An action that pol asks for and tr lacks is an error here,
// not when the first message needs it. [Label] stands in for a missing plain Redact.
//
// Where tr holds a plain Decrypt, tokens that no rule decrypts are told from their
// look-alikes with it, and values opened in a call are sealed again in its answer with
// the plain Encrypt, or labelled where there is none.
func New(det *detect.Detector, pol *policy.Policy, tr Transformers, opts *Options) (*Filter, error) {
	if det == nil || pol == nil {
		return nil, errors.New("redact: New needs a detector and a policy")
	}
	return newFilter(det, pol, tr, opts)
}

func newFilter(det detector, pol *policy.Policy, tr Transformers, opts *Options) (*Filter, error) {
	if opts == nil {
		opts = &Options{}
	}
	f := &Filter{det: det, pol: pol, maxMessage: opts.MaxMessage, maxDepth: opts.MaxDepth, strict: opts.Strict, guard: opts.Guard}
	if f.maxMessage <= 0 {
		f.maxMessage = 64 << 20
	}
	if f.maxDepth <= 0 {
		f.maxDepth = jsonspan.DefaultDepth
	}
	for use, t := range tr {
		if t != nil {
			f.ops = append(f.ops, newOperation(use, t))
		}
	}
	if use := (Use{Action: policy.Redact}); f.operation(use) == nil {
		f.ops = append(f.ops, newOperation(use, Label()))
	}
	var errs []error
	for _, r := range pol.Rules() {
		uses := []Use{{r.Action, r.With}}
		switch {
		case r.Action == policy.Block || r.Action == policy.Pass || r.Grant == policy.Deny:
			continue
		case r.Grant == policy.Masked:
			uses = []Use{{Action: policy.Decrypt}, {policy.Mask, r.With}}
		}
		for _, use := range uses {
			if f.operation(use) == nil {
				errs = append(errs, fmt.Errorf("redact: rule %q asks for %s, which is not configured", r.Name, use))
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	f.before, f.after = det.MarginsSeen()
	if f.locator, _ = tr[Use{Action: policy.Decrypt}].(Locator); f.locator != nil {
		f.before, f.after = max(f.before, MaxLocated), max(f.after, MaxLocated)
	}
	return f, nil
}

// String returns "mask", or "mask with last4".
func (u Use) String() string {
	if u.With == "" {
		return u.Action.String()
	}
	return u.Action.String() + " with " + u.With
}
