package redact

import (
	"errors"
	"fmt"
)

// ErrNotOurs is returned by a Transformer that opens tokens for what only looks like
// one: nothing of it can be trusted. See [Transformer].
var ErrNotOurs = errors.New("redact: not a token of ours")

// ErrNoToken is returned by a Transformer that seals for a value that it has no token for, such as a very long one.
// A label stands in its place then.
var ErrNoToken = errors.New("redact: no token for this value")

// These are ErrNotOurs too, and say why, for events: whoever sent the token is told none of it, and sees the same
// happen to it.
var (
	// ErrForeign is for a well-formed token whose authentication failed.
	ErrForeign = fmt.Errorf("%w: authentication failed", ErrNotOurs)
	// ErrUnknownKey is for a well-formed token of a key that nobody here has.
	ErrUnknownKey = fmt.Errorf("%w: made under a key not known here", ErrNotOurs)
)

// A fault is which error a Transformer returned for a token.
type fault uint8

var faults = [...]error{nil, ErrNotOurs, ErrForeign, ErrUnknownKey}

// faultOf returns the fault that err is, and whether it is one.
func faultOf(err error) (fault, bool) {
	switch {
	case err == nil:
		return 0, true
	case errors.Is(err, ErrForeign):
		return 2, true
	case errors.Is(err, ErrUnknownKey):
		return 3, true
	case errors.Is(err, ErrNotOurs):
		return 1, true
	}
	return 0, false
}

// An Alarm says why somebody should look into what was found, mostly a token on its way to a server.
type Alarm uint8

const (
	NoAlarm    Alarm = iota
	Denied           // it is ours, and nothing opens it there: see Event.Decision for whether a rule says so
	Overdrawn        // it would open, but whoever asks has opened too much of late
	Planted          // it is a honeytoken: nobody has a reason to open it
	Foreign          // its authentication failed: forged, or of another tenant, principal or entity
	UnknownKey       // it was made under a key not known here
	Echoed           // it is no token but a value that was opened, on its way to the client in a member of the protocol that must not change
)

var alarmNames = [...]string{"", "denied", "budget", "honeytoken", "foreign", "unknown_key", "echo"}

func (a Alarm) String() string { return alarmNames[min(int(a), len(alarmNames)-1)] }
