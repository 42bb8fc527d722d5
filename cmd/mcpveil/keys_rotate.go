package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/envelope"
)

func keysRotateCommand(s streams) *cobra.Command {
	var flags keyFlags
	var every daysFlag = daysFlag(24 * time.Hour)
	var wait bool
	var purpose string
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "rotate the data keys: add, wait, promote, disable, each when it is safe",
		Long: `rotate does the steps of a rotation that are due, says what comes next and from when on, and ends. Run it again,
by hand or by a timer: what was done when stands in the keyring, so any run goes on where the last one ended.

  add      a key that opens and does not seal yet
  wait     until every replica has read the keyring again (--spread)
  promote  it, so that it seals from now on. Equal values get other tokens than before
  disable  keys that were replaced longer ago than tokens are of use (--token-life)

A rotation is begun where none is under way and the primary key is older than --every. What comes too soon is
refused; --force is for a key that others have got hold of: tokens that replicas make in the meantime may not open
on others for some minutes. To delete a key that is disabled is a step of its own.`,
		Example: `  mcpveil keys rotate --config mcpveil.yaml --wait          # by hand: add, wait ten minutes, promote
  mcpveil keys rotate --config mcpveil.yaml --every 90d     # by a timer, every hour`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return withRings(ctx, &flags, purpose, func(p *keyPlace, rings []*envelope.Keyring) error {
				// First what is due in each, so that to wait for one is to wait for all.
				for _, waiting := range []bool{false, true}[:1+btoi(wait)] {
					for _, k := range rings {
						r := rotator{keyring: k, every: time.Duration(every), wait: waiting, rotation: flags.rotation, out: s.out}
						if _, pending := r.pending(); waiting && !pending {
							continue
						}
						if err := r.run(ctx); ctx.Err() != nil {
							return &exitError{exitInterrupted, errors.New("interrupted: nothing is lost, run it again to go on")}
						} else if err != nil {
							return p.refused(err)
						}
					}
				}
				return nil
			})
		},
	}
	registerRotation := func(c *cobra.Command) {
		flags.register(c)
		c.Flags().StringVar(&purpose, "purpose", purpose, "the keyring for this: token or digest")
		c.Flags().BoolVar(&flags.rotation.Force, "force", false, "do not refuse what comes too soon")
		c.Flags().Var((*daysFlag)(&flags.rotation.Spread), "spread", "how long replicas may take to learn of a key (10m)")
		c.Flags().Var((*daysFlag)(&flags.rotation.Token), "token-life", "how long tokens are of use after their key was replaced (90d)")
		c.Flags().Var((*daysFlag)(&flags.rotation.Grace), "grace", "how long a disabled key can be enabled again before it may be deleted (30d)")
	}
	registerRotation(cmd)
	cmd.Flags().Var(&every, "every", "begin no rotation while the primary key is younger")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for what comes next, up to the promotion")

	step := func(use, short, long string, do func(context.Context, *envelope.Keyring, uint32) error) *cobra.Command {
		c := &cobra.Command{Use: use + " KEYID", Short: short, Long: long, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseKeyID(args[0])
			if err != nil {
				return err
			}
			return withRing(cmd.Context(), &flags, purpose, func(p *keyPlace, k *envelope.Keyring) error {
				if err := do(cmd.Context(), k, id); err != nil {
					return p.refused(err)
				}
				fmt.Fprintf(s.out, "%s: %s: key %08x, epoch %d\n", k.Name(), use, id, k.Epoch())
				return nil
			})
		}}
		registerRotation(c)
		return c
	}
	add := &cobra.Command{
		Use: "add", Short: "add a key that opens and does not seal yet", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRing(cmd.Context(), &flags, purpose, func(p *keyPlace, k *envelope.Keyring) error {
				id, err := k.Add(cmd.Context())
				if err != nil {
					return p.refused(err)
				}
				fmt.Fprintf(s.out, "%s: add: key %08x, epoch %d\n", k.Name(), id, k.Epoch())
				return nil
			})
		},
	}
	registerRotation(add)
	cmd.AddCommand(add,
		step("promote", "have a key seal from now on", "promote is refused before every replica can know the key.",
			func(ctx context.Context, k *envelope.Keyring, id uint32) error { return k.Promote(ctx, id) }),
		step("disable", "have a key open nothing any more", "disable is refused while tokens of the key are of use. enable undoes it.",
			func(ctx context.Context, k *envelope.Keyring, id uint32) error { return k.Disable(ctx, id) }),
		step("enable", "have a disabled key open again", "enable undoes disable.",
			func(ctx context.Context, k *envelope.Keyring, id uint32) error { return k.Enable(ctx, id) }),
		step("delete", "destroy a disabled key", "delete cannot be undone, but from a backup: what the key sealed never opens again.",
			func(ctx context.Context, k *envelope.Keyring, id uint32) error { return k.Delete(ctx, id) }))
	return cmd
}

