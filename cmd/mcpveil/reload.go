package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/internal/crash"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/patterns"
)

// watch reloads what sess filters with: when a signal comes, and, as often as the configuration says, when its files changed. It
// returns at once; done is closed when it has ended, which it does soon after ctx.
func (v *veil) watch(ctx context.Context, flags *common, sess *session.Session, signals <-chan os.Signal) (done <-chan struct{}) {
	ended := make(chan struct{})
	seen := fingerprint(v.config) // before it looks for the first time
	go func() {
		defer close(ended)
		defer crash.Exit()
		var ticks <-chan time.Time
		if every := time.Duration(v.config.Watch); every > 0 {
			t := time.NewTicker(every)
			defer t.Stop()
			ticks = t.C
		}
		current := v.config
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
			case <-ticks:
				if fingerprint(current) == seen {
					continue
				}
			}
			// What is refused is looked at again when a file of the new configuration changes: that may mend it.
			tried := current
			if c, err := flags.load(); err == nil {
				tried = c
			}
			was := fingerprint(tried)
			r, now, restart, err := v.reload(flags, sess)
			if err != nil {
				current, seen = tried, was
				v.log.Error("reload refused: all rules stay as they were", "error", plain(err).Error())
				continue
			}
			if current, seen = r.config, now; len(restart) > 0 {
				v.log.Warn("these changed as well, and need a restart", "fields", strings.Join(restart, " "))
			}
			v.log.Info("reloaded", "packs", r.versions(), "policy_rules", len(r.policy.Rules()))
		}
	}()
	return ended
}

// reload puts what the flags and the files say now in the place of what sess, and all sessions that share its engine, filter
// with. Where anything is wrong with it, all stays as it was. It returns the fingerprint of what it read, and
// what changed as well but needs a restart.
func (v *veil) reload(flags *common, sess *session.Session) (r *rules, seen [sha256.Size]byte, restart []string, err error) {
	c, err := flags.load()
	if err != nil {
		return nil, seen, nil, err
	}
	seen = fingerprint(c)
	if c, err = flags.load(); err != nil { // what changes from here on has another fingerprint
		return nil, seen, nil, err
	}
	restart = c.Keep(v.config)
	if r, err = compile(c, v.keyring.Names()); err != nil {
		return nil, seen, nil, err
	}
	e, err := r.engine(v.keyring.Keyrings, v.guard)
	if err != nil {
		return nil, seen, nil, err
	}
	if err := v.keyring.AddNames(r.names); err != nil {
		return nil, seen, nil, fmt.Errorf("%w\nThere may be tokens of that name: only a restart forgets it", err)
	}
	return r, seen, restart, sess.Replace(e)
}

// fingerprint tells the files that c was made of from what they may become: the configuration, packs and their signatures. What
// cannot be read is told from what can.
func fingerprint(c *config.Config) (sum [sha256.Size]byte) {
	h := sha256.New()
	add := func(name string) {
		io.WriteString(h, name+"\x00")
		data, err := fs.ReadFile(files{}, name)
		if err != nil {
			io.WriteString(h, "?")
			return
		}
		one := sha256.Sum256(data)
		h.Write(one[:])
	}
	if c.File() != "" {
		add(c.File())
	}
	globs := c.PackFiles
	if s := c.Shadowed(); s != nil {
		globs = append(globs[:len(globs):len(globs)], s.PackFiles...)
	}
	for _, glob := range globs {
		names, _ := fs.Glob(files{}, filepath.ToSlash(c.Path(glob)))
		for _, name := range names {
			add(name)
			if len(c.PackKeys) > 0 {
				add(name + patterns.SignatureSuffix)
			}
		}
	}
	h.Sum(sum[:0])
	return sum
}
