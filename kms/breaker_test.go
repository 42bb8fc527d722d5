package kms_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
)

// TestBreaker: a service that does not answer is asked little, and used again soon after
// it answers; of many who ask when a try is due, one is let through.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b kms.Breaker
		backend := &kmstest.Store{Latency: 100 * time.Millisecond}
		_, s := b.Guard(nil, backend)
		get := func() error { _, _, err := s.Get(t.Context(), "ring"); return err }
		down := fmt.Errorf("kmstest: %w", kms.ErrUnavailable)

		// What is answered, though with an error, says that the service is there.
		for _, err := range []error{kms.ErrDenied, kms.ErrNotFound, kms.ErrConflict} {
			backend.Fail(err)
			for range 20 {
				if got := get(); !errors.Is(got, err) {
					t.Fatalf("Get = %v, want %v", got, err)
				}
			}
		}
		backend.Fail(nil)
		if err := s.Put(t.Context(), "ring", 1, []byte("x")); err != nil || b.Open() {
			t.Fatalf("Put = %v, open: %v", err, b.Open())
		}

		// A failure here and there does not open it.
		for range 10 {
			backend.Fail(down)
			for range 4 {
				get()
			}
			backend.Fail(nil)
			if err := get(); err != nil {
				t.Fatalf("Get = %v", err)
			}
		}
		// Nor do those who give up.
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			s.Get(ctx, "ring")
		}
		if b.Open() || b.Refused() > 0 {
			t.Errorf("open: %v, refused: %d", b.Open(), b.Refused())
		}

		backend.Fail(down)
		calls := backend.Calls.Load()
		for range 600 { // ten minutes of one call a second
			if err := get(); !errors.Is(err, kms.ErrUnavailable) || errors.Is(err, kms.ErrNotFound) {
				t.Fatalf("Get = %v, want ErrUnavailable", err)
			}
			time.Sleep(time.Second)
		}
		if asked := backend.Calls.Load() - calls; asked < 20 || asked > 40 {
			t.Errorf("a service that is down was asked %d times in ten minutes, want 20 to 40 of 600", asked)
		}

		time.Sleep(40 * time.Second) // a try is due
		calls = backend.Calls.Load()
		backend.Fail(nil)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { get() })
		}
		wg.Wait()
		if asked := backend.Calls.Load() - calls; asked != 1 {
			t.Errorf("of 100 calls at once, %d were let through for a try, want 1", asked)
		}
		if err := get(); err != nil || b.Open() {
			t.Errorf("after a try that was answered: Get = %v, open: %v", err, b.Open())
		}
	})
}

// TestBreakerSuite: what is guarded is as it was.
func TestBreakerSuite(t *testing.T) {
	kmstest.Run(t, func(t *testing.T) kms.KEK { kek, _ := new(kms.Breaker).Guard(kmstest.New(t), nil); return kek })
	kmstest.RunStore(t, func(t *testing.T) kms.Store {
		_, s := new(kms.Breaker).Guard(nil, new(kmstest.Store))
		return s
	})
}
