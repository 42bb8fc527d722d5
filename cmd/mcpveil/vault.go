package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/vault"
)

// openVault opens the transit key that c names, and the place of the wrapped keyrings in KV.
// The key is an io.Closer, which ends the session with Vault. Log is told how that fares; nil: nobody is.
func openVault(ctx context.Context, c *config.Config, log *slog.Logger) (kms.KEK, kms.Store, error) {
	key, folder, opts, err := vaultOptions(c)
	if err != nil {
		return nil, nil, err
	}
	opts.Log = log
	client, err := vault.New(key, opts)
	if err != nil {
		return nil, nil, err
	}
	store, err := client.Store(folder)
	if err != nil {
		return nil, nil, err
	}
	kek, err := client.Key(ctx, key)
	if err != nil {
		_ = client.Close() // the first error says what is wrong
		return nil, nil, err
	}
	return kek, store, nil
}

// vaultOptions returns where the transit key and the folder of the keyrings are, and how to get there.
func vaultOptions(c *config.Config) (key, folder *url.URL, opts *vault.Options, err error) {
	k := c.Key.Vault
	if key, err = url.Parse(k.URI); err != nil {
		return nil, nil, nil, errors.New("vault: key.vault.uri does not parse")
	}
	return key, storeURI(key, k), &vault.Options{
		Login:  vaultLogin(c, k),
		CAFile: c.Path(k.CAFile), CertFile: c.Path(k.CertFile), KeyFile: c.Path(k.KeyFile), ServerName: k.ServerName,
		Namespace: k.Namespace, Redirects: k.Redirects, SelfTestKey: k.SelfTestKey,
		Timeout: time.Duration(k.Timeout), IgnoreEnvironment: k.IgnoreEnvironment,
	}, nil
}

func vaultLogin(c *config.Config, k *config.VaultKey) vault.Login {
	l := k.Login
	switch {
	case l == nil:
		return &vault.Token{File: c.Path(k.TokenFile)}
	case l.AppRole != nil:
		r := l.AppRole
		return &vault.AppRole{Mount: r.Mount, RoleID: r.RoleID, RoleIDFile: c.Path(r.RoleIDFile), SecretIDFile: c.Path(r.SecretIDFile), Wrapped: r.Wrapped, Role: r.RoleName}
	case l.Kubernetes != nil:
		return &vault.JWT{Mount: l.Kubernetes.Mount, Role: l.Kubernetes.Role, TokenFile: c.Path(l.Kubernetes.TokenFile)}
	case l.JWT != nil:
		return &vault.JWT{Mount: l.JWT.Mount, Role: l.JWT.Role, TokenFile: c.Path(l.JWT.TokenFile)}
	case l.Cert != nil:
		return &vault.Cert{Mount: l.Cert.Mount, Role: l.Cert.Role}
	}
	return &vault.Agent{}
}

// storeURI names the folder of the keyrings in the KV engine of the Vault that uri is about.
func storeURI(uri *url.URL, k *config.VaultKey) *url.URL {
	return &url.URL{Scheme: uri.Scheme, Host: uri.Host, Path: "/" + k.KVMount + "/data/" + k.KVPath}
}
