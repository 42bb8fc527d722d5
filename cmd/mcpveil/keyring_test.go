package main

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/config"
)

// TestLifetimes: what a configuration says of keys' lifetimes is what keyrings have.
func TestLifetimes(t *testing.T) {
	c := config.Default()
	c.Key.Local = &config.LocalKey{Dir: filepath.Join(t.TempDir(), "keys")}
	c.Key.MaxAge = config.Duration(time.Hour)
	open := func() (*keyrings, error) {
		return openKeyrings(t.Context(), c, nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	}
	k, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	ring, err := k.Get(t.Context(), c.Tenant, envelope.Tokens)
	if err != nil {
		t.Fatal(err)
	}
	if left := ring.Health().Left; left > time.Hour || left < 59*time.Minute {
		t.Errorf("keys serve for %v yet, want an hour", left)
	}
	c.Key.MinEpochs.Token = 2
	if _, err := open(); !errors.Is(err, envelope.ErrRollback) {
		t.Errorf("epoch 1, want 2 at least: %v, want ErrRollback", err)
	}
	if err := ring.Rewrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := open()
	if err != nil {
		t.Fatalf("epoch 2: %v", err)
	}
	again.close()

	for refresh, want := range map[time.Duration]time.Duration{5 * time.Minute: 0, time.Hour: 73 * time.Minute} {
		c.Key.Refresh = config.Duration(refresh)
		if got := lifetimes(c, envelope.Options{}).Rotation.Spread; got != want {
			t.Errorf("with a refresh each %v a key spreads in %v, want %v", refresh, got, want)
		}
	}
}
