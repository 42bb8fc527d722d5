package envelope

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/mcpveil/mcpveil/detect"
)

// A tokenNames holds each entity's name in tokens. Names are added and never change.
type tokenNames struct {
	mu sync.Mutex // held while names are added
	of atomic.Pointer[map[detect.Entity]string]
}

func newTokenNames() *tokenNames {
	t := new(tokenNames)
	t.of.Store(&map[detect.Entity]string{})
	return t
}

func (t *tokenNames) all() map[detect.Entity]string { return maps.Clone(*t.of.Load()) }

func (t *tokenNames) add(names map[detect.Entity]string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.all()
	entities := make(map[string]detect.Entity, len(all)+len(names))
	for entity, n := range all {
		entities[n] = entity
	}
	for entity, n := range names {
		if !validName(n) {
			return fmt.Errorf("envelope: token name %q of %s is not 1 to %d of a-z and 0-9", n, entity, maxName)
		}
		if other, ok := entities[n]; ok && other != entity {
			return fmt.Errorf("envelope: token name %q stands for both %s and %s", n, min(entity, other), max(entity, other))
		}
		if other, ok := all[entity]; ok && other != n {
			return fmt.Errorf("envelope: %s has the token name %q already, so it cannot have %q", entity, other, n)
		}
		all[entity], entities[n] = n, entity
	}
	t.of.Store(&all)
	return nil
}

// entity returns the entity of that name.
func (t *tokenNames) entity(name string) (detect.Entity, bool) {
	for e, n := range *t.of.Load() {
		if n == name {
			return e, true
		}
	}
	return "", false
}

// AddNames gives k names of more entities, as Options.Names does. Names that k has already stay, since there may be
// tokens that bear them: it is an error if an entity gets another name, or a name another entity, and
// then none is added.
func (k *Keyring) AddNames(names map[detect.Entity]string) error { return k.names.add(names) }

// Names returns each entity's name in tokens, as a map of the caller's own.
func (k *Keyring) Names() map[detect.Entity]string { return k.names.all() }

// nameOf returns an entity's name in tokens.
func (k *Keyring) nameOf(e detect.Entity) (string, bool) {
	n, ok := (*k.names.of.Load())[e]
	return n, ok
}
