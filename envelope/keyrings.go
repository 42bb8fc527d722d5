package envelope

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/redact"
)

// A Purpose is what a keyring is for. Each tenant has one for each purpose, so that what
// is done to one, or what is known of one, is not to all.
type Purpose string

const (
	Tokens   Purpose = "token"   // tokens and aliases
	Digests  Purpose = "digest"  // what the action hash puts in a value's place
	Subjects Purpose = "subject" // under which names, and how, the salts of subjects are kept; it is not rotated
)

// Purposes are those that [Keyrings.Create] makes keyrings for.
func Purposes() []Purpose { return []Purpose{Tokens, Digests, Subjects} }

// KeyringName returns where a tenant's keyring for a purpose stands in a store.
func KeyringName(tenant string, p Purpose) string { return tenant + keysetsFolder + string(p) }

const keysetsFolder = "/keysets/"

// Keyrings are the keyrings of all tenants in one store. Each is read when it is first
// asked for, once however many ask, and kept fresh from then on. It is safe for
// concurrent use. Close it when it is no longer needed.
type Keyrings struct {
	kek     kms.KEK // behind breaker, as is store
	store   kms.Store
	breaker kms.Breaker
	opts    KeyringsOptions
	names   *tokenNames

	mu     sync.RWMutex
	slots  map[slotKey]*slot
	clock  atomic.Int64 // counts uses, to tell who was used last
	closed bool
}

// KeyringsOptions configures [NewKeyrings].
type KeyringsOptions struct {
	// Options are those of each keyring. Create makes those that are not there.
	// MinEpoch is not for them: see MinEpochs.
	Options

	// Legacy is where the keyring of a tenant stands that was made when there was one for
	// all purposes: at TENANT/Legacy. It serves where that of the purpose is not there;
	// [Keyrings.Migrate] moves it. None is looked for if it is empty.
	Legacy string

	// MinEpochs refuses keyrings of earlier epochs, by their names (see [KeyringName]). For one
	// that is named here no other serves, and none is made.
	MinEpochs map[string]int64

	// Max is how many keyrings are kept; 4096 if zero. Beyond that, the one not used for
	// longest is forgotten, and read again when it is asked for.
	Max int
}

type slotKey struct {
	tenant  string
	purpose Purpose
}

// A slot is a keyring that was read, or is being.
type slot struct {
	done chan struct{} // closed when the rest is set
	k    *Keyring
	err  error
	at   time.Time // of err
	used atomic.Int64

	encrypt, alias, decrypt, hash redact.Transformer
}

// NewKeyrings returns the keyrings in store, which kek wraps. It asks neither yet, and
// where they do not answer it asks them little: see [kms.Breaker].
func NewKeyrings(kek kms.KEK, store kms.Store, opts *KeyringsOptions) (*Keyrings, error) {
	r := &Keyrings{slots: map[slotKey]*slot{}, names: newTokenNames()}
	r.kek, r.store = r.breaker.Guard(kek, store)
	if opts != nil {
		r.opts = *opts
	}
	if r.opts.Log == nil {
		r.opts.Log = slog.Default()
	}
	if r.opts.Max == 0 {
		r.opts.Max = 4096
	}
	if err := r.names.add(r.opts.Names); err != nil {
		return nil, err
	}
	return r, nil
}

// AddNames gives all keyrings names of more entities, as [Keyring.AddNames] does.
func (r *Keyrings) AddNames(names map[detect.Entity]string) error { return r.names.add(names) }

// Names returns each entity's name in tokens, as a map of the caller's own.
func (r *Keyrings) Names() map[detect.Entity]string { return r.names.all() }

// Rules returns the rules that find the tokens of all tenants.
func (r *Keyrings) Rules() []detect.Rule { return Rules(r.names.all()) }

// Close closes all keyrings. Those that are in use seal and open with the keys at hand.
func (r *Keyrings) Close() error {
	r.mu.Lock()
	slots := r.slots
	r.slots, r.closed = map[slotKey]*slot{}, true
	r.mu.Unlock()
	for _, s := range slots {
		<-s.done
		if s.k != nil {
			s.k.Close()
		}
	}
	return nil
}

// Get returns the keyring of a tenant for a purpose. If it is not at hand, it is read,
// which asks the store and the KEK once, whoever else asks for it meanwhile; ctx bounds
// the waiting, not the reading. That it could not be read is remembered for 5 seconds.
// What it returns belongs to r: it is not to be closed.
func (r *Keyrings) Get(ctx context.Context, tenant string, p Purpose) (*Keyring, error) {
	s, err := r.slot(ctx, tenant, p)
	if err != nil {
		return nil, err
	}
	return s.k, nil
}