// withRings opens the tenant's keyrings for a purpose, or for all that rotate, for f.
func withRings(ctx context.Context, flags *keyFlags, purpose string, f func(*keyPlace, []*envelope.Keyring) error) error {
	purposes := []envelope.Purpose{envelope.Tokens, envelope.Digests}
	if purpose != "" {
		if !slices.Contains(purposes, envelope.Purpose(purpose)) {
			return misused("keys rotate: --purpose is neither %s nor %s", envelope.Tokens, envelope.Digests)
		}
		purposes = []envelope.Purpose{envelope.Purpose(purpose)}
	}
	p, err := flags.place(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	var rings []*envelope.Keyring
	for _, purpose := range purposes {
		k, err := p.own(ctx, purpose)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(rings, func(o *envelope.Keyring) bool { return o.Name() == k.Name() }) { // of an earlier version, for both
			rings = append(rings, k)
		}
	}
	return f(p, rings)
}

// withRing is withRings for one keyring, that for tokens if none is named.
func withRing(ctx context.Context, flags *keyFlags, purpose string, f func(*keyPlace, *envelope.Keyring) error) error {
	return withRings(ctx, flags, cmp.Or(purpose, string(envelope.Tokens)), func(p *keyPlace, rings []*envelope.Keyring) error {
		return f(p, rings[0])
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A rotator takes a keyring through a rotation, as far as is safe by now. It keeps nothing of its own: what was done
// when is kept with the keyring.
type rotator struct {
	keyring  *envelope.Keyring
	rotation envelope.Rotation
	every    time.Duration
	wait     bool
	out      io.Writer
}

func (r *rotator) say(format string, args ...any) {
	fmt.Fprintf(r.out, r.keyring.Name()+": "+format+"\n", args...)
}

func (r *rotator) run(ctx context.Context) error {
	if err := r.disable(ctx); err != nil {
		return err
	}
	id, pending := r.pending()
	if !pending {
		age, known := r.age()
		if known && age < r.every && !r.rotation.Force {
			r.say("nothing to begin: the primary key is %s old, and younger than --every %s", days(age), days(r.every))
			return nil
		}
		var err error
		if id, err = r.keyring.Add(ctx); err != nil {
			return err
		}
		r.say("added key %08x, epoch %d: it opens, and does not seal yet", id, r.keyring.Epoch())
	}
	return r.promote(ctx, id)
}

// promote promotes the key, if need be once that is safe.
func (r *rotator) promote(ctx context.Context, id uint32) error {
	for {
		err := r.keyring.Promote(ctx, id)
		early, ok := errors.AsType[*envelope.TooSoonError](err)
		switch {
		case err == nil:
			r.say("promoted key %08x, epoch %d: it seals from now on; equal values get other tokens than before", id, r.keyring.Epoch())
			return r.disable(ctx)
		case !ok || early.Ready.IsZero():
			return err
		case !r.wait:
			r.say("next: promote key %08x, from %s on, when every replica knows it: run this again then", id, early.Ready.Local().Format(time.RFC3339))
			return nil
		}
		r.say("waiting until %s, when every replica knows key %08x; to interrupt does no harm", early.Ready.Local().Format(time.RFC3339), id)
		if err := waitUntil(ctx, early.Ready); err != nil {
			return err
		}
	}
}

// disable disables the keys whose tokens are of no use any more, and says when the next one is.
func (r *rotator) disable(ctx context.Context) error {
	for _, st := range r.keyring.Status() {
		if st.Primary || !st.Enabled || st.Demoted.IsZero() {
			continue
		}
		// Forcing is for the new key: the old one's tokens are of use for as long as they are.
		if r.rotation.Force {
			r.say("next: disable key %08x, by hand once its tokens are of no use: mcpveil keys rotate disable %08x", st.ID, st.ID)
			continue
		}
		err := r.keyring.Disable(ctx, st.ID)
		if early, ok := errors.AsType[*envelope.TooSoonError](err); ok {
			if !early.Ready.IsZero() {
				r.say("later: disable key %08x, from %s on, when its tokens are of no use", st.ID, early.Ready.Local().Format(time.RFC3339))
			}
			continue
		}
		if err != nil {
			return err
		}
		r.say("disabled key %08x, epoch %d: it opens nothing any more; enable undoes it", st.ID, r.keyring.Epoch())
	}
	return nil
}

// pending returns the key of a rotation that is under way.
func (r *rotator) pending() (id uint32, ok bool) {
	for _, st := range r.keyring.Status() {
		if waits(st) {
			id, ok = st.ID, true
		}
	}
	return id, ok
}

// age is how long the primary has been sealing, if that was kept.
func (r *rotator) age() (age time.Duration, ok bool) {
	for _, st := range r.keyring.Status() {
		if st.Primary && !st.Promoted.IsZero() {
			return time.Since(st.Promoted), true
		}
	}
	return 0, false
}

// waitUntil waits by the wall clock, which goes on while a machine sleeps.
func waitUntil(ctx context.Context, at time.Time) error {
	for {
		left := time.Until(at.Round(0))
		if left <= 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(left, 15*time.Second)):
		}
	}
}
