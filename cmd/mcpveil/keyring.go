package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/local"
)

// startTimeout bounds the opening of the keyring: a client waits for us to start.
const startTimeout = 15 * time.Second

// keyrings are those of all tenants, and what wraps them.
type keyrings struct {
	*envelope.Keyrings
	kek   kms.KEK
	store kms.Store
}

// close ends what openKeyrings began: with Vault, the session.
func (k *keyrings) close() {
	_ = k.Keyrings.Close()
	closeKEK(k.kek)
}

func closeKEK(kek kms.KEK) {
	if c, ok := kek.(io.Closer); ok {
		_ = c.Close()
	}
}

// openKeyrings opens the keyrings of c's tenant. Only local ones are made where there are none.
func openKeyrings(ctx context.Context, c *config.Config, names map[detect.Entity]string, log *slog.Logger) (*keyrings, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	k, err := newKeyrings(ctx, c, lifetimes(c, envelope.Options{
		Names: names, Create: c.Key.Vault == nil, Refresh: time.Duration(c.Key.Refresh), Aliases: openAliases(c, log), Log: log,
	}))
	if err != nil {
		return nil, err
	}
	if err := k.Load(ctx, c.Tenant); err != nil {
		k.close()
		return nil, keyTrouble(c, err)
	}
	return k, nil
}

// lifetimes puts into opts how long keys are used, and how long it takes until all replicas know of
// one, as c says it.
func lifetimes(c *config.Config, opts envelope.Options) envelope.Options {
	opts.MaxAge = time.Duration(c.Key.MaxAge)
	if spread := time.Duration(c.Key.Refresh)*6/5 + time.Minute; spread > 10*time.Minute { // which it is anyway
		opts.Rotation.Spread = max(opts.Rotation.Spread, spread)
	}
	return opts
}

// minEpochs are those of c, by the keyrings' names.
func minEpochs(c *config.Config) map[string]int64 {
	e := c.Key.MinEpochs
	return map[string]int64{
		envelope.KeyringName(c.Tenant, envelope.Tokens):   int64(e.Token),
		envelope.KeyringName(c.Tenant, envelope.Digests):  int64(e.Digest),
		envelope.KeyringName(c.Tenant, envelope.Subjects): int64(e.Subject),
	}
}

// newKeyrings opens what wraps the keyrings of c, and none of them yet.
func newKeyrings(ctx context.Context, c *config.Config, opts envelope.Options) (*keyrings, error) {
	kek, store, err := openKEK(ctx, c, opts.Log)
	if err != nil {
		return nil, keyTrouble(c, err)
	}
	r, err := envelope.NewKeyrings(kek, store, &envelope.KeyringsOptions{Options: opts, Legacy: c.Key.Name, MinEpochs: minEpochs(c)})
	if err != nil {
		closeKEK(kek)
		return nil, keyTrouble(c, err)
	}
	return &keyrings{r, kek, store}, nil
}

// openAliases returns the store of aliases that c asks for, nil if it asks for none.
func openAliases(c *config.Config, log *slog.Logger) *envelope.Aliases {
	if c.Aliases == nil {
		return nil
	}
	return envelope.NewAliases(&envelope.AliasOptions{
		MaxEntries: c.Aliases.MaxEntries, MaxBytes: int(c.Aliases.MaxBytes), TTL: time.Duration(c.Aliases.TTL), Log: log,
	})
}

func openKEK(ctx context.Context, c *config.Config, log *slog.Logger) (kms.KEK, kms.Store, error) {
	if c.Key.Vault != nil {
		return openVault(ctx, c, log)
	}
	dir := keyFolder(c)
	if c.Key.Local != nil && dir == c.Key.Local.Dir {
		dir = c.Path(dir)
	}
	kek, store, err := local.Open(dir)
	if err != nil && dir == "" {
		err = fmt.Errorf("%w\nAnother folder is named by --key-dir or $%s", err, keyDirVar)
	}
	return kek, store, err
}

// keyTrouble says what to do about a key that is not to be had.
func keyTrouble(c *config.Config, err error) error {
	hint := ""
	switch {
	case c.Key.Vault == nil && errors.Is(err, kms.ErrNotFound):
		hint = "\nA local keyring is made with the first message that is filtered, or by mcpveil keys init"
	case c.Key.Vault == nil: // what kms/local says is advice already
	case errors.Is(err, kms.ErrNotFound):
		hint = "\nIf this keyring was never created, create it once: mcpveil keys init --config FILE"
	case errors.Is(err, kms.ErrDenied):
		hint = "\nIs the token still valid, and may it do that? mcpveil keys export-policy prints what the running mcpveil needs, and with --role admin what changing keyrings needs (--token-file)"
	case errors.Is(err, kms.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		hint = "\nNothing passes without a key. Is the address in key.vault.uri right, and Vault running and unsealed?"
	}
	return &exitError{exitTrouble, fmt.Errorf("no key: %w%s", err, hint)}
}
