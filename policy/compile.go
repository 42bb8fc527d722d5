package policy

import (
	"cmp"
	"errors"
	"fmt"
	"sync"

	"github.com/mcpveil/mcpveil/detect"
)

// maxRules bounds a policy, so that the set of rules that apply at a site is an array: a
// map key that costs no allocation.
const maxRules = 256

// A ruleSet is a set of indices into Policy.rules.
type ruleSet [maxRules / 64]uint64

func (s *ruleSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *ruleSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// A Policy is a list of rules of which the first that matches decides.
// It is immutable and safe for concurrent use.
type Policy struct {
	rules      []compiled
	exceptions []*compiledException

	mu       sync.RWMutex
	deciders map[siteRules]*Decider // by what applies: at most as many as the rules tell apart
}

// siteRules are the rules and the exceptions that apply at a site.
type siteRules struct{ rules, exceptions ruleSet }

type compiled struct {
	Rule
	paths *Paths // nil: everywhere
}

// New checks and compiles rules, and exceptions from them. All that is wrong with them is reported at once, joined.
// A policy must say, in each direction, what happens to every plain value: otherwise the
// error wraps [ErrNotTotal].
func New(rules []Rule, exceptions ...Exception) (*Policy, error) {
	if len(rules) > maxRules {
		return nil, fmt.Errorf("policy: %d rules, want at most %d", len(rules), maxRules)
	}
	if len(exceptions) > maxRules {
		return nil, fmt.Errorf("policy: %d exceptions, want at most %d", len(exceptions), maxRules)
	}
	p := &Policy{deciders: make(map[siteRules]*Decider)}
	var errs []error
	for i := range exceptions {
		c, wrong := exceptions[i].compile()
		if wrong != "" {
			errs = append(errs, fmt.Errorf("policy: exception %s: %s", cmp.Or(exceptions[i].Name, fmt.Sprintf("#%d", i+1)), wrong))
			continue
		}
		p.exceptions = append(p.exceptions, c)
	}
	total := map[Direction]string{} // the rule that matches everything in a direction
	for i, r := range rules {
		name := r.Name
		if name == "" {
			name = fmt.Sprintf("#%d", i+1)
		}
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("policy: rule %s: %w", name, fmt.Errorf(format, args...)))
		}
		if r.Direction > ToClient {
			fail("unknown direction %d", r.Direction)
		}
		if int(r.Action) >= len(actionNames) {
			fail("unknown action %d", r.Action)
		}
		if r.Action == Decrypt && r.Direction != ToServer {
			fail("tokens may be opened to-server only: say direction to-server")
		}
		if int(r.Grant) >= len(grantNames) {
			fail("unknown grant %d", r.Grant)
		}
		if r.Grant != Plain && r.Action != Decrypt {
			fail("only a rule that decrypts has a grant")
		}
		c := compiled{Rule: r}
		if len(r.Paths) > 0 {
			var err error
			if c.paths, err = ParsePaths(r.Paths); err != nil {
				fail("%w", err)
			}
		}
		p.rules = append(p.rules, c)
		if r.Action == Decrypt {
			continue
		}
		reachable := false
		for _, d := range directions(r.Direction) {
			if total[d] == "" {
				reachable = true
				if r.matchesEverything() {
					total[d] = name
				}
			}
		}
		if !reachable {
			fail("never applies: rule %s before it matches everything", total[directions(r.Direction)[0]])
		}
	}
	for _, d := range directions(0) {
		if total[d] == "" {
			errs = append(errs, fmt.Errorf("%w %s: add one without servers, methods, names, principals, paths, entities and min_confidence, such as {direction: %s, action: block}", ErrNotTotal, d, d))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return p, nil
}

func directions(d Direction) []Direction {
	if d == 0 {
		return []Direction{ToServer, ToClient}
	}
	return []Direction{d}
}

func (r *Rule) matchesEverything() bool {
	return len(r.Servers) == 0 && len(r.Methods) == 0 && len(r.Names) == 0 && len(r.Principals) == 0 && len(r.Paths) == 0 &&
		len(r.Entities) == 0 && r.MinConfidence <= detect.Low
}

// Rules returns a copy of the rules in order.
func (p *Policy) Rules() []Rule {
	rules := make([]Rule, len(p.rules))
	for i := range p.rules {
		rules[i] = p.rules[i].Rule
	}
	return rules
}

// At narrows p to one site. The result is shared: there are only as many Deciders as
// the rules tell apart, however many names the traffic brings.
func (p *Policy) At(site Site) *Decider {
	var set siteRules
	for i := range p.rules {
		if p.rules[i].at(&site) {
			set.rules.add(i)
		}
	}
	for i, e := range p.exceptions {
		if e.at(&site) {
			set.exceptions.add(i)
		}
	}
	p.mu.RLock()
	d := p.deciders[set]
	p.mu.RUnlock()
	if d != nil {
		return d
	}
	d = &Decider{}
	for i := range p.rules {
		if set.rules.has(i) {
			d.rules = append(d.rules, &p.rules[i])
		}
	}
	for i, e := range p.exceptions {
		if set.exceptions.has(i) {
			d.exceptions = append(d.exceptions, e)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if have := p.deciders[set]; have != nil {
		return have
	}
	p.deciders[set] = d
	return d
}

func (r *Rule) at(s *Site) bool {
	return (r.Direction == 0 || r.Direction == s.Direction) &&
		matchAny(r.Servers, s.Server) && matchAny(r.Methods, s.Method) && matchAny(r.Names, s.Name) && matchAny(r.Principals, s.Principal)
}

// A Decider is a policy as it stands at one site. It is immutable and safe for concurrent use.
type Decider struct {
	rules      []*compiled
	exceptions []*compiledException
}

// Decide returns what is done about f, found in the value at pointer. Of a plain value that
// no rule matches, it says Block; of a token that no rule decrypts, Pass. Both have a nil Rule. Of a token
// that a rule denies it says Pass, and names the rule. It does not allocate.
func (d *Decider) Decide(pointer []byte, f detect.Finding) Decision {
	for _, r := range d.rules {
		if (r.Action == Decrypt) == f.Rule.Sealed && f.Confidence() >= r.MinConfidence &&
			matchAny(r.Entities, string(f.Rule.Entity)) && (r.paths == nil || r.paths.Match(pointer)) {
			if r.Grant == Deny {
				return Decision{Action: Pass, Rule: &r.Rule}
			}
			return Decision{Action: r.Action, Rule: &r.Rule}
		}
	}
	if f.Rule.Sealed {
		return Decision{Action: Pass}
	}
	return Decision{Action: Block}
}

// ByPath reports whether what Decide returns depends on the pointer: else it is the same for
// all findings of one rule and confidence.
func (d *Decider) ByPath() bool {
	for _, r := range d.rules {
		if r.paths != nil {
			return true
		}
	}
	return false
}

// MayBlock reports whether any rule at this site blocks: such a message cannot be streamed,
// since bytes that have gone out cannot be kept back.
func (d *Decider) MayBlock() bool {
	for _, r := range d.rules {
		if r.Action == Block {
			return true
		}
	}
	return false
}

// matchAny reports whether s matches one of globs, or globs is empty.
func matchAny(globs []string, s string) bool {
	for _, g := range globs {
		if Glob(g, s) {
			return true
		}
	}
	return len(globs) == 0
}

// Glob reports whether s matches pattern, in which "*" stands for any bytes, "/" included,
// and "?" for any one byte. It takes time in proportion to the product of the lengths at most.
func Glob(pattern, s string) bool {
	star, mark, i := -1, 0, 0
	for j := 0; j < len(s) || i < len(pattern); {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case j < len(s) && i < len(pattern) && (pattern[i] == '?' || pattern[i] == s[j]):
			i++
			j++
		case star >= 0 && mark < len(s):
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return true
}
