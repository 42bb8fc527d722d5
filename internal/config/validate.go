package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
)

// Validate returns all that is wrong with c, joined, each as an [*Error]. It changes nothing, opens
// no connection and asks no Vault.
func (c *Config) Validate() error { return errors.Join(c.validate()...) }

func (c *Config) validate() []error {
	v := &validator{at: c.at}
	v.check(c.Version == 1, "version", "want 1, the only version there is")
	v.check(namePattern.MatchString(c.Tenant), "tenant", "want 1 to 64 letters, digits, dashes or underscores")
	v.oneOf("scope", c.Scope, ScopePrincipal, ScopeTenant, ScopeConversation, ScopeSubject)
	v.check(c.Subject == "" || c.Scope == ScopeSubject, "subject", "says whose data this is, but the scope is not subject: it would bind nothing")
	v.oneOf("strict", c.Strict, StrictRouting, StrictFull)
	v.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	v.profile("profile", c.Profile)
	v.check(c.Watch == 0 || c.Watch >= Duration(time.Second), "watch", "want 0s, which is never, or at least 1s")
	if c.MinConfidence != "" {
		v.confidence("min_confidence", c.MinConfidence)
	}
	v.check(c.Server != "", "server", "want a name for the MCP server behind")
	v.packs("", c.Packs, c.PackFiles, c)
	v.check(len(c.Packs)+len(c.PackFiles) > 0 || c.at.line["packs"] == 0, "packs", "no pack is on: nothing would ever be found")
	for i, k := range c.PackKeys {
		_, err := patterns.ParsePublicKey(k)
		v.check(err == nil, fmt.Sprintf("pack_keys[%d]", i), "is no minisign public key, want the line that begins with RW")
	}
	v.check(c.at.line["pack_keys"] == 0 || len(c.PackKeys) > 0, "pack_keys", "is empty: leave it out if packs need not be signed")
	v.pins("pack_versions", c.PackVersions)
	v.shadow(c)
	v.key(&c.Key)
	v.aliases(c.Aliases)
	v.opening(&c.Opening)
	v.limits(&c.Limits)
	v.http(&c.HTTP)
	for i := range c.Tools {
		v.tool(fmt.Sprintf("tools[%d]", i), &c.Tools[i])
	}
	for i := range c.Policy {
		v.rule(fmt.Sprintf("policy[%d]", i), &c.Policy[i])
		v.check(c.Policy[i].With != WithAlias || c.Aliases != nil, fmt.Sprintf("policy[%d].with", i), "aliases need a store: add aliases: {} to the file")
	}
	for i := range c.Overrides {
		v.override(fmt.Sprintf("overrides[%d]", i), &c.Overrides[i])
	}
	for i := range c.Allow {
		v.allow(fmt.Sprintf("allow[%d]", i), &c.Allow[i])
	}
	if c.at.line["policy"] > 0 {
		v.check(len(c.Policy) > 0, "policy", "is empty: leave it out for the default policy, or end it in {action: block}")
	}
	if len(v.errs)+len(v.at.bad) == 0 { // else the same mistakes would be told twice
		v.policy(c)
	}
	return v.errs
}

