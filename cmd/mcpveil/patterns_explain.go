package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/patterns"
)

func patternsExplainCommand(s streams) *cobra.Command {
	var flags common
	var choice ruleChoice
	var plan, asJSON bool
	var sortBy, sample string
	var only []string
	cmd := &cobra.Command{
		Use:   "explain TEXT | --plan [RULE…]",
		Short: "say why something in a text is found or not, or what rules cost",
		Long: `explain TEXT tells of every place where a rule matches, or nearly does, what became of it, and of what its score
is made: the base by the rule's tier, checks and how many random strings pass them, words near it that speak for or
against it, the name of the field, and the least score wanted. A TEXT that is a JSON object or array is read as one.
For - it is read from standard input. --only RULE|ENTITY, a glob, leaves out other rules. It prints parts of the text.

explain --plan shows how each pattern is looked for. A RULE may be a glob: core.*.

  ANCHOR       what is looked for first, as a regular expression of bytes; and how far into a match it
               stands, if not at its start
  ENGINE       what runs where that is found: an automaton; layout, an automaton where the digits there and
               what divides them are laid out as in a match; nfa where an automaton would be too large, which
               is slower; regexp2 behind one of these; field, where the value of a JSON member is taken whole
  GROUP        patterns of one group share an automaton, and run where the anchor of any of them is found
  LANE         each lane is a pass over the text that looks for the anchors of up to 64 groups
  EXPECTED/KB  how many places in a kilobyte of ordinary traffic have an anchor of the group
  MEASURED/KB  how many there are in the sample

A pattern without an anchor, in whose matches nothing is rare, is slow: its automaton runs at more than one
byte in 32. It goes to a lane of its own, so that the other lanes have no more to do; but every message goes
through both.

With --sample FILE (- for standard input) candidates are counted there, in its first 64 MB: in JSON, JSON
lines, or any other text.`,
		Example: `  mcpveil patterns explain "card 4111 1111 1111 1112" --only CREDIT_CARD
  mcpveil patterns explain '{"ssn":"219-47-8832"}' --profile strict
  mcpveil patterns explain --plan --file mine.yaml --pack mine
  mcpveil patterns explain --plan --sort cost --sample traffic.jsonl`,
		RunE: func(_ *cobra.Command, args []string) error {
			if !plan {
				return explainText(s, &flags, &choice, args, only, asJSON)
			}
			if sortBy != "rule" && sortBy != "cost" {
				return misused("patterns explain: --sort is neither rule nor cost")
			}
			c, err := flags.load()
			if err != nil {
				return err
			}
			packs, names, err := choice.load(c)
			if err != nil {
				return err
			}
			rules, err := choice.rules(packs, args)
			if err != nil {
				return err
			}
			det, err := newDetector(c, packs, names)
			if err != nil {
				return err
			}
			p := newPlanReport(det)
			if sample != "" {
				if err := p.measure(det, s, sample); err != nil {
					return &exitError{exitTrouble, err}
				}
			}
			p.choose(rules)
			if sortBy == "cost" {
				p.sortByCost()
			}
			write := p.table
			if asJSON {
				write = p.json
			}
			if err := write(s.out); err != nil {
				return &exitError{exitTrouble, err}
			}
			return nil
		},
	}
	flags.registerConfig(cmd)
	choice.register(cmd)
	cmd.Flags().BoolVar(&plan, "plan", false, "show anchor, engine and expected candidates of each pattern")
	cmd.Flags().StringVar(&sortBy, "sort", "rule", "by `KEY`: rule, as the packs have them, or cost, the dearest first")
	cmd.Flags().StringVar(&sample, "sample", "", "count candidates in `FILE`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringSliceVar(&only, "only", nil, "explain `RULES` or entities only, as globs")
	return cmd
}

func explainText(s streams, flags *common, choice *ruleChoice, args, only []string, asJSON bool) error {
	if len(args) != 1 {
		return misused("patterns explain: want one TEXT, in quotes, or - for standard input; or --plan")
	}
	text := []byte(args[0])
	if args[0] == "-" {
		var err error
		if text, err = io.ReadAll(io.LimitReader(s.in, maxExplained+1)); err != nil {
			return &exitError{exitTrouble, err}
		}
	}
	if len(text) > maxExplained {
		return misused("patterns explain: the text is longer than %d bytes", maxExplained)
	}
	c, err := flags.load()
	if err != nil {
		return err
	}
	packs, names, err := choice.load(c)
	if err != nil {
		return err
	}
	for _, p := range choice.packs {
		only = append(only, idsOf(packs, p)...)
	}
	det, err := newDetector(c, packs, names)
	if err != nil {
		return err
	}
	report := newWhyReport(det, text, only)
	write := report.print
	if asJSON {
		write = report.json
	}
	if err := write(s.out); err != nil {
		return &exitError{exitTrouble, err}
	}
	return nil
}

// maxExplained is the longest text that is explained: every rule is tried at each byte.
const maxExplained = 64 << 10

// idsOf returns the ids of the rules in the pack of that name.
func idsOf(packs []*patterns.Pack, name string) []string {
	var ids []string
	for _, p := range packs {
		for i := range p.Rules {
			if p.Name == name {
				ids = append(ids, p.Rules[i].ID)
			}
		}
	}
	return ids
}
