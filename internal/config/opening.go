package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/mcpveil/mcpveil/policy"
)

// GuardOptions returns what Opening stands for, ready for policy.NewGuard.
func (c *Config) GuardOptions() (policy.GuardOptions, error) {
	o := &c.Opening
	g := policy.GuardOptions{PerMinute: o.PerMinute, PerHour: o.PerHour, Tokens: o.Honeytokens.Tokens}
	var err error
	if g.Salt, err = hex.DecodeString(o.Honeytokens.Salt); err != nil {
		return g, c.at.err("opening.honeytokens.salt", errors.New("is not hexadecimal"))
	}
	for i, text := range o.Honeytokens.Values {
		var sum [32]byte
		if n, err := hex.Decode(sum[:], []byte(text)); err != nil || n != len(sum) {
			return g, c.at.err(fmt.Sprintf("opening.honeytokens.values[%d]", i), errors.New("is no hash"))
		}
		g.Values = append(g.Values, sum)
	}
	return g, nil
}

// tokenPattern takes longer to compile than a whole start may waste, and few configurations have tokens.
var tokenPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:pii-[a-z0-9]{1,20}-[0-9][a-z0-9]{6,900})$`)
})

func (v *validator) opening(o *Opening) {
	v.check(o.PerMinute >= 0, "opening.per_minute", "want 0 for any number, or more")
	v.check(o.PerHour >= 0, "opening.per_hour", "want 0 for any number, or more")
	v.check(o.PerMinute == 0 || o.PerHour == 0 || o.PerHour >= o.PerMinute, "opening.per_hour", "is less than per_minute")
	h := &o.Honeytokens
	const field = "opening.honeytokens"
	v.some(field+".tokens", h.Tokens)
	v.some(field+".values", h.Values)
	for i, t := range h.Tokens {
		v.check(tokenPattern().MatchString(t), fmt.Sprintf("%s.tokens[%d]", field, i), "is no token, want one as it stands in a text: pii-…")
	}
	v.check((h.Salt == "") == (len(h.Values) == 0), field, "want both salt and values, or none: mcpveil patterns hash makes them")
	if h.Salt != "" {
		v.check(saltPattern.MatchString(h.Salt), field+".salt", "want 16 to 64 bytes in hexadecimal: mcpveil patterns hash makes one")
	}
	for i, s := range h.Values {
		v.check(hashPattern.MatchString(s), fmt.Sprintf("%s.values[%d]", field, i), "is no hash, want 64 hexadecimal digits: mcpveil patterns hash makes them of values")
	}
}

// Openings says, a line each, which of rules open what where and for whom; and what there is to say against it.
func (c *Config) Openings(rules []policy.Rule) (opens, warnings []string) {
	warn := func(r *policy.Rule, format string, args ...any) {
		warnings = append(warnings, fmt.Sprintf("rule %q ", r.Name)+fmt.Sprintf(format, args...))
	}
	grants := false
	for i := range rules {
		r := &rules[i]
		if r.Action != policy.Decrypt {
			continue
		}
		what := r.Grant.String()
		if r.Grant == policy.Deny {
			what = "nothing"
		}
		line := fmt.Sprintf("%s of %s in %s of %s %s, for %s", what, all(r.Entities, "every entity"), all(r.Paths, "every place"),
			all(r.Methods, "every method"), all(r.Names, "of whatever name"), all(r.Principals, "anybody"))
		if len(r.Servers) > 0 {
			line += ", at " + all(r.Servers, "")
		}
		opens = append(opens, line)
		if r.Grant == policy.Deny {
			continue
		}
		grants = true
		if catchesAll(r.Paths) {
			warn(r, "opens tokens wherever they stand in the arguments, in free text as well: name the paths")
		}
		if len(r.Names) == 0 || everything(r.Names) {
			warn(r, "opens tokens for every tool: name the tools")
		}
		if len(r.Entities) == 0 || everything(r.Entities) {
			warn(r, "opens tokens of every entity: name the entities")
		}
		for _, m := range r.Methods {
			if m != call {
				warn(r, "opens tokens in other messages than calls of tools")
				break
			}
		}
	}
	if grants && c.Opening.PerMinute+c.Opening.PerHour == 0 {
		warnings = append(warnings, "nothing bounds how much is opened: set opening.per_minute or opening.per_hour")
	}
	return opens, warnings
}

// all joins a list, of which none means all.
func all(list []string, none string) string {
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, ", ")
}

// everything reports whether one of globs is no more than stars.
func everything(globs []string) bool {
	for _, g := range globs {
		if g != "" && strings.Trim(g, "*") == "" {
			return true
		}
	}
	return false
}

// catchesAll reports whether one of paths is of all arguments of a tool, or of all that hold text themselves.
func catchesAll(paths []string) bool {
	if len(paths) == 0 {
		return true
	}
	for _, p := range paths {
		steps := strings.Split(strings.TrimPrefix(p, "/"), "/")
		named := false
		for i, s := range steps {
			if strings.Trim(s, "*") != "" && (i > 1 || s != strings.Split(arguments, "/")[i+1]) {
				named = true
			}
		}
		if !named && (len(steps) > 2 || strings.HasSuffix(p, "**")) {
			return true
		}
	}
	return false
}
