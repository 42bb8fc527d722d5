package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/internal/schema"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A veil is a configuration made to work: all that the ways of running have in common.
type veil struct {
	config  *config.Config
	session session.Options
	counts  audit.Counts
	log     *slog.Logger
	keyring *keyrings
	guard   *policy.Guard // of openings; it is not reloaded, and so forgets nothing
	logFile io.Closer     // nil for standard error
}

// newVeil wires everything, from the pattern packs to the options of sessions. What it returns must
// be closed.
func newVeil(ctx context.Context, c *config.Config, stderr io.Writer) (_ *veil, err error) {
	v := &veil{config: c}
	defer func() {
		if err != nil {
			v.close()
		}
	}()
	r, err := compile(c, nil)
	if err != nil {
		return nil, err
	}
	if v.guard, err = newGuard(c); err != nil {
		return nil, err
	}
	records, err := v.openLog(stderr)
	if err != nil {
		return nil, err
	}
	if v.keyring, err = openKeyrings(ctx, c, r.names, v.log); err != nil {
		return nil, err
	}
	engine, err := r.engine(v.keyring.Keyrings, v.guard)
	if err != nil {
		return nil, err
	}
	v.session = session.Options{
		Engine: engine,
		Sink:   audit.Multi(records, &v.counts), Schemas: schema.NewCache(),
		Server: c.Server, Scope: session.ScopeKind(c.Scope),
		MaxOutstanding: c.Limits.MaxPending, MaxBatch: c.Limits.MaxBatch, NoBatch: c.Limits.MaxBatch == 0,
		ForgetNames: !c.RememberNames,
	}
	return v, nil
}

// close gives back what newVeil took. It may be called on a veil that is half made.
func (v *veil) close() {
	if v.keyring != nil {
		v.keyring.close()
	}
	if v.logFile != nil {
		_ = v.logFile.Close()
	}
}

// loadPacks returns the packs that are on, and what their entities are called in tokens. What the
// configuration asks to be done about an entity that none of them finds is a mistake.
func loadPacks(c *config.Config) ([]*patterns.Pack, map[detect.Entity]string, error) {
	var errs []error
	packs, err := patterns.Builtins(patterns.Expand(c.Packs)...)
	if err != nil {
		errs = append(errs, err)
	}
	fsys, err := packFiles(c)
	if err != nil {
		return nil, nil, err
	}
	for _, glob := range c.PackFiles {
		own, err := patterns.Load(fsys, filepath.ToSlash(c.Path(glob)))
		if err != nil {
			errs = append(errs, err)
		}
		packs = append(packs, own...)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, nil, &exitError{exitConfig, err}
	}
	if err := patterns.CheckVersions(c.PackVersions, packs...); err != nil {
		return nil, nil, &exitError{exitConfig, err}
	}
	if err := c.ApplyOverrides(packs...); err != nil {
		return nil, nil, &exitError{exitConfig, err}
	}
	tokens, err := patterns.TokenNames(packs...)
	if err != nil {
		return nil, nil, &exitError{exitConfig, err}
	}
	if err := c.CheckEntities(entities(tokens)); err != nil {
		return nil, nil, &exitError{exitConfig, err}
	}
	return packs, tokens, nil
}

// packFiles is where packs of one's own are read from: signed ones only, if c asks for that.
func packFiles(c *config.Config) (fs.FS, error) {
	if len(c.PackKeys) == 0 {
		return files{}, nil
	}
	var keys []patterns.PublicKey
	for _, text := range c.PackKeys {
		k, err := patterns.ParsePublicKey(text)
		if err != nil {
			return nil, &exitError{exitConfig, err}
		}
		keys = append(keys, k)
	}
	return patterns.Signed(files{}, keys...), nil
}

// entities lists the entities of names in order.
func entities(names map[detect.Entity]string) []string {
	list := make([]string, 0, len(names))
	for e := range names {
		list = append(list, string(e))
	}
	slices.Sort(list)
	return list
}

