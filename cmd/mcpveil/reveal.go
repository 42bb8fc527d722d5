package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// maxReason bounds what an operator may write into the log.
const maxReason = 200

// revealFlags are what one reveal is told.
type revealFlags struct {
	keyFlags
	reason, operator                 string
	principal, conversation, subject string
	wholeTenant                      bool
	entities                         []string
}

func revealCommand(s streams) *cobra.Command {
	var f revealFlags
	cmd := &cobra.Command{
		Use:   "reveal --reason TICKET --principal ID [TOKEN…]",
		Short: "open tokens for an operator, each on record",
		Long: `reveal opens the tokens on the command line and prints their values, one a line. Without a TOKEN it reads text
from standard input and writes it with the tokens in it opened; what does not open stays as it is.

Nothing opens without a reason, such as the number of a ticket, and without what the tokens were made for: a principal
(--principal), a conversation, a subject, or the whole tenant. Only that opens which was made there.

Each token is put on record before its value is shown: who asked, why, which entity, which key; never the
value. Where the record cannot be written, nothing is shown. Records go to log.file of the configuration or to
--log FILE, whatever log.level says, and are on the disk before the value is on the screen.

The exit code is 1 if a token did not open.`,
		Example: `  mcpveil reveal --config mcpveil.yaml --reason INC-4711 --principal jane pii-email-1…
  mcpveil reveal --config mcpveil.yaml --reason INC-4711 --principal jane < transcript.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReveal(cmd.Context(), &f, args, s)
		},
	}
	f.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.log, "log", "", "append the records to `FILE`; - for standard error (log.file)")
	fl.StringVar(&f.reason, "reason", "", "why, such as a ticket; it is recorded")
	fl.StringVar(&f.operator, "operator", "", "who is asking; it is recorded beside the user of this machine (that user)")
	fl.StringVar(&f.principal, "principal", "", "open what was made for the principal `ID`")
	fl.StringVar(&f.conversation, "conversation", "", "open what was made in the conversation `ID`")
	fl.StringVar(&f.subject, "subject", "", "open what was made for the data subject `ID`")
	fl.BoolVar(&f.wholeTenant, "whole-tenant", false, "open what was made for the whole tenant")
	fl.StringSliceVar(&f.entities, "entity", nil, "open no tokens but those of this `ENTITY`, a glob; may be given again")
	return cmd
}

func runReveal(ctx context.Context, f *revealFlags, args []string, s streams) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	r := &revealer{out: s.out, entities: f.entities}
	if r.scope, err = f.scope(c); err != nil {
		return err
	}
	if err := f.check(c); err != nil {
		return err
	}
	packs, names, err := loadPacks(c)
	if err != nil {
		return err
	}
	det, err := newDetector(c, packs, nil)
	if err != nil {
		return err
	}
	for finding := range det.All([]byte(f.reason)) {
		return misused("reveal: --reason is recorded, and what looks like %s stands in it: name a ticket instead", finding.Rule.Entity)
	}
	if r.guard, err = newGuard(c); err != nil {
		return err
	}
	close, err := r.openLog(c, s.err)
	if err != nil {
		return err
	}
	defer close()
	place, err := f.placeOf(ctx, c, names) // which makes no keyring where there is none
	if err != nil {
		return err
	}
	defer place.close()
	if r.keyring, err = place.own(ctx, envelope.Tokens); err != nil {
		return err
	}
	r.about = audit.Reveal{
		Operator: cmp.Or(f.operator, osUser()), User: osUser(), Reason: f.reason,
		Tenant: r.scope.Tenant, Scope: r.scope.Kind, ID: r.scope.ID,
	}
	if len(args) > 0 {
		err = r.tokens(args)
	} else {
		err = r.text(s.in, int64(c.Limits.MaxMessage))
	}
	switch {
	case err != nil:
		return &exitError{exitTrouble, err}
	case len(r.closed) > 0:
		return &exitError{exitFound, fmt.Errorf("reveal: did not open: %s", strings.Join(r.closed, "; "))}
	}
	return nil
}

// scope is where the tokens were made. It must be said: there is no default that opens anything.
func (f *revealFlags) scope(c *config.Config) (redact.Scope, error) {
	var scopes []redact.Scope
	for _, by := range []struct{ kind, id string }{{"principal", f.principal}, {"conversation", f.conversation}, {"subject", f.subject}} {
		if by.id != "" {
			scopes = append(scopes, redact.Scope{Tenant: c.Tenant, Kind: by.kind, ID: by.id})
		}
	}
	if f.wholeTenant {
		scopes = append(scopes, redact.Scope{Tenant: c.Tenant, Kind: "tenant"})
	}
	if len(scopes) != 1 {
		return redact.Scope{}, misused("reveal: whose tokens? Say one of --principal ID, --conversation ID, --subject ID and --whole-tenant (this configuration makes tokens of scope %s)", c.Scope)
	}
	return scopes[0], nil
}

// check refuses a reason that says nothing or does not belong into a log, and records that would go nowhere.
func (f *revealFlags) check(c *config.Config) error {
	for flag, text := range map[string]string{"--reason": f.reason, "--operator": f.operator} {
		switch {
		case flag == "--reason" && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
			return misused("reveal: why? Nothing opens without --reason, such as the number of a ticket")
		case utf8.RuneCountInString(text) > maxReason || strings.ContainsFunc(text, unicode.IsControl):
			return misused("reveal: %s is recorded: at most %d characters, on one line", flag, maxReason)
		}
	}
	// Standard error is no place for records unless asked for.
	if c.Log.File == "" && f.log != "-" {
		return misused("reveal: where do the records go? Say --log FILE, or log.file in the configuration; --log - for standard error")
	}
	return nil
}

// A revealer opens tokens, each once it is on record.
type revealer struct {
	keyring  *envelope.Keyring
	scope    redact.Scope
	entities []string // globs; none: all
	guard    *policy.Guard
	about    audit.Reveal
	log      io.Writer
	out      io.Writer
	closed   []string // what did not open, and why
}

// openLog opens where the records go.
func (r *revealer) openLog(c *config.Config, stderr io.Writer) (close func(), err error) {
	if c.Log.File == "" {
		r.log = struct{ io.Writer }{stderr} // which has no disk to wait for
		return func() {}, nil
	}
	file, err := os.OpenFile(c.Path(c.Log.File), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, &exitError{exitTrouble, fmt.Errorf("reveal: no record, no value: %w", err)}
	}
	r.log = file
	if st, err := file.Stat(); err == nil && !st.Mode().IsRegular() {
		r.log = struct{ io.Writer }{file}
	}
	return func() { _ = file.Close() }, nil
}

// tokens opens each argument, which must be a token and nothing else.
func (r *revealer) tokens(args []string) error {
	for i, arg := range args {
		value, why, err := r.open([]byte(strings.TrimSpace(arg)))
		if err != nil {
			return err
		}
		if why != "" {
			r.closed = append(r.closed, fmt.Sprintf("token %d %s", i+1, why))
			continue
		}
		line := append(r.shown(value), '\n')
		_, err = r.out.Write(line)
		clear(line)
		clear(value)
		if err != nil {
			return fmt.Errorf("reveal: %w", err)
		}
	}
	return nil
}

// text copies in to out with the tokens in it opened. Each is on record before any of it is written.
func (r *revealer) text(in io.Reader, limit int64) error {
	text, err := io.ReadAll(io.LimitReader(in, limit+1))
	switch {
	case err != nil:
		return fmt.Errorf("reveal: standard input: %w", err)
	case int64(len(text)) > limit:
		return fmt.Errorf("reveal: standard input is longer than %d bytes (limits.max_message)", limit)
	}
	det, err := detect.New(r.keyring.Rules(), nil)
	if err != nil {
		return fmt.Errorf("reveal: %w", err)
	}
	var out []byte
	known := map[string][]byte{} // what each token stands for, itself where it stays
	defer func() {
		for _, value := range known {
			clear(value)
		}
	}()
	done, tokens := 0, 0
	for finding := range det.All(text) {
		if len(finding.Views) > 0 || finding.Start < done {
			continue
		}
		token := text[finding.Start:finding.End]
		value, ok := known[string(token)]
		if !ok {
			tokens++
			var why string
			if value, why, err = r.open(token); err != nil {
				return err
			}
			if why != "" {
				r.closed = append(r.closed, fmt.Sprintf("token at byte %d %s", finding.Start, why))
				value = bytes.Clone(token)
			}
			known[string(token)] = value
		}
		out = append(append(out, text[done:finding.Start]...), r.shown(value)...)
		done = finding.End
	}
	if tokens == 0 {
		r.closed = append(r.closed, "there is no token in the text")
	}
	out = append(out, text[done:]...)
	defer clear(out)
	if _, err := r.out.Write(out); err != nil {
		return fmt.Errorf("reveal: %w", err)
	}
	return nil
}

// open opens one token and puts that on record. Without a record there is an error and no value. Where
// the token does not open, why says so.
func (r *revealer) open(token []byte) (value []byte, why string, err error) {
	token = envelope.TrimToken(token)
	rec := r.about
	rec.Time, rec.Outcome = time.Now().UTC(), "opened"
	name, key, _ := envelope.Inspect(token)
	rec.Entity, rec.Key = r.entity(name), key
	if rec.Entity != "" && !r.wanted(rec.Entity) {
		return nil, fmt.Sprintf("is of %s, which --entity leaves out", rec.Entity), nil
	}
	value, opening := r.keyring.Unseal(nil, token, r.scope)
	if opening != nil {
		rec.Outcome, why = closedBecause(opening)
		if why == "" {
			return nil, "", fmt.Errorf("reveal: %w", opening)
		}
	}
	if r.guard.Planted(token, value) {
		clear(value)
		value, rec.Outcome, why = nil, "honeytoken", "is planted, and stays closed: who wanted it opened? (opening.honeytokens)"
	}
	if err := audit.WriteReveal(r.log, &rec); err != nil {
		clear(value)
		return nil, "", fmt.Errorf("reveal: no record, no value: %w", err)
	}
	return value, why, nil
}

// entity is the entity that has that name in tokens; the name itself where no pack knows it any more.
func (r *revealer) entity(name string) detect.Entity {
	for e, n := range r.keyring.Names() {
		if n == name {
			return e
		}
	}
	return detect.Entity(name)
}

func (r *revealer) wanted(e detect.Entity) bool {
	return len(r.entities) == 0 || slices.ContainsFunc(r.entities, func(glob string) bool {
		ok, err := path.Match(glob, string(e))
		return err == nil && ok
	})
}

// closedBecause says why a token did not open: for the record, and for the operator, who may know. It
// returns nothing where the token is not to blame.
func closedBecause(err error) (outcome, why string) {
	switch {
	case errors.Is(err, envelope.ErrShape):
		return "shape", "is no token, or not all of one"
	case errors.Is(err, envelope.ErrChecksum):
		return "checksum", "was altered or cut: its checksum is wrong"
	case errors.Is(err, envelope.ErrUnknown):
		return "unknown", "was made under a key that is not in this keyring, or is disabled (see mcpveil keys list)"
	case errors.Is(err, envelope.ErrGone):
		return "gone", "is an alias, which only the mcpveil that made it can open, while it runs"
	case errors.Is(err, envelope.ErrAuth):
		return "auth", "was not made here: another principal, scope or tenant than was named, or it is forged"
	}
	return "", ""
}

// shown is value as it may be written: a terminal must not be told what to do by it.
func (r *revealer) shown(value []byte) []byte {
	f, ok := r.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return bytes.Clone(value)
	}
	var out []byte
	for _, c := range string(value) {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			out = append(out, strings.Trim(strconv.QuoteRune(c), "'")...)
		} else {
			out = utf8.AppendRune(out, c)
		}
	}
	return out
}
