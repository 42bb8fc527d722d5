// Package redact rewrites JSON text, replacing the sensitive values in it as a
// policy says and leaving every other byte as it was.
package redact

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
)

// A Value is a sensitive value on its way to a [Transformer].
type Value struct {
	Text    []byte // decoded; valid, and not to be changed, during the call
	Entity  detect.Entity
	Pointer []byte // JSON Pointer of the scalar it stands in
	Shape   *Shape // what the scalar must fit with the replacement in it, or nil
	Whole   bool   // it is all of the scalar
	Call    *Call
}

// LogValue keeps the text out of logs.
func (v Value) LogValue() slog.Value {
	return slog.GroupValue(slog.String("entity", string(v.Entity)), slog.Int("length", len(v.Text)))
}

// A Scope is where a token holds: a tenant, and within it a kind (conversation,
// principal, subject or tenant) and its id. It is authenticated, not stored.
type Scope struct{ Tenant, Kind, ID string }

// A Call is what Rewrite must know of the message beside its bytes. It belongs
// to internal/session, one for a request and its answer.
type Call struct {
	Site      policy.Site
	Scope     Scope         // in which equal values get equal tokens
	Shapes    Shaper        // what must fit where (the tool's schema); nil if not known
	Names     *Names        // of people, met in the conversation; nil if none are remembered
	Known     *Known        // literals to be sealed again wherever they turn up; nil if none are kept
	Protected *policy.Paths // members of the protocol that are never altered; nil for none
}

// A Shaper tells what a replacement at a place must fit.
type Shaper interface {
	// Shape returns what stands at pointer must fit, or nil if anything does.
	Shape(site policy.Site, pointer []byte) *Shape
}

// A Shape is what a schema asks of a scalar.
type Shape struct {
	Type   string // "string", "number", "integer"; "" for any
	Format string // "email", "date", "uri" …
	MaxLen int    // longest string, in characters; 0 for any
	Closed string // the keyword because of which nothing made up for a part of it can fit, such as "enum"; "" if none

	// Misfit returns the keyword that a scalar does not meet whose text this is, or "" if it meets all. It is nil if
	// the fields above say all there is to say, and does not keep text.
	Misfit func(text []byte) string
}

// A Transformer makes what stands in place of a sensitive value.
// Implementations must be safe for concurrent use.
type Transformer interface {
	// Transform appends the replacement for v to dst, as plain text: the caller
	// escapes it for JSON. ErrNotOurs leaves the bytes as they are and has them
	// scanned again by all other rules (a forged token). ErrNoToken has a label stand in its place.
	// On any other error the message is refused.
	Transform(ctx context.Context, dst []byte, v Value) ([]byte, error)
}

// A TransformerFunc is a function used as a Transformer.
type TransformerFunc func(ctx context.Context, dst []byte, v Value) ([]byte, error)

func (f TransformerFunc) Transform(ctx context.Context, dst []byte, v Value) ([]byte, error) {
	return f(ctx, dst, v)
}

// Transformers says what carries out each action, and each variant of one that
// a policy asks for.
type Transformers map[Use]Transformer

// A Use is an action and a variant of it, or "" for the plain one.
type Use struct {
	Action policy.Action
	With   string
}

// An Event is what was done about one finding. It holds no text.
type Event struct {
	Pointer  string // JSON Pointer of the value; sensitive names in it are replaced too
	Finding  detect.Finding
	Decision policy.Decision
	Outcome  Outcome
	Alarm    Alarm
}

// An Outcome says what became of a decision.
type Outcome uint8

const (
	Done      Outcome = iota // the action was carried out
	Forged                   // a token's look-alike: it stays, and was scanned as any text
	Kept                     // a token of ours that no rule opens, or that must not be opened: it stays
	Protected                // it stands in a member of the protocol that must not change: it stays
	Allowed                  // the policy makes an exception of it: it stays
	Opaque                   // it cannot be read, so nobody knows what is in it: it stays
)

// A BlockedError is returned for a message that is kept back, because the policy says so
// or because nothing that fits could be put in the place of what was found.
type BlockedError struct {
	Event  Event
	Reason string // why, where it was not the policy that asked for it; "" else
}

func (e *BlockedError) Error() string {
	if e.Reason != "" {
		return fmt.Sprintf("redact: %s at %s is kept back: %s", e.Event.Finding.Rule.Entity, e.Event.Pointer, e.Reason)
	}
	return fmt.Sprintf("redact: policy blocks %s at %s", e.Event.Finding.Rule.Entity, e.Event.Pointer)
}

// A SyntaxError is returned for a message that is not valid JSON.
type SyntaxError struct {
	Offset int64
	Err    error
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("redact: not JSON at offset %d: %v", e.Offset, e.Err)
}
func (e *SyntaxError) Unwrap() error { return e.Err }
