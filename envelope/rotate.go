package envelope

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/mcpveil/mcpveil/internal/secretdo"
)

// Rotation is in steps, so that no replica ever meets a token it cannot open: Add a key;
// wait until every replica has refreshed; Promote it; when no token of the old one is of
// use any more, Disable that; when nobody missed it, Delete it. Each step is one write
// of the next epoch, of which one of two at once fails with kms.ErrConflict, and its
// time is kept with the keyring. A step that comes too soon is refused.
//
// Equal values get other tokens and other digests from Promote on: they can be joined
// by equality only within what [Info.Equality] says, or by the key id in the token.

// A Rotation says how long the steps of a rotation are apart.
type Rotation struct {
	// Spread is from Add to Promote: how long it may take until every replica knows a new
	// key. 10 minutes if zero, and never less than what Options.Refresh needs.
	Spread time.Duration

	// Token is from being replaced to Disable: how long tokens are of use. 90 days if zero.
	Token time.Duration

	// Grace is from Disable to Delete, in which Enable undoes it. 30 days if zero.
	Grace time.Duration

	// Force does not refuse what comes too soon. It is for a key that others have got hold of.
	Force bool
}

func (r *Rotation) setDefaults(refresh time.Duration) {
	if r.Spread == 0 {
		r.Spread = 10 * time.Minute
	}
	r.Spread = max(r.Spread, refresh*6/5+time.Minute)
	if r.Token == 0 {
		r.Token = 90 * 24 * time.Hour
	}
	if r.Grace == 0 {
		r.Grace = 30 * 24 * time.Hour
	}
}

// ErrTooSoon is what a [TooSoonError] wraps.
var ErrTooSoon = errors.New("envelope: too soon")

// A TooSoonError says from when on a step of a rotation is safe.
type TooSoonError struct {
	Step  string // "promote", "disable", "delete"
	KeyID uint32
	Ready time.Time // zero if that is not known, since an earlier version did the step before
	why   string
}

func (e *TooSoonError) Error() string {
	if e.Ready.IsZero() {
		return fmt.Sprintf("envelope: too soon to %s key %08x: it was not kept when the step before was done; wait until %s, and force it", e.Step, e.KeyID, e.why)
	}
	return fmt.Sprintf("envelope: too soon to %s key %08x: wait until %s, which is %s, or force it", e.Step, e.KeyID, e.why, e.Ready.Format(time.RFC3339))
}

func (e *TooSoonError) Unwrap() error { return ErrTooSoon }

// tooSoon returns an error if less than wait has passed since done.
func (k *Keyring) tooSoon(step string, id uint32, done time.Time, wait time.Duration, why string) error {
	if k.rotation.Force || k.store == nil {
		return nil
	}
	e := &TooSoonError{Step: step, KeyID: id, why: why}
	if !done.IsZero() {
		if e.Ready = done.Add(wait); !time.Now().Before(e.Ready) {
			return nil
		}
	}
	return e
}

// A draft is a keyring about to be written.
type draft struct {
	*keyset.Manager
	have  *keys
	about *about
	now   time.Time
}

func (d *draft) status(id uint32) (KeyStatus, error) {
	for _, st := range d.have.status {
		if st.ID == id {
			return st, nil
		}
	}
	return KeyStatus{}, fmt.Errorf("there is no key %08x in it", id)
}

// Add adds a key that opens and does not seal yet, and returns its id.
func (k *Keyring) Add(ctx context.Context) (keyID uint32, err error) {
	err = k.change(ctx, func(d *draft) error {
		if fixed(k.name) {
			return errors.New("it is not rotated: names in the store are made with its key; what it hides is who is a subject, no value")
		}
		if len(d.have.status) >= maxKeys {
			return fmt.Errorf("it has %d keys, and cannot have more: delete one that is disabled", maxKeys)
		}
		if keyID, err = addKey(d.Manager); err == nil {
			d.about.key(keyID).Added = d.now
		}
		return err
	})
	return keyID, err
}

