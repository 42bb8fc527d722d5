package envelope

import (
	"errors"

	"github.com/mcpveil/mcpveil/redact"
)

// Why a token did not open, for errors.Is, counters and the record. Whoever sent it
// is told none of this: the error that wraps them says the same for each.
var (
	ErrShape    = errors.New("envelope: not of a token's shape")
	ErrChecksum = errors.New("envelope: checksum is wrong: altered or cut on the way")
	ErrUnknown  = errors.New("envelope: made under a key or version not known here")
	ErrGone     = errors.New("envelope: no such alias here: expired, of another process, or of another scope")
	ErrAuth     = errors.New("envelope: authentication failed: forged, or of another tenant, scope or entity")
)

// Why a value was not sealed, or nothing could be sealed or opened at all.
var (
	ErrTooLong = errors.New("envelope: value too long to seal")
	ErrNoName  = errors.New("envelope: entity has no token name")
	ErrScope   = errors.New("envelope: scope is not complete")
	ErrStale   = errors.New("envelope: keys not confirmed by the key service for too long")
)

// ErrRollback says that the store holds an older keyring than it did.
var ErrRollback = errors.New("envelope: keyring was put back to an older state")

// A closedError says that a token does not open, and to errors.Is why. It is also
// redact.ErrNotOurs.
type closedError struct{ why error }

func (e *closedError) Error() string { return "envelope: token does not open here" }

func (e *closedError) Is(target error) bool {
	switch target {
	case redact.ErrForeign:
		return e.why == ErrAuth
	case redact.ErrUnknownKey:
		return e.why == ErrUnknown
	}
	return target == e.why || target == redact.ErrNotOurs
}

var (
	closedShape    = &closedError{ErrShape}
	closedChecksum = &closedError{ErrChecksum}
	closedUnknown  = &closedError{ErrUnknown}
	closedGone     = &closedError{ErrGone}
	closedAuth     = &closedError{ErrAuth}
)
