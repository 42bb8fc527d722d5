// Package session takes messages through the filter. It remembers which response answers which
// request, so that an answer is judged as the call it belongs to, and says of each message what
// to send on and what to send back.
package session

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpveil/mcpveil/internal/audit"
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
	ScopeSubject      ScopeKind = "subject"      // whoever works on the data of one person
)

// Schemas remembers what tools/list says of the tools' arguments and results.
type Schemas interface {
	redact.Shaper
	// Learn reads msg, a tools/list answer, seen at site. It must not keep msg.
	Learn(site policy.Site, msg []byte)
}

// A ToolRule is what holds for all calls of some tools. (That a tool's results must be encrypted is
// a rule of the policy.)
type ToolRule struct {
	Names     []string // globs
	LogAccess bool     // one access record a call
}

// Options configures [New]. They must not change afterwards.
type Options struct {
	Engine
	Sink    audit.Sink // nil: no records
	Schemas Schemas    // nil: no schema is kept

	Server         string // as the configuration names it
	Scope          ScopeKind
	MaxOutstanding int  // calls that may wait for an answer, a direction; 4096 if zero
	MaxBatch       int  // longest batch; 256 if zero
	NoBatch        bool // refuse batches
	ForgetNames    bool // do not look in later messages for names met in earlier ones

	// Replay is how many answered calls are remembered, a direction, since their answers may come again:
	// an HTTP session's, when a stream is resumed. Cancelled ones are, in any case.
	Replay int
}

const (
	defaultOutstanding = 4096
	defaultBatch       = 256
	maxID              = 512              // bytes of a request's id
	maxName            = 64 << 10         // bytes of a tool's name or a URI
	maxTasks           = 1024             // tasks remembered
	maxLate            = 256              // cancelled calls remembered
	stale              = 10 * time.Minute // how old a call must be to make room for another
	maxRecent          = 256              // opened values remembered beyond their calls
	maxProtocol        = "2025-03-26"     // the last version with batches
)

// A Peer is for whom a session is.
type Peer struct {
	Tenant    string
	Principal string // the user; logged, cleaned, with alarms only
	Subject   string // whose data it is about, for ScopeSubject; never logged
	ID        string // of the conversation: random, ours; also in records
}

// A Session is what belongs together: a stdio connection, an HTTP session, or in the stateless
// era one exchange. It is safe for concurrent use.
type Session struct {
	*shared
	peer  Peer
	scope redact.Scope

	mu      sync.Mutex
	calls   [2]table // by the direction of the request: see [Session.table]
	version string   // of the protocol, once it was negotiated

	names   redact.Names  // of people, met in any message
	recent  *redact.Known // what was opened lately, by whichever call
	renewed time.Time     // when something was
}

// shared is what all sessions of one New have in common.
type shared struct {
	opts   Options
	engine atomic.Pointer[engine] // opts.Engine, or what replaced it
	ports  sync.Pool              // of *Port, whoever's they were
}

// New returns a session for peer.
func New(opts *Options, peer Peer) (*Session, error) {
	if opts == nil {
		return nil, errNoFilter
	}
	e, err := newEngine(opts.Engine)
	if err != nil {
		return nil, err
	}
	if opts.Scope == ScopeSubject && peer.Subject == "" {
		return nil, errNoSubject
	}
	return newSession(opts, peer, e)
}

var errNoSubject = errors.New("session: the scope is a data subject, and nobody says whose data this is: say it with subject in the configuration, or --subject")

func newSession(opts *Options, peer Peer, e *engine) (*Session, error) {
	sh := &shared{opts: *opts}
	sh.opts.Engine = Engine{} // whoever asks, asks engine
	sh.engine.Store(e)
	o := &sh.opts
	switch o.Scope {
	case "":
		o.Scope = ScopePrincipal
	case ScopePrincipal, ScopeTenant, ScopeConversation, ScopeSubject:
	default:
		return nil, errors.New("session: unknown scope, want principal, tenant, conversation or subject")
	}
	if o.MaxOutstanding <= 0 {
		o.MaxOutstanding = defaultOutstanding
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = defaultBatch
	}
	return (&Session{shared: sh}).For(peer), nil
}

// For returns a session with the options of s and tables of its own, for another peer. It is
// cheap: an exchange of the stateless era may have one each.
func (s *Session) For(peer Peer) *Session {
	n := &Session{shared: s.shared, peer: peer, scope: redact.Scope{Tenant: peer.Tenant, Kind: string(s.opts.Scope)}}
	switch s.opts.Scope {
	case ScopePrincipal:
		n.scope.ID = peer.Principal
	case ScopeConversation:
		n.scope.ID = peer.ID
	case ScopeSubject:
		n.scope.ID = peer.Subject // without one nothing is sealed or opened
	}
	return n
}

// Outstanding returns how many requests sent in direction d wait for their answer, those that
// may wait for ever (subscriptions) left out.
func (s *Session) Outstanding(d policy.Direction) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table(d).waiting
}

// Idle returns a channel that is closed when no request sent in direction d waits for an answer,
// as Outstanding counts.
func (s *Session) Idle(d policy.Direction) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table(d)
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	idle := t.idle
	t.signal()
	return idle
}

// table returns the requests that went in direction d. The caller holds mu.
func (s *Session) table(d policy.Direction) *table {
	if d == policy.ToClient {
		return &s.calls[1]
	}
	return &s.calls[0]
}

func opposite(d policy.Direction) policy.Direction {
	if d == policy.ToClient {
		return policy.ToServer
	}
	return policy.ToClient
}
