package envelope

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/mcpveil/mcpveil/internal/secretdo"
	"github.com/mcpveil/mcpveil/kms"
)

// NOTE. What stands in the store is JSON (docs/token.md): Tink's encrypted keyset, and
// beside it, readable and no secret, what was done to it when. The latter is part of the
// associated data of the former, so neither is changed without the other. Keyrings
// written before there was the latter are Tink's encrypted keyset alone; they open, and
// get it with their next change.

const storedFormat = "mcpveil-keyring-2"

type stored struct {
	Format string          `json:"format"`
	About  json.RawMessage `json:"about"`
	Keyset json.RawMessage `json:"keyset"`
}

// An about is what is kept of a keyring's life.
type about struct {
	ID        string     `json:"id,omitempty"` // made up when the keyring is, and its own for ever
	Created   time.Time  `json:"created,omitzero"`
	Written   time.Time  `json:"written,omitzero"`
	Rewrapped time.Time  `json:"rewrapped,omitzero"`
	Equality  int64      `json:"equality,omitempty"` // epoch in which the primary was promoted
	Keys      []keyAbout `json:"keys,omitempty"`
}

// A keyAbout is what is kept of a key's life. A zero time is one not known, or not come.
type keyAbout struct {
	ID       uint32    `json:"id"`
	Added    time.Time `json:"added,omitzero"`
	Promoted time.Time `json:"promoted,omitzero"`
	Demoted  time.Time `json:"demoted,omitzero"`
	Disabled time.Time `json:"disabled,omitzero"`
	Deleted  time.Time `json:"deleted,omitzero"`
	Imported bool      `json:"imported,omitempty"`
}

// maxDeleted is how many deleted keys are remembered.
const maxDeleted = 32

func newAbout(now time.Time) *about {
	id := make([]byte, 16)
	rand.Read(id)
	return &about{ID: hex.EncodeToString(id), Created: now}
}

func (a *about) clone() *about {
	b := *a
	b.Keys = slices.Clone(a.Keys)
	return &b
}

// key returns what is kept of a key, which is nothing but its id for one not known yet.
func (a *about) key(id uint32) *keyAbout {
	i := slices.IndexFunc(a.Keys, func(k keyAbout) bool { return k.ID == id && k.Deleted.IsZero() })
	if i < 0 {
		i = len(a.Keys)
		a.Keys = append(a.Keys, keyAbout{ID: id})
	}
	return &a.Keys[i]
}

// prune forgets the keys that were deleted first.
func (a *about) prune() {
	deleted := 0
	for i := len(a.Keys) - 1; i >= 0; i-- {
		if a.Keys[i].Deleted.IsZero() {
			continue
		}
		if deleted++; deleted > maxDeleted {
			a.Keys = slices.Delete(a.Keys, i, i+1)
		}
	}
}

// now is the time as it is kept.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// wrap returns what is stored of a keyring, bound to name and epoch: put back under
// another name, or an older one put in its place, it does not open.
func wrap(ctx context.Context, kek kms.KEK, name string, epoch int64, h *keyset.Handle, a *about) ([]byte, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("envelope: wrap keyring %q: %w", name, err)
	}
	var buf bytes.Buffer
	asked := &heard{KEK: kek}
	_, err = secretdo.Do(func() (any, error) {
		return nil, h.WriteWithContext(ctx, keyset.NewJSONWriter(&buf), asked, keysetAD(name, epoch, text))
	})
	if err != nil {
		return nil, fmt.Errorf("envelope: wrap keyring %q: %w", name, asked.or(err))
	}
	out, err := json.Marshal(stored{Format: storedFormat, About: text, Keyset: buf.Bytes()})
	if err != nil {
		return nil, fmt.Errorf("envelope: wrap keyring %q: %w", name, err)
	}
	return out, nil
}

var errNotKeyset = errors.New("what is stored is not an encrypted keyset")

func unwrap(ctx context.Context, kek kms.KEK, name string, epoch int64, wrapped []byte) (*keys, error) {
	var s stored
	a, ad := new(about), keysetAD(name, epoch, nil)
	if err := json.Unmarshal(wrapped, &s); err != nil {
		return nil, fmt.Errorf("envelope: unwrap keyring %q: %w", name, errNotKeyset)
	}
	switch s.Format {
	case "":
		s.Keyset = wrapped // as written before there was an about
	case storedFormat:
		if err := json.Unmarshal(s.About, a); err != nil {
			return nil, fmt.Errorf("envelope: unwrap keyring %q: %w", name, errNotKeyset)
		}
		ad = keysetAD(name, epoch, s.About)
	default:
		return nil, fmt.Errorf("envelope: keyring %q is of a format not known here, %.40q: it was written by a later version", name, s.Format)
	}
	asked := &heard{KEK: kek}
	h, err := secretdo.Do(func() (*keyset.Handle, error) {
		return keyset.ReadWithContext(ctx, keyset.NewJSONReader(bytes.NewReader(s.Keyset)), asked, ad)
	})
	switch {
	case errors.Is(asked.err, kms.ErrCiphertext):
		return nil, fmt.Errorf("envelope: keyring %q, epoch %d, was wrapped by another key or under another name, or an older one was put in its place: %w", name, epoch, asked.err)
	case err != nil:
		return nil, fmt.Errorf("envelope: unwrap keyring %q: %w", name, asked.or(errNotKeyset))
	}
	return newKeys(h, epoch, a)
}

// EncryptedKeyset returns, of what a store holds of a keyring, Tink's encrypted keyset in JSON.
func EncryptedKeyset(wrapped []byte) ([]byte, error) {
	var s stored
	if err := json.Unmarshal(wrapped, &s); err != nil || s.Format != "" && len(s.Keyset) == 0 {
		return nil, fmt.Errorf("envelope: %w", errNotKeyset)
	}
	if s.Format == "" {
		return wrapped, nil
	}
	return s.Keyset, nil
}

// keysetAD is what a wrapped keyset is bound to. about is nil for one without.
func keysetAD(name string, epoch int64, about []byte) []byte {
	at := strconv.FormatInt(epoch, 10)
	if about == nil {
		return appendFields(nil, labelKeyset, name, at)
	}
	return appendFields(nil, labelKeyset2, name, at, string(about))
}

// A heard remembers the error of a KEK, of which Tink passes on the text only.
type heard struct {
	kms.KEK
	err error
}

func (h *heard) EncryptWithContext(ctx context.Context, plaintext, ad []byte) ([]byte, error) {
	out, err := h.KEK.EncryptWithContext(ctx, plaintext, ad)
	h.err = err
	return out, err
}

func (h *heard) DecryptWithContext(ctx context.Context, ciphertext, ad []byte) ([]byte, error) {
	out, err := h.KEK.DecryptWithContext(ctx, ciphertext, ad)
	h.err = err
	return out, err
}

func (h *heard) or(err error) error {
	if h.err != nil {
		return h.err
	}
	return err
}
