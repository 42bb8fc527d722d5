package main

import (
	"context"
	"errors"
	"fmt"
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

// openKeyring opens the keyring that c names. Only a local one is made where there is none.
func openKeyring(ctx context.Context, c *config.Config, names map[detect.Entity]string, log *slog.Logger) (*envelope.Keyring, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	kek, store, err := openKEK(ctx, c)
	if err != nil {
		return nil, keyTrouble(c, err)
	}
	k, err := envelope.Open(ctx, kek, store, ringName(c), &envelope.Options{Names: names, Create: c.Key.Vault == nil, Aliases: openAliases(c), Log: log})
	if err != nil {
		return nil, keyTrouble(c, err)
	}
	return k, nil
}

// openAliases returns the store of aliases that c asks for, nil if it asks for none.
func openAliases(c *config.Config) *envelope.Aliases {
	if c.Aliases == nil {
		return nil
	}
	return envelope.NewAliases(&envelope.AliasOptions{
		MaxEntries: c.Aliases.MaxEntries, MaxBytes: int(c.Aliases.MaxBytes), TTL: time.Duration(c.Aliases.TTL),
	})
}

// ringName is where the keyring stands in the store: each tenant has its own.
func ringName(c *config.Config) string { return c.Tenant + "/" + c.Key.Name }

func openKEK(ctx context.Context, c *config.Config) (kms.KEK, kms.Store, error) {
	if c.Key.Vault != nil {
		return openVault(ctx, c)
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
		hint = "\nSee deploy/vault-policy.hcl for what mcpveil must be allowed, and whether its token is still valid"
	case errors.Is(err, kms.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		hint = "\nNothing passes without a key. Is the address in key.vault.uri right, and Vault running and unsealed?"
	}
	return &exitError{exitTrouble, fmt.Errorf("no key: %w%s", err, hint)}
}
