package envelope

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mcpveil/mcpveil/kms"
)

// refreshGap is the least time between two looks at the store, whatever the traffic
// brings: a forged key id must not become a load on the key service.
const refreshGap = 5 * time.Second

// What is done unless Options say otherwise.
const (
	defaultRefresh = 5 * time.Minute
	defaultPoll    = 30 * time.Second
	defaultMaxAge  = 24 * time.Hour
)

// refreshTime is how long one look may take.
const refreshTime = 10 * time.Second

// start has k at work with ks, which is fresh from the store.
func (k *Keyring) start(ks *keys) {
	ctx, cancel := context.WithCancel(context.Background())
	k.stop, k.done, k.wake = cancel, make(chan struct{}), make(chan struct{}, 1)
	k.confirm(ks)
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
	k.life.Lock()
	defer k.life.Unlock()
	if k.expire != nil {
		k.expire.Stop()
	}
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

// refuses reports whether the keys are not to be used. That somebody wants to use them has
// another look at the store.
func (k *Keyring) refuses() bool {
	if !k.stale.Load() {
		return false
	}
	k.lookAgain()
	return true
}

// keepFresh refreshes the keyring now and then: sooner where that failed, where a token
// bore a key id not known here, and where the store has a later epoch.
func (k *Keyring) keepFresh(ctx context.Context) {
	last := time.Now()
	next := last.Add(jittered(k.refresh))
	var used uint64
	for {
		wait := time.Until(next)
		if k.poll > 0 {
			wait = min(wait, jittered(k.poll))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-k.wake:
			select {
			case <-ctx.Done():
			case <-time.After(max(0, refreshGap-time.Since(last))):
			}
			next = time.Now()
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		if k.grow(); k.stale.Load() && time.Since(last) >= refreshGap {
			next = time.Now() // the clock may have been set
		}
		if time.Now().Before(next) {
			before := used
			if used = k.stats.uses(); used == before || !k.behind(ctx) {
				continue // nobody used it, or there is nothing new
			}
		}
		last = time.Now()
		look, cancel := context.WithTimeout(ctx, refreshTime)
		err := k.Refresh(look)
		cancel()
		wait = k.refresh
		if err != nil && ctx.Err() == nil {
			h := k.Health()
			k.log.Warn("keyring not refreshed", "keyring", k.name, "epoch", h.Epoch, "state", h.State.String(), "failures", h.Failures, "error", err)
			wait = min(wait, refreshGap<<min(h.Failures-1, 4)) // 5 s to 80 s
		}
		next = last.Add(jittered(wait))
	}
}

// behind reports whether the store has another epoch than the one at hand. Not every
// sidecar may ask for that: then it is left at refreshing.
func (k *Keyring) behind(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	epoch, err := k.store.Epoch(ctx, k.name)
	switch {
	case errors.Is(err, kms.ErrDenied):
		k.log.Info("keyring is refreshed only now and then: its epoch cannot be asked for", "keyring", k.name, "every", k.refresh, "error", err)
		k.poll = 0
		return false
	case err != nil:
		return errors.Is(err, kms.ErrNotFound)
	}
	return epoch != k.Epoch()
}

// Refresh looks at the store now. If that fails, the keys at hand stay in use until
// they are Options.MaxAge old; but where the store says that there is no such keyring any
// more, or holds another one in its place, not a moment longer, since it was destroyed.
// A keyring older than the one at hand is refused.
func (k *Keyring) Refresh(ctx context.Context) error {
	if k.store == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	ks, err := k.load(ctx)
	if err == nil {
		err = k.check(ks)
	}
	if err != nil {
		if !errors.Is(ctx.Err(), context.Canceled) { // which says nothing of the store
			k.failed(err)
		}
		return err
	}
	k.confirm(ks)
	return nil
}

var errReplaced = errors.New("envelope: another keyring stands in its place: start again to use that")

// check refuses a keyring that was put back to an older state, or in the place of another.
func (k *Keyring) check(ks *keys) error {
	least := k.minEpoch
	if have := k.keys.Load(); have != nil {
		if a, b := have.about.ID, ks.about.ID; a != b && a != "" && b != "" {
			return fmt.Errorf("keyring %q: %w", k.name, errReplaced)
		}
		least = max(least, have.epoch)
	}
	if ks.epoch < least {
		return fmt.Errorf("%w: keyring %q in the store is of epoch %d, older than %d: was it put back?", ErrRollback, k.name, ks.epoch, least)
	}
	return nil
}

// confirm has ks in use, which the store and the KEK just gave.
func (k *Keyring) confirm(ks *keys) {
	k.life.Lock()
	defer k.life.Unlock()
	k.keys.Store(ks)
	k.gone, k.failures, k.lastErr = false, 0, nil
	k.stale.Store(false)
	if k.store == nil {
		return
	}
	if k.expire == nil {
		k.expire = time.AfterFunc(k.maxAge, k.grow)
	} else {
		k.expire.Reset(k.maxAge)
	}
}

// failed takes note that the store or the KEK did not give the keyring.
func (k *Keyring) failed(err error) {
	k.life.Lock()
	if k.failures++; k.failures == 1 {
		k.since = time.Now()
	}
	k.lastErr = err
	// A look that fails for another reason later does not bring back what was destroyed.
	k.gone = k.gone || errors.Is(err, kms.ErrNotFound) || errors.Is(err, errReplaced)
	k.life.Unlock()
	k.grow()
}

// destroyed reports whether the store says that there is no such keyring any more.
func (k *Keyring) destroyed() bool {
	k.life.Lock()
	defer k.life.Unlock()
	return k.gone && errors.Is(k.lastErr, kms.ErrNotFound)
}

// grow has the keys refused once they are too old, or destroyed.
func (k *Keyring) grow() {
	k.life.Lock()
	defer k.life.Unlock()
	k.stale.Store(k.gone || k.store != nil && age(k.keys.Load().asked) >= k.maxAge)
}

// age returns how long ago t was, by the clock that runs on while the machine sleeps, too.
func age(t time.Time) time.Duration {
	now := time.Now()
	return max(now.Sub(t), now.Round(0).Sub(t.Round(0)))
}
