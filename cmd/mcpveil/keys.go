package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
		keysInitCommand(s), keysListCommand(s), keysStatusCommand(s), keysRotateCommand(s), keysRewrapCommand(s), keysImportCommand(s),
		keysPolicyCommand(s), keysDoctorCommand(s),
	)
	return cmd
}

// keyFlags are the flags that commands about keys share.
type keyFlags struct {
	common
	rotation envelope.Rotation
}

func (f *keyFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "read the configuration from `FILE` (YAML)")
	cmd.Flags().StringVar(&f.keyDir, "key-dir", "", "folder of the local key")
}

// A keyPlace is where keyrings are, and what wraps them.
type keyPlace struct {
	config *config.Config
	kek    kms.KEK
	store  kms.Store
	opts   envelope.Options
}

// place opens where the keyrings of the configuration are.
func (f *keyFlags) place(ctx context.Context) (*keyPlace, error) {
	c, err := f.load()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	kek, store, err := openKEK(ctx, c)
	if err != nil {
		return nil, keyTrouble(c, err)
	}
	return &keyPlace{config: c, kek: kek, store: store, opts: envelope.Options{
		Refresh: -1, Rotation: f.rotation, Log: slog.New(slog.DiscardHandler),
	}}, nil
}

// open opens a keyring for one change, or to look at it. It does not refresh.
func (p *keyPlace) open(ctx context.Context, name string) (*envelope.Keyring, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	k, err := envelope.Open(ctx, p.kek, p.store, name, &p.opts)
	if err != nil {
		return nil, keyTrouble(p.config, err)
	}
	return k, nil
}

// own opens the keyring that the configuration names.
func (p *keyPlace) own(ctx context.Context) (*envelope.Keyring, error) {
	return p.open(ctx, ringName(p.config))
}

// refused gives an error of a change its exit code.
func (p *keyPlace) refused(err error) error {
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
		Short:   "create the keyring that the configuration names, once",
		Long: `init makes a keyring, wraps it with the key of Vault's transit engine and stores it in its KV
engine. A keyring that is there already stays as it is, and the exit code is 1. A local keyring
need not be: it is made on first use.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := flags.place(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			ctx, cancel := context.WithTimeout(cmd.Context(), startTimeout)
			defer cancel()
			k, err := envelope.Create(ctx, p.kek, p.store, ringName(p.config), &p.opts)
			if errors.Is(err, kms.ErrConflict) {
				return &exitError{exitFound, errors.New("keys: this keyring is there already; nothing was changed")}
			}
			if err != nil {
				return keyTrouble(p.config, err)
			}
			defer k.Close()
			fmt.Fprintln(s.out, "created the keyring")
			return printKeys(s, k)
		},
	}
	flags.register(cmd)
	return cmd
}

func keysStatusCommand(s streams) *cobra.Command {
	var flags common
	cmd := &cobra.Command{
		Use:   "status",
		Short: "open the keyring as a start does, and list its keys",
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
			return printKeys(s, v.keyring)
		},
	}
	flags.registerConfig(cmd)
	cmd.Flags().StringVar(&flags.keyDir, "key-dir", "", "folder of the local key")
	return cmd
}

// printKeys lists the keys of a keyring by id. Ids are no secret: tokens bear them.
func printKeys(s streams, k *envelope.Keyring) error {
	fmt.Fprintf(s.out, "epoch %d\n", k.Epoch())
	for _, st := range k.Status() {
		fmt.Fprintf(s.out, "key %08x %s\n", st.ID, keyState(st))
	}
	return nil
}

func keyState(st envelope.KeyStatus) string {
	switch {
	case st.Primary:
		return "primary: seals and opens"
	case st.Enabled:
		return "opens"
	}
	return "disabled"
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

func (d *daysFlag) String() string { return days(time.Duration(*d)) }

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

// close ends what place began.
func (p *keyPlace) close() { closeKEK(p.kek) }

// closeKEK ends a session with Vault, if the key has one.
func closeKEK(kek kms.KEK) {
	if c, ok := kek.(io.Closer); ok {
		_ = c.Close()
	}
}