// Promote has the key of that id seal from now on.
func (k *Keyring) Promote(ctx context.Context, keyID uint32) error {
	return k.change(ctx, func(d *draft) error {
		st, err := d.status(keyID)
		switch {
		case err != nil:
			return err
		case fixed(k.name):
			return errors.New("it is not rotated: names in the store are made with its key")
		case st.Primary:
			return fmt.Errorf("key %08x is primary already", keyID)
		case !st.Enabled:
			return fmt.Errorf("key %08x is disabled: enable it first", keyID)
		}
		// Since when all may know it: it was added, or enabled again.
		if err := k.tooSoon("promote", keyID, st.Added, k.rotation.Spread, "every replica knows it"); err != nil {
			return err
		}
		if err := d.SetPrimary(keyID); err != nil {
			return err
		}
		d.about.key(d.have.primary).Demoted = d.now
		a := d.about.key(keyID)
		a.Promoted, a.Demoted = d.now, time.Time{}
		d.about.Equality = d.have.epoch + 1
		return nil
	})
}

// Disable has the key of that id open nothing any more: here at once, elsewhere with the
// next refresh. The primary cannot be.
func (k *Keyring) Disable(ctx context.Context, keyID uint32) error {
	return k.change(ctx, func(d *draft) error {
		st, err := d.status(keyID)
		switch {
		case err != nil:
			return err
		case st.Primary:
			return fmt.Errorf("key %08x is primary and cannot be disabled: promote another first", keyID)
		case !st.Enabled:
			return fmt.Errorf("key %08x is disabled already", keyID)
		}
		if unused := st.Promoted.IsZero() && st.Demoted.IsZero() && !st.Added.IsZero(); !unused {
			if err := k.tooSoon("disable", keyID, st.Demoted, k.rotation.Token, "no token made with it is of use any more"); err != nil {
				return err
			}
		}
		d.about.key(keyID).Disabled = d.now
		return d.Manager.Disable(keyID)
	})
}

// Enable undoes Disable.
func (k *Keyring) Enable(ctx context.Context, keyID uint32) error {
	return k.change(ctx, func(d *draft) error {
		st, err := d.status(keyID)
		if err != nil {
			return err
		}
		if st.Enabled {
			return fmt.Errorf("key %08x is not disabled", keyID)
		}
		a := d.about.key(keyID)
		a.Added, a.Disabled = d.now, time.Time{} // to others it is as new
		return d.Manager.Enable(keyID)
	})
}

// Delete destroys the key of that id, which must be disabled. What it sealed never opens
// again, but with a copy of an older epoch: the store may keep some, and backups do.
func (k *Keyring) Delete(ctx context.Context, keyID uint32) error {
	return k.change(ctx, func(d *draft) error {
		st, err := d.status(keyID)
		switch {
		case err != nil:
			return err
		case st.Enabled:
			return fmt.Errorf("key %08x is not disabled: disable it first", keyID)
		}
		if err := k.tooSoon("delete", keyID, st.Disabled, k.rotation.Grace, "it is sure that nobody misses it"); err != nil {
			return err
		}
		d.about.key(keyID).Deleted = d.now
		d.about.prune()
		return d.Manager.Delete(keyID)
	})
}

// Rewrap writes the keyring anew, with the keys that it has, wrapped by the KEK's latest
// version. Once it is done for each keyring, the versions before may be forbidden.
func (k *Keyring) Rewrap(ctx context.Context) error {
	return k.change(ctx, func(d *draft) error {
		d.about.Rewrapped = d.now
		return nil
	})
}

// change writes the next epoch of the keyring as the store has it now. Of two that
// change it at once, one gets kms.ErrConflict.
func (k *Keyring) change(ctx context.Context, edit func(*draft) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	ks := k.keys.Load()
	if k.store != nil {
		var err error
		if ks, err = k.load(ctx); err != nil {
			return err
		}
		if err := k.check(ks); err != nil {
			return err
		}
	}
	d := &draft{have: ks, about: ks.about.clone(), now: now()}
	if d.about.ID == "" { // written before keyrings had one
		d.about.ID = newAbout(d.now).ID
	}
	d.about.Written = d.now
	h, err := secretdo.Do(func() (*keyset.Handle, error) {
		d.Manager = keyset.NewManagerFromHandle(ks.handle)
		if err := edit(d); err != nil {
			return nil, err
		}
		return d.Handle()
	})
	if err != nil {
		return fmt.Errorf("envelope: change keyring %q: %w", k.name, err)
	}
	if ks, err = k.write(ctx, h, ks.epoch+1, d.about); err != nil {
		return err
	}
	k.confirm(ks)
	return nil
}
