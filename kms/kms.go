// Package kms reaches key-encryption keys (KEKs), which wrap data keys and never
// leave the service that holds them.
package kms

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
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

// A Store keeps wrapped keyrings. Put fails with ErrConflict if epoch is not the next one, so
// that of two writers one loses and knows it. The first epoch is 1. Get of what is
// not there fails with ErrNotFound, and with that error for that reason only.
type Store interface {
	Get(ctx context.Context, name string) (wrapped []byte, epoch int64, err error)
	Put(ctx context.Context, name string, epoch int64, wrapped []byte) error
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
