package detect

// madeMachine is a machine that is made already.
func madeMachine(a *automaton, m *simulator) *machine {
	by := &machine{sim: m}
	by.dfa.Store(a)
	return by
}
