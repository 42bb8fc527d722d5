package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
)

func keysRewrapCommand(s streams) *cobra.Command {
	var flags keyFlags
	var all, check bool
	var least int64
	var from string
	cmd := &cobra.Command{
		Use:   "rewrap",
		Short: "wrap the keyrings anew, once the key that wraps them was rotated",
		Long: `rewrap unwraps each keyring of the tenant and wraps it with the latest version of the transit key. Nothing else
changes: tokens stay as they are. (Vault's own rewrap cannot do it for what is bound to its place.)

With --min-version N, only keyrings under an earlier version are written, and the exit code is 1 unless all are then
under N or later. Only then may Vault be told to forget the earlier versions; the command for that is printed. Copies of
keyrings in backups, and earlier versions in KV, do not open after that.

With --from URI, keyrings that another transit key of this Vault wraps are moved to the key of the configuration: for a
key of the wrong kind, or in the wrong place. It needs the right to decrypt with that key, too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := flags.place(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			if p.config.Key.Vault == nil && (least > 0 || check) {
				return misused("keys rewrap: a local key has no versions")
			}
			if from != "" {
				if least > 0 || check {
					return misused("keys rewrap: --from moves keyrings from another key: --min-version and --check are of one key's versions")
				}
				old, err := p.otherKEK(cmd.Context(), "--from", from)
				if err != nil {
					return err
				}
				p.kek = movingKEK{p.kek, old}
			}
			tenants := []string{p.config.Tenant}
			if all {
				if tenants, err = p.tenants(cmd.Context()); err != nil {
					return err
				}
			}
			w := rewrapper{place: p, moved: from != "", least: least, check: check, all: all, out: s.out}
			return w.run(cmd.Context(), tenants)
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "the keyrings of all tenants")
	cmd.Flags().BoolVar(&check, "check", false, "write nothing: say which keyrings are under which version")
	cmd.Flags().StringVar(&from, "from", "", "the `URI` of the transit key that wraps the keyrings now, if it is another")
	cmd.Flags().Int64Var(&least, "min-version", 0, "the version `N` that all keyrings must be under, or a later one")
	return cmd
}

// A rewrapper wraps keyrings anew, each by itself: what it did stays done if it is interrupted.
type rewrapper struct {
	place *keyPlace
	moved bool  // from another key
	least int64 // 0: write each
	check bool
	all   bool // tenants
	out   io.Writer
}

func (w *rewrapper) run(ctx context.Context, tenants []string) error {
	var names []string
	for _, t := range tenants {
		list, cancel := context.WithTimeout(ctx, startTimeout)
		entries, err := w.place.List(list, t)
		cancel()
		if err != nil {
			return keyTrouble(w.place.config, err)
		}
		for _, e := range entries {
			names = append(names, e.Name)
		}
	}
	if len(names) == 0 {
		return &exitError{exitFound, errors.New("keys rewrap: there is no keyring")}
	}
	lowest, late := int64(0), 0
	for i, name := range names {
		before, after, err := w.one(ctx, name)
		if err != nil {
			return w.place.refused(fmt.Errorf("keys rewrap: after %d of %d keyrings: %w", i, len(names), err))
		}
		switch {
		case w.moved:
			fmt.Fprintf(w.out, "%s: moved, under version %d\n", name, after)
		case after == 0: // a local key
			fmt.Fprintf(w.out, "%s: wrapped anew\n", name)
		case before == after:
			fmt.Fprintf(w.out, "%s: under version %d\n", name, after)
		default:
			fmt.Fprintf(w.out, "%s: from version %d to %d\n", name, before, after)
		}
		if i == 0 || after < lowest {
			lowest = after
		}
		if after < w.least {
			late++
		}
	}
	if late > 0 {
		return &exitError{exitFound, fmt.Errorf("keys rewrap: %d of %d keyrings are under a version before %d: was the transit key rotated? (vault write -f %s/rotate)", late, len(names), w.least, w.keyPath())}
	}
	if w.moved {
		fmt.Fprintln(w.out, "keep the other key for as long as backups hold keyrings that it wraps")
	} else if lowest > 1 && w.all {
		fmt.Fprintf(w.out, "no keyring here is under a version before %d. Where this is all that the key wraps, earlier ones may be forbidden:\n  vault write %s/config min_decryption_version=%d\n", lowest, w.keyPath(), lowest)
	} else if lowest > 1 {
		fmt.Fprintln(w.out, "before earlier versions are forbidden, see that no tenant needs them: mcpveil keys rewrap --all --check")
	}
	return nil
}

func (w *rewrapper) keyPath() string {
	p, _ := placeInVault(w.place.config)
	return p.mount + "/keys/" + p.key
}

// one wraps one keyring anew, unless it is new enough. Versions are 0 where the KEK has none.
func (w *rewrapper) one(ctx context.Context, name string) (before, after int64, err error) {
	if before, err = w.version(ctx, name); err != nil {
		return 0, 0, err
	}
	if w.check || w.least > 0 && before >= w.least {
		return before, before, nil
	}
	k, err := w.place.open(ctx, name)
	if err != nil {
		return 0, 0, err
	}
	defer k.Close()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := k.Rewrap(ctx); err != nil {
		return 0, 0, err
	}
	after, err = w.version(ctx, name)
	return before, after, err
}

// A movingKEK wraps with one key, and unwraps what another one wrapped as well.
type movingKEK struct {
	kms.KEK
	old kms.KEK
}

func (m movingKEK) DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	plaintext, err := m.KEK.DecryptWithContext(ctx, ciphertext, associatedData)
	if errors.Is(err, kms.ErrCiphertext) {
		return m.old.DecryptWithContext(ctx, ciphertext, associatedData)
	}
	return plaintext, err
}

// Close ends the sessions of both.
func (m movingKEK) Close() error {
	closeKEK(m.KEK)
	closeKEK(m.old)
	return nil
}

// version is that of the transit key which a keyring is wrapped under.
func (w *rewrapper) version(ctx context.Context, name string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	wrapped, _, err := w.place.store.Get(ctx, name)
	if err != nil {
		return 0, err
	}
	v := wrappedUnder(wrapped)
	if v == 0 && w.place.config.Key.Vault != nil {
		return 0, fmt.Errorf("keyring %q is not wrapped as Vault does: %w", name, kms.ErrCiphertext)
	}
	return v, nil
}

// wrappedUnder returns the version of the transit key that a stored keyring is wrapped under, 0 if that
// cannot be told.
func wrappedUnder(wrapped []byte) int64 {
	var keyset struct {
		EncryptedKeyset []byte `json:"encryptedKeyset"`
	}
	wrapped, err := envelope.EncryptedKeyset(wrapped)
	if err != nil || json.Unmarshal(wrapped, &keyset) != nil {
		return 0
	}
	text, ok := strings.CutPrefix(string(keyset.EncryptedKeyset), "vault:v")
	version, _, more := strings.Cut(text, ":")
	n, err := strconv.ParseInt(version, 10, 64)
	if !ok || !more || err != nil {
		return 0
	}
	return n
}
