package envelope

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mcpveil/mcpveil/kms"
)

// A State says whether a keyring can be used.
type State uint8

const (
	// OK: the store and the KEK confirmed the keys when they were last asked.
	OK State = iota
	// Degraded: they did not, and the keys at hand serve until they are too old.
	Degraded
	// Expired: the keys are too old or destroyed, or there are none. Nothing is sealed or opened.
	Expired
)

func (s State) String() string {
	switch s {
	case OK:
		return "ok"
	case Degraded:
		return "degraded"
	}
	return "expired"
}

// A Health is what readiness and metrics may say of a keyring. Nothing of it is secret.
type Health struct {
	State    State
	Epoch    int64
	Age      time.Duration // since the store and the KEK last confirmed the keys
	Left     time.Duration // until they are too old; 0 if they are, or never will be
	Failures int           // looks at the store in a row that failed
	Since    time.Time     // when the first of them did
	Error    string        // the kind of the last: see ErrorClass; "" if it did not fail
}

// Health returns how the keyring is.
func (k *Keyring) Health() Health {
	k.life.Lock()
	defer k.life.Unlock()
	ks := k.keys.Load()
	h := Health{Epoch: ks.epoch, Failures: k.failures, Error: ErrorClass(k.lastErr)}
	if k.failures > 0 {
		h.State, h.Since = Degraded, k.since
	}
	if k.store != nil {
		h.Age = age(ks.asked)
		h.Left = max(0, k.maxAge-h.Age)
	}
	if k.stale.Load() {
		h.State, h.Left = Expired, 0
	}
	return h
}

// ErrorClass returns of what kind an error of this package or of a key service is, in a
// word for a metric: "unavailable", "denied", "not found", "ciphertext", "conflict",
// "rollback", "replaced", "other", or "" for nil.
func ErrorClass(err error) string {
	if err == nil {
		return ""
	}
	for _, c := range []struct {
		is   error
		name string
	}{
		{errReplaced, "replaced"}, {ErrRollback, "rollback"}, {kms.ErrUnavailable, "unavailable"}, {kms.ErrDenied, "denied"},
		{kms.ErrNotFound, "not found"}, {kms.ErrCiphertext, "ciphertext"}, {kms.ErrConflict, "conflict"}, {context.DeadlineExceeded, "unavailable"},
	} {
		if errors.Is(err, c.is) {
			return c.name
		}
	}
	return "other"
}

// A KeyringHealth is that of a tenant's keyring for a purpose.
type KeyringHealth struct {
	Tenant  string
	Purpose Purpose
	Health
}

// Health returns how the keyrings are that are at hand, by tenant and purpose. One that
// could not be read is Expired, with the error's kind.
func (r *Keyrings) Health() []KeyringHealth {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var all []KeyringHealth
	for key, s := range r.slots {
		h := KeyringHealth{Tenant: key.tenant, Purpose: key.purpose}
		select {
		case <-s.done:
		default:
			continue // being read
		}
		if s.k != nil {
			h.Health = s.k.Health()
		} else {
			h.Health = Health{State: Expired, Failures: 1, Since: s.at, Error: ErrorClass(s.err)}
		}
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b KeyringHealth) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Purpose, b.Purpose))
	})
	return all
}

// Worst returns the worst of what [Keyrings.Health] returns: OK if there is none.
func Worst(all []KeyringHealth) Health {
	var worst Health
	for _, h := range all {
		if h.State > worst.State || h.State == worst.State && h.Age > worst.Age {
			worst = h.Health
		}
	}
	return worst
}
