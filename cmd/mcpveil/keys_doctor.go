package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/local"
)

// How a check of doctor's ended.
const (
	checkOK   = "ok"
	checkWarn = "warn" // it works, and is not as it should be
	checkFail = "fail" // it does not work, or is not safe
	checkSkip = "skip" // this token may not look, or what it rests on failed
)

// What is too old or too many.
const (
	dataKeyOld  = 366 * 24 * time.Hour
	waitsLong   = 7 * 24 * time.Hour
	maxKeysWarn = 28
)

// A diagnosis is what one check found. There is no key, token or value in it.
type diagnosis struct {
	Check  string `json:"check"`
	Status string `json:"status"`
	Says   string `json:"says"`
	Advice string `json:"advice,omitempty"`
}

// A doctor looks at where the keys of a configuration are.
type doctor struct {
	config *config.Config
	role   string
	now    time.Time
	found  []diagnosis
}

func (d *doctor) add(status, check, says string) *diagnosis {
	d.found = append(d.found, diagnosis{Check: check, Status: status, Says: says})
	return &d.found[len(d.found)-1]
}

func (d *doctor) ok(check, format string, args ...any) {
	d.add(checkOK, check, fmt.Sprintf(format, args...))
}

// problem adds a check that did not end well, and what to do about it.
func (d *doctor) problem(status, check, says, advice string) {
	d.add(status, check, says).Advice = advice
}

func (d *doctor) worst() string {
	worst := checkOK
	for _, f := range d.found {
		if f.Status == checkFail || f.Status == checkWarn && worst == checkOK {
			worst = f.Status
		}
	}
	return worst
}

