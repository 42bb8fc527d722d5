package envelope

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	randv2 "math/rand/v2"
	"sync"
	"time"

	"github.com/mcpveil/mcpveil/internal/secretdo"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/redact"
)

// NOTE. What is sealed for a data subject (scope kind "subject") is sealed under a key of
// its own, derived from a key of the keyring and from a random salt that the store keeps
// for the subject. Without the salt the key cannot be had again, whoever has the keyring
// and every backup of it: destroying 32 bytes makes all tokens of the subject unreadable.
// Associated data would not do: AES-SIV decrypts without it, and only then finds that it
// was another.
//
// Salts stand at TENANT/subjects/NAME. NAME is a keyed digest of the subject's id, so a
// listing tells nobody whose data there are, and the salt is sealed and bound to the id,
// both with the first key of the tenant's keyring for Subjects. A salt is made when a
// value is first sealed for its subject, never when one is opened.

const (
	saltSize    = 32
	maxSubjects = 10000 // subjects of a tenant at hand

	subjectsFolder = "/subjects/"
	scopeSubject   = "subject"

	// headerSubject is headerV1 with mode 1: under a key of the subject.
	headerSubject = headerV1 | 1<<3
)

// errNoSubject says that there is no salt: nothing was sealed yet, or it was destroyed.
var errNoSubject = errors.New("envelope: nothing is kept of this subject")

// errNotKept says that there is no salt, and that one that was made could not be kept.
var errNotKept = errors.New("nothing is kept of it, and a salt cannot be written")

// A subjects keeps what was read of a tenant's subjects.
type subjects struct {
	rings   *Keyrings
	tenant  string
	refresh time.Duration
	maxAge  time.Duration

	mu    sync.Mutex
	known map[string]*subject
}

// A subject is the salt of one, or that there is none.
type subject struct {
	done  chan struct{} // closed when the rest is set
	salt  []byte        // nil for none
	err   error
	read  time.Time // when the store last confirmed it
	until time.Time // it is to be read again after that

	mu   sync.Mutex
	keys map[uint32]*siv // derived, by the id of the key that they are derived from
}

func newSubjects(r *Keyrings, tenant string, refresh, maxAge time.Duration) *subjects {
	if refresh < 0 {
		refresh = defaultRefresh
	}
	return &subjects{rings: r, tenant: tenant, refresh: refresh, maxAge: maxAge, known: map[string]*subject{}}
}

// key returns the key of a subject derived from the key of that id. If there is no salt
// it makes one, where that is asked for; otherwise the error is errNoSubject.
func (s *subjects) key(ctx context.Context, ks *keys, keyID uint32, subjectID string, create bool) (*siv, error) {
	sub, err := s.get(ctx, subjectID, create)
	if err != nil {
		return nil, err
	}
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if key := sub.keys[keyID]; key != nil {
		return key, nil
	}
	key, err := secretdo.Do(func() (*siv, error) { return derive(ks.roots[keyID], sub.salt, s.tenant, subjectID) })
	if err != nil {
		return nil, err
	}
	sub.keys[keyID] = key
	return key, nil
}

// derive returns the key of a subject.
func derive(root, salt []byte, tenant, subjectID string) (*siv, error) {
	key, err := hkdf.Key(sha256.New, root, salt, string(appendFields(nil, labelSubject, tenant, subjectID)), sivKeySize)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	defer clear(key)
	return newSIV(key)
}

// rootOf returns what keys of subjects are derived from, for a key of the keyring.
func rootOf(key []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, key, nil, labelSubjectRoot, sha256.Size)
}

func (s *subjects) get(ctx context.Context, id string, create bool) (*subject, error) {
	for {
		s.mu.Lock()
		sub := s.known[id]
		var last *subject
		if sub != nil && sub.over(create) {
			last, sub = sub, nil
		}
		if sub == nil {
			s.makeRoom()
			sub = &subject{done: make(chan struct{}), keys: map[uint32]*siv{}}
			s.known[id] = sub
			go s.read(sub, last, id, create)
		}
		s.mu.Unlock()
		select {
		case <-sub.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("envelope: waiting for what is kept of a subject: %w: %w", kms.ErrUnavailable, ctx.Err())
		}
		if create && errors.Is(sub.err, errNoSubject) {
			continue // it was read by one who did not want it made
		}
		return sub, sub.err
	}
}

// over reports whether a subject that was read is to be read again.
func (sub *subject) over(create bool) bool {
	select {
	case <-sub.done:
		return time.Now().After(sub.until) || create && errors.Is(sub.err, errNoSubject)
	default:
		return false
	}
}

