package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mcpveil/mcpveil/kms"
)

const shredLimits = `What this does not reach:
  - replicas use what they have read until they ask the store again: up to 6 minutes, and without the store up to 24 hours.
    Restart them to be sure at once;
  - backups and snapshots of Vault, or of the folder of local keys, from before hold the keys: the data are gone for
    good only when the last of those is;
  - copies of the values that were opened before, wherever they were opened to.
`

func keysShredCommand(s streams) *cobra.Command {
	var flags keyFlags
	var subject, tenant string
	var yes bool
	cmd := &cobra.Command{
		Use:   "shred --subject ID | --tenant NAME",
		Short: "destroy the keys of a data subject or of a tenant, so that nothing sealed for it ever opens",
		Long: `shred destroys keys in the store, all versions of them. It cannot be undone.

  --subject ID   every token that was sealed for this data subject, in the tenant of the configuration. What is sealed
                 for it afterwards begins anew
  --tenant NAME  all keyrings of the tenant, and what is kept of its subjects: every token of it, in any scope

Tokens of other scopes, such as those made for a principal, do not go with a subject: they are under keys of the tenant.

` + shredLimits + `
It asks for the name to be typed again, or for --yes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (subject == "") == (tenant == "") {
				return misused("keys shred: say --subject ID or --tenant NAME")
			}
			p, err := flags.place(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			what, name := "data subject", subject
			if tenant != "" {
				what, name = "tenant", tenant
			}
			if err := confirmed(s, what, name, yes); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), startTimeout)
			defer cancel()
			if tenant != "" {
				return p.shredTenant(ctx, s, tenant)
			}
			switch err := p.ShredSubject(ctx, p.config.Tenant, subject); {
			case errors.Is(err, kms.ErrNotFound):
				return &exitError{exitFound, fmt.Errorf("keys shred: nothing is kept of this subject in tenant %s; nothing was changed", p.config.Tenant)}
			case err != nil:
				return p.refused(err)
			}
			fmt.Fprintf(s.out, "destroyed what was kept of the subject. No token sealed for it opens any more, but:\n\n%s", shredLimits)
			return nil
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&subject, "subject", "", "the data subject's `ID`")
	cmd.Flags().StringVar(&tenant, "tenant", "", "the tenant's `NAME`")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (p *keyPlace) shredTenant(ctx context.Context, s streams, tenant string) error {
	rings, subjects, err := p.ShredTenant(ctx, tenant)
	switch {
	case err != nil && rings+subjects == 0:
		return p.refused(fmt.Errorf("keys shred: failed before anything was known to be destroyed: %w", err))
	case err != nil:
		return p.refused(fmt.Errorf("keys shred: %d keyrings and %d subjects are destroyed, and not all: run it again: %w", rings, subjects, err))
	}
	if rings+subjects == 0 {
		return &exitError{exitFound, fmt.Errorf("keys shred: there are no keyrings of tenant %s; nothing was changed", tenant)}
	}
	fmt.Fprintf(s.out, "destroyed %d keyrings and what was kept of %d subjects. No token of the tenant opens any more, but:\n\n%s", rings, subjects, shredLimits)
	return nil
}

// confirmed asks for the name to be typed again. It is asked on standard error, so that what is on standard
// output is the outcome alone.
func confirmed(s streams, what, name string, yes bool) error {
	if yes {
		return nil
	}
	if f, ok := s.in.(*os.File); ok && !term.IsTerminal(int(f.Fd())) {
		return misused("keys shred: say --yes where nobody can be asked")
	}
	fmt.Fprintf(s.err, "All keys of this %s will be destroyed, and nothing sealed with them will ever open again.\nType %s to go on: ", what, name)
	line, _ := bufio.NewReader(s.in).ReadString('\n')
	if strings.TrimSpace(line) != name {
		return &exitError{exitFound, errors.New("keys shred: that is another name; nothing was changed")}
	}
	return nil
}
