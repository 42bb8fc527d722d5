package envelope

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/redact"
)

// MaxAlias is the length of the longest value that an alias can stand for.
const MaxAlias = 64 << 10

// Aliases is a bounded store, in memory, of what aliases stand for. It holds values sealed under the keyring only, finds them by a
// keyed pseudo-random function of scope and alias, and names nobody. What it holds is lost with the process: aliases
// of an earlier one stay closed until their value is met again, and then are the same. It is safe for concurrent use.
//
// Nothing in use makes room for something new: when the store is full, or a scope holds half of it, there are no more aliases until some have not
// been used for the TTL.
type Aliases struct {
	index      *siv // under a key of its own
	maxEntries int
	maxBytes   int
	ttl        time.Duration
	log        *slog.Logger

	surrogates atomic.Int64 // in the store, of any scope

	mu      sync.Mutex
	entries map[block]*aliasEntry
	scopes  map[block]aliasCount
	oldest  *aliasEntry // of those in use; the list goes on by newer
	newest  *aliasEntry
	used    int // entries in use
	bytes   int
	retired int
	stats   AliasStats
	warned  time.Time // that there was no room
}

// AliasOptions configures [NewAliases].
type AliasOptions struct {
	MaxEntries int           // that are in use at a time; 65,536 if zero
	MaxBytes   int           // that they take; 64 MiB if zero
	TTL        time.Duration // how long an alias lives that is neither met nor opened; 24 hours if zero
	Log        *slog.Logger  // told, once a minute at most, that there is no room; slog.Default() if nil
}

// An aliasEntry is what one alias stands for.
type aliasEntry struct {
	key, scope   block
	sealed       []byte // as a token's body; its first bodyOverhead bytes only once it is retired
	entity       detect.Entity
	surrogate    bool // it looks like any value
	few          bool // there are so few of its form that another value could get it
	retired      bool // it opens no more; kept so that its text never stands for another value
	last         time.Time
	older, newer *aliasEntry
}

// aliasCount counts a scope's entries in use.
type aliasCount struct{ all, surrogates, bytes int }

// warnEvery is how often it is said that there is no room.
const warnEvery = time.Minute

// perAlias is about what an entry takes beside its text: itself, its place in the map, the allocations' slack.
const perAlias = 300

// NewAliases returns an empty store. A nil *AliasOptions is ready for use.
func NewAliases(opts *AliasOptions) *Aliases {
	if opts == nil {
		opts = new(AliasOptions)
	}
	a := &Aliases{
		maxEntries: opts.MaxEntries, maxBytes: opts.MaxBytes, ttl: opts.TTL,
		entries: map[block]*aliasEntry{}, scopes: map[block]aliasCount{},
	}
	if a.log = opts.Log; a.log == nil {
		a.log = slog.Default()
	}
	if a.maxEntries <= 0 {
		a.maxEntries = 1 << 16
	}
	if a.maxBytes <= 0 {
		a.maxBytes = 64 << 20
	}
	if a.ttl <= 0 {
		a.ttl = 24 * time.Hour
	}
	var key [sivKeySize]byte
	defer clear(key[:])
	_, _ = rand.Read(key[:]) // it never fails: see crypto/rand
	a.index, _ = newSIV(key[:])
	return a
}

// AliasStats counts what a store holds, and what it did.
type AliasStats struct {
	Entries    int    // in use
	Surrogates int    // of these
	Retired    int    // texts that are not given again
	Bytes      int    // that entries in use take, about
	Expired    uint64 // entries that were not used for the TTL
	Full       uint64 // values that there was no room for
	Taken      uint64 // texts that were another value's, so that another was tried
}

// Stats returns the counts so far.
func (a *Aliases) Stats() AliasStats {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.stats
	s.Entries, s.Surrogates, s.Retired, s.Bytes = a.used, int(a.surrogates.Load()), a.retired, a.bytes
	return s
}

// What became of a put.
type putResult uint8

const (
	kept  putResult = iota
	taken           // the text is another value's, or was
	full
)

const (
	labelIndex = "pii-alias-index/v1" // tenant, scope kind, scope id; nothing that leaves the process
	labelScope = "pii-alias-scope/v1" // the same
)

