package detect

import (
	"errors"
	"regexp/syntax"
	"sync"
	"sync/atomic"
)

// A program starts with a thousand patterns, of which most never meet a text that could begin
// one of them. To compile all of them takes most of a second, and tens of megabytes. So at the
// start patterns are only anchored (find), and it is made sure that they will compile (sure,
// certain). What runs a pattern is made when its anchor is first found.

// A machine runs a pattern, or a part of one.
type machine struct {
	dfa  atomic.Pointer[automaton]
	sim  *simulator // instead, where that would be too large
	once sync.Once
	make func(*machine) error // nil where it is made
}

// automaton returns m's automaton, or nil if it is simulated. It may have to be made first.
func (m *machine) automaton() *automaton {
	if a := m.dfa.Load(); a != nil {
		return a
	}
	return m.made()
}

// simulator returns m's simulator, or nil.
func (m *machine) simulator() *simulator {
	m.made()
	return m.sim
}

func (m *machine) made() *automaton {
	m.once.Do(func() {
		if m.make == nil {
			return
		}
		if err := m.make(m); err != nil {
			panic("detect: internal error: " + err.Error()) // it was made sure that it is made
		}
		m.make = nil
	})
	return m.dfa.Load()
}

// now makes m, unless it is.
func (m *machine) now() (err error) {
	m.once.Do(func() {
		if m.make != nil {
			err, m.make = m.make(m), nil
		}
	})
	return err
}

// newMachine returns what runs re, to be made when it is wanted.
func newMachine(re *syntax.Regexp, reverse bool, limit int) (*machine, error) {
	m := &machine{make: func(m *machine) error {
		a, err := newAutomaton([]*syntax.Regexp{re}, reverse, limit)
		if err == nil {
			m.dfa.Store(a)
			return nil
		}
		if errors.Is(err, errTooLarge) {
			m.sim, err = newSimulator(re, reverse)
		}
		return err
	}}
	if certain(re, reverse) {
		return m, nil
	}
	return m, m.now()
}
