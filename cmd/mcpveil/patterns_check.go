package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/patterns"
)

func patternsCheckCommand(s streams) *cobra.Command {
	var flags common
	var strict bool
	cmd := &cobra.Command{
		Use:   "check [FILE…]",
		Short: "check packs: that they work, and do no harm",
		Long: `check reads the packs in FILES, or those of the configuration and the built-in ones without any, and says by file, line and
rule what is wrong with them. Errors:

  a file that is no pack; a rule that does not compile, or whose examples do not hold
  an id of a rule, or a name in tokens, that another pack that is on has as well
  a pattern without an anchor, which costs as much as all other rules together
  a pattern with ^ or $, which could never match inside a text, or one that takes time without bound

Warnings:

  a pattern that is too large for an automaton, or that a backtracking engine runs
  an example that is found as a text of its own, but not inside a longer one
  a rule that finds things in a built-in sample of traffic in which there are none: more than one in a megabyte

It repeats no example. With errors, or with warnings under --strict, the exit code is 1.`,
		Example: `  mcpveil patterns check packs/*.yaml`,
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := flags.load()
			if err != nil {
				return err
			}
			c.Overrides, c.Allow, c.Tools, c.Policy = nil, nil, nil, nil // what is done about findings is mcpveil check's
			c.PackKeys = nil                                             // who signs a pack checks it before
			if len(args) > 0 {
				c.PackFiles, c.PackVersions = nil, nil
			}
			r := packCheck{s: s, strict: strict}
			packs, _, err := loadPacks(c)
			if err != nil {
				return r.failed(plain(err))
			}
			if len(args) == 0 {
				return r.check(packs)
			}
			var own []*patterns.Pack
			var mistakes []error
			for _, file := range args {
				p, err := patterns.Load(files{}, filepath.ToSlash(file))
				own, mistakes = append(own, p...), append(mistakes, err)
			}
			if err := errors.Join(mistakes...); err != nil {
				return r.failed(err)
			}
			if err := patterns.CheckNames(append(packs, own...)...); err != nil {
				return r.failed(err)
			}
			return r.check(own)
		},
	}
	flags.registerConfig(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 1 if there are warnings")
	return cmd
}

// A packCheck tells what patterns check finds.
type packCheck struct {
	s      streams
	strict bool
}

// failed tells of errors, beyond which nothing more can be looked at.
func (r *packCheck) failed(err error) error {
	n := 0
	for _, err := range unjoin(err) {
		n++
		fmt.Fprintf(r.s.err, "error: %v\n", err)
	}
	return &exitError{exitFound, fmt.Errorf("%s", many(n, "error"))}
}

func (r *packCheck) check(packs []*patterns.Pack) error {
	if err := patterns.Check(packs...); err != nil {
		return r.failed(err)
	}
	lints, sample, err := patterns.CheckRules(packs...)
	if err != nil {
		return r.failed(err)
	}
	serious := 0
	for i := range lints {
		what := "warning"
		if lints[i].Serious {
			serious++
			what = "error"
		}
		fmt.Fprintf(r.s.err, "%s: %v\n", what, lints[i].Err)
	}
	rules, found := 0, 0
	for _, p := range packs {
		rules += len(p.Rules)
	}
	for _, n := range sample.False {
		found += n
	}
	said := fmt.Sprintf("%s in %s, %s, %s; %.1f false hits a MB in %.1f MB of traffic that holds nothing",
		many(rules, "rule"), many(len(packs), "pack"), many(serious, "error"), many(len(lints)-serious, "warning"), float64(found)*1e6/float64(sample.Bytes), float64(sample.Bytes)/1e6)
	if serious > 0 || r.strict && len(lints) > 0 {
		return &exitError{exitFound, errors.New(said)}
	}
	if _, err := fmt.Fprintln(r.s.out, "ok: "+said); err != nil {
		return &exitError{exitTrouble, err}
	}
	return nil
}