// key returns where in the map text of scope in stands, and sets w.ad.
func (a *Aliases) key(w *work, label string, in *redact.Scope, text []byte) block {
	w.ad = appendFields(w.ad[:0], label, in.Tenant, in.Kind, in.ID)
	a.index.s2v(&w.scratch, w.ad, text)
	return w.x
}

// put keeps sealed, a token's body, as what text stands for in scope in, unless it stands for something else.
func (a *Aliases) put(w *work, in *redact.Scope, text []byte, e detect.Entity, sealed []byte, f *form) putResult {
	key, scope := a.key(w, labelIndex, in, text), a.key(w, labelScope, in, nil)
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	a.expire(now)
	old := a.entries[key]
	if old != nil {
		switch {
		case !bytes.Equal(old.sealed[:bodyOverhead], sealed[:bodyOverhead]): // of equal values, key id and SIV are
			a.stats.Taken++
			return taken
		case !old.retired:
			a.touch(old, now)
			return kept
		}
	}
	n, size := a.scopes[scope], len(sealed)+perAlias
	if a.used >= a.maxEntries || n.all >= max(1, a.maxEntries/2) ||
		a.bytes+size > a.maxBytes || n.bytes+size > a.maxBytes/2 ||
		old == nil && f.few && a.retired >= a.maxEntries {
		a.stats.Full++
		if now.Sub(a.warned) >= warnEvery {
			a.warned = now
			a.log.Warn("no room for another alias: values get tokens, and where a schema allows none, answers are refused; see aliases in the configuration",
				"entries", a.used, "of_this_scope", n.all, "max_entries", a.maxEntries, "bytes", a.bytes, "max_bytes", a.maxBytes)
		}
		return full
	}
	if old != nil {
		a.retired--
		old.retired, old.sealed = false, bytes.Clone(sealed)
	} else {
		old = &aliasEntry{key: key, scope: scope, sealed: bytes.Clone(sealed), entity: e, surrogate: f.surrogate, few: f.few}
		a.entries[key] = old
	}
	a.count(old, +1)
	a.link(old, now)
	return kept
}

// get leaves in w.body what was kept for text in scope in.
func (a *Aliases) get(w *work, in *redact.Scope, text []byte) (detect.Entity, bool) {
	key := a.key(w, labelIndex, in, text)
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	a.expire(now)
	e := a.entries[key]
	if e == nil || e.retired {
		return "", false
	}
	a.touch(e, now)
	w.body = append(w.body[:0], e.sealed...)
	return e.entity, true
}

// holdsSurrogates reports whether any surrogate of scope in is in use.
func (a *Aliases) holdsSurrogates(in *redact.Scope) bool {
	if a.surrogates.Load() == 0 {
		return false
	}
	w := works.Get().(*work)
	defer w.free()
	scope := a.key(w, labelScope, in, nil)
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.scopes[scope].surrogates > 0
}

// expire takes the entries out of use that were not used for the TTL. The caller holds mu, as for what follows.
func (a *Aliases) expire(now time.Time) {
	for e := a.oldest; e != nil && now.Sub(e.last) >= a.ttl; e = a.oldest {
		a.unlink(e)
		a.count(e, -1)
		a.stats.Expired++
		if e.few {
			e.retired, e.sealed = true, bytes.Clone(e.sealed[:bodyOverhead])
			a.retired++
		} else {
			delete(a.entries, e.key)
		}
	}
}

func (a *Aliases) count(e *aliasEntry, by int) {
	n := a.scopes[e.scope]
	a.used += by
	a.bytes += by * (len(e.sealed) + perAlias)
	n.bytes += by * (len(e.sealed) + perAlias)
	n.all += by
	if e.surrogate {
		n.surrogates += by
		a.surrogates.Add(int64(by))
	}
	if n.all == 0 {
		delete(a.scopes, e.scope)
	} else {
		a.scopes[e.scope] = n
	}
}

func (a *Aliases) touch(e *aliasEntry, now time.Time) {
	a.unlink(e)
	a.link(e, now)
}

func (a *Aliases) link(e *aliasEntry, now time.Time) {
	e.last, e.older, e.newer = now, a.newest, nil
	if a.newest != nil {
		a.newest.newer = e
	} else {
		a.oldest = e
	}
	a.newest = e
}

func (a *Aliases) unlink(e *aliasEntry) {
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		a.oldest = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		a.newest = e.older
	}
	e.older, e.newer = nil, nil
}
