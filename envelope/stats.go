package envelope

import "sync/atomic"

// Stats counts what a keyring did since it was opened. A token that is looked at
// twice is counted twice.
type Stats struct {
	Sealed, Opened, Hashed               uint64
	TooLong                              uint64 // values that were to be sealed and got their label
	Shape, Checksum, Unknown, Gone, Auth uint64 // tokens that did not open, by reason
}

// Forged is the number of tokens that did not open.
func (s Stats) Forged() uint64 { return s.Shape + s.Checksum + s.Unknown + s.Gone + s.Auth }

type stats struct{ sealed, opened, hashed, tooLong, shape, checksum, unknown, gone, auth atomic.Uint64 }

// Stats returns the counts so far.
func (k *Keyring) Stats() Stats {
	s := &k.stats
	return Stats{
		Sealed: s.sealed.Load(), Opened: s.opened.Load(), Hashed: s.hashed.Load(), TooLong: s.tooLong.Load(),
		Shape: s.shape.Load(), Checksum: s.checksum.Load(), Unknown: s.unknown.Load(), Gone: s.gone.Load(), Auth: s.auth.Load(),
	}
}

// count takes note of what came of a token.
func (k *Keyring) count(err error) {
	switch err {
	case nil:
		k.stats.opened.Add(1)
	case closedShape:
		k.stats.shape.Add(1)
	case closedChecksum:
		k.stats.checksum.Add(1)
	case closedUnknown:
		k.stats.unknown.Add(1)
	case closedGone:
		k.stats.gone.Add(1)
	case closedAuth:
		k.stats.auth.Add(1)
	}
}

// uses is how often the keyring was used.
func (s *stats) uses() uint64 {
	return s.sealed.Load() + s.opened.Load() + s.hashed.Load() + s.unknown.Load() + s.auth.Load()
}
