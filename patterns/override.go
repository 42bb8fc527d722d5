package patterns

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mcpveil/mcpveil/detect"
)

// An Override changes rules of packs as one deployment wants them. It is for the rules that match each of Packs, Rules and
// Entities that is not empty.
type Override struct {
	Packs    []string // names, as globs
	Rules    []string // ids, as globs
	Entities []string // globs

	Off     bool        // the rules are left out
	Tier    detect.Tier // in place of theirs; 0: as they have it
	Profile Profile     // in place of theirs; 0: as they have it
	Bias    float32     // added to their scores

	Context, Against, Fields []string // added to theirs
}

// Apply changes packs, which its caller owns, as overrides say, one after the other. Match tells whether a glob matches a name.
// An override that is for no rule is an error, and so is one that makes a rule that could not stand in a pack; all errors are
// joined, each of them an [*OverrideError].
func Apply(overrides []Override, match func(glob, name string) bool, packs ...*Pack) error {
	var errs []error
	for i := range overrides {
		o := &overrides[i]
		n := 0
		for _, p := range packs {
			p.Rules = slices.DeleteFunc(p.Rules, func(r Rule) bool {
				if !o.isFor(match, p, &r) {
					return false
				}
				n++
				return o.Off
			})
			for j := range p.Rules {
				r := &p.Rules[j]
				if !o.isFor(match, p, r) {
					continue
				}
				if err := o.change(r); err != nil {
					errs = append(errs, &OverrideError{Index: i, Err: err})
				}
			}
		}
		if n == 0 {
			errs = append(errs, &OverrideError{Index: i, Err: errors.New("no rule of the packs that are on is meant: mcpveil patterns list tells which there are")})
		}
	}
	if len(errs) == 0 && len(overrides) > 0 && !slices.ContainsFunc(packs, func(p *Pack) bool { return len(p.Rules) > 0 }) {
		errs = append(errs, &OverrideError{Index: len(overrides) - 1, Err: errors.New("no rule is left on: nothing would ever be found")})
	}
	return errors.Join(errs...)
}

// An OverrideError says what is wrong with one of the overrides, counted from 0.
type OverrideError struct {
	Index int
	Err   error
}

func (e *OverrideError) Error() string {
	return fmt.Sprintf("patterns: override %d: %v", e.Index+1, e.Err)
}
func (e *OverrideError) Unwrap() error { return e.Err }

func (o *Override) isFor(match func(glob, name string) bool, p *Pack, r *Rule) bool {
	some := func(globs []string, name string) bool {
		return len(globs) == 0 || slices.ContainsFunc(globs, func(g string) bool { return match(g, name) })
	}
	return some(o.Packs, p.Name) && some(o.Rules, r.ID) && some(o.Entities, string(r.Entity))
}

// change changes r, if it is still a rule then.
func (o *Override) change(r *Rule) error {
	c := r.Rule
	if o.Tier != 0 {
		c.Tier = o.Tier
	}
	c.Bias = max(-1, min(c.Bias+o.Bias, 1))
	c.Context = added(c.Context, o.Context)
	c.Against = added(c.Against, o.Against)
	c.Fields = added(c.Fields, o.Fields)
	switch {
	case len(c.Patterns) == 0 && c.Tier != detect.ByField:
		return fmt.Errorf("rule %s has no pattern, so that it cannot have another tier than field", r.ID)
	case c.Tier == detect.ByField && len(c.Fields) == 0:
		return fmt.Errorf("rule %s has no fields, so that it would find nothing under tier field: name some", r.ID)
	case c.Tier == detect.WithContext && len(c.Context) == 0 && len(c.Fields) == 0:
		return fmt.Errorf("rule %s has neither context nor fields, so that it would find nothing under tier context: name some", r.ID)
	}
	r.Rule = c
	if o.Profile != 0 {
		r.Profile = o.Profile
	}
	return nil
}

// added returns list with more, in memory of its own.
func added(list, more []string) []string {
	if len(more) == 0 {
		return list
	}
	list = slices.Clone(list)
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
