package patterns

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/mcpveil/mcpveil/detect"
)

// Check compiles the packs together and runs each rule against its examples: each
// must give a finding of that rule, and no negative may. An example that is a JSON
// object or array is read as one, so that rules that go by a field's name can have
// examples too. A rule must find its examples under the profile from which it is on,
// or under [Balanced] if that is stricter. Everything found wrong is joined into one error, each an [*Error].
func Check(packs ...*Pack) error {
	first, err := checkNames(packs)
	if err != nil {
		return err
	}
	var errs []error
	det, err := detect.New(Select(Recall, packs...))
	if err != nil {
		for _, err := range unjoin(err) {
			var wrong *detect.RuleError
			if r := (*Rule)(nil); errors.As(err, &wrong) {
				if r = first[wrong.RuleID]; r != nil {
					err = r.error(wrong.Err)
				}
			}
			if _, placed := err.(*Error); !placed {
				err = &Error{Err: err}
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
	for _, p := range packs {
		for i := range p.Rules {
			errs = append(errs, try(det, &p.Rules[i])...)
		}
	}
	return errors.Join(errs...)
}

// CheckNames says whether packs can be on together: ids of rules, and names in tokens, are those of one only. Its errors are
// as Check's.
func CheckNames(packs ...*Pack) error {
	_, err := checkNames(packs)
	return err
}

func checkNames(packs []*Pack) (map[string]*Rule, error) {
	var errs []error
	first := map[string]*Rule{}
	for _, p := range packs {
		for i := range p.Rules {
			r := &p.Rules[i]
			if other, ok := first[r.ID]; ok {
				errs = append(errs, r.errorf("there is a rule of that id already, in %s:%d", other.file, other.line))
				continue
			}
			first[r.ID] = r
		}
	}
	if _, err := TokenNames(packs...); err != nil {
		errs = append(errs, unjoin(err)...)
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return first, nil
}

// try runs r's examples. Its errors count them and do not quote them: people put
// real values there.
func try(det *detect.Detector, r *Rule) (errs []error) {
	for i, text := range r.Examples {
		if !finds(det, r, text) {
			errs = append(errs, r.errorf("example %d of %d is not found", i+1, len(r.Examples)))
		}
	}
	for i, text := range r.Negatives {
		if finds(det, r, text) {
			errs = append(errs, r.errorf("negative %d of %d is found", i+1, len(r.Negatives)))
		}
	}
	return errs
}

func finds(det *detect.Detector, r *Rule, example string) bool {
	text := detect.Text{Raw: []byte(example), Final: true}
	if (example[0] == '{' || example[0] == '[') && json.Valid(text.Raw) {
		text.Escaped = true
	}
	least := max(r.Profile, Balanced).MinScore()
	return slices.ContainsFunc(det.Append(nil, text), func(f detect.Finding) bool { return f.Rule.ID == r.ID && f.Score >= least })
}

// unjoin returns the errors that errors.Join made err of, or err alone.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
