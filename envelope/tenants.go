package envelope

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mcpveil/mcpveil/kms"
)

// An Entry is a keyring as a listing of the store shows it; nothing is unwrapped for that.
type Entry struct {
	Tenant  string
	Purpose Purpose // "" for one of the layout before there were purposes
	Name    string  // in the store
	Epoch   int64
}

// Tenants lists whose keyrings the store holds.
func (r *Keyrings) Tenants(ctx context.Context) ([]string, error) {
	names, err := r.store.List(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("envelope: list tenants: %w", err)
	}
	var tenants []string
	for _, name := range names {
		if tenant, ok := strings.CutSuffix(name, "/"); ok {
			tenants = append(tenants, tenant)
		}
	}
	return tenants, nil
}

// List lists a tenant's keyrings.
func (r *Keyrings) List(ctx context.Context, tenant string) ([]Entry, error) {
	if _, err := ringName(tenant, Tokens); err != nil {
		return nil, err
	}
	var entries []Entry
	add := func(folder string, purposes bool) error {
		names, err := r.store.List(ctx, folder)
		if err != nil {
			return fmt.Errorf("envelope: list %q: %w", folder, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "/") {
				continue
			}
			e := Entry{Tenant: tenant, Name: folder + "/" + name}
			if purposes {
				e.Purpose = Purpose(name)
			}
			if e.Epoch, err = r.store.Epoch(ctx, e.Name); err != nil {
				return fmt.Errorf("envelope: list %q: %w", e.Name, err)
			}
			entries = append(entries, e)
		}
		return nil
	}
	if err := add(tenant+strings.TrimSuffix(keysetsFolder, "/"), true); err != nil {
		return nil, err
	}
	return entries, add(tenant, false)
}

// Create makes a tenant's keyrings for those purposes, all that there are if none is named.
// One that is there stays as it is; if all are, the error is kms.ErrConflict. So it is
// where the tenant has a keyring of the layout before, which Migrate moves.
func (r *Keyrings) Create(ctx context.Context, tenant string, purposes ...Purpose) error {
	if len(purposes) == 0 {
		purposes = Purposes()
	}
	if old, ok := r.legacyName(tenant, Tokens); ok {
		switch _, _, err := r.store.Get(ctx, old); {
		case err == nil:
			return fmt.Errorf("envelope: keyring %q serves tokens and digests, and must be migrated first: %w", old, kms.ErrConflict)
		case !errors.Is(err, kms.ErrNotFound):
			return fmt.Errorf("envelope: look for keyring %q: %w", old, err)
		}
	}
	made := false
	for _, p := range purposes {
		name, err := ringName(tenant, p)
		if err != nil {
			return err
		}
		k, err := Create(ctx, r.kek, r.store, name, r.options(name))
		switch {
		case err == nil:
			k.Close()
			made = true
		case !errors.Is(err, kms.ErrConflict):
			return err
		}
	}
	if !made {
		return fmt.Errorf("envelope: tenant %q has its keyrings: %w", tenant, kms.ErrConflict)
	}
	r.Forget(tenant)
	return nil
}

// Migrate moves a tenant's keyring of the layout before there were purposes: its keys
// become those for tokens and those for digests, so that what was made opens, and equal
// values stay equal; then it is destroyed. It may be called again if it fails, and while
// replicas run that know both layouts. If there is none to move, the error is kms.ErrNotFound.
func (r *Keyrings) Migrate(ctx context.Context, tenant string) error {
	old, ok := r.legacyName(tenant, Tokens)
	if !ok {
		return fmt.Errorf("envelope: nothing is said of where keyrings stood before: %w", kms.ErrNotFound)
	}
	from, err := prepare(r.kek, r.store, old, r.options(old))
	if err != nil {
		return err
	}
	ks, err := from.load(ctx)
	if err != nil {
		return err
	}
	for _, p := range []Purpose{Tokens, Digests} {
		name, err := ringName(tenant, p)
		if err != nil {
			return err
		}
		to, err := prepare(r.kek, r.store, name, r.options(name))
		if err != nil {
			return err
		}
		a := ks.about.clone()
		a.ID, a.Written = newAbout(now()).ID, now()
		if a.Equality > 0 {
			a.Equality = 1 // epochs begin anew
		}
		if _, err := to.write(ctx, ks.handle, 1, a); errors.Is(err, kms.ErrConflict) {
			// Written by the call before, which did not get to the end: then it is the same.
			there, err := to.load(ctx)
			if err != nil {
				return err
			}
			if !there.holds(ks) {
				return fmt.Errorf("envelope: keyring %q has other keys than %q: %w", name, old, kms.ErrConflict)
			}
		} else if err != nil {
			return err
		}
	}
	if err := r.store.Delete(ctx, old); err != nil {
		return fmt.Errorf("envelope: migrate %q: %w", old, err)
	}
	r.Forget(tenant)
	return nil
}

// holds reports whether ks opens all that other opens.
func (ks *keys) holds(other *keys) bool {
	for id := range other.open {
		if ks.open[id] == nil {
			return false
		}
	}
	return true
}
