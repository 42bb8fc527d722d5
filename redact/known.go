package redact

import (
	"sync"
	"sync/atomic"

	"github.com/mcpveil/mcpveil/detect"
)

const (
	maxKnown     = 1024     // values one Known holds
	maxKnownText = 6 << 10  // bytes of one of them; what envelope seals is shorter
	maxKnownSum  = 1 << 20  // bytes of all
	minKnownText = 3        // shorter ones stand anywhere by chance
	maxKnownForm = 16 << 10 // bytes of one escaped
)

// A Known holds the values that were opened during a call, so that the call's answer can be
// searched for them, as they are spelled and in capitals: either gets the same token.
// It is safe for concurrent use. A nil *Known holds nothing.
type Known struct {
	mu    sync.Mutex
	seen  map[string]struct{}
	vals  []*known
	sum   int
	built atomic.Pointer[knownIndex] // of vals; nil when they changed
}

type known struct {
	text string
	rule *detect.Rule // its own
}

// echoID is the id of the rules that find what a [Known] holds.
const echoID = "mcpveil.echo"

// Add remembers text, a value of that entity. It reports false if there is no room for
// it: k holds a thousand values, none longer than 6 KiB, and a megabyte in all. Texts
// under three bytes, which stand anywhere by chance, are not remembered.
func (k *Known) Add(entity detect.Entity, text []byte) bool {
	if k == nil || len(text) < minKnownText {
		return true
	}
	if len(text) > maxKnownText {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.seen[string(text)]; ok {
		return true
	}
	if len(k.vals) == maxKnown || k.sum+len(text) > maxKnownSum {
		return false
	}
	if k.seen == nil {
		k.seen = map[string]struct{}{}
	}
	v := &known{string(text), &detect.Rule{ID: echoID, Entity: entity}}
	k.seen[v.text] = struct{}{}
	k.vals = append(k.vals, v)
	k.sum += len(text)
	k.built.Store(nil)
	return true
}

// Join remembers in k what o holds. It reports false if there is no room for all of it.
func (k *Known) Join(o *Known) bool {
	if o == nil || o == k {
		return true
	}
	o.mu.Lock()
	vals := o.vals // grows, but what is there stays
	o.mu.Unlock()
	all := true
	for _, v := range vals {
		all = k.Add(v.rule.Entity, []byte(v.text)) && all
	}
	return all
}

// Len returns how many values k holds.
func (k *Known) Len() int {
	if k == nil {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.vals)
}

// index returns what finds k's values, or nil if it has none.
func (k *Known) index() *knownIndex {
	if k == nil {
		return nil
	}
	if x := k.built.Load(); x != nil {
		return x
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.vals) == 0 {
		return nil
	}
	x := newKnownIndex(k.vals)
	k.built.Store(x)
	return x
}

// In reports whether a value stands in text as it is, or in capitals.
func (k *Known) In(text string) bool { return k.index().contains([]byte(text)) != nil }

// contains reports whether a value stands in text, not escaped.
func (x *knownIndex) contains(text []byte) *known {
	if x == nil {
		return nil
	}
	s := x.search(text, 0, len(text), false)
	if _, f := s.next(); f != nil {
		return f.known
	}
	return nil
}

func needsEscape[B []byte | string](s B) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == '"' || s[i] == '\\' {
			return true
		}
	}
	return false
}

// apart reports whether text[start:end], if it is short, stands there as a word of its
// own and not inside a longer one.
func apart(text []byte, start, end int) bool {
	if end-start >= 8 {
		return true
	}
	if start > 0 && word(text[start]) && word(text[start-1]) && (start < 2 || text[start-2] != '\\') {
		return false
	}
	return end == len(text) || !word(text[end-1]) || !word(text[end])
}

func word(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' }
