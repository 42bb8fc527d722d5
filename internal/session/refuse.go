package session

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A refusal says why a message does not go on, to its sender and to the record.
type refusal struct {
	class  Class
	code   int
	reason string
	detail string // for the record only
}

func (r *refusal) Error() string { return "session: " + r.reason }

var (
	errBusy        = &refusal{class: Busy, code: mcpwire.CodeBusy, reason: "too many calls wait for an answer"}
	errDuplicateID = &refusal{class: Malformed, code: mcpwire.CodeInvalidRequest, reason: "a request with this id waits for its answer"}
	errTooLongName = &refusal{class: Malformed, code: mcpwire.CodeInvalidRequest, reason: "id, method or name is too long"}
	errRecord      = &refusal{class: Unavailable, code: mcpwire.CodeUnavailable, reason: "no record could be written, so nothing passes"}
	errNoBatch     = &refusal{class: Malformed, code: mcpwire.CodeInvalidRequest, reason: "this version of the protocol has no batches: send one message at a time"}
	errStray       = &refusal{class: Malformed, code: mcpwire.CodePeerGone, reason: "an answer whose id is of no request, while others wait under stricter rules"}
	errBrokenOff   = &refusal{class: Unavailable, code: mcpwire.CodeUnavailable, reason: "the message breaks off: the rest of it could not be read"}
	errTooLarge    = &refusal{class: TooLarge, code: mcpwire.CodeTooLarge, reason: "message is too long to be held, and the policy must see the whole of it"}
)

// classify says what an error means for the message.
func classify(err error) *refusal {
	var (
		blocked *redact.BlockedError
		syntax  *redact.SyntaxError
		route   *mcpwire.RouteError
		refused *refusal
	)
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &route) && route.Offset < 0:
		return &refusal{class: Malformed, code: route.Code, reason: route.Reason}
	case errors.As(err, &route):
		return &refusal{class: Malformed, code: route.Code, reason: fmt.Sprintf("%s at offset %d", route.Reason, route.Offset)}
	case errors.As(err, &blocked):
		return &refusal{class: Blocked, code: mcpwire.CodeBlocked, reason: blockedReason(blocked)}
	case errors.As(err, &syntax):
		return &refusal{class: Malformed, code: mcpwire.CodeParse, reason: fmt.Sprintf("not JSON at offset %d: %v", syntax.Offset, syntax.Err)}
	}
	return &refusal{class: Unavailable, code: mcpwire.CodeUnavailable, reason: "filtering failed, so nothing passes", detail: err.Error()}
}

func blockedReason(b *redact.BlockedError) string {
	e := &b.Event
	what := "a value"
	if e.Finding.Rule != nil {
		what = string(e.Finding.Rule.Entity)
	}
	rule := "the policy"
	if e.Decision.Rule != nil && e.Decision.Rule.Name != "" {
		rule = "policy rule " + e.Decision.Rule.Name
	}
	if b.Reason != "" {
		return fmt.Sprintf("%s at %s is kept back: %s", what, e.Pointer, b.Reason)
	}
	return fmt.Sprintf("blocked by %s: %s at %s", rule, what, e.Pointer)
}

// status is the HTTP status of a reply. What policy refuses is an answer like any other: clients turn an
// error status into a failure of the transport and lose the code.
func (r *refusal) status() int {
	switch r.class {
	case Malformed:
		return http.StatusBadRequest
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusOK
}

// refuse answers a message that does not go on: a request, with c its call, by a reply; an answer
// by an error in its place; a notification by nothing.
func (p *Port) refuse(route *mcpwire.Route, c *call, err error) Verdict {
	why := classify(err)
	v := Verdict{Class: why.class, Route: *route, Events: p.rw.Events(), Err: why}
	switch route.Kind {
	case mcpwire.Request:
		tool, modern := route.IsTool(), mcpwire.Modern(route.Version)
		if c != nil {
			p.drop(c)
		}
		p.reply = p.appendRefusal(p.reply[:0], route.ID, why, tool, modern)
		v.Reply, v.Status = p.reply, why.status()
	case mcpwire.Response, mcpwire.ErrorResponse:
		if route.ID != nil {
			tool, modern := c != nil && c.tool, c != nil && c.modern
			p.out = p.appendRefusal(p.out[:0], route.ID, why, tool, modern)
			v.Out = p.out
		}
	case 0: // a text in a pipe
		p.reply = p.appendRefusal(p.reply[:0], nil, why, false, false)
		v.Reply, v.Status = p.reply, why.status()
	}
	p.writeRefusal(route, why, &v)
	return v
}

// appendRefusal appends what the peer that waits gets to see.
func (p *Port) appendRefusal(dst, id []byte, why *refusal, tool, modern bool) []byte {
	reason := "mcpveil: " + why.reason
	if tool && why.class == Blocked {
		return mcpwire.AppendToolError(dst, id, reason, modern)
	}
	return mcpwire.AppendError(dst, id, why.code, reason)
}

// unreadable deals with a message that has no route. An answer by its id is failed, anything else
// replied to, by its id where it has one; a server's that has none is nobody's.
func (p *Port) unreadable(why *refusal, e *mcpwire.RouteError) Verdict {
	v := Verdict{Class: why.class, Err: why}
	var id []byte
	answer := false
	if e != nil && len(e.ID) <= maxID {
		id, answer = e.ID, e.Answer
	}
	if id != nil && !answer && p.d == policy.ToClient && p.owed(id) {
		answer = true // cut off before it could be told
	}
	switch {
	case answer && id != nil:
		p.answered(&mcpwire.Route{ID: id})
		code, reason := why.code, "mcpveil: "+why.reason
		if why.class == Malformed {
			code, reason = mcpwire.CodePeerGone, "mcpveil: the answer could not be read: "+why.reason
		}
		p.out = mcpwire.AppendError(p.out[:0], id, code, reason)
		v.Out = p.out
	case answer && !p.oneWay: // the caller fails what is owed
	case id != nil || p.d == policy.ToServer || p.oneWay:
		p.reply = p.appendRefusal(p.reply[:0], id, why, false, false)
		v.Reply, v.Status = p.reply, why.status()
	}
	p.writeRefusal(&mcpwire.Route{}, why, &v)
	return v
}

// owed reports whether a request with that id waits for an answer from where messages of
// p come from.
func (p *Port) owed(id []byte) bool {
	p.id = mcpwire.AppendID(p.id[:0], id)
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	c := p.s.table(opposite(p.d)).get(p.id)
	return c != nil && (c.state == waiting || c.state == endless)
}

// writeRefusal writes the record of a message that does not go on. If that fails, the message still does not.
func (p *Port) writeRefusal(route *mcpwire.Route, why *refusal, v *Verdict) {
	if why == errRecord {
		return
	}
	r := &p.record
	switch why.class {
	case Blocked:
		r.Outcome = audit.Blocked
	case Unavailable:
		r.Outcome = audit.Failed
	default:
		r.Outcome = audit.Refused
	}
	if r.Reason = why.reason; why.detail != "" {
		r.Reason += ": " + why.detail
	}
	p.fill(route, len(v.Out))
	p.access(route)
	_ = p.hand()
}
