package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/kms"
)

func keysCommand(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "create, list, rotate, re-wrap, import and shred keyrings, and examine where they are",
		Long: `keys looks after the keyrings that a configuration names: see docs/keys.md. Nothing of what it prints is secret:
ids of keys stand in tokens.

All of it needs an administrator's rights in Vault (mcpveil keys export-policy --role admin), but list, status, doctor and
export-policy, for which the running mcpveil's are enough.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		keysInitCommand(s), keysListCommand(s), keysStatusCommand(s), keysRotateCommand(s), keysRewrapCommand(s), keysImportCommand(s), keysMigrateCommand(s), keysShredCommand(s),
		keysPolicyCommand(s), keysDoctorCommand(s),
	)
	return cmd
}

// keyFlags are the flags that commands about keys share.
type keyFlags struct {
	common
	rotation  envelope.Rotation
	tokenFile string // of who runs this, in Vault
}

func (f *keyFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "read the configuration from `FILE` (YAML)")
	cmd.Flags().StringVar(&f.keyDir, "key-dir", "", "folder of the local key")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "take Vault's token from `FILE`, or for - from $VAULT_TOKEN, in place of how the configuration logs in")
}

// load reads the configuration, and puts who runs this in the place of who it is for.
func (f *keyFlags) load() (*config.Config, error) {
	c, err := f.common.load()
	if err != nil || f.tokenFile == "" {
		return c, err
	}
	if c.Key.Vault == nil {
		return nil, misused("--token-file is Vault's, but the configuration has the key on this machine")
	}
	k := *c.Key.Vault
	k.Login, k.TokenFile = nil, ""
	if f.tokenFile != "-" {
		if k.TokenFile, err = filepath.Abs(f.tokenFile); err != nil {
			return nil, misused("--token-file: %w", err)
		}
	}
	c.Key.Vault = &k
	return c, nil
}

// spare refuses to log in with what is for the running mcpveil alone.
func (f *keyFlags) spare(c *config.Config) error {
	if v := c.Key.Vault; v != nil && v.Login != nil && v.Login.AppRole != nil && v.Login.AppRole.Wrapped {
		return misused("the configuration logs in with a wrapped secret id, which opens once: used up here, the next start would take it for stolen. Give a token of your own: --token-file FILE")
	}
	return nil
}

// A keyPlace is where keyrings are, and what wraps them.
type keyPlace struct {
	*keyrings
	config *config.Config
	opts   envelope.Options
}

// place opens where the keyrings of the configuration are. It makes none, and refreshes none.
func (f *keyFlags) place(ctx context.Context) (*keyPlace, error) {
	c, err := f.load()
	if err != nil {
		return nil, err
	}
	return f.placeOf(ctx, c, nil)
}

// placeOf is place for a configuration that was read, and entities with names in tokens.
func (f *keyFlags) placeOf(ctx context.Context, c *config.Config, names map[detect.Entity]string) (*keyPlace, error) {
	if err := f.spare(c); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	p := &keyPlace{config: c, opts: lifetimes(c, envelope.Options{Names: names, Refresh: -1, Rotation: f.rotation, Log: slog.New(slog.DiscardHandler)})}
	var err error
	p.keyrings, err = newKeyrings(ctx, c, p.opts)
	return p, err
}

// open opens a keyring by its name in the store.
func (p *keyPlace) open(ctx context.Context, name string) (*envelope.Keyring, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	k, err := envelope.Open(ctx, p.kek, p.store, name, &p.opts)
	if err != nil {
		return nil, keyTrouble(p.config, err)
	}
	return k, nil
}

// own returns the tenant's keyring for a purpose. It is not to be closed.
func (p *keyPlace) own(ctx context.Context, purpose envelope.Purpose) (*envelope.Keyring, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	k, err := p.Get(ctx, p.config.Tenant, purpose)
	if err != nil {
		return nil, keyTrouble(p.config, err)
	}
	return k, nil
}

// refused gives an error of a change its exit code.
func (p *keyPlace) refused(err error) error {
	if e, ok := errors.AsType[*exitError](err); ok { // said already
		return &exitError{e.code, err}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, envelope.ErrTooSoon):
		return &exitError{exitFound, fmt.Errorf("%w (--force)", err)}
	case errors.Is(err, kms.ErrConflict):
		return &exitError{exitTrouble, fmt.Errorf("%w\nSomebody else changed the keyring just now: look at it (mcpveil keys list), and try again", err)}
	case errors.Is(err, kms.ErrDenied), errors.Is(err, kms.ErrUnavailable), errors.Is(err, kms.ErrNotFound), errors.Is(err, kms.ErrCiphertext):
		return keyTrouble(p.config, err)
	}
	return &exitError{exitFound, err}
}

func keysInitCommand(s streams) *cobra.Command {
	var flags keyFlags
	cmd := &cobra.Command{
		Use:     "init",
		Aliases: []string{"create"},
		Short:   "create the tenant's keyrings, once",
		Long: `init makes the keyrings of the tenant that the configuration names, one for each purpose: tokens, digests and what
is kept of data subjects. It wraps them with the key of Vault's transit engine and stores them in its KV engine. Those
that are there already stay as they are, and if all are the exit code is 1. Local keyrings need no init: they are made
on first use.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := flags.place(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			ctx, cancel := context.WithTimeout(cmd.Context(), startTimeout)
			defer cancel()
			err = p.Create(ctx, p.config.Tenant)
			if errors.Is(err, kms.ErrConflict) {
				return &exitError{exitFound, fmt.Errorf("%w; nothing was changed", err)}
			}
			if err != nil {
				return keyTrouble(p.config, err)
			}
			fmt.Fprintln(s.out, "created the keyrings")
			return p.printTenant(ctx, s)
		},
	}
	flags.register(cmd)
	return cmd
}

