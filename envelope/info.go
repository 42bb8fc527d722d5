package envelope

import "time"

// A KeyStatus is what may be known of a key. A time is zero where that did not happen, or
// where it was not kept.
type KeyStatus struct {
	ID      uint32
	Primary bool // it seals
	Enabled bool // it opens

	Added    time.Time // or enabled again
	Promoted time.Time
	Demoted  time.Time // another was promoted in its place
	Disabled time.Time
	Imported bool // it was made elsewhere
}

// Status returns the keys, oldest first.
func (k *Keyring) Status() []KeyStatus { return append([]KeyStatus(nil), k.keys.Load().status...) }

// Epoch returns how often the keyring was written.
func (k *Keyring) Epoch() int64 { return k.keys.Load().epoch }

// An Info is what may be known of a keyring. Nothing of it is secret.
type Info struct {
	Name  string // in the store
	ID    string // made up when it was created; "" if an earlier version wrote it last
	Epoch int64  // how often it was written

	// Equality is the epoch since which equal values of a scope get equal tokens and
	// digests: that in which the primary was promoted. 0 if it was not kept.
	Equality int64

	Created, Written, Rewrapped time.Time
	Keys                        []KeyStatus  // oldest first
	Deleted                     []DeletedKey // the last 32, oldest first
}

// A DeletedKey is one that is no more.
type DeletedKey struct {
	ID      uint32
	Deleted time.Time
}

// Info returns what may be known of the keyring as it is at hand.
func (k *Keyring) Info() Info {
	ks := k.keys.Load()
	a := ks.about
	in := Info{
		Name: k.name, ID: a.ID, Epoch: ks.epoch, Equality: a.Equality,
		Created: a.Created, Written: a.Written, Rewrapped: a.Rewrapped, Keys: k.Status(),
	}
	for _, key := range a.Keys {
		if !key.Deleted.IsZero() {
			in.Deleted = append(in.Deleted, DeletedKey{key.ID, key.Deleted})
		}
	}
	return in
}

// Name returns under which name the keyring stands in its store.
func (k *Keyring) Name() string { return k.name }
