package envelope

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/redact"
)

// A Keyring is a set of data keys, of which one, the primary, seals and any opens.
// It is safe for concurrent use. Close it when it is no longer needed.
type Keyring struct {
	name    string
	kek     kms.KEK   // nil for a keyring in memory only
	store   kms.Store // nil likewise
	names   *tokenNames
	aliases *Aliases // nil for none
	log     *slog.Logger
	refresh time.Duration
	poll    time.Duration // 0 for never
	maxAge  time.Duration

	subjects *subjects // nil: the scope of a subject is bound as others are
	rotation Rotation
	minEpoch int64

	keys  atomic.Pointer[keys]
	stale atomic.Bool // the keys are not to be used
	stats stats

	life     sync.Mutex  // of what follows; held for a moment only
	expire   *time.Timer // has the keys refused in time, whatever a look at the store does
	gone     bool        // the store says that there is no such keyring any more
	failures int         // looks that failed since one did not
	since    time.Time   // when the first of them did
	lastErr  error

	mu   sync.Mutex // held while the keys are changed
	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
}

// Options configures a keyring.
type Options struct {
	// Names gives each entity's name in tokens: 1 to 20 of a-z and 0-9, unique, and
	// fixed for ever, since tokens made under it bear it. An entity without a name
	// cannot be sealed. [Name] makes one up for an entity that no pack names.
	Names map[detect.Entity]string

	// Aliases is where what aliases stand for is kept; nil: there are none. It may be shared by
	// keyrings, of which none opens what another sealed.
	Aliases *Aliases

	// Create makes the keyring if the store says that there is none. It is for
	// kms/local alone: elsewhere a lost keyring must be noticed, not replaced.
	Create bool

	// Refresh is the time, give or take a fifth, between looks at the store, for keys
	// added or disabled elsewhere; 5 minutes if zero, never if negative.
	Refresh time.Duration

	// Poll is the time, give or take a fifth, between looks at the epoch in the store of a
	// keyring in use, so that a change elsewhere is seen sooner; 30 seconds if zero, never
	// if negative or where the right to do so is not given.
	Poll time.Duration

	// MaxAge is how long the keys are used while the store or the KEK cannot be
	// reached; 24 hours if zero. Afterwards nothing is sealed or opened.
	MaxAge time.Duration

	// Rotation says how long the steps of a rotation are apart.
	Rotation Rotation

	// MinEpoch refuses a keyring of an earlier epoch. Within one run none earlier than
	// the one at hand is taken anyway; this is for who keeps the epoch between runs.
	MinEpoch int64

	Log *slog.Logger // for refreshes that fail; slog.Default() if nil
}

// Open reads the keyring of that name from store and unwraps it with kek. It asks
// once; sealing and opening never do. It refreshes in the background until Close.
// If there is none, the error is kms.ErrNotFound.
func Open(ctx context.Context, kek kms.KEK, store kms.Store, name string, opts *Options) (*Keyring, error) {
	k, err := prepare(kek, store, name, opts)
	if err != nil {
		return nil, err
	}
	if err := k.open(ctx, opts != nil && opts.Create); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *Keyring) open(ctx context.Context, create bool) error {
	ks, err := k.load(ctx)
	if errors.Is(err, kms.ErrNotFound) && create {
		ks, err = k.create(ctx)
		if errors.Is(err, kms.ErrConflict) { // another start was quicker
			ks, err = k.load(ctx)
		}
	}
	if err == nil {
		err = k.check(ks)
	}
	if err != nil {
		return err
	}
	k.start(ks)
	return nil
}

// Create makes a keyring of one new key, writes it to store and returns it. If there
// is one already, the error is kms.ErrConflict and nothing is changed.
func Create(ctx context.Context, kek kms.KEK, store kms.Store, name string, opts *Options) (*Keyring, error) {
	k, err := prepare(kek, store, name, opts)
	if err != nil {
		return nil, err
	}
	ks, err := k.create(ctx)
	if err != nil {
		return nil, err
	}
	k.start(ks)
	return k, nil
}

// New returns a keyring that lives in memory only, with a key of its own. What it
// seals, nobody else ever opens.
func New(opts *Options) (*Keyring, error) {
	k, err := prepare(nil, nil, "memory", opts)
	if err != nil {
		return nil, err
	}
	h, err := newHandle()
	if err != nil {
		return nil, err
	}
	ks, err := k.write(context.Background(), h, 1, firstAbout(h))
	if err != nil {
		return nil, err
	}
	k.start(ks)
	return k, nil
}

