package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/patterns/convert"
)

// maxImport is the longest file that is imported.
const maxImport = 16 << 20

var importName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,25}$`)

func patternsImportCommand(s streams) *cobra.Command {
	var from, name string
	cmd := &cobra.Command{
		Use:   "import --from presidio|gitleaks FILE",
		Short: "make a pack of another detector's rules",
		Long: `import prints a pack made of a file of Presidio's recognisers (YAML) or of gitleaks' rules (TOML), and says on standard error,
rule by rule, what could not be carried over. Recognisers that are code are not: only patterns, deny lists, context and scores are; of
gitleaks' rules the pattern, the group that is the secret, keywords and entropy are, allow-lists and paths are not.

A pack asks for examples. Neither format has any, so they are made from each pattern and tried: they show that a rule finds what its
pattern says, not that the pattern is right. Put real ones in their place, and run mcpveil patterns check.`,
		Example: `  mcpveil patterns import --from gitleaks gitleaks.toml > packs/gitleaks.yaml
  mcpveil patterns check packs/gitleaks.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			read, ok := map[string]func([]byte, convert.Options) (*patterns.Pack, []convert.Note, error){
				"presidio": convert.Presidio, "gitleaks": convert.Gitleaks,
			}[from]
			if !ok {
				return misused("patterns import: say --from presidio or --from gitleaks")
			}
			if name == "" {
				name = from
			}
			if !importName.MatchString(name) {
				return misused("patterns import: --name wants 1 to 26 of a-z, 0-9 and hyphens")
			}
			_, tokens, err := loadPacks(config.Default())
			if err != nil {
				return err
			}
			in, err := s.open(args[0])
			if err != nil {
				return &exitError{exitTrouble, fmt.Errorf("patterns import: %w", err)}
			}
			defer in.Close()
			data, err := io.ReadAll(io.LimitReader(in, maxImport+1))
			if err != nil {
				return &exitError{exitTrouble, fmt.Errorf("patterns import: %w", err)}
			}
			if len(data) > maxImport {
				return misused("patterns import: %s is longer than %d bytes", args[0], maxImport)
			}
			pack, notes, err := read(data, convert.Options{Pack: name, Tokens: tokens})
			for _, n := range notes {
				fmt.Fprintln(s.err, n)
			}
			if err != nil {
				return &exitError{exitConfig, fmt.Errorf("%s: %w", args[0], err)}
			}
			text, err := pack.YAML()
			if err != nil {
				return err
			}
			var b bytes.Buffer
			fmt.Fprintf(&b, "# Imported from %s. The examples were made from the patterns: put real ones in their place.\n", from)
			b.Write(text)
			if _, err := s.out.Write(b.Bytes()); err != nil {
				return &exitError{exitTrouble, err}
			}
			fmt.Fprintf(s.err, "%s\n", many(len(pack.Rules), "rule"))
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "what `FORMAT` the file has: presidio or gitleaks")
	cmd.Flags().StringVar(&name, "name", "", "the pack's `NAME` (the format's)")
	return cmd
}
