package kms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// A Breaker keeps a service that does not answer from being asked by everybody, again and
// again: after some calls in a row that failed with ErrUnavailable it fails all others
// itself, at once, with that error, until one that it lets through for a try is answered.
// It is safe for concurrent use; the zero value is ready.
type Breaker struct {
	// Failures is how many calls in a row fail until it opens; 5 if zero.
	Failures int

	// Wait is how long it lets nothing through, give or take a fifth, before the first
	// try; 1 second if zero. Each try that fails doubles it, up to MaxWait; 30 seconds if zero.
	Wait, MaxWait time.Duration

	mu       sync.Mutex
	failed   int
	tries    int       // that failed since it opened
	until    time.Time // it is open until then; zero if it is closed
	trying   bool
	refusals uint64
}

var errOpen = errors.New("kms: not asked, since it did not answer lately")

// Guard returns kek and store behind b. Both may be nil.
func (b *Breaker) Guard(kek KEK, store Store) (KEK, Store) {
	if kek != nil {
		kek = &guardedKEK{kek, b}
	}
	if store != nil {
		store = &guardedStore{store, b}
	}
	return kek, store
}

// Open reports whether calls are failed without being made.
func (b *Breaker) Open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.until.IsZero()
}

// Refused returns how many calls were.
func (b *Breaker) Refused() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refusals
}

// do makes a call, if that is allowed, and learns from what comes of it.
func (b *Breaker) do(ctx context.Context, call func() error) error {
	try, err := b.enter()
	if err != nil {
		return err
	}
	answered := false
	defer func() { b.leave(try, answered, errors.Is(ctx.Err(), context.Canceled)) }()
	err = call()
	answered = !errors.Is(err, ErrUnavailable)
	return err
}

func (b *Breaker) enter() (try bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return false, nil
	}
	if b.trying || time.Now().Before(b.until) {
		b.refusals++
		return false, fmt.Errorf("%w: %w", ErrUnavailable, errOpen)
	}
	b.trying = true
	return true, nil
}

func (b *Breaker) leave(try, answered, gaveUp bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if try {
		b.trying = false
	}
	switch {
	case answered:
		b.failed, b.tries, b.until = 0, 0, time.Time{}
	case gaveUp: // which tells nothing of the service
	case try:
		b.tries++
		b.open()
	case b.until.IsZero():
		if b.failed++; b.failed >= cmp.Or(b.Failures, 5) {
			b.open()
		}
	}
}

// open closes the way. b.mu is held.
func (b *Breaker) open() {
	wait, most := cmp.Or(b.Wait, time.Second), cmp.Or(b.MaxWait, 30*time.Second)
	wait = min(wait<<min(b.tries, 16), most)
	b.until = time.Now().Add(time.Duration(float64(wait) * (.8 + .4*rand.Float64())))
}

type guardedKEK struct {
	KEK
	b *Breaker
}

func (g *guardedKEK) EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) (out []byte, err error) {
	err = g.b.do(ctx, func() error {
		out, err = g.KEK.EncryptWithContext(ctx, plaintext, associatedData)
		return err
	})
	return out, err
}

func (g *guardedKEK) DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) (out []byte, err error) {
	err = g.b.do(ctx, func() error {
		out, err = g.KEK.DecryptWithContext(ctx, ciphertext, associatedData)
		return err
	})
	return out, err
}

type guardedStore struct {
	s Store
	b *Breaker
}

func (g *guardedStore) Get(ctx context.Context, name string) (wrapped []byte, epoch int64, err error) {
	err = g.b.do(ctx, func() error {
		wrapped, epoch, err = g.s.Get(ctx, name)
		return err
	})
	return wrapped, epoch, err
}

func (g *guardedStore) Put(ctx context.Context, name string, epoch int64, wrapped []byte) error {
	return g.b.do(ctx, func() error { return g.s.Put(ctx, name, epoch, wrapped) })
}

func (g *guardedStore) Epoch(ctx context.Context, name string) (epoch int64, err error) {
	err = g.b.do(ctx, func() error {
		epoch, err = g.s.Epoch(ctx, name)
		return err
	})
	return epoch, err
}

func (g *guardedStore) List(ctx context.Context, folder string) (names []string, err error) {
	err = g.b.do(ctx, func() error {
		names, err = g.s.List(ctx, folder)
		return err
	})
	return names, err
}

func (g *guardedStore) Delete(ctx context.Context, name string) error {
	return g.b.do(ctx, func() error { return g.s.Delete(ctx, name) })
}
