package main

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/policy"
)

func patternsShowCommand(s streams) *cobra.Command {
	var flags common
	var choice ruleChoice
	cmd := &cobra.Command{
		Use:   "show RULE|ENTITY…",
		Short: "show all that rules say, as a pack would",
		Long: `show prints rules as YAML, with all that they say: patterns, checks, context words, fields, examples. A RULE is an id or a glob over
ids, core.card.*; an ENTITY, or a glob over entities, stands for all of its rules. What is printed is a list that a pack's
"rules:" takes: change id and pack, and it is a rule of your own.`,
		Example: `  mcpveil patterns show CREDIT_CARD
  mcpveil patterns show us.ssn.1 --config mcpveil.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := flags.load()
			if err != nil {
				return err
			}
			packs, _, err := choice.load(c)
			if err != nil {
				return err
			}
			var ids []string
			for _, arg := range args {
				n := len(ids)
				for _, p := range packs {
					for i := range p.Rules {
						if r := &p.Rules[i]; policy.Glob(arg, r.ID) || policy.Glob(arg, string(r.Entity)) {
							ids = append(ids, r.ID)
						}
					}
				}
				if n == len(ids) {
					return misused("no rule and no entity %s: mcpveil patterns list tells which there are", arg)
				}
			}
			rules, err := choice.rules(packs, ids)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			pack := ""
			for _, r := range rules {
				if r.pack != pack {
					pack = r.pack
					fmt.Fprintf(&b, "# pack %s\n", pack)
				}
				text, err := r.YAML()
				if err != nil {
					return err
				}
				b.Write(text)
			}
			if _, err := s.out.Write(b.Bytes()); err != nil {
				return &exitError{exitTrouble, err}
			}
			return nil
		},
	}
	flags.registerConfig(cmd)
	choice.register(cmd)
	return cmd
}
