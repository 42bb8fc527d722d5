package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/vault"
)

// openVault opens the transit key that c names, and the place of the wrapped keyrings in KV.
func openVault(ctx context.Context, c *config.Config) (kms.KEK, kms.Store, error) {
	key, folder, opts, err := vaultOptions(c)
	if err != nil {
		return nil, nil, err
	}
	store, err := vault.OpenStore(folder, opts)
	if err != nil {
		return nil, nil, err
	}
	kek, err := vault.Open(ctx, key, opts)
	if err != nil {
		return nil, nil, err
	}
	return kek, store, nil
}

// vaultOptions returns where the transit key and the folder of the keyrings are, and how to get there.
func vaultOptions(c *config.Config) (key, folder *url.URL, opts *vault.Options, err error) {
	k := c.Key.Vault
	opts = &vault.Options{Timeout: time.Duration(k.Timeout)}
	if k.TokenFile != "" {
		opts.Token = vault.TokenFile(c.Path(k.TokenFile))
	} else if os.Getenv("VAULT_TOKEN") == "" {
		return nil, nil, nil, errors.New("vault: no token: set VAULT_TOKEN, or key.vault.token_file")
	}
	if k.CAFile != "" {
		pem, err := os.ReadFile(c.Path(k.CAFile))
		if err != nil {
			return nil, nil, nil, fmt.Errorf("vault: ca_file: %w", err)
		}
		opts.CACert = pem
	}
	if key, err = url.Parse(k.URI); err != nil {
		return nil, nil, nil, errors.New("vault: key.vault.uri does not parse")
	}
	return key, storeURI(key, k), opts, nil
}

// storeURI names the folder of the keyrings in the KV engine of the Vault that uri is about.
func storeURI(uri *url.URL, k *config.VaultKey) *url.URL {
	return &url.URL{Scheme: uri.Scheme, Host: uri.Host, Path: "/" + k.KVMount + "/data/" + k.KVPath}
}
