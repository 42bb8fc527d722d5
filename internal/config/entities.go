package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mcpveil/mcpveil/policy"
)

// CheckEntities says which globs over entities, in Policy and in Tools, match none of known, the entities
// of the packs that are on. Such a rule would do nothing, in silence. All mistakes are joined.
func (c *Config) CheckEntities(known []string) error {
	var errs []error
	check := func(field string, globs []string) {
		for i, g := range globs {
			if err := checkEntity(g, known); err != nil {
				errs = append(errs, c.at.err(fmt.Sprintf("%s.entities[%d]", field, i), err))
			}
		}
	}
	for i := range c.Policy {
		check(fmt.Sprintf("policy[%d]", i), c.Policy[i].Entities)
	}
	for i := range c.Allow {
		check(fmt.Sprintf("allow[%d]", i), c.Allow[i].Entities)
	}
	for i := range c.Tools {
		for j := range c.Tools[i].Reveal {
			if tool := &c.Tools[i]; tool.flag {
				for _, g := range tool.Reveal[j].Entities {
					if err := checkEntity(g, known); err != nil {
						errs = append(errs, fmt.Errorf("config: --reveal %s:%s: %w", tool.Name, g, err))
					}
				}
				continue
			}
			check(fmt.Sprintf("tools[%d].reveal[%d]", i, j), c.Tools[i].Reveal[j].Entities)
		}
	}
	return errors.Join(errs...)
}

func checkEntity(glob string, known []string) error {
	best, dist := "", len(glob)/2
	for _, k := range known {
		if policy.Glob(glob, k) {
			return nil
		}
		n := distance(strings.ToUpper(glob), k)
		if strings.HasPrefix(k, strings.ToUpper(glob)+"_") { // EMAIL for EMAIL_ADDRESS
			n = 0
		}
		if n < dist {
			best, dist = k, n
		}
	}
	if best != "" {
		return fmt.Errorf("no pack that is on finds this entity, did you mean %s?", best)
	}
	return errors.New("no pack that is on finds this entity: mcpveil check lists them with --entities")
}