func keysDoctorCommand(s streams) *cobra.Command {
	var flags keyFlags
	var role string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [--config FILE]",
		Short: "examine where the keys are, and say what is wrong and what to do",
		Long: `doctor examines the keyring and what it rests on. Of Vault: address, certificate, health, seal, clock; the token's
life and rights, path by path; the kind of the transit key; how KV keeps versions; whether what is bound stays
bound (a self-test with the wrong associated data); and how old the keys are. It changes nothing.

Each check is ok, warn, fail or skip: what this token may not look at is skipped. Run it with the token that the running mcpveil
has, and with --role admin and an administrator's, which may look at more. With a fail the exit code is 1.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if role != roleRuntime && role != roleAdmin {
				return misused("keys doctor: --role is neither %s nor %s", roleRuntime, roleAdmin)
			}
			c, err := flags.load()
			if err != nil {
				return err
			}
			if err := flags.spare(c); err != nil {
				return err
			}
			d := &doctor{config: c, role: role, now: time.Now()}
			d.examine(cmd.Context())
			if err := d.print(s.out, asJSON); err != nil {
				return &exitError{exitTrouble, err}
			}
			if d.worst() == checkFail {
				return &exitError{code: exitFound}
			}
			return nil
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&role, "role", roleRuntime, "what the token is for: runtime or admin")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (d *doctor) print(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(struct {
			Status string      `json:"status"`
			Checks []diagnosis `json:"checks"`
		}{d.worst(), d.found})
	}
	var b strings.Builder
	counts := map[string]int{}
	for _, f := range d.found {
		fmt.Fprintf(&b, "%-5s %-14s %s\n", f.Status, f.Check, f.Says)
		if f.Advice != "" {
			fmt.Fprintf(&b, "%20s → %s\n", "", f.Advice)
		}
		counts[f.Status]++
	}
	fmt.Fprintf(&b, "%d ok, %d to look at, %d wrong, %d not looked at\n", counts[checkOK], counts[checkWarn], counts[checkFail], counts[checkSkip])
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *doctor) examine(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if d.config.Key.Vault != nil {
		d.examineVault(ctx)
	} else {
		d.examineLocal(ctx)
	}
}

// examineLocal looks before it opens: to open a folder without a key makes one.
func (d *doctor) examineLocal(ctx context.Context) {
	dir := keyFolder(d.config)
	if l := d.config.Key.Local; l != nil && dir == l.Dir {
		dir = d.config.Path(dir)
	}
	if dir == "" {
		var err error
		if dir, err = local.DefaultDir(); err != nil {
			d.problem(checkFail, "folder", err.Error(), "name another folder by --key-dir or $"+keyDirVar)
			return
		}
	}
	file := filepath.Join(dir, "key")
	st, err := os.Lstat(file)
	if err != nil {
		d.problem(checkWarn, "key", "there is no key at "+file+" yet, or it cannot be looked at", "a local key is made on first use; one that was lost is to be put back from a backup")
		return
	}
	kek, store, err := local.Open(dir)
	if err != nil {
		d.problem(checkFail, "key", err.Error(), "")
		return
	}
	d.ok("key", "%s, mode %04o, %s old", file, st.Mode().Perm(), days(d.now.Sub(st.ModTime())))
	if runtime.GOOS == "windows" {
		d.problem(checkWarn, "mode", "who may read the key is not looked at on Windows", "see that only its owner may")
	}
	d.problem(checkWarn, "place", "a local key protects one user on one machine: whoever has this file and a token has the value",
		"for more than one machine, or for real customers, use Vault (docs/keys.md)")
	d.examineKeyrings(ctx, kek, store)
}

// examineKeyrings opens the tenant's keyrings, as a start would, and looks at their keys. It returns their names.
func (d *doctor) examineKeyrings(ctx context.Context, kek kms.KEK, store kms.Store) (names []string) {
	rings, err := envelope.NewKeyrings(kek, store, &envelope.KeyringsOptions{
		Options: envelope.Options{Refresh: -1, Log: slog.New(slog.DiscardHandler)}, Legacy: d.config.Key.Name, MinEpochs: minEpochs(d.config),
	})
	if err != nil {
		d.problem(checkFail, "keyring", err.Error(), "")
		return nil
	}
	defer rings.Close()
	purposes := []envelope.Purpose{envelope.Tokens, envelope.Digests}
	if d.config.Scope == "subject" && d.config.Key.Vault != nil { // a local one is made with the first subject
		purposes = append(purposes, envelope.Subjects)
	}
	for _, p := range purposes {
		k, err := rings.Get(ctx, d.config.Tenant, p)
		if err != nil {
			_, advice, _ := strings.Cut(keyTrouble(d.config, err).Error(), "\n")
			d.problem(checkFail, "keyring", err.Error(), cmp.Or(advice, "see docs/keys.md, disaster recovery"))
			continue
		}
		if slices.Contains(names, k.Name()) {
			continue // of an earlier version, for both
		}
		names = append(names, k.Name())
		if k.Name() != envelope.KeyringName(d.config.Tenant, p) {
			d.problem(checkWarn, "keyring", k.Name()+" is of an earlier version, and serves all purposes", "mcpveil keys migrate")
		}
		d.keys(k)
	}
	return names
}

// keys looks at the keys of a keyring that opens.
func (d *doctor) keys(k *envelope.Keyring) {
	in := k.Info()
	opens, disabled := 0, 0
	var age time.Duration
	for _, st := range in.Keys {
		switch {
		case !st.Enabled:
			disabled++
		default:
			opens++
		}
		if st.Primary && !st.Promoted.IsZero() {
			age = d.now.Sub(st.Promoted)
		}
		if waits(st) && d.now.Sub(st.Added) > waitsLong {
			d.problem(checkWarn, "keyring", fmt.Sprintf("%s: key %08x was added %s ago, and never promoted", in.Name, st.ID, days(d.now.Sub(st.Added))), "a rotation was begun and not ended: mcpveil keys rotate")
		}
	}
	says := fmt.Sprintf("%s opens: epoch %d, %d keys that open, %d disabled", in.Name, in.Epoch, opens, disabled)
	if age > 0 {
		says += fmt.Sprintf("; the primary is %s old", days(age))
	}
	switch {
	case age > dataKeyOld && in.Name != envelope.KeyringName(d.config.Tenant, envelope.Subjects): // which is not rotated
		d.problem(checkWarn, "keyring", says, "mcpveil keys rotate --wait, and then by a timer (docs/keys.md)")
	case len(in.Keys) > maxKeysWarn:
		d.problem(checkWarn, "keyring", says, "32 is the most: delete what is disabled and of no use, mcpveil keys rotate delete KEYID")
	default:
		d.ok("keyring", "%s", says)
	}
}

// days says how long something is in the unit in which keys are thought of.
func days(t time.Duration) string {
	switch n := int(t / (24 * time.Hour)); {
	case t < 0:
		return "less than nothing: is a clock wrong?"
	case n == 1:
		return "1 day"
	case n > 1:
		return fmt.Sprintf("%d days", n)
	case t >= time.Hour:
		return fmt.Sprintf("%d h", int(t/time.Hour))
	}
	return fmt.Sprintf("%d min", int(t/time.Minute))
}