func prepare(kek kms.KEK, store kms.Store, name string, opts *Options) (*Keyring, error) {
	if opts == nil {
		opts = new(Options)
	}
	if err := kms.CheckName(name); err != nil {
		return nil, fmt.Errorf("envelope: keyring: %w", err)
	}
	k := &Keyring{
		name: name, kek: kek, store: store, names: newTokenNames(),
		log: opts.Log, aliases: opts.Aliases, refresh: opts.Refresh, maxAge: opts.MaxAge,
		rotation: opts.Rotation, minEpoch: opts.MinEpoch,
	}
	if k.log == nil {
		k.log = slog.Default()
	}
	if k.refresh == 0 {
		k.refresh = defaultRefresh
	}
	if k.poll = opts.Poll; k.poll == 0 {
		k.poll = defaultPoll
	}
	if k.maxAge == 0 {
		k.maxAge = defaultMaxAge
	}
	k.rotation.setDefaults(k.refresh)
	if err := k.names.add(opts.Names); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *Keyring) load(ctx context.Context) (*keys, error) {
	wrapped, epoch, err := k.store.Get(ctx, k.name)
	if err != nil {
		return nil, fmt.Errorf("envelope: read keyring %q: %w", k.name, err)
	}
	return unwrap(ctx, k.kek, k.name, epoch, wrapped)
}

func (k *Keyring) create(ctx context.Context) (*keys, error) {
	h, err := newHandle()
	if err != nil {
		return nil, err
	}
	return k.write(ctx, h, 1, firstAbout(h))
}

// firstAbout is the life so far of a keyring of one new key.
func firstAbout(h *keyset.Handle) *about {
	t := now()
	a := newAbout(t)
	a.Written, a.Equality = t, 1
	a.Keys = []keyAbout{{ID: h.KeysetInfo().GetPrimaryKeyId(), Added: t, Promoted: t}}
	return a
}

func (k *Keyring) write(ctx context.Context, h *keyset.Handle, epoch int64, a *about) (*keys, error) {
	ks, err := newKeys(h, epoch, a)
	if err != nil || k.store == nil {
		return ks, err
	}
	wrapped, err := wrap(ctx, k.kek, k.name, epoch, h, a)
	if err != nil {
		return nil, err
	}
	if err := k.store.Put(ctx, k.name, epoch, wrapped); err != nil {
		return nil, fmt.Errorf("envelope: write keyring %q: %w", k.name, err)
	}
	return ks, nil
}

// Seal appends to dst the token of plaintext. It is deterministic within a scope:
// equal values of one entity get equal tokens there, and unlinkable ones elsewhere.
// dst and plaintext must not overlap. On an error dst is returned as it was.
//
// In the scope of a subject, and there alone, it may ask the store, once in a while.
func (k *Keyring) Seal(dst []byte, entity detect.Entity, plaintext []byte, in redact.Scope) ([]byte, error) {
	name, ok := k.nameOf(entity)
	switch {
	case !ok:
		return dst, fmt.Errorf("%w: %s", ErrNoName, entity)
	case len(plaintext) > MaxPlaintext:
		return dst, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLong, len(plaintext), MaxPlaintext)
	case k.refuses():
		return dst, ErrStale
	}
	if err := checkScope(&in); err != nil {
		return dst, err
	}
	ks := k.keys.Load()
	key, header, err := k.sealKey(context.Background(), ks, &in)
	if err != nil {
		return dst, err
	}
	w := works.Get().(*work)
	defer w.free()
	w.setName(name)
	w.bind(labelToken, &in, w.name[:w.nameLen])
	w.body = append(w.body[:0], header)
	w.body = binary.BigEndian.AppendUint32(w.body, ks.primary)
	w.body = append(w.body, make([]byte, blockSize)...)
	w.body = append(w.body, plaintext...)
	key.seal(&w.scratch, w.body[5:], w.ad)
	k.stats.sealed.Add(1)
	return appendToken(dst, w.name[:w.nameLen], w.body), nil
}

func (w *work) setName(name string) { w.nameLen = copy(w.name[:], name) }

// Unseal appends to dst the plaintext of token. Whatever the reason that it does
// not, the error says the same outwards; for the record, errors.Is tells ErrShape,
// ErrChecksum, ErrUnknown and ErrAuth apart, and each is redact.ErrNotOurs too.
// dst and token must not overlap. On an error dst is returned as it was.
func (k *Keyring) Unseal(dst, token []byte, in redact.Scope) ([]byte, error) {
	w := works.Get().(*work)
	defer w.free()
	plaintext, err := k.unseal(w, token, &in)
	if k.count(err); err != nil {
		return dst, err
	}
	return append(dst, plaintext...), nil
}

// unseal returns the plaintext of token, which lies in w, as the entity's name does.
func (k *Keyring) unseal(w *work, token []byte, in *redact.Scope) ([]byte, error) {
	if k.refuses() {
		return nil, ErrStale
	}
	if err := checkScope(in); err != nil {
		return nil, err
	}
	switch k.read(w, token) {
	case nil:
	case ErrChecksum:
		return nil, closedChecksum
	default:
		return nil, closedShape
	}
	if w.alias {
		return k.unsealAlias(w, in)
	}
	ks := k.keys.Load()
	key, err := k.openKey(context.Background(), ks, w.body[0], binary.BigEndian.Uint32(w.body[1:5]), in)
	if err != nil {
		return nil, err
	}
	known := key != nil
	if !known {
		key = ks.open[ks.primary] // so that it takes as long as a forged one
	}
	w.bind(labelToken, in, w.name[:w.nameLen])
	ok := key.open(&w.scratch, w.body[5:], w.ad)
	switch {
	case !known:
		return nil, closedUnknown
	case !ok:
		return nil, closedAuth
	}
	return w.body[bodyOverhead:], nil
}
