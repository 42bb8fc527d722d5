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
	k := c.Key.Vault
	opts := &vault.Options{Timeout: time.Duration(k.Timeout)}
	if k.TokenFile != "" {
		opts.Token = vault.TokenFile(c.Path(k.TokenFile))
	} else if os.Getenv("VAULT_TOKEN") == "" {
		return nil, nil, errors.New("vault: no token: set VAULT_TOKEN, or key.vault.token_file")
	}
	if k.CAFile != "" {
		pem, err := os.ReadFile(c.Path(k.CAFile))
		if err != nil {
			return nil, nil, fmt.Errorf("vault: ca_file: %w", err)
		}
		opts.CACert = pem
	}
	uri, err := url.Parse(k.URI)
	if err != nil {
		return nil, nil, errors.New("vault: key.vault.uri does not parse")
	}
	store, err := vault.OpenStore(storeURI(uri, k), opts)
	if err != nil {
		return nil, nil, err
	}
	kek, err := vault.Open(ctx, uri, opts)
	if err != nil {
		return nil, nil, err
	}
	return kek, store, nil
}

// storeURI names the folder of the keyrings in the KV engine of the Vault that uri is about.
func storeURI(uri *url.URL, k *config.VaultKey) *url.URL {
	return &url.URL{Scheme: uri.Scheme, Host: uri.Host, Path: "/" + k.KVMount + "/data/" + k.KVPath}
}
