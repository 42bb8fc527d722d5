package session

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A streamer is a *redact.Writer, or a test's stand-in.
type streamer interface {
	io.WriteCloser
	Events() []redact.Event
}

const streamChunk = 64 << 10

// Stream takes a message too long to hold through the filter, from head, its first bytes, and
// rest, to dst. What its head tells of its route decides the policy, and the whole must bear that out; of an
// answer whose id comes last, all calls outstanding must stand under the same policy. It is refused, with
// nothing written, where the policy may block, and where its head does not tell enough.
//
// What is sent back is as for [Port.Forward], but that Out is never the message: it is nil, or the error
// in place of an answer. When Class is not OK and started is true, dst holds the beginning of a
// message that is void and that nobody must take for the whole: it lacks its last byte.
// Rest is read to its end in any case.
func (p *Port) Stream(ctx context.Context, head []byte, rest io.Reader, dst io.Writer) (v Verdict, started bool) {
	p.trim()
	p.reply, p.out = p.reply[:0], p.out[:0]
	p.begin(head)
	p.record.Streamed = true
	var sk mcpwire.Skeleton
	pl, err := p.plan(head, &sk)
	if err != nil {
		return p.refuseLong(&sk, rest, nil, err), false
	}
	late := &holder{w: dst}
	if err := p.copy(ctx, late, head, rest, &sk); err != nil {
		return p.refuseLong(&sk, rest, nil, err), late.n > 0
	}
	route, c, err := p.confirm(&pl, sk.Bytes())
	if err == nil {
		err = p.writeStreamed(&route, late.n+1)
	}
	if err == nil {
		err = late.release()
	}
	if err != nil {
		return p.refuseLong(&sk, rest, c, err), late.n > 0
	}
	p.settle(&route, c)
	return Verdict{Route: route}, true
}

// Streams reports whether Stream would take the message that begins with head.
func (p *Port) Streams(head []byte) bool {
	p.begin(head)
	var sk mcpwire.Skeleton
	_, err := p.plan(head, &sk)
	return err == nil
}

// A plan is what a message's head told, and what was made of it.
type plan struct {
	route   mcpwire.Route // as far as it is known
	call    *call         // that it answers
	decider *policy.Decider
}

// plan sets p.call for a message of which only the head is known.
func (p *Port) plan(head []byte, sk *mcpwire.Skeleton) (pl plan, err error) {
	if p.engine.Policy == nil || mcpwire.IsBatch(head) {
		return pl, errTooLarge
	}
	if _, err := sk.Write(head); err != nil {
		return pl, errTooLarge
	}
	pl.route = sk.Peek()
	site := &p.call.Site
	switch r := &pl.route; r.Kind {
	case mcpwire.Request: // or a notification
		if r.Name == nil && mcpwire.Named(r.Method) || isTask(r.Method) || r.Target != nil {
			return pl, errTooLarge
		}
		site.Method, site.Name = p.names.text(r.Method), p.names.text(r.Name)
		p.call.Known = new(redact.Known)
		p.s.mu.Lock()
		p.newest()
		p.s.mu.Unlock()
		p.call.Protected = p.protected(site.Method, mcpwire.Request)
	case mcpwire.Response:
		if err := p.planAnswer(&pl); err != nil {
			return pl, err
		}
	default:
		if !p.oneWay {
			return pl, errTooLarge
		}
	}
	p.remember()
	if pl.decider = p.engine.Policy.At(*site); pl.decider.MayBlock() {
		return pl, errTooLarge
	}
	return pl, nil
}