// files is the operating system's files by their own paths, so that a mistake in one names it as the
// user would. (os.DirFS takes no path that leads out of its folder.)
type files struct{}

func (files) Open(name string) (fs.File, error) { return os.Open(filepath.FromSlash(name)) }

// unjoin takes a joined error apart.
func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range j.Unwrap() {
			all = append(all, unjoin(e)...)
		}
		return all
	}
	return []error{err}
}

// newDetector compiles the rules of packs that are on under c's profile, and those that find the tokens of names.
func newDetector(c *config.Config, packs []*patterns.Pack, names map[detect.Entity]string) (*detect.Detector, error) {
	profile, err := patterns.ParseProfile(c.Profile)
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	rules, opts := patterns.Select(profile, packs...)
	if c.MinConfidence != "" {
		opts.MinScore = minScore(c.MinConfidence)
	}
	det, err := detect.New(append(rules, envelope.Rules(names)...), opts)
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return det, nil
}

// minScore is the least score of a confidence.
func minScore(confidence string) float32 {
	switch confidence {
	case "low":
		return 0.01
	case "high":
		return 0.8
	}
	return 0.5
}

func newPolicy(c *config.Config) (*policy.Policy, error) {
	rules, err := c.PolicyRules()
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	exceptions, err := c.Exceptions()
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	pol, err := policy.New(rules, exceptions...)
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return pol, nil
}

func newGuard(c *config.Config) (*policy.Guard, error) {
	opts, err := c.GuardOptions()
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	g, err := policy.NewGuard(opts)
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return g, nil
}

// transformers returns what carries out the actions: the plain ones, and the variants that pol asks for.
func transformers(k *envelope.Keyrings, pol *policy.Policy) redact.Transformers {
	tr := redact.Transformers{
		{Action: policy.Redact}:  redact.Label(),
		{Action: policy.Mask}:    redact.Mask(4),
		{Action: policy.Hash}:    k.Hash(),
		{Action: policy.Encrypt}: k.Encrypt(),
		{Action: policy.Decrypt}: k.Decrypt(),
	}
	for _, r := range pol.Rules() {
		if r.Action == policy.Encrypt && r.With == config.WithAlias {
			tr[redact.Use{Action: policy.Encrypt, With: r.With}] = k.Alias()
		}
		if keep, err := strconv.Atoi(r.With); err == nil && (r.Action == policy.Mask || r.Grant == policy.Masked) {
			tr[redact.Use{Action: policy.Mask, With: r.With}] = redact.Mask(keep)
		}
	}
	return tr
}

func filterOptions(c *config.Config) *redact.Options {
	opts := &redact.Options{MaxMessage: int(c.Limits.MaxMessage), MaxDepth: c.Limits.MaxDepth}
	if c.Strict == config.StrictFull {
		opts.Strict = redact.Full
	}
	return opts
}

func toolRules(c *config.Config) []session.ToolRule {
	var rules []session.ToolRule
	for i := range c.Tools {
		if t := &c.Tools[i]; t.LogAccess {
			rules = append(rules, session.ToolRule{Names: t.ToolNames(), LogAccess: true})
		}
	}
	return rules
}

// openLog opens where records go, and v.log for what else there is to say.
func (v *veil) openLog(stderr io.Writer) (audit.Sink, error) {
	var level slog.LevelVar
	if err := level.UnmarshalText([]byte(v.config.Log.Level)); err != nil {
		return nil, misused("log.level is none: %w", err)
	}
	w := stderr
	if file := v.config.Log.File; file != "" {
		f, err := os.OpenFile(v.config.Path(file), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, &exitError{exitTrouble, fmt.Errorf("records cannot be written: %w", err)}
		}
		v.logFile, w = f, f
	}
	v.log = slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: &level}))
	return audit.OnError(audit.NewLog(w, &level), func(err error) { // nothing passes then
		fmt.Fprintf(stderr, "mcpveil: records cannot be written, so nothing passes: %v\nMake room, or name another file with --log\n", err)
	}), nil
}
