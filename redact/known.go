package redact

import (
	"bytes"
	"hash/maphash"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
)

const (
	maxKnown     = 1024     // values one Known holds
	maxKnownText = 12 << 10 // bytes of one of them; what is sealed is no longer
	maxKnownSum  = 1 << 20  // bytes of all
	minKnownText = 3        // shorter ones stand anywhere by chance
	maxKnownForm = 16 << 10 // bytes of one escaped
)

// A Known holds the values that were opened during a call, so that the call's answer can be
// searched for them: as they are spelled and in any other case, escaped or encoded, with the
// separators between digits or without them. All of these get the same token. What that is
// exactly, form says.
//
// What it holds lies in memory that [Known.Reset] clears, or else the garbage collector's cleanup.
// It is safe for concurrent use. A nil *Known holds nothing.
type Known struct {
	mu    sync.Mutex
	seen  map[uint64]*known // by keyed hash
	vals  []*known
	sum   int
	text  *arena                     // of vals
	built atomic.Pointer[knownIndex] // of vals; nil when they changed
}

type known struct {
	text []byte
	rule *detect.Rule // its own
}

// An arena is memory for what must not outlive its use.
type arena struct{ bufs [][]byte }

func (a *arena) keep(text []byte) []byte {
	text = bytes.Clone(text)
	a.bufs = append(a.bufs, text)
	return text
}

func (a *arena) clear() {
	for _, b := range a.bufs {
		clear(b)
	}
	a.bufs = nil
}

// echoID is the id of the rules that find what a [Known] holds.
const echoID = "mcpveil.echo"

var knownSeed = maphash.MakeSeed()

// Add remembers text, a value of that entity. It reports false if there is no room for
// it: k holds a thousand values, none longer than 12 KiB, and a megabyte in all. Texts
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
	hash := maphash.Bytes(knownSeed, text)
	have := k.seen[hash]
	if have != nil && bytes.Equal(have.text, text) {
		return true
	}
	if len(k.vals) == maxKnown || k.sum+len(text) > maxKnownSum {
		return false
	}
	if k.text == nil {
		k.seen, k.text = map[uint64]*known{}, &arena{}
		runtime.AddCleanup(k, (*arena).clear, k.text)
	}
	v := &known{k.text.keep(text), &detect.Rule{ID: echoID, Entity: entity}}
	k.seen[hash] = v
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
		all = k.Add(v.rule.Entity, v.text) && all
	}
	runtime.KeepAlive(o)
	return all
}

// Reset makes k forget all, and clears the memory that held it. Nobody may use k meanwhile, nor
// be rewriting a message of a Call that has it.
func (k *Known) Reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.text == nil {
		return
	}
	k.text.clear()
	if x := k.built.Swap(nil); x != nil {
		x.text.clear()
	}
	clear(k.seen)
	clear(k.vals)
	k.vals, k.sum = k.vals[:0], 0
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
	runtime.AddCleanup(x, (*arena).clear, x.text)
	k.built.Store(x)
	return x
}

// In reports whether a value stands in text, in any of the ways in which it is found in a message.
func (k *Known) In(text string) bool {
	found := k.index().contains([]byte(text)) != nil
	runtime.KeepAlive(k)
	return found
}

// contains returns a value that stands in text, which is not escaped, as it is or encoded; or nil.
func (x *knownIndex) contains(text []byte) *known {
	if x == nil {
		return nil
	}
	s := x.search(text, 0, len(text), false)
	if _, f := s.next(); f != nil {
		return f.known
	}
	if !view.Encodes(text) {
		return nil
	}
	stack := stacks.Get().(*view.Stack)
	defer func() {
		stack.Clear(8 * segment)
		stacks.Put(stack)
	}()
	stack.DecodeAll(jsonspan.AppendQuote(nil, text))
	for stack.Deeper() {
		text := stack.Text()
		s := x.search(text, 0, len(text), false)
		if _, f := s.next(); f != nil {
			return f.known
		}
	}
	return nil
}

func needsEscape(s []byte) bool {
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
	if end-start >= longForm {
		return true
	}
	if start > 0 && word(text[start]) && word(text[start-1]) && (start < 2 || text[start-2] != '\\') {
		return false
	}
	return end == len(text) || !word(text[end-1]) || !word(text[end])
}

func word(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' }