// read reads what is kept of a subject. Where the store does not answer, the last that was
// known serves, but not beyond the hard lifetime.
func (s *subjects) read(sub, last *subject, id string, create bool) {
	defer close(sub.done)
	ctx, cancel := context.WithTimeout(context.Background(), refreshTime)
	defer cancel()
	salt, err := s.salt(ctx, id, create)
	t := time.Now()
	switch {
	case err == nil:
		sub.salt, sub.read, sub.until = salt, t, t.Add(jittered(s.refresh))
		if last != nil && string(last.salt) == string(salt) {
			sub.keys = last.derived()
		}
	case errors.Is(err, errNoSubject):
		sub.err, sub.until = err, t.Add(refreshGap)
	case last != nil && last.salt != nil && !errors.Is(err, errNotKept) && age(last.read) < s.maxAge:
		sub.salt, sub.read, sub.until, sub.keys = last.salt, last.read, t.Add(jittered(refreshGap)), last.derived()
	default:
		sub.err, sub.until = err, t.Add(refreshGap)
	}
}

func (sub *subject) derived() map[uint32]*siv {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	return maps.Clone(sub.keys)
}

// makeRoom forgets a subject if there are too many: any, but rather one that is to be read
// again. s.mu is held.
func (s *subjects) makeRoom() {
	if len(s.known) < maxSubjects {
		return
	}
	victim, tries := "", 0
	for id, sub := range s.known {
		if victim = id; sub.over(false) || tries > 32 {
			break
		}
		tries++
	}
	delete(s.known, victim)
}

// salt reads the salt of a subject from the store, or makes it.
func (s *subjects) salt(ctx context.Context, id string, create bool) ([]byte, error) {
	key, name, err := s.place(ctx, id)
	if err != nil {
		return nil, err
	}
	var lost error // why the salt that was made is not kept
	for {
		text, _, err := s.rings.store.Get(ctx, name)
		switch {
		case err == nil:
			return openSalt(key, text, s.tenant, id)
		case !errors.Is(err, kms.ErrNotFound):
			return nil, fmt.Errorf("envelope: read what is kept of a subject: %w", err)
		case !create:
			return nil, errNoSubject
		case lost != nil:
			return nil, fmt.Errorf("envelope: keep a subject: %w: %w", errNotKept, lost)
		}
		salt := make([]byte, saltSize)
		rand.Read(salt)
		if lost = s.rings.store.Put(ctx, name, 1, sealSalt(key, salt, s.tenant, id)); lost == nil {
			return salt, nil
		}
		// Another may have been quicker: to Vault, writing is then an update, which a sidecar
		// may not do, before it is a conflict.
	}
}

// place returns the key that seals the salts of subjects, and the name under which that
// of one stands.
func (s *subjects) place(ctx context.Context, id string) (*siv, string, error) {
	k, err := s.rings.Get(ctx, s.tenant, Subjects)
	if err != nil {
		return nil, "", err
	}
	if k.refuses() {
		return nil, "", ErrStale
	}
	ks := k.keys.Load()
	key := ks.open[ks.status[0].ID]
	if key == nil {
		return nil, "", fmt.Errorf("envelope: the first key of keyring %q is disabled, and names are made with it", k.name)
	}
	var w scratch
	key.s2v(&w, appendFields(nil, labelSubjectName, s.tenant, id), nil)
	return key, s.tenant + subjectsFolder + hex.EncodeToString(w.x[:]), nil
}

func sealSalt(key *siv, salt []byte, tenant, id string) []byte {
	buf := append(make([]byte, blockSize), salt...)
	key.seal(new(scratch), buf, appendFields(nil, labelSubjectSalt, tenant, id))
	return base64.StdEncoding.AppendEncode(nil, buf)
}

func openSalt(key *siv, text []byte, tenant, id string) ([]byte, error) {
	buf, err := base64.StdEncoding.Strict().AppendDecode(nil, text)
	if err != nil || len(buf) != blockSize+saltSize || !key.open(new(scratch), buf, appendFields(nil, labelSubjectSalt, tenant, id)) {
		return nil, errors.New("envelope: what is kept of a subject was altered, or is another's")
	}
	return buf[blockSize:], nil
}

// forget drops what is known of a subject.
func (s *subjects) forget(id string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, id)
}

// sealKey returns the key that seals in scope in, and the header of what it seals.
func (k *Keyring) sealKey(ctx context.Context, ks *keys, in *redact.Scope) (*siv, byte, error) {
	if k.subjects == nil || in.Kind != scopeSubject {
		return ks.open[ks.primary], headerV1, nil
	}
	key, err := k.subjects.key(ctx, ks, ks.primary, in.ID, true)
	return key, headerSubject, err
}

// openKey returns the key that opens what has that header and key id in scope in, nil if
// there is none. That no key of that id is known here has another look for it.
func (k *Keyring) openKey(ctx context.Context, ks *keys, header byte, keyID uint32, in *redact.Scope) (*siv, error) {
	key, known := ks.open[keyID]
	if !known {
		k.lookAgain()
		return nil, nil
	}
	if k.subjects == nil || in.Kind != scopeSubject {
		if header != headerV1 {
			return nil, nil
		}
		return key, nil
	}
	if header != headerSubject {
		return nil, nil
	}
	key, err := k.subjects.key(ctx, ks, keyID, in.ID, false)
	if errors.Is(err, errNoSubject) {
		return nil, nil
	}
	return key, err
}

// jittered returns d, give or take a fifth.
func jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (.8 + .4*randv2.Float64()))
}
