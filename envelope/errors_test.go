package envelope

import (
	"errors"
	"testing"

	"github.com/mcpveil/mcpveil/redact"
)

// Why a token stays closed is told to those who ask, and to nobody by the words of the error.
func TestClosedErrors(t *testing.T) {
	for _, tt := range []struct {
		err              *closedError
		foreign, unknown bool
	}{{closedShape, false, false}, {closedChecksum, false, false}, {closedUnknown, false, true}, {closedGone, false, false}, {closedAuth, true, false}} {
		if got := errors.Is(tt.err, redact.ErrForeign); got != tt.foreign {
			t.Errorf("%v is foreign: %v, want %v", tt.err.why, got, tt.foreign)
		}
		if got := errors.Is(tt.err, redact.ErrUnknownKey); got != tt.unknown {
			t.Errorf("%v is of an unknown key: %v, want %v", tt.err.why, got, tt.unknown)
		}
		if !errors.Is(tt.err, redact.ErrNotOurs) || !errors.Is(tt.err, tt.err.why) || tt.err.Error() != closedShape.Error() {
			t.Errorf("%v says %q, want the same of all", tt.err.why, tt.err)
		}
	}
}
