// Package kmstest helps to test implementations and users of kms.KEK and kms.Store.
package kmstest

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/kms"
)

// A KEK is an insecure key in memory that can be told to be slow or to fail.
type KEK struct {
	Latency time.Duration // of every call; to be set before the first
	Calls   atomic.Int64

	faults
	aead cipher.AEAD
}

// faults is the error that calls return, if any.
type faults struct{ err atomic.Pointer[error] }

// Fail has every call from now on return err, or work again if it is nil.
func (f *faults) Fail(err error) { f.err.Store(&err) }

func (f *faults) fault() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}

// New returns a KEK that works.
func New(t testing.TB) *KEK {
	t.Helper()
	key := make([]byte, 32)
	rand.Read(key)
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(b)
	if err != nil {
		t.Fatal(err)
	}
	return &KEK{aead: aead}
}

func (k *KEK) URI() string { return "memory:" }

func (k *KEK) EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	if err := k.call(ctx); err != nil {
		return nil, err
	}
	return k.aead.Seal(nil, nil, plaintext, associatedData), nil
}

func (k *KEK) DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	if err := k.call(ctx); err != nil {
		return nil, err
	}
	out, err := k.aead.Open(nil, nil, ciphertext, associatedData)
	if err != nil {
		return nil, fmt.Errorf("kmstest: %w", kms.ErrCiphertext)
	}
	return out, nil
}

func (k *KEK) call(ctx context.Context) error {
	k.Calls.Add(1)
	return pretend(ctx, k.Latency, k.fault())
}

func pretend(ctx context.Context, latency time.Duration, err error) error {
	if latency > 0 {
		timer := time.NewTimer(latency)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	if e := ctx.Err(); e != nil {
		return fmt.Errorf("kmstest: %w: %w", kms.ErrUnavailable, e)
	}
	return err
}

// A Store is a kms.Store in memory that can be told to fail. The zero value is empty
// and ready for use.
type Store struct {
	Latency time.Duration // of every call; to be set before the first
	Calls   atomic.Int64

	faults
	mu    sync.Mutex
	rings map[string][][]byte
}

func (s *Store) Get(ctx context.Context, name string) (wrapped []byte, epoch int64, err error) {
	if err := s.call(ctx, name); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.rings[name]
	if len(all) == 0 {
		return nil, 0, fmt.Errorf("kmstest: %w", kms.ErrNotFound)
	}
	return append([]byte(nil), all[len(all)-1]...), int64(len(all)), nil
}

func (s *Store) Put(ctx context.Context, name string, epoch int64, wrapped []byte) error {
	if err := s.call(ctx, name); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if epoch != int64(len(s.rings[name]))+1 {
		return fmt.Errorf("kmstest: %w", kms.ErrConflict)
	}
	if s.rings == nil {
		s.rings = map[string][][]byte{}
	}
	s.rings[name] = append(s.rings[name], append([]byte(nil), wrapped...))
	return nil
}

func (s *Store) Epoch(ctx context.Context, name string) (int64, error) {
	_, epoch, err := s.Get(ctx, name)
	return epoch, err
}

func (s *Store) List(ctx context.Context, folder string) ([]string, error) {
	if err := s.call(ctx, cmp.Or(folder, "root")); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]bool{}
	for name := range s.rings {
		rest, ok := name, true
		if folder != "" {
			rest, ok = strings.CutPrefix(name, folder+"/")
		}
		if !ok {
			continue
		}
		part, _, more := strings.Cut(rest, "/")
		if more {
			part += "/"
		}
		seen[part] = true
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

func (s *Store) Delete(ctx context.Context, name string) error {
	if err := s.call(ctx, name); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rings[name]) == 0 {
		return fmt.Errorf("kmstest: %w", kms.ErrNotFound)
	}
	delete(s.rings, name)
	return nil
}

// Rewind forgets all epochs of name after epoch, as one who can write to a store might.
func (s *Store) Rewind(name string, epoch int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rings[name] = s.rings[name][:epoch]
}

func (s *Store) call(ctx context.Context, name string) error {
	s.Calls.Add(1)
	if err := pretend(ctx, s.Latency, s.fault()); err != nil {
		return err
	}
	return kms.CheckName(name)
}
