// Package kms reaches key-encryption keys (KEKs), which wrap data keys and never
// leave the service that holds them.
package kms

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// A KEK wraps and unwraps data keys. It has the methods of Tink's
// tink.AEADWithContext, so that either can stand in for the other.
// Implementations must be safe for concurrent use and pass kmstest.Run.
type KEK interface {
	// URI names the key: "hcvault://vault.example:8200/transit/keys/mcp".
	URI() string

	EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) ([]byte, error)
	DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error)
}

// Errors that a KEK's and a Store's errors wrap. Only ErrUnavailable is worth another try.
var (
	ErrUnavailable = errors.New("kms: service unavailable")
	ErrDenied      = errors.New("kms: permission denied")
	ErrNotFound    = errors.New("kms: not found")
	ErrCiphertext  = errors.New("kms: ciphertext not made by this key")
	ErrConflict    = errors.New("kms: someone else wrote first")
)

// A Store keeps wrapped keyrings, and what belongs to them, under names (see CheckName).
// Each name has its own epochs; the first is 1. Implementations must be safe for
// concurrent use and pass kmstest.RunStore.
type Store interface {
	// Get returns what was written last, and its epoch. Where there is nothing it fails
	// with ErrNotFound, and with that error for that reason only.
	Get(ctx context.Context, name string) (wrapped []byte, epoch int64, err error)

	// Put writes the next epoch. It fails with ErrConflict if epoch is not the next one, so
	// that of two writers one loses and knows it.
	Put(ctx context.Context, name string, epoch int64, wrapped []byte) error

	// Epoch returns the epoch that Get would, and fails as Get does, but what is stored
	// does not leave the store: it is for looking often.
	Epoch(ctx context.Context, name string) (int64, error)

	// List returns what stands directly in a folder, sorted: names without the folder, and
	// with "/" behind them what are folders themselves. The folder "" is the root. A folder
	// that is not there is empty.
	List(ctx context.Context, folder string) ([]string, error)

	// Delete destroys all epochs of name, not to be had back from this store; backups of it
	// are another matter. It fails with ErrNotFound where there is nothing. A name written
	// after that begins with epoch 1 again.
	Delete(ctx context.Context, name string) error
}

// Providers opens keys by the scheme of their URIs. There is no global registry:
// the program lists the providers it links.
type Providers map[string]func(ctx context.Context, uri *url.URL) (KEK, error)

// Open opens the key that uri names.
func (p Providers) Open(ctx context.Context, uri string) (KEK, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return nil, errors.New("kms: key URI does not parse, want scheme://host/path")
	}
	open, ok := p[u.Scheme]
	if !ok {
		var known []string
		for s := range p {
			known = append(known, s)
		}
		slices.Sort(known)
		return nil, fmt.Errorf("kms: unknown scheme %q in key URI, want one of %q", u.Scheme, known)
	}
	return open(ctx, u)
}

// CheckName tells whether name may name a keyring in a Store: parts of A-Z, a-z, 0-9,
// "_" and "-", up to 64 characters each and 8 parts, with "/" between them.
func CheckName(name string) error {
	parts := strings.Split(name, "/")
	if len(parts) > 8 {
		return fmt.Errorf("kms: name %q has more than 8 parts", name)
	}
	for _, p := range parts {
		if !CheckPart(p) {
			return fmt.Errorf("kms: name %q is not made of parts of A-Z, a-z, 0-9, _ and -, with / between them", name)
		}
	}
	return nil
}

// CheckPart reports whether s may be one part of a name, or of a path in a key's URI.
func CheckPart(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 64
}
