package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
)

func patternsCommand(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "patterns",
		Short: "show the rules that are on, and measure what they find",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	cmd.AddCommand(
		patternsListCommand(s), patternsShowCommand(s), patternsCheckCommand(s), patternsExplainCommand(s), patternsEvalCommand(s), patternsDiffCommand(s),
		patternsImportCommand(s), patternsHashCommand(s), patternsKeygenCommand(s), patternsSignCommand(s),
	)
	return cmd
}

func patternsListCommand(s streams) *cobra.Command {
	var flags common
	var choice ruleChoice
	cmd := &cobra.Command{
		Use:   "list [RULE…]",
		Short: "list rules: id, entity, tier, pack",
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := flags.load()
			if err != nil {
				return err
			}
			packs, _, err := choice.load(c)
			if err != nil {
				return err
			}
			rules, err := choice.rules(packs, args)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "RULE\tENTITY\tTIER\tPACK")
			for _, r := range rules {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Entity, tierNames[r.Tier], r.pack)
			}
			if err := w.Flush(); err != nil {
				return &exitError{exitTrouble, err}
			}
			return nil
		},
	}
	flags.registerConfig(cmd)
	choice.register(cmd)
	return cmd
}

// open opens a file, or standard input for -.
func (s streams) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(s.in), nil
	}
	return os.Open(name)
}

// tierNames are the tiers as packs write them.
var tierNames = map[detect.Tier]string{detect.ByItself: "alone", detect.WithContext: "context", detect.ByField: "field"}

// A ruleChoice says which rules a command is about: those of the configuration's packs, and of more
// files, as far as they are asked for by pack and id.
type ruleChoice struct {
	packs, files []string
}

func (r *ruleChoice) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&r.packs, "pack", nil, "only rules of the pack `NAME`; may be given again")
	r.registerFiles(cmd)
}

func (r *ruleChoice) registerFiles(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&r.files, "file", nil, "load the packs in `FILE` too, as pack_files in the configuration would; may be given again")
}

// load returns the packs that are on with c and with r's files, and their names in tokens.
func (r *ruleChoice) load(c *config.Config) ([]*patterns.Pack, map[detect.Entity]string, error) {
	for _, file := range r.files {
		path, err := filepath.Abs(file) // a relative one in the configuration is relative to that
		if err != nil {
			return nil, nil, misused("--file: %w", err)
		}
		c.PackFiles = append(c.PackFiles, path)
	}
	packs, names, err := loadPacks(c)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range r.packs {
		if !slices.ContainsFunc(packs, func(p *patterns.Pack) bool { return p.Name == name }) {
			var on []string
			for _, p := range packs {
				on = append(on, p.Name)
			}
			return nil, nil, misused("--pack %s: no such pack is on, there are %s", name, strings.Join(on, ", "))
		}
	}
	return packs, names, nil
}

// A chosenRule is a rule of a pack.
type chosenRule struct {
	*patterns.Rule
	pack string
}

// rules returns those rules of packs that are asked for, in their order. ids are globs; each must
// name a rule.
func (r *ruleChoice) rules(packs []*patterns.Pack, ids []string) ([]chosenRule, error) {
	var rules []chosenRule
	used := make(map[string]bool)
	for _, p := range packs {
		if r.packs != nil && !slices.Contains(r.packs, p.Name) {
			continue
		}
		for i := range p.Rules {
			asked := len(ids) == 0
			for _, id := range ids {
				if policy.Glob(id, p.Rules[i].ID) {
					asked, used[id] = true, true
				}
			}
			if asked {
				rules = append(rules, chosenRule{&p.Rules[i], p.Name})
			}
		}
	}
	for _, id := range ids {
		if !used[id] {
			return nil, misused("no rule %s: mcpveil patterns list tells which there are", id)
		}
	}
	return rules, nil
}
