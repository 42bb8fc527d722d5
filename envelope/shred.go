package envelope

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mcpveil/mcpveil/kms"
)

// Shredding destroys keys in the store. What was sealed under them cannot be read again by
// anyone, with two exceptions: replicas that have read a key use it until they ask the
// store again, which they do within Options.Refresh and a fifth; and whoever has a backup
// of the store from before has the keys. So data are gone when backups are.

// ShredSubject destroys what is kept of a data subject, and with it every token that was
// sealed in its scope. The error is kms.ErrNotFound if nothing is kept of it. A value
// sealed for the subject afterwards begins anew, and its token opens.
func (r *Keyrings) ShredSubject(ctx context.Context, tenant, subjectID string) error {
	if subjectID == "" {
		return fmt.Errorf("%w: no id of a subject", ErrScope)
	}
	s := newSubjects(r, tenant, 0, 0)
	_, name, err := s.place(ctx, subjectID)
	if err != nil {
		return err
	}
	if err := r.store.Delete(ctx, name); err != nil {
		return fmt.Errorf("envelope: shred a subject: %w", err)
	}
	r.mu.RLock()
	slot := r.slots[slotKey{tenant, Tokens}]
	r.mu.RUnlock()
	if slot != nil {
		<-slot.done
		if slot.k != nil {
			slot.k.subjects.forget(subjectID)
		}
	}
	return nil
}

// ShredTenant destroys all that is kept of a tenant: its keyrings, and what is kept of its
// subjects. It returns how many of either there were, and may be called again if it
// fails. Nothing is left to say that there was such a tenant.
func (r *Keyrings) ShredTenant(ctx context.Context, tenant string) (keyrings, subjects int, err error) {
	if _, err := ringName(tenant, Tokens); err != nil {
		return 0, 0, err
	}
	if keyrings, err = r.shredFolder(ctx, strings.TrimSuffix(tenant+keysetsFolder, "/")); err != nil {
		return keyrings, 0, err
	}
	if old, ok := r.legacyName(tenant, Tokens); ok {
		switch err := r.store.Delete(ctx, old); {
		case err == nil:
			keyrings++
		case !errors.Is(err, kms.ErrNotFound):
			return keyrings, 0, fmt.Errorf("envelope: shred %q: %w", old, err)
		}
	}
	r.Forget(tenant)
	subjects, err = r.shredFolder(ctx, strings.TrimSuffix(tenant+subjectsFolder, "/"))
	return keyrings, subjects, err
}

func (r *Keyrings) shredFolder(ctx context.Context, folder string) (n int, err error) {
	names, err := r.store.List(ctx, folder)
	if err != nil {
		return 0, fmt.Errorf("envelope: list %q: %w", folder, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "/") {
			continue // nothing that we keep
		}
		switch err := r.store.Delete(ctx, folder+"/"+name); {
		case err == nil:
			n++
		case !errors.Is(err, kms.ErrNotFound):
			return n, fmt.Errorf("envelope: shred %q: %w", folder+"/"+name, err)
		}
	}
	return n, nil
}

// Forget drops a tenant's keyrings from memory. They are read again when they are asked for.
func (r *Keyrings) Forget(tenant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range r.slots {
		if key.tenant == tenant {
			r.drop(key)
		}
	}
}
