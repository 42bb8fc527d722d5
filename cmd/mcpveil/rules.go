package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// rules is what a configuration says of detection and policy, compiled. It is all that a reload replaces.
type rules struct {
	config   *config.Config
	packs    []*patterns.Pack
	names    map[detect.Entity]string // of entities, in tokens
	detector *detect.Detector
	policy   *policy.Policy
	shadow   *detect.Detector // nil: none
}

// compile makes rules of c. Packs of one's own must pass their own tests. Tokens are known by names, of keyrings in use, as
// well as by those of the packs.
func compile(c *config.Config, names map[detect.Entity]string) (*rules, error) {
	// To compile takes several times what it leaves, and a proxy may then run for months: it is given back, while the first
	// messages are waited for.
	defer func() { go debug.FreeOSMemory() }()
	r := &rules{config: c}
	var err error
	if r.packs, r.names, err = loadTested(c); err != nil {
		return nil, err
	}
	for e, name := range names {
		if _, ok := r.names[e]; !ok {
			r.names[e] = name // a pack that is gone has left tokens behind
		}
	}
	if r.detector, err = newDetector(c, r.packs, r.names); err != nil {
		return nil, err
	}
	if r.policy, err = newPolicy(c); err != nil {
		return nil, err
	}
	if s := c.Shadowed(); s != nil {
		packs, _, err := loadTested(s)
		if err != nil {
			return nil, fmt.Errorf("shadow: %w", err)
		}
		if r.shadow, err = newDetector(s, packs, r.names); err != nil {
			return nil, fmt.Errorf("shadow: %w", err)
		}
	}
	return r, nil
}

// loadTested is loadPacks for packs of which one's own pass their tests. (The built-in ones did when mcpveil was built.)
func loadTested(c *config.Config) ([]*patterns.Pack, map[detect.Entity]string, error) {
	packs, names, err := loadPacks(c)
	if err != nil {
		return nil, nil, err
	}
	own := len(patterns.Expand(c.Packs))
	if own == len(packs) {
		return packs, names, nil
	}
	tested, err := withoutOverrides(c, packs)
	if err != nil {
		return nil, nil, err
	}
	if err := patterns.Check(tested[own:]...); err != nil {
		return nil, nil, &exitError{exitConfig, err}
	}
	return packs, names, nil
}

// withoutOverrides returns the packs of c as they are, if packs, which c changed, are not: examples tell what rules find
// where nobody changed them.
func withoutOverrides(c *config.Config, packs []*patterns.Pack) ([]*patterns.Pack, error) {
	if len(c.Overrides) == 0 {
		return packs, nil
	}
	bare := *c
	bare.Overrides = nil
	packs, _, err := loadPacks(&bare)
	return packs, err
}

// engine returns what sessions filter with. The guard outlives it.
func (r *rules) engine(k *envelope.Keyrings, guard *policy.Guard) (session.Engine, error) {
	opts := filterOptions(r.config)
	opts.Guard = guard
	filter, err := redact.New(r.detector, r.policy, transformers(k, r.policy), opts)
	if err != nil {
		return session.Engine{}, &exitError{exitConfig, err}
	}
	e := session.Engine{Filter: filter, Policy: r.policy, Detector: r.detector, Tools: toolRules(r.config)}
	if r.shadow != nil {
		f, err := redact.New(r.shadow, r.policy, session.ShadowTransformers(r.policy), opts)
		if err != nil {
			return session.Engine{}, &exitError{exitConfig, fmt.Errorf("shadow: %w", err)}
		}
		e.Shadow = &session.Shadow{Filter: f, Every: r.config.Shadow.Every}
	}
	return e, nil
}

// versions lists the packs with their versions: "core@1 us@1".
func (r *rules) versions() string {
	var all []string
	for _, p := range r.packs {
		all = append(all, fmt.Sprintf("%s@%d", p.Name, p.Version))
	}
	return strings.Join(all, " ")
}
