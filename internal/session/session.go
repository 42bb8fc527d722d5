// Package session takes messages through the filter. It remembers which response answers which
// request, so that an answer is judged as the call it belongs to, and says of each message what
// to send on and what to send back.
package session

import (
	"context"
	"io"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A ScopeKind says within what equal values get equal tokens, and where a token can be opened.
type ScopeKind string

// The kinds of scope. The zero ScopeKind means ScopePrincipal.
const (
	ScopePrincipal    ScopeKind = "principal"    // all sessions of one user
	ScopeTenant       ScopeKind = "tenant"       // all users of one tenant
	ScopeConversation ScopeKind = "conversation" // one session
)

// Schemas remembers what tools/list says of the tools' arguments and results.
type Schemas interface {
	redact.Shaper
	// Learn reads msg, a tools/list answer, seen at site. It must not keep msg.
	Learn(site policy.Site, msg []byte)
}

// A ToolRule is what holds for all calls of some tools.
type ToolRule struct {
	Names     []string // globs
	LogAccess bool     // one access record a call
}

// Options configures [New]. They must not change afterwards.
type Options struct {
	Filter  Filter     // required; *redact.Filter
	Sink    audit.Sink // nil: no records
	Schemas Schemas    // nil: no schema is kept
	Tools   []ToolRule // the first that matches a tool holds; RequiresEncryption is a policy rule, not here

	Server         string // as the configuration names it
	Scope          ScopeKind
	MaxOutstanding int  // calls that may wait for an answer, a direction; 4096 if zero
	MaxBatch       int  // longest batch; 256 if zero
	NoBatch        bool // refuse batches

	// Blocks says that a rule of the policy may block: then no message streams.
	Blocks bool
}

// A Peer is for whom a session is.
type Peer struct {
	Tenant    string
	Principal string // the user; never logged
	ID        string // of the conversation: random, ours; also in records
}

// A Session is what belongs together: a stdio connection, an HTTP session, or in the stateless
// era one exchange. It is safe for concurrent use.
type Session struct{}

// New returns a session for peer.
func New(opts *Options, peer Peer) (*Session, error) { panic("session: not yet") }

// For returns a session with the options of s and tables of its own, for another peer. It is
// cheap: an exchange of the stateless era may have one each.
func (s *Session) For(peer Peer) *Session { panic("session: not yet") }

// Outstanding returns how many requests sent in direction d wait for their answer.
func (s *Session) Outstanding(d policy.Direction) int { panic("session: not yet") }

// Idle returns a channel that is closed when no request sent in direction d waits for an answer.
func (s *Session) Idle(d policy.Direction) <-chan struct{} { panic("session: not yet") }

// Port returns a Port for messages that go in direction d: one for each goroutine, or for each
// exchange. Release it when done.
func (s *Session) Port(d policy.Direction) *Port { panic("session: not yet") }

// A Port takes messages of one direction through the filter, reusing its buffers.
// It is for one goroutine at a time.
type Port struct{}

// Release gives the Port's buffers back. Neither it nor what it returned may be used after.
func (p *Port) Release() { panic("session: not yet") }

// A Class says how a message fared.
type Class uint8

const (
	OK          Class = iota // it goes on, changed or not
	Blocked                  // the policy keeps it back
	Malformed                // not JSON, no JSON-RPC, or ambiguous
	TooLarge                 // longer than may be held
	Unavailable              // filtering failed: no key, no record
	Busy                     // too many calls outstanding
)

// A Verdict says what to do about a message. Its slices are valid until the next call on the Port.
type Verdict struct {
	Out    []byte        // to be sent on; nil: nothing. The message itself if nothing had to change
	Reply  []byte        // to be sent back to where the message came from; nil: nothing
	Status int           // HTTP status that suits Reply, 0 if there is none
	Class  Class         // the worst of a batch
	Route  mcpwire.Route // of the message as it came; zero if it could not be read, or is a batch
	Batch  bool
	Events []redact.Event // what was done; of the last element of a batch
	Err    error          // why, if Class is not OK; holds no value
}

// Changed reports whether msg, the message the verdict is about, goes on with other bytes.
func (v *Verdict) Changed(msg []byte) bool { panic("session: not yet") }

// Forward takes msg, one message without its newline, through the filter and writes its record. It is
// the map of the program.
//
// A message that cannot go on is answered: a request with an error in Reply (a result with isError
// for a tool's call that the policy blocks), an answer by an error in its place in Out, a
// notification by nothing. A line that cannot be read at all, from a server, fails nothing by itself: see
// [Port.FailOutstanding].
func (p *Port) Forward(ctx context.Context, msg []byte) Verdict { panic("session: not yet") }

// Stream takes a message too long to hold through the filter, from head, its first bytes, and
// rest, to dst. The strictest scope of the calls outstanding applies to it, unless its head tells its
// route. It is refused, with nothing written, where the policy may block. Out is nil either way.
// When Class is not OK and started is true, dst holds the beginning of a message that is void.
func (p *Port) Stream(ctx context.Context, head []byte, rest io.Reader, dst io.Writer) (v Verdict, started bool) {
	panic("session: not yet")
}

// FailOutstanding forgets the requests that wait for an answer going in the Port's direction and
// appends to dst an error response for each, to be sent that way: after an unreadable line, or
// when the peer that owes the answers is gone. Code is one of mcpwire's.
func (p *Port) FailOutstanding(dst [][]byte, code int, reason string) [][]byte {
	panic("session: not yet")
}

// Rewrite takes one JSON text that is no message, such as a header's or a stderr line's, through the filter as
// if it stood in a message of that method and name. It returns text itself if nothing was found. No
// record is written.
func (p *Port) Rewrite(ctx context.Context, method, name string, text []byte) ([]byte, []redact.Event, error) {
	panic("session: not yet")
}

// Filter stands for *redact.Filter until that type exists.
type Filter = any
