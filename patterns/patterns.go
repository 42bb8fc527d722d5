// Package patterns holds the rules that detectors are compiled from.
//
// Rules live in packs: YAML files, built in or the user's own, whose format is
// in README.md and schema.json. A rule carries its own tests, the examples and
// negative examples that [Check] runs it against.
package patterns

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
)

// A Pack is a named set of rules. Its caller owns it.
type Pack struct {
	Name        string
	Version     int
	Title       string
	Description string
	Rules       []Rule

	place
}

// A Rule is a detect.Rule with what people need to know of it.
type Rule struct {
	detect.Rule
	Token       string // the entity's name in tokens: "email" for EMAIL_ADDRESS
	Title       string
	Description string
	Profile     Profile // the strictest under which the rule is on; Strict if 0
	References  []string
	Examples    []string // each must yield a finding of this rule
	Negatives   []string // none may

	place
}

// A place is where something stands in a pack's file.
type place struct {
	file string
	line int
}

// Entities returns the entities that p's rules find, each once, in the order in
// which they first appear.
func (p *Pack) Entities() []detect.Entity {
	var entities []detect.Entity
	for i := range p.Rules {
		if e := p.Rules[i].Entity; !slices.Contains(entities, e) {
			entities = append(entities, e)
		}
	}
	return entities
}

// Load reads every pack in fsys that matches glob, in the order of their names.
// An unknown field is an error, reported with its file and line; so is a glob that
// matches nothing. All mistakes are joined into one error, each an [*Error]. Load
// looks at the form only: whether the rules work, [Check] says.
func Load(fsys fs.FS, glob string) ([]*Pack, error) {
	files, err := fs.Glob(fsys, glob)
	if err != nil {
		return nil, fmt.Errorf("patterns: %q is not a glob: %w", glob, err)
	}
	files = slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, SignatureSuffix) }) // as packs/* has them
	if len(files) == 0 {
		return nil, fmt.Errorf("patterns: no file matches %q", glob)
	}
	var packs []*Pack
	var errs []error
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			errs = append(errs, &Error{File: file, Err: err})
			continue
		}
		pack, mistakes := parse(file, data)
		if mistakes != nil {
			errs = append(errs, mistakes...)
			continue
		}
		packs = append(packs, pack)
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return packs, nil
}

// TokenNames returns for each entity of packs the name it has in tokens. It is an
// error where an entity has two names, or a name two entities: a token says by that
// name alone what it holds.
func TokenNames(packs ...*Pack) (map[detect.Entity]string, error) {
	names := map[detect.Entity]string{}
	owners := map[string]detect.Entity{}
	var errs []error
	for _, p := range packs {
		for i := range p.Rules {
			r := &p.Rules[i]
			if !tokenName(r.Token) {
				errs = append(errs, r.errorf("the token%s must be 1 to 20 of a-z and 0-9", quoted(r.Token)))
				continue
			}
			if name, ok := names[r.Entity]; ok && name != r.Token {
				errs = append(errs, r.errorf("token %q: elsewhere %s has %q, and it can have one only", r.Token, r.Entity, name))
				continue
			}
			if owner, ok := owners[r.Token]; ok && owner != r.Entity {
				errs = append(errs, r.errorf("token %q is that of %s already", r.Token, owner))
				continue
			}
			names[r.Entity], owners[r.Token] = r.Token, r.Entity
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return names, nil
}

func tokenName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || 'z' < c) && (c < '0' || '9' < c) {
			return false
		}
	}
	return 1 <= len(s) && len(s) <= 20
}

// An Error places a mistake in a pack.
type Error struct {
	File   string // as the file system that was given to Load calls it
	Line   int    // from 1; 0 where the mistake is the file's as a whole
	RuleID string // "" where it is in no rule
	Err    error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("patterns: ")
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.RuleID != "" {
		fmt.Fprintf(&b, "rule %s: ", e.RuleID)
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

func (r *Rule) errorf(format string, args ...any) error { return r.error(fmt.Errorf(format, args...)) }

func (r *Rule) error(err error) error {
	return &Error{File: r.file, Line: r.line, RuleID: r.ID, Err: err}
}