// Load gets a tenant's keyrings for tokens and digests, so that its first message does not
// wait for them.
func (r *Keyrings) Load(ctx context.Context, tenant string) error {
	for _, p := range []Purpose{Tokens, Digests} {
		if _, err := r.Get(ctx, tenant, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *Keyrings) slot(ctx context.Context, tenant string, p Purpose) (*slot, error) {
	key := slotKey{tenant, p}
	r.mu.RLock()
	s := r.slots[key]
	r.mu.RUnlock()
	if s == nil || s.over(r) {
		var err error
		if s, err = r.begin(key); err != nil {
			return nil, err
		}
	}
	select {
	case <-s.done:
	default:
		select {
		case <-s.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("envelope: waiting for keyring %q: %w: %w", KeyringName(tenant, p), kms.ErrUnavailable, ctx.Err())
		}
	}
	s.used.Store(r.clock.Add(1))
	return s, s.err
}

// over reports whether s is to be read again: an error that was remembered for long
// enough, or a keyring that was moved meanwhile (see Migrate).
func (s *slot) over(r *Keyrings) bool {
	select {
	case <-s.done:
	default:
		return false
	}
	if s.err != nil {
		return time.Since(s.at) >= refreshGap
	}
	return s.k.stale.Load() && r.opts.Legacy != "" && strings.HasSuffix(s.k.name, "/"+r.opts.Legacy) && s.k.destroyed()
}

// begin returns the slot of key, in which somebody reads the keyring.
func (r *Keyrings) begin(key slotKey) (*slot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errors.New("envelope: keyrings are closed")
	}
	s := r.slots[key]
	if s != nil && !s.over(r) { // another was quicker
		return s, nil
	}
	if r.drop(key); s == nil {
		r.makeRoom()
	}
	s = &slot{done: make(chan struct{})}
	s.used.Store(r.clock.Add(1))
	r.slots[key] = s
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), refreshTime)
		defer cancel()
		k, err := r.read(ctx, key.tenant, key.purpose)
		if err == nil {
			s.encrypt, s.alias, s.decrypt, s.hash = k.Encrypt(), k.Alias(), k.Decrypt(), k.Hash()
		}
		s.k, s.err, s.at = k, err, time.Now()
		close(s.done)
	}()
	return s, nil
}

// makeRoom forgets the keyring that was not used for longest, if there are too many.
func (r *Keyrings) makeRoom() {
	if len(r.slots) < r.opts.Max {
		return
	}
	var oldest slotKey
	least := int64(-1)
	for key, s := range r.slots {
		if used := s.used.Load(); least < 0 || used < least {
			least, oldest = used, key
		}
	}
	r.drop(oldest)
}

// drop forgets a keyring. r.mu is held.
func (r *Keyrings) drop(key slotKey) {
	s := r.slots[key]
	if s == nil {
		return
	}
	delete(r.slots, key)
	go func() { // which may still be read
		<-s.done
		if s.k != nil {
			s.k.Close()
		}
	}()
}

// read opens a keyring, or makes it where that is asked for.
func (r *Keyrings) read(ctx context.Context, tenant string, p Purpose) (*Keyring, error) {
	name, err := ringName(tenant, p)
	if err != nil {
		return nil, err
	}
	opts := r.options(name)
	k, err := r.open(ctx, tenant, name, p, opts)
	if !errors.Is(err, kms.ErrNotFound) {
		return k, err
	}
	if opts.MinEpoch > 0 {
		return nil, err // there was one
	}
	if old, ok := r.legacyName(tenant, p); ok {
		k, e := r.open(ctx, tenant, old, p, r.options(old))
		switch {
		case e == nil:
			return k, nil
		case !errors.Is(e, kms.ErrNotFound) && !errors.Is(e, kms.ErrDenied): // a policy for the keysets alone denies it
			return nil, e
		}
	}
	if !r.opts.Create {
		return nil, err
	}
	opts.Create = true
	return r.open(ctx, tenant, name, p, opts)
}

func (r *Keyrings) open(ctx context.Context, tenant, name string, p Purpose, opts *Options) (*Keyring, error) {
	k, err := prepare(r.kek, r.store, name, opts)
	if err != nil {
		return nil, err
	}
	k.names = r.names
	if p == Tokens {
		k.subjects = newSubjects(r, tenant, k.refresh, k.maxAge)
	}
	if err := k.open(ctx, opts.Create); err != nil {
		return nil, err
	}
	return k, nil
}

func (r *Keyrings) options(name string) *Options {
	opts := r.opts.Options
	opts.Names, opts.Create = nil, false // they are shared; only read makes any
	opts.MinEpoch = r.opts.MinEpochs[name]
	return &opts
}

func (r *Keyrings) legacyName(tenant string, p Purpose) (string, bool) {
	return tenant + "/" + r.opts.Legacy, r.opts.Legacy != "" && (p == Tokens || p == Digests)
}

// ringName is KeyringName of what may be a tenant and a purpose.
func ringName(tenant string, p Purpose) (string, error) {
	if !kms.CheckPart(tenant) {
		return "", errors.New("envelope: tenant has no name that a keyring may have: 1 to 64 of A-Z, a-z, 0-9, _ and -")
	}
	if !kms.CheckPart(string(p)) {
		return "", fmt.Errorf("envelope: %q is no purpose of a keyring", p)
	}
	return KeyringName(tenant, p), nil
}

// fixed reports whether the keyring of that name is not rotated: names in the store are
// made with its first key.
func fixed(name string) bool { return strings.HasSuffix(name, keysetsFolder+string(Subjects)) }

// Encrypt, Alias, Decrypt and Hash are those of [Keyring], each with the keyring of the
// tenant whose call it is.
func (r *Keyrings) Encrypt() redact.Transformer {
	return perTenant{r, Tokens, func(s *slot) redact.Transformer { return s.encrypt }}
}

func (r *Keyrings) Alias() redact.Transformer {
	return perTenant{r, Tokens, func(s *slot) redact.Transformer { return s.alias }}
}

func (r *Keyrings) Decrypt() redact.Transformer {
	return perTenant{r, Tokens, func(s *slot) redact.Transformer { return s.decrypt }}
}

func (r *Keyrings) Hash() redact.Transformer {
	return perTenant{r, Digests, func(s *slot) redact.Transformer { return s.hash }}
}

type perTenant struct {
	r       *Keyrings
	purpose Purpose
	of      func(*slot) redact.Transformer
}

func (p perTenant) Transform(ctx context.Context, dst []byte, v redact.Value) ([]byte, error) {
	if v.Call == nil {
		return dst, errNoCall
	}
	s, err := p.r.slot(ctx, v.Call.Scope.Tenant, p.purpose)
	if err != nil {
		return dst, err
	}
	return p.of(s).Transform(ctx, dst, v)
}
