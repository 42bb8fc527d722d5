package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/patterns"
)

func checkCommand(s streams) *cobra.Command {
	var flags common
	cmd := &cobra.Command{
		Use:   "check [--config FILE]",
		Short: "check configuration, policy and packs, and say all that is wrong with them",
		Long: `check reads the configuration, compiles the packs and the policy, and runs each rule's examples and
negatives. It prints every mistake with its file and line. It changes nothing, starts nothing and
asks no Vault, so it is safe to run anywhere. With mistakes the exit code is 2.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			mistakes, says := check(&flags)
			for _, err := range mistakes {
				fmt.Fprintln(s.err, err)
			}
			switch n := len(mistakes); {
			case n == 1:
				return misused("1 mistake")
			case n > 1:
				return misused("%d mistakes", n)
			}
			fmt.Fprintln(s.out, says)
			return nil
		},
	}
	flags.registerConfig(cmd)
	return cmd
}

// check returns all that is wrong, or a sentence about what is right.
func check(flags *common) (mistakes []error, says string) {
	c, err := flags.load()
	if err != nil {
		mistakes = unjoin(plain(err))
		if c = config.Default(); flags.config == "" {
			return mistakes, ""
		}
	}
	packs, err := loadPacks(c)
	if err != nil {
		return append(mistakes, unjoin(plain(err))...), ""
	}
	if err := patterns.Check(packs...); err != nil {
		return append(mistakes, unjoin(err)...), ""
	}
	names, err := patterns.TokenNames(packs...)
	if err != nil {
		return append(mistakes, unjoin(err)...), ""
	}
	if _, err := newDetector(c, packs, names); err != nil {
		return append(mistakes, unjoin(plain(err))...), ""
	}
	pol, err := newPolicy(c)
	if err != nil {
		return append(mistakes, unjoin(plain(err))...), ""
	}
	rules := 0
	for _, p := range packs {
		rules += len(p.Rules)
	}
	file := "the default"
	if c.File() != "" {
		file = c.File()
	}
	return mistakes, fmt.Sprintf("ok: %s; %d rules in %d packs, %d entities; %d rules of policy", file, rules, len(packs), len(names), len(pol.Rules()))
}

// plain takes the exit code off an error.
func plain(err error) error {
	if e, ok := errors.AsType[*exitError](err); ok && e.err != nil {
		return e.err
	}
	return err
}