var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	pathPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$`)
	withPattern = regexp.MustCompile(`^[0-8]?$`)
)

type validator struct {
	at   positions
	errs []error
}

func (v *validator) fail(field, format string, args ...any) {
	if v.at.unread(field) { // that was told
		return
	}
	v.errs = append(v.errs, v.at.err(field, fmt.Errorf(format, args...)))
}

func (v *validator) check(ok bool, field, says string) {
	if !ok {
		v.fail(field, "%s", says)
	}
}

func (v *validator) oneOf(field, got string, want ...string) {
	v.check(slices.Contains(want, got), field, "want "+strings.Join(want[:len(want)-1], ", ")+" or "+want[len(want)-1])
}

func (v *validator) confidence(field, got string) {
	_, err := detect.ParseConfidence(got)
	v.check(err == nil, field, "want low, medium or high")
}

func (v *validator) profile(field, got string) {
	_, err := patterns.ParseProfile(got)
	v.check(err == nil, field, "want strict, balanced or recall")
}

func (v *validator) pins(field string, pins []string) {
	for i, pin := range pins {
		_, _, err := patterns.ParsePin(pin)
		v.check(err == nil, fmt.Sprintf("%s[%d]", field, i), "want NAME@VERSION, such as acme@3")
	}
}

func (v *validator) shadow(c *Config) {
	s := c.Shadow
	if s == nil {
		return
	}
	if s.Profile != "" {
		v.profile("shadow.profile", s.Profile)
	}
	v.packs("shadow.", s.Packs, s.PackFiles, c)
	v.pins("shadow.pack_versions", s.PackVersions)
	v.check(s.Every >= 0, "shadow.every", "want 1 to compare each message, or more")
}

func (v *validator) packs(in string, packs, globs []string, c *Config) {
	known := builtinPacks()
	for i, name := range packs {
		field := fmt.Sprintf("%spacks[%d]", in, i)
		v.check(slices.Contains(known, name), field, "there is no such built-in pack, want one of "+strings.Join(known, ", "))
		v.check(!slices.Contains(packs[:i], name), field, "stands twice")
	}
	for i, glob := range globs {
		field := fmt.Sprintf("%spack_files[%d]", in, i)
		switch files, err := filepath.Glob(c.Path(glob)); {
		case err != nil:
			v.fail(field, "is no glob: %w", err)
		case len(files) == 0:
			v.fail(field, "matches no file; a relative path is relative to the configuration file")
		}
	}
}

func (v *validator) key(k *Key) {
	v.check(namePattern.MatchString(k.Name), "key.name", "want 1 to 64 letters, digits, dashes or underscores")
	v.check(k.Refresh >= Duration(10*time.Second) && k.Refresh <= Duration(24*time.Hour), "key.refresh", "want 10s to 24h")
	v.check(k.MaxAge >= 2*k.Refresh && k.MaxAge <= Duration(30*24*time.Hour), "key.max_age", "want twice key.refresh, so that one look may fail, to 720h")
	const epochs = "want an epoch, which is 1 or more, or 0 for any"
	v.check(k.MinEpochs.Token >= 0, "key.min_epochs.token", epochs)
	v.check(k.MinEpochs.Digest >= 0, "key.min_epochs.digest", epochs)
	v.check(k.MinEpochs.Subject >= 0, "key.min_epochs.subject", epochs)
	if k.Local != nil && k.Vault != nil {
		v.fail("key", "has both local and vault, want one")
	}
	if k.Vault == nil {
		return
	}
	v.vault(k.Vault)
}

func (v *validator) aliases(a *Aliases) {
	if a == nil {
		return
	}
	v.check(a.MaxEntries >= 1 && a.MaxEntries <= 1<<24, "aliases.max_entries", "want 1 to 16777216")
	v.check(a.MaxBytes >= 64<<10, "aliases.max_bytes", "want at least 64KiB")
	v.check(a.TTL >= Duration(time.Minute), "aliases.ttl", "want at least 1m")
}

func (v *validator) limits(l *Limits) {
	v.check(l.MaxMessage >= 1<<10, "limits.max_message", "want at least 1KiB")
	v.check(l.MaxDepth >= 8 && l.MaxDepth <= 10_000, "limits.max_depth", "want 8 to 10000")
	v.check(l.MaxHeld >= l.MaxMessage, "limits.max_held", "want at least limits.max_message")
	v.check(l.MaxPending >= 1, "limits.max_pending", "want at least 1")
	v.check(l.MaxSessions >= 1, "limits.max_sessions", "want at least 1")
	v.check(l.MaxBatch >= 0, "limits.max_batch", "want 0 to refuse batches, or more")
}

func (v *validator) http(h *HTTP) {
	if _, _, err := net.SplitHostPort(h.Listen); err != nil {
		v.fail("http.listen", "want HOST:PORT, such as 127.0.0.1:8787")
	}
	if h.Upstream != "" {
		if err := CheckUpstream(h.Upstream); err != nil {
			v.fail("http.upstream", "%w", err)
		}
	}
	for i, o := range h.AllowedOrigins {
		u, err := url.Parse(o)
		ok := err == nil && u.Scheme != "" && u.Host != "" && u.Path == "" && u.RawQuery == "" && u.User == nil
		v.check(ok, fmt.Sprintf("http.allowed_origins[%d]", i), "want SCHEME://HOST[:PORT] and no path")
	}
	for i, host := range h.AllowedHosts {
		v.check(host != "" && !strings.ContainsAny(host, "/@ "), fmt.Sprintf("http.allowed_hosts[%d]", i), "want HOST or HOST:PORT")
	}
}

// CheckUpstream says what is wrong with s as the URL of an MCP server, without repeating it.
func CheckUpstream(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("want the URL of an MCP server: http://HOST:PORT/PATH or https://…")
	case u.User != nil:
		return errors.New("holds credentials: they would be sent and logged in the clear")
	}
	return nil
}

func (v *validator) tool(field string, t *Tool) {
	v.check((t.Name == "") != (len(t.Names) == 0), field, "want name or names, one of them")
	v.check(t.RequiresEncryption || t.LogAccess || len(t.Reveal) > 0, field, "asks for nothing, want requires_encryption, log_access or reveal")
	v.some(field+".servers", t.Servers)
	for i, r := range t.Reveal {
		at := fmt.Sprintf("%s.reveal[%d]", field, i)
		v.some(at+".principals", r.Principals)
		v.check(r.Paths != nil, at, "names no paths: want the arguments in which tokens open, such as /to, or /** for all of them, free text included")
		v.grant(at+".grant", r.Grant)
		if r.Keep != "" {
			v.check(r.Grant == policy.Masked.String() && withPattern.MatchString(r.Keep), at+".keep", "is for the grant masked: how many characters stay, 0 to 8")
		}
		v.some(at+".entities", r.Entities)
		v.some(at+".paths", r.Paths)
		v.paths(at+".paths", r.Paths)
	}
}

func (v *validator) rule(field string, r *Rule) {
	if r.Direction != "" {
		v.oneOf(field+".direction", r.Direction, "to-client", "to-server")
	}
	if r.MinConfidence != "" {
		v.confidence(field+".min_confidence", r.MinConfidence)
	}
	a, err := policy.ParseAction(r.Action)
	v.check(err == nil, field+".action", "want block, redact, mask, hash, encrypt, decrypt or pass")
	decrypts := err == nil && a == policy.Decrypt
	masked := decrypts && r.Grant == policy.Masked.String()
	v.check(r.Grant == "" || decrypts, field+".grant", "is for rules that decrypt")
	v.grant(field+".grant", r.Grant)
	if decrypts {
		v.check(r.Names != nil, field, `decrypts and names no names: want the tools for which tokens open, or "*" for all of them`)
		v.check(r.Paths != nil, field, "decrypts and names no paths: want where in a message tokens open, such as /params/arguments/to, or /params/arguments/** for all arguments, free text included")
	}
	if masked && r.With != "" {
		v.check(withPattern.MatchString(r.With), field+".with", "want how many characters stay, 0 to 8")
	} else if err == nil && r.With != "" {
		v.check(a == policy.Mask && withPattern.MatchString(r.With) || a == policy.Encrypt && r.With == WithAlias,
			field+".with", "want for mask how many characters stay, 0 to 8, and for encrypt alias: no other action has variants")
	}
	v.some(field+".servers", r.Servers)
	v.some(field+".methods", r.Methods)
	v.some(field+".names", r.Names)
	v.some(field+".principals", r.Principals)
	v.some(field+".paths", r.Paths)
	v.some(field+".entities", r.Entities)
	v.paths(field+".paths", r.Paths)
}

func (v *validator) grant(field, got string) {
	if got != "" {
		v.oneOf(field, got, policy.Plain.String(), policy.Masked.String(), policy.Deny.String())
	}
}

// some refuses a list that is there and empty: to us it would match everything, to its writer it may say nothing.
func (v *validator) some(field string, list []string) {
	v.check(list == nil || len(list) > 0, field, "is empty: leave it out to match everything, or leave out the rule to match nothing")
}

func (v *validator) paths(field string, paths []string) {
	for i, p := range paths {
		if _, err := policy.ParsePaths([]string{p}); err != nil {
			v.fail(fmt.Sprintf("%s[%d]", field, i), "want a JSON Pointer: it begins with /, and ** may only stand last")
		}
	}
}

// policy places what policy.New says of the whole list of rules.
func (v *validator) policy(c *Config) {
	rules, err := c.PolicyRules()
	if err != nil {
		v.fail("policy", "%w", err)
		return
	}
	exceptions, err := c.Exceptions()
	if err != nil {
		v.errs = append(v.errs, err)
		return
	}
	_, err = policy.New(rules, exceptions...)
	for _, err := range unjoin(err) {
		field := "policy"
		for i := range c.Policy {
			if strings.Contains(err.Error(), ": rule "+c.Policy[i].name(i)+": ") {
				field = fmt.Sprintf("policy[%d]", i)
			}
		}
		v.fail(field, "%w", err)
	}
}

func unjoin(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}
