//go:build race

package envelope

// UnderRace says that tests run under the race detector: they are slow then, and pools lose some of what is put into them.
const UnderRace = true
