package envelope

import (
	"context"
	"fmt"
	"time"
)

// refreshGap is the least time between two looks at the store, whatever the traffic
// brings: a forged key id must not become a load on the key service.
const refreshGap = 5 * time.Second

// What is done unless Options say otherwise.
const (
	defaultRefresh = 5 * time.Minute
	defaultMaxAge  = 24 * time.Hour
)

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
		wait := jittered(k.refresh)
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
	if err == nil {
		err = k.check(ks)
	}
	if err != nil {
		if age(k.keys.Load().asked) > k.maxAge {
			k.stale.Store(true)
		}
		return err
	}
	k.confirm(ks)
	return nil
}

// confirm has ks in use, which the store and the KEK just gave.
func (k *Keyring) confirm(ks *keys) {
	k.keys.Store(ks)
	k.stale.Store(false)
}

// check refuses a keyring that was put back to an older state, or in the place of another.
func (k *Keyring) check(ks *keys) error {
	least := k.minEpoch
	if have := k.keys.Load(); have != nil {
		least = max(least, have.epoch)
	}
	if ks.epoch < least {
		return fmt.Errorf("%w: keyring %q in the store is of epoch %d, older than %d", ErrRollback, k.name, ks.epoch, least)
	}
	return nil
}

// age returns how long ago t was, by the clock that runs on while the machine sleeps, too.
func age(t time.Time) time.Duration {
	now := time.Now()
	return max(now.Sub(t), now.Round(0).Sub(t.Round(0)))
}