// planAnswer sets p.call for an answer: to the call of its id, if that is known; else as one that any of the
// calls outstanding could have, if they all stand under the same policy.
func (p *Port) planAnswer(pl *plan) error {
	p.call.Protected = p.protected("", mcpwire.Response)
	if p.oneWay {
		return nil
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	t := p.s.table(opposite(p.d))
	var calls []*call
	if pl.route.ID != nil {
		p.id = mcpwire.AppendID(p.id[:0], pl.route.ID)
		if c := t.get(p.id); c != nil && c.state != pending {
			calls = append(calls, c)
		}
	} else {
		t.each(func(c *call) { calls = append(calls, c) })
	}
	if len(calls) == 0 {
		return p.stray()
	}
	site := p.call.Site
	var decider *policy.Decider
	for _, c := range calls {
		c.shared = true
		o := c.of()
		site.Method, site.Name = o.method, o.name
		d := p.engine.Policy.At(site)
		if decider != nil && d != decider || o.known.Len() > 0 && p.call.Known != nil {
			return errTooLarge
		}
		if decider = d; o.known.Len() > 0 {
			p.call.Known = o.known
		}
	}
	p.call.Site = site
	if len(calls) == 1 {
		pl.call = calls[0]
		p.call.Known = pl.call.of().known
		p.call.Protected = p.protected(pl.call.method, mcpwire.Response)
	}
	return nil
}

// copy takes the message through the filter to dst, and what routes it to sk.
func (p *Port) copy(ctx context.Context, dst io.Writer, head []byte, rest io.Reader, sk *mcpwire.Skeleton) error {
	w := p.engine.newWriter(ctx, dst, &p.call)
	from := io.MultiReader(bytes.NewReader(head), rest)
	buf := make([]byte, streamChunk)
	p.record.BytesIn = 0
	for {
		n, err := from.Read(buf)
		if p.record.BytesIn >= int64(len(head)) { // the plan has seen the head
			if _, err := sk.Write(buf[:n]); err != nil {
				return errTooLarge
			}
		}
		p.record.BytesIn += int64(n)
		if _, err := w.Write(buf[:n]); err != nil {
			p.count(w.Events())
			return err
		}
		p.count(w.Events())
		switch err {
		case nil:
		case io.EOF:
			err := w.Close()
			p.count(w.Events())
			return err
		default:
			if cause := ctx.Err(); cause != nil {
				return cause
			}
			return errBrokenOff // the reader's own words could hold what a peer sent
		}
	}
}

// confirm reads the route of the whole and holds it against the plan.
func (p *Port) confirm(pl *plan, skeleton []byte) (r mcpwire.Route, c *call, err error) {
	r, err = mcpwire.ParseRoute(skeleton)
	if err != nil {
		if p.foreign(err) && pl.route.Kind == 0 {
			return r, nil, nil
		}
		if e, ok := err.(*mcpwire.RouteError); ok {
			e.Offset = -1 // it would be the skeleton's
		}
		return r, nil, err
	}
	known, site := p.call.Known, p.call.Site
	other := &refusal{class: Malformed, code: mcpwire.CodeInvalidRequest, reason: "the end of the message says otherwise than its beginning"}
	switch {
	case pl.route.Kind == mcpwire.Request && (r.Kind == mcpwire.Request || r.Kind == mcpwire.Notification):
		if string(r.Method) != site.Method || string(r.Name) != site.Name {
			return r, nil, other
		}
		if r.Kind == mcpwire.Request {
			if c, err = p.request(&r); err != nil || c == nil {
				return r, c, err
			}
			c.known, c.shared = known, true
		}
	case pl.route.Kind == mcpwire.Response && (r.Kind == mcpwire.Response || r.Kind == mcpwire.ErrorResponse):
		c = p.answered(&r)
		switch {
		case pl.call != nil && c != pl.call:
			return r, c, other
		case c == nil:
			p.record.Unmatched = !p.oneWay
		case pl.call == nil:
			site.Method, site.Name = c.of().method, c.of().name
			if p.engine.Policy.At(site) != pl.decider || c.of().known.Len() > 0 && c.of().known != known {
				return r, c, other
			}
			p.call.Site = site
		}
	case pl.route.Kind == 0 && p.oneWay && (r.Kind == mcpwire.Response || r.Kind == mcpwire.ErrorResponse):
	default:
		return r, nil, other
	}
	return r, c, nil
}

// refuseLong answers a message that does not go on, or not to its end. Its id may stand at its
// very end. c is the call, where it was settled whose the message is.
func (p *Port) refuseLong(sk *mcpwire.Skeleton, rest io.Reader, c *call, err error) Verdict {
	n, _ := io.Copy(sk, rest)
	m, _ := io.Copy(io.Discard, rest)
	p.record.BytesIn += n + m
	route, routeErr := mcpwire.ParseRoute(sk.Bytes())
	if routeErr != nil {
		e, _ := routeErr.(*mcpwire.RouteError)
		return p.unreadable(classify(err), e)
	}
	if c == nil && (route.Kind == mcpwire.Response || route.Kind == mcpwire.ErrorResponse) {
		c = p.answered(&route)
	}
	return p.refuse(&route, c, err)
}

// A holder holds back the last byte of what is written.
type holder struct {
	w    io.Writer
	buf  []byte
	last [1]byte
	have bool
	n    int64 // written
}

func (h *holder) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	h.buf = h.buf[:0]
	if h.have {
		h.buf = append(h.buf, h.last[0])
	}
	h.buf = append(h.buf, b[:len(b)-1]...)
	h.last[0], h.have = b[len(b)-1], true
	if len(h.buf) == 0 {
		return len(b), nil
	}
	n, err := h.w.Write(h.buf)
	h.n += int64(n)
	if err != nil {
		return 0, fmt.Errorf("session: writing: %w", err)
	}
	return len(b), nil
}

// release writes the last byte.
func (h *holder) release() error {
	if !h.have {
		return nil
	}
	h.have = false
	n, err := h.w.Write(h.last[:])
	h.n += int64(n)
	return err
}
