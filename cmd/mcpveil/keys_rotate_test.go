package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
)

// runRotator opens the keyring as a command would, takes it as far as is safe, and returns what was said.
func runRotator(t *testing.T, ctx context.Context, kek kms.KEK, store kms.Store, r rotator) (string, error) {
	t.Helper()
	k, err := envelope.Open(t.Context(), kek, store, "acme/crm", &envelope.Options{Refresh: -1, Rotation: r.rotation, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	var out strings.Builder
	r.keyring, r.out = k, &out
	err = r.run(ctx)
	return out.String(), err
}

func ringStates(t *testing.T, kek kms.KEK, store kms.Store) []string {
	t.Helper()
	k, err := envelope.Open(t.Context(), kek, store, "acme/crm", &envelope.Options{Refresh: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	var states []string
	for _, st := range k.Status() {
		states = append(states, stateOf(st))
	}
	return states
}

// A timer that runs rotate every hour for a year rotates every 90 days; each step comes when it is safe, and what
// was done is never done twice.
func TestRotateByTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kek, store := kmstest.New(t), new(kmstest.Store)
		k, err := envelope.Create(t.Context(), kek, store, "acme/crm", &envelope.Options{Refresh: -1})
		if err != nil {
			t.Fatal(err)
		}
		k.Close()
		begin := time.Now()
		did := map[string][]time.Duration{}
		for time.Since(begin) < 366*24*time.Hour {
			out, err := runRotator(t, t.Context(), kek, store, rotator{every: 90 * 24 * time.Hour, rotation: envelope.Rotation{Token: 30 * 24 * time.Hour}})
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out) {
				if verb, _, _ := strings.Cut(strings.TrimPrefix(line, "acme/crm: "), " "); verb == "added" || verb == "promoted" || verb == "disabled" {
					did[verb] = append(did[verb], time.Since(begin).Round(time.Hour)/(24*time.Hour))
				}
			}
			time.Sleep(time.Hour)
		}
		for verb, want := range map[string][]time.Duration{"added": {90, 180, 270, 360}, "promoted": {90, 180, 270, 360}, "disabled": {120, 210, 300}} {
			if !slices.Equal(did[verb], want) {
				t.Errorf("keys were %s on the days %d, want %d", verb, did[verb], want)
			}
		}
		if got, want := ringStates(t, kek, store), []string{stateDisabled, stateDisabled, stateDisabled, stateOpens, statePrimary}; !slices.Equal(got, want) {
			t.Errorf("after a year the keys are %v, want %v", got, want)
		}
	})
}

// By hand it waits no longer than it must and no shorter; interrupted, it goes on where it was.
func TestRotateWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kek, store := kmstest.New(t), new(kmstest.Store)
		k, err := envelope.Create(t.Context(), kek, store, "acme/crm", &envelope.Options{Refresh: -1})
		if err != nil {
			t.Fatal(err)
		}
		k.Close()
		time.Sleep(48 * time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		defer cancel()
		begin := time.Now()
		if out, err := runRotator(t, ctx, kek, store, rotator{every: 24 * time.Hour, wait: true}); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(out, "waiting until") {
			t.Errorf("interrupted it ends with %v and says %q", err, out)
		}
		if got := ringStates(t, kek, store); !slices.Equal(got, []string{statePrimary, stateWaits}) {
			t.Errorf("interrupted, the keys are %v", got)
		}
		out, err := runRotator(t, t.Context(), kek, store, rotator{every: 24 * time.Hour, wait: true})
		if err != nil || strings.Contains(out, "added") || !strings.Contains(out, "promoted") {
			t.Errorf("run again it ends with %v and says %q, want it to promote the key that waits", err, out)
		}
		if took := time.Since(begin); took < 10*time.Minute || took > 11*time.Minute {
			t.Errorf("the key was promoted %v after it was added, want 10 minutes", took)
		}
		if got := ringStates(t, kek, store); !slices.Equal(got, []string{stateOpens, statePrimary}) {
			t.Errorf("in the end the keys are %v", got)
		}
		if out, err := runRotator(t, t.Context(), kek, store, rotator{every: 24 * time.Hour, wait: true}); err != nil || !strings.Contains(out, "nothing to begin") {
			t.Errorf("run once more it ends with %v and says %q, want nothing begun", err, out)
		}
	})
}
