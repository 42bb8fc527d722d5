package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/patterns"
)

func checkCommand(s streams) *cobra.Command {
	var flags common
	var list bool
	cmd := &cobra.Command{
		Use:   "check [--config FILE]",
		Short: "check configuration, policy and packs, and say all that is wrong with them",
		Long: `check reads the configuration, compiles the packs and the policy, and runs each rule's examples and
negatives. It prints every mistake with its file and line. It changes nothing, starts nothing and
asks no Vault, so it is safe to run anywhere. With mistakes the exit code is 2.

It also lists what opens tokens: of which entities, in which arguments of which tools, for whom. What is wider
than it need be is a warning, and no mistake.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			mistakes, says := check(&flags, list)
			for _, err := range mistakes {
				fmt.Fprintln(s.err, err)
			}
			switch n := len(mistakes); {
			case n == 1:
				return misused("1 mistake")
			case n > 1:
				return misused("%d mistakes", n)
			}
			for _, l := range says {
				fmt.Fprintln(s.out, l)
			}
			return nil
		},
	}
	flags.registerConfig(cmd)
	cmd.Flags().BoolVar(&list, "entities", false, "list the entities that the packs find, and their names in tokens")
	return cmd
}

// check returns all that is wrong, or a sentence about what is right and, if asked for, the entities.
func check(flags *common, list bool) (mistakes []error, says []string) {
	c, err := flags.load()
	if err != nil {
		mistakes = unjoin(plain(err))
		if c == nil {
			return mistakes, nil
		}
		c = c.PacksOnly()
	}
	packs, names, err := loadPacks(c)
	if err != nil {
		return append(mistakes, unjoin(plain(err))...), nil
	}
	tested, err := withoutOverrides(c, packs)
	if err != nil {
		return append(mistakes, unjoin(plain(err))...), nil
	}
	if err := patterns.Check(tested...); err != nil {
		return append(mistakes, unjoin(err)...), nil
	}
	if _, err := newDetector(c, packs, names); err != nil {
		return append(mistakes, unjoin(plain(err))...), nil
	}
	pol, err := newPolicy(c)
	if err != nil {
		return append(mistakes, unjoin(plain(err))...), nil
	}
	if err := checkShadow(c); err != nil {
		return append(mistakes, unjoin(plain(err))...), nil
	}
	rules := 0
	for _, p := range packs {
		rules += len(p.Rules)
	}
	file := "the default"
	if c.File() != "" {
		file = c.File()
	}
	says = append(says, fmt.Sprintf("ok: %s; %d rules in %d packs, %d entities; %d rules of policy", file, rules, len(packs), len(names), len(pol.Rules())))
	opens, warnings := c.Openings(pol.Rules())
	if len(opens) == 0 {
		says = append(says, "opens nothing: tokens stay closed for every tool")
	}
	for _, l := range opens {
		says = append(says, "opens "+l)
	}
	for _, l := range warnings {
		says = append(says, "warning: "+l)
	}
	if list {
		for _, e := range entities(names) {
			says = append(says, fmt.Sprintf("  %-20s pii-%s-…", e, names[detect.Entity(e)]))
		}
	}
	return mistakes, says
}

// checkShadow says what is wrong with the packs of the shadow.
func checkShadow(c *config.Config) error {
	s := c.Shadowed()
	if s == nil {
		return nil
	}
	packs, names, err := loadTested(s)
	if err != nil {
		return err
	}
	_, err = newDetector(s, packs, names)
	return err
}

// plain takes the exit code off an error.
func plain(err error) error {
	if e, ok := errors.AsType[*exitError](err); ok && e.err != nil {
		return e.err
	}
	return err
}
