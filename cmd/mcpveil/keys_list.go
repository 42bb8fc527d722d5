package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
)

// A listedRing is a keyring as list prints it. Nothing in it is secret.
type listedRing struct {
	Name      string      `json:"name"`
	Tenant    string      `json:"tenant"`
	Purpose   string      `json:"purpose,omitempty"` // none: of an earlier version, for all
	ID        string      `json:"id,omitempty"`
	Epoch     int64       `json:"epoch,omitempty"`
	Equality  int64       `json:"equality_epoch,omitempty"`
	Created   time.Time   `json:"created,omitzero"`
	Written   time.Time   `json:"written,omitzero"`
	Rewrapped time.Time   `json:"rewrapped,omitzero"`
	KEK       int64       `json:"wrapped_under,omitempty"` // version of the transit key
	Keys      []listedKey `json:"keys,omitempty"`
	Problem   string      `json:"problem,omitempty"` // why it does not open

}

type listedKey struct {
	ID       string    `json:"id"`
	State    string    `json:"state"` // primary, opens, waits (to be promoted), disabled, deleted
	Imported bool      `json:"imported,omitempty"`
	Added    time.Time `json:"added,omitzero"`
	Promoted time.Time `json:"promoted,omitzero"`
	Demoted  time.Time `json:"demoted,omitzero"`
	Disabled time.Time `json:"disabled,omitzero"`
	Deleted  time.Time `json:"deleted,omitzero"`
}

// States of a key.
const (
	statePrimary  = "primary"
	stateOpens    = "opens"
	stateWaits    = "waits"
	stateDisabled = "disabled"
	stateDeleted  = "deleted"
)

func keysListCommand(s streams) *cobra.Command {
	var flags keyFlags
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the tenant's keyrings with their keys, states, epochs and ages",
		Long: `list opens each keyring of the tenant and says what is in it: the epoch, which is how often it was written, and of
each key its id, its state and since when:

  primary   seals and opens
  waits     opens; added for a rotation, and not yet promoted
  opens     opens; another was promoted in its place
  disabled  opens nothing any more, and can be enabled again
  deleted   is no more

One that does not open is listed with the reason, and the exit code is 1.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := flags.place(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			tenants := []string{p.config.Tenant}
			if all {
				if tenants, err = p.tenants(cmd.Context()); err != nil {
					return err
				}
			}
			rings, broken := []listedRing{}, 0
			for _, t := range tenants {
				more, err := p.listTenant(cmd.Context(), t)
				if err != nil {
					return keyTrouble(p.config, err)
				}
				rings = append(rings, more...)
			}
			if len(rings) == 0 {
				return &exitError{exitFound, errors.New("there are no keyrings: mcpveil keys init creates them")}
			}
			for _, r := range rings {
				if r.Problem != "" {
					broken++
				}
			}
			if err := printRings(s.out, rings, asJSON, time.Now()); err != nil {
				return &exitError{exitTrouble, err}
			}
			if broken > 0 {
				return &exitError{exitFound, fmt.Errorf("%d of %d keyrings do not open", broken, len(rings))}
			}
			return nil
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&all, "all", false, "list the keyrings of all tenants, which needs an administrator's rights")
	return cmd
}

// tenants lists whose keyrings there are.
func (p *keyPlace) tenants(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tenants, err := p.Tenants(ctx)
	if err != nil {
		return nil, keyTrouble(p.config, err)
	}
	return tenants, nil
}

// listTenant says what is in a tenant's keyrings, or why that cannot be said.
func (p *keyPlace) listTenant(ctx context.Context, tenant string) ([]listedRing, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	entries, err := p.List(ctx, tenant)
	if errors.Is(err, kms.ErrDenied) && tenant == p.config.Tenant {
		// The running mcpveil's token may not list, but open what it needs.
		entries, err = nil, nil
		for _, purpose := range []envelope.Purpose{envelope.Tokens, envelope.Digests} {
			k, err := p.Get(ctx, tenant, purpose)
			if err != nil {
				return nil, err
			}
			if e := (envelope.Entry{Tenant: tenant, Purpose: purpose, Name: k.Name()}); !slices.ContainsFunc(entries, func(o envelope.Entry) bool { return o.Name == e.Name }) {
				entries = append(entries, e)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	var rings []listedRing
	for _, e := range entries {
		rings = append(rings, p.list(ctx, e))
	}
	return rings, nil
}

func (p *keyPlace) list(ctx context.Context, e envelope.Entry) listedRing {
	r := listedRing{Name: e.Name, Tenant: e.Tenant, Purpose: string(e.Purpose)}
	k, err := envelope.Open(ctx, p.kek, p.store, e.Name, &p.opts)
	if err != nil {
		r.Problem = err.Error()
		return r
	}
	defer k.Close()
	in := k.Info()
	r.ID, r.Epoch, r.Equality, r.Created, r.Written, r.Rewrapped = in.ID, in.Epoch, in.Equality, in.Created, in.Written, in.Rewrapped
	for _, st := range in.Keys {
		r.Keys = append(r.Keys, listedKey{
			ID: fmt.Sprintf("%08x", st.ID), State: stateOf(st), Imported: st.Imported,
			Added: st.Added, Promoted: st.Promoted, Demoted: st.Demoted, Disabled: st.Disabled,
		})
	}
	for _, d := range in.Deleted {
		r.Keys = append(r.Keys, listedKey{ID: fmt.Sprintf("%08x", d.ID), State: stateDeleted, Deleted: d.Deleted})
	}
	if wrapped, _, err := p.store.Get(ctx, e.Name); err == nil {
		r.KEK = wrappedUnder(wrapped)
	}
	return r
}

func stateOf(st envelope.KeyStatus) string {
	switch {
	case st.Primary:
		return statePrimary
	case !st.Enabled:
		return stateDisabled
	case waits(st):
		return stateWaits
	}
	return stateOpens
}

// waits reports whether a key was added for a rotation that is not done yet.
func waits(st envelope.KeyStatus) bool {
	return st.Enabled && !st.Primary && !st.Added.IsZero() && st.Promoted.IsZero() && st.Demoted.IsZero()
}

func printRings(w io.Writer, rings []listedRing, asJSON bool, now time.Time) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(struct {
			Keyrings []listedRing `json:"keyrings"`
		}{rings})
	}
	var b strings.Builder
	for _, r := range rings {
		fmt.Fprintf(&b, "%s", r.Name)
		if r.Problem != "" {
			fmt.Fprintf(&b, "  does not open: %s\n", r.Problem)
			continue
		}
		fmt.Fprintf(&b, "  epoch %d", r.Epoch)
		if !r.Created.IsZero() {
			fmt.Fprintf(&b, ", created %s", r.Created.Format(time.DateOnly))
		}
		if !r.Written.IsZero() {
			fmt.Fprintf(&b, ", changed %s ago", days(now.Sub(r.Written)))
		}
		if r.KEK > 0 {
			fmt.Fprintf(&b, ", wrapped under version %d of the transit key", r.KEK)
		}
		b.WriteByte('\n')
		for _, k := range r.Keys {
			fmt.Fprintf(&b, "  %s  %-8s", k.ID, k.State)
			for _, since := range []struct {
				what string
				at   time.Time
			}{{"added", k.Added}, {"promoted", k.Promoted}, {"replaced", k.Demoted}, {"disabled", k.Disabled}, {"deleted", k.Deleted}} {
				if !since.at.IsZero() {
					fmt.Fprintf(&b, "  %s %s ago", since.what, days(now.Sub(since.at)))
				}
			}
			if k.Imported {
				b.WriteString("  imported")
			}
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
