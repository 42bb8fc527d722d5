package redact

import (
	"hash/maphash"

	"github.com/mcpveil/mcpveil/detect"
)

// A memo remembers replacements, so that equal values of one entity get equal ones within
// a message, whatever the Transformer does. It holds at most maxMemo bytes; what comes
// when it is full is not remembered. Once grown it allocates no more. The zero memo is
// empty.
type memo struct {
	seed    maphash.Seed
	table   []uint16 // by hash, the number of an entry, from 1; a power of two
	entries []memoEntry
	text    []byte // of all entries
}

const (
	maxMemo = 16 << 10
	perMemo = 64 // bytes that an entry takes beside its text
)

// memoTable is more than twice as long as there can be entries.
const memoTable = 1 << 9

var _ [memoTable - 2*maxMemo/perMemo]struct{}

// A memoKey is what a replacement depends on.
type memoKey struct {
	op     *operation
	entity detect.Entity
	mail   bool // an e-mail address was asked for
}

type memoEntry struct {
	memoKey
	hash            uint32
	start, mid, end uint16 // text[start:mid] is the value, text[mid:end] its replacement
	fault           fault  // that came instead
}

// reset forgets all.
func (m *memo) reset() {
	if len(m.entries) == 0 {
		return
	}
	clear(m.table)
	clear(m.text)
	m.entries, m.text = m.entries[:0], m.text[:0]
}

func (m *memo) hash(value []byte) uint32 {
	if m.table == nil {
		m.seed, m.table = maphash.MakeSeed(), make([]uint16, memoTable)
	}
	return uint32(maphash.Bytes(m.seed, value))
}

// find returns the entry of value, whose hash is given, or nil.
func (m *memo) find(k memoKey, hash uint32, value []byte) *memoEntry {
	for i := hash; ; i++ {
		n := m.table[i%memoTable]
		if n == 0 {
			return nil
		}
		e := &m.entries[n-1]
		if e.hash == hash && e.memoKey == k && string(m.text[e.start:e.mid]) == string(value) {
			return e
		}
	}
}

// replacement returns what e says.
func (m *memo) replacement(e *memoEntry) []byte { return m.text[e.mid:e.end] }

// add remembers what became of value, which find did not find, if there is room.
func (m *memo) add(k memoKey, hash uint32, value, repl []byte, why fault) {
	if len(m.text)+len(value)+len(repl)+(len(m.entries)+1)*perMemo > maxMemo {
		return
	}
	start := len(m.text)
	m.text = append(append(m.text, value...), repl...)
	m.entries = append(m.entries, memoEntry{k, hash, uint16(start), uint16(start + len(value)), uint16(len(m.text)), why})
	i := hash
	for m.table[i%memoTable] != 0 {
		i++
	}
	m.table[i%memoTable] = uint16(len(m.entries))
}