func keysMigrateCommand(s streams) *cobra.Command {
	var flags keyFlags
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "move a keyring of an earlier version, which was for all purposes",
		Long: `migrate moves the tenant's keyring that an earlier version made, at TENANT/NAME (key.name), to where there is one for
each purpose. Tokens that were made open, and equal values stay equal. It may be run again if it fails, and while
replicas run.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := flags.place(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			ctx, cancel := context.WithTimeout(cmd.Context(), startTimeout)
			defer cancel()
			switch err := p.Migrate(ctx, p.config.Tenant); {
			case errors.Is(err, kms.ErrNotFound):
				return &exitError{exitFound, errors.New("keys migrate: there is no keyring of an earlier version; nothing was changed")}
			case err != nil:
				return p.refused(err)
			}
			if err := p.Create(ctx, p.config.Tenant); err != nil && !errors.Is(err, kms.ErrConflict) { // what is new
				return p.refused(err)
			}
			fmt.Fprintln(s.out, "moved the keyring")
			return p.printTenant(ctx, s)
		},
	}
	flags.register(cmd)
	return cmd
}

func keysStatusCommand(s streams) *cobra.Command {
	var flags keyFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "open the keyrings as a start does, and list their keys",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := flags.load()
			if err != nil {
				return err
			}
			v, err := newVeil(cmd.Context(), c, s.err)
			if err != nil {
				return err
			}
			defer v.close()
			p := &keyPlace{keyrings: v.keyring, config: c, opts: envelope.Options{Refresh: -1}}
			return p.printTenant(cmd.Context(), s)
		},
	}
	flags.register(cmd)
	return cmd
}

// printTenant lists the tenant's keyrings.
func (p *keyPlace) printTenant(ctx context.Context, s streams) error {
	rings, err := p.listTenant(ctx, p.config.Tenant)
	if err != nil {
		return keyTrouble(p.config, err)
	}
	if err := printRings(s.out, rings, false, time.Now()); err != nil {
		return &exitError{exitTrouble, err}
	}
	return nil
}

// parseKeyID reads a key's id as it is printed.
func parseKeyID(text string) (uint32, error) {
	id, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32)
	if err != nil || len(text) > 10 {
		return 0, misused("want the id of a key as mcpveil keys list prints it, eight hexadecimal digits")
	}
	return uint32(id), nil
}

// A daysFlag is a duration on the command line, which may be in days: 90d.
type daysFlag time.Duration

func (d *daysFlag) String() string {
	if *d == 0 {
		return "" // for help: the flag's text says what it is then
	}
	return days(time.Duration(*d))
}

func (d *daysFlag) Type() string { return "duration" }

func (d *daysFlag) Set(text string) error {
	if n, ok := strings.CutSuffix(text, "d"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 0 && i < 100*366 {
			*d = daysFlag(time.Duration(i) * 24 * time.Hour)
			return nil
		}
	}
	t, err := time.ParseDuration(text)
	if err != nil || t < 0 {
		return errors.New("want a duration such as 15m, 36h or 90d")
	}
	*d = daysFlag(t)
	return nil
}
