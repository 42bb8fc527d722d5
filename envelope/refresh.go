package envelope

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/mcpveil/mcpveil/internal/secretdo"
)

// refreshGap is the least time between two looks at the store, whatever the traffic
// brings: a forged key id must not become a load on the key service.
const refreshGap = 5 * time.Second

// refreshTime is how long one look may take.
const refreshTime = 10 * time.Second

func (k *Keyring) start(ks *keys) {
	k.keys.Store(ks)
	ctx, cancel := context.WithCancel(context.Background())
	k.stop, k.done, k.wake = cancel, make(chan struct{}), make(chan struct{}, 1)
	if k.store == nil || k.refresh < 0 {
		close(k.done)
		return
	}
	go func() {
		defer close(k.done)
		k.keepFresh(ctx)
	}()
}

// Close stops the refreshing. Sealing and opening go on with the keys at hand.
func (k *Keyring) Close() error {
	k.stop()
	<-k.done
	return nil
}

// lookAgain asks for a refresh soon: a token bore a key id that is not known here,
// and another replica may have added that key.
func (k *Keyring) lookAgain() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *Keyring) keepFresh(ctx context.Context) {
	last := time.Now()
	for {
		wait := time.Duration(float64(k.refresh) * (.8 + .4*rand.Float64()))
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-k.wake:
			select {
			case <-ctx.Done():
			case <-time.After(max(0, refreshGap-time.Since(last))):
			}
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		last = time.Now()
		look, cancel := context.WithTimeout(ctx, refreshTime)
		err := k.Refresh(look)
		cancel()
		if err != nil && ctx.Err() == nil {
			k.log.Warn("keyring not refreshed", "keyring", k.name, "epoch", k.Epoch(), "error", err)
		}
	}
}

// Refresh looks at the store now. If that fails, the keys at hand stay in use until
// they are Options.MaxAge old. A keyring older than the one at hand is refused.
func (k *Keyring) Refresh(ctx context.Context) error {
	if k.store == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	ks, err := k.load(ctx)
	if have := k.keys.Load().epoch; err == nil && ks.epoch < have {
		err = fmt.Errorf("envelope: keyring %q in the store is of epoch %d, older than %d at hand: was it put back?", k.name, ks.epoch, have)
	}
	if err != nil {
		if time.Since(k.keys.Load().asked) > k.maxAge {
			k.stale.Store(true)
		}
		return err
	}
	k.keys.Store(ks)
	k.stale.Store(false)
	return nil
}

// A KeyStatus is what may be known of a key.
type KeyStatus struct {
	ID      uint32
	Primary bool // it seals
	Enabled bool // it opens
}

// Status returns the keys, oldest first.
func (k *Keyring) Status() []KeyStatus { return append([]KeyStatus(nil), k.keys.Load().status...) }

// Epoch returns how often the keyring was written.
func (k *Keyring) Epoch() int64 { return k.keys.Load().epoch }

// Rotation is in steps, so that no replica meets a token it cannot open yet: Add a
// key; wait until every replica has refreshed; Promote it; when no token of the old
// one is of use any more, Disable that. Equal values get other tokens from Promote on.

// Add adds a key that opens and does not seal yet, and returns its id.
func (k *Keyring) Add(ctx context.Context) (keyID uint32, err error) {
	err = k.change(ctx, func(m *keyset.Manager) error {
		keyID, err = addKey(m)
		return err
	})
	return keyID, err
}

// Promote has the key of that id seal from now on.
func (k *Keyring) Promote(ctx context.Context, keyID uint32) error {
	return k.change(ctx, func(m *keyset.Manager) error { return m.SetPrimary(keyID) })
}

// Disable has the key of that id open nothing any more. The primary cannot be.
func (k *Keyring) Disable(ctx context.Context, keyID uint32) error {
	if k.keys.Load().primary == keyID {
		return errors.New("envelope: the primary key cannot be disabled: promote another first")
	}
	return k.change(ctx, func(m *keyset.Manager) error { return m.Disable(keyID) })
}

// Rewrap writes the keyring anew, with the keys that it has, wrapped by the KEK's latest
// version. Once it is done for each keyring, the versions before may be forbidden.
func (k *Keyring) Rewrap(ctx context.Context) error {
	return k.change(ctx, func(*keyset.Manager) error { return nil })
}

// change writes the next epoch of the keyring as the store has it now. Of two that
// change it at once, one gets kms.ErrConflict.
func (k *Keyring) change(ctx context.Context, edit func(*keyset.Manager) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	ks := k.keys.Load()
	if k.store != nil {
		var err error
		if ks, err = k.load(ctx); err != nil {
			return err
		}
	}
	h, err := secretdo.Do(func() (*keyset.Handle, error) {
		m := keyset.NewManagerFromHandle(ks.handle)
		if err := edit(m); err != nil {
			return nil, err
		}
		return m.Handle()
	})
	if err != nil {
		return fmt.Errorf("envelope: change keyring %q: %w", k.name, err)
	}
	if ks, err = k.write(ctx, h, ks.epoch+1); err != nil {
		return err
	}
	k.keys.Store(ks)
	return nil
}
