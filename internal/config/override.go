package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
)

// A Score is a part of a score, from -1 to 1, in hundredths.
type Score float32

// UnmarshalText reads a score.
func (s *Score) UnmarshalText(text []byte) error {
	v, err := strconv.ParseFloat(string(text), 32)
	if err != nil || !(-1 <= v && v <= 1) {
		return errors.New("want a number from -1 to 1, such as -0.2")
	}
	*s = Score(math.Round(100*v) / 100)
	return nil
}

// tiers are the tiers as packs write them.
var tiers = map[string]detect.Tier{"alone": detect.ByItself, "context": detect.WithContext, "field": detect.ByField}

// ApplyOverrides changes packs as c's overrides say. All that is wrong with them is joined, each as an [*Error].
func (c *Config) ApplyOverrides(packs ...*patterns.Pack) error {
	var list []patterns.Override
	for i := range c.Overrides {
		list = append(list, c.Overrides[i].override())
	}
	err := patterns.Apply(list, policy.Glob, packs...)
	if err == nil {
		return nil
	}
	var errs []error
	for _, err := range unjoin(err) {
		var wrong *patterns.OverrideError
		if errors.As(err, &wrong) {
			err = c.at.err(fmt.Sprintf("overrides[%d]", wrong.Index), wrong.Err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (o *Override) override() patterns.Override {
	p := patterns.Override{
		Packs: o.Packs, Rules: o.Rules, Entities: o.Entities, Off: o.Off, Tier: tiers[o.Tier], Bias: float32(o.Score),
		Context: o.Context, Against: o.Against, Fields: o.Fields,
	}
	if o.Profile != "" {
		p.Profile, _ = patterns.ParseProfile(o.Profile) // validated
	}
	return p
}

func (v *validator) override(field string, o *Override) {
	v.check(len(o.Packs)+len(o.Rules)+len(o.Entities) > 0, field, "names no packs, rules or entities")
	v.some(field+".packs", o.Packs)
	v.some(field+".rules", o.Rules)
	v.some(field+".entities", o.Entities)
	changes := o.Tier != "" || o.Profile != "" || o.Score != 0 || len(o.Context)+len(o.Against)+len(o.Fields) > 0
	v.check(o.Off || changes, field, "changes nothing, want off, tier, profile, score, context, against or fields")
	v.check(!o.Off || !changes, field, "switches off what it changes")
	if o.Tier != "" {
		v.check(tiers[o.Tier] != 0, field+".tier", "want alone, context or field")
	}
	if o.Profile != "" {
		_, err := patterns.ParseProfile(o.Profile)
		v.check(err == nil, field+".profile", "want strict, balanced or recall")
	}
}

// Exceptions returns what c's allow-lists stand for, ready for policy.New.
func (c *Config) Exceptions() ([]policy.Exception, error) {
	var all []policy.Exception
	for i := range c.Allow {
		e, err := c.Allow[i].exception(i)
		if err != nil {
			return nil, c.at.err(fmt.Sprintf("allow[%d]", i), err)
		}
		all = append(all, e)
	}
	return all, nil
}

func (a *Allow) name(i int) string {
	if a.Name != "" {
		return a.Name
	}
	return fmt.Sprintf("allow[%d]", i)
}

func (a *Allow) exception(i int) (policy.Exception, error) {
	e := policy.Exception{Name: a.name(i), Servers: a.Servers, Methods: a.Methods, Names: a.Names, Paths: a.Paths, Entities: a.Entities}
	var err error
	if a.Direction != "" {
		if e.Direction, err = policy.ParseDirection(a.Direction); err != nil {
			return e, err
		}
	}
	if e.Salt, err = hex.DecodeString(a.Salt); err != nil {
		return e, errors.New("salt is not hexadecimal")
	}
	for _, text := range a.Values {
		var sum [32]byte
		if n, err := hex.Decode(sum[:], []byte(text)); err != nil || n != len(sum) {
			return e, errors.New("a value is not a hash: mcpveil patterns hash makes them")
		}
		e.Values = append(e.Values, sum)
	}
	return e, nil
}

var (
	saltPattern = regexp.MustCompile(`^(?:[0-9a-f]{2}){16,64}$`)
	hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func (v *validator) allow(field string, a *Allow) {
	if a.Direction != "" {
		v.oneOf(field+".direction", a.Direction, "to-client", "to-server")
	}
	v.check(len(a.Values)+len(a.Paths)+len(a.Names) > 0, field, "allows an entity everywhere, want values, paths or names; to find it nowhere, switch its rules off in overrides")
	for _, l := range []struct {
		name string
		list []string
	}{{"servers", a.Servers}, {"methods", a.Methods}, {"names", a.Names}, {"paths", a.Paths}, {"entities", a.Entities}, {"values", a.Values}} {
		v.some(field+"."+l.name, l.list)
	}
	v.paths(field+".paths", a.Paths)
	v.check((a.Salt == "") == (len(a.Values) == 0), field, "want both salt and values, or none: mcpveil patterns hash makes them")
	if a.Salt != "" {
		v.check(saltPattern.MatchString(a.Salt), field+".salt", "want 16 to 64 bytes in hexadecimal: mcpveil patterns hash makes one")
	}
	for i, h := range a.Values {
		v.check(hashPattern.MatchString(h), fmt.Sprintf("%s.values[%d]", field, i), "is no hash, want 64 hexadecimal digits: mcpveil patterns hash makes them of values")
	}
}
