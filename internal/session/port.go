package session

import (
	"context"
	"time"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A Port takes messages of one direction through the filter, reusing its buffers.
// It is for one goroutine at a time.
type Port struct {
	s      *Session
	d      policy.Direction
	oneWay bool
	engine *engine // of the message at hand
	rw     rewriter
	shadow *shadow
	names  names
	seams  seams
	// records gets the record of the message at hand, if it is one of a Group.
	records audit.Batch

	// Of the message at hand.
	msg    []byte
	again  bool // a request whose id waits for the answer to one like it
	call   redact.Call
	record audit.Record
	found  []audit.Count
	alarms []audit.Alarm
	missed int // alarms beyond those
	id     []byte
	reply  []byte
	out    []byte
	spans  []mcpwire.Span
	quoted []byte
	now    time.Time // when the next message came, if it is known
	ended  time.Time // when the message at hand was done; zero if no record says
	kept   struct {  // what protected said last
		first *string
		paths *policy.Paths
	}
}

// keepBuffer is the size above which a buffer is not kept for the next message.
const keepBuffer = 1 << 20

// Port returns a Port for messages that go in direction d: one for each goroutine, or for each
// exchange. Release it when done.
func (s *Session) Port(d policy.Direction) *Port {
	p, _ := s.ports.Get().(*Port)
	if p == nil {
		p = new(Port)
	}
	p.s, p.d, p.oneWay = s, d, false
	p.renew()
	return p
}

// Pipe returns a Port for a stream of which only one direction is seen: no request waits for an
// answer, no answer is matched, and JSON texts that are no JSON-RPC message are filtered too, as
// messages of a method that is not known.
func (s *Session) Pipe(d policy.Direction) *Port {
	p := s.Port(d)
	p.oneWay = true
	return p
}

// Release gives the Port's buffers back. Neither it nor what it returned may be used after.
func (p *Port) Release() {
	s := p.s
	if s == nil {
		return
	}
	p.s, p.msg, p.call, p.record = nil, nil, redact.Call{}, audit.Record{}
	p.seams.forget()
	p.trim()
	s.ports.Put(p)
}

// trim lets large buffers go.
func (p *Port) trim() {
	for _, b := range []*[]byte{&p.reply, &p.out, &p.quoted} {
		if cap(*b) > keepBuffer {
			*b = nil
		}
	}
}

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
func (v *Verdict) Changed(msg []byte) bool {
	return len(v.Out) != len(msg) || len(msg) > 0 && &v.Out[0] != &msg[0]
}

// Forward takes msg, one message without its newline, through the filter and writes its record.
//
// A message that cannot go on is answered: a request with an error in Reply (a result with isError
// for a tool's call that the policy blocks), an answer by an error in its place in Out, a
// notification by nothing. A message that cannot be read is answered if its id can; if not,
// the client gets an error without one, and what the server owes is for the caller to fail: see
// [Port.FailOutstanding].
func (p *Port) Forward(ctx context.Context, msg []byte) Verdict {
	p.trim()
	p.reply, p.out = p.reply[:0], p.out[:0]
	if mcpwire.IsBatch(msg) {
		return p.batch(ctx, msg)
	}
	return p.forward(ctx, msg)
}

// forward is the map of the program: all that happens to a message.
func (p *Port) forward(ctx context.Context, msg []byte) Verdict {
	p.begin(msg)
	route, err := mcpwire.ParseRoute(msg)
	if err != nil && !p.foreign(err) {
		e, _ := err.(*mcpwire.RouteError)
		return p.unreadable(classify(err), e)
	}
	c, err := p.site(&route)
	if err != nil {
		return p.refuse(&route, c, err)
	}
	p.join(&route, msg)
	out, err := p.rw.Rewrite(ctx, &p.call, msg)
	events := p.rw.Events()
	p.count(events)
	if err != nil {
		return p.refuse(&route, c, err)
	}
	p.learn(&route, msg)
	p.compare(ctx, msg, events)
	if err := p.write(&route, msg, out); err != nil {
		return p.refuse(&route, c, err)
	}
	p.settle(&route, c)
	return Verdict{Out: out, Route: route, Events: events}
}

// foreign reports whether what could not be routed is JSON that passes as it is, in a pipe.
func (p *Port) foreign(err error) bool {
	e, ok := err.(*mcpwire.RouteError)
	return ok && p.oneWay && e.Foreign && e.Code == mcpwire.CodeInvalidRequest
}

// renew takes the Engine that holds from now on.
func (p *Port) renew() {
	if e := p.s.engine.Load(); e != p.engine {
		p.use(e)
	}
}

// begin makes the port ready for a message.
func (p *Port) begin(msg []byte) {
	p.renew()
	p.msg, p.again, p.found = msg, false, p.found[:0]
	p.alarms, p.missed = p.alarms[:0], 0
	p.call = redact.Call{
		Site:  policy.Site{Tenant: p.s.peer.Tenant, Direction: p.d, Server: p.s.opts.Server, Principal: p.s.peer.Principal},
		Scope: p.s.scope,
	}
	if !p.s.opts.ForgetNames {
		p.call.Names = &p.s.names
	}
	if p.s.opts.Schemas != nil {
		p.call.Shapes = p.s.opts.Schemas
	}
	now := p.now
	if now.IsZero() {
		now = time.Now()
	}
	p.now, p.ended = time.Time{}, time.Time{}
	p.record = audit.Record{
		Time: now, Session: p.s.peer.ID, Direction: p.d, Server: p.s.opts.Server, BytesIn: int64(len(msg)),
	}
}

// site says where a message stands: p.call gets the method and name of it, or of the request that it
// answers. A request is entered as a pending call; for an answer the call it answers is
// returned, nil if there is none.
func (p *Port) site(r *mcpwire.Route) (*call, error) {
	site := &p.call.Site
	switch r.Kind {
	case mcpwire.Request:
		return p.request(r)
	case mcpwire.Notification:
		site.Method, site.Name = p.names.text(r.Method), p.names.text(r.Name)
		p.related(r)
		p.remember()
	case mcpwire.Response, mcpwire.ErrorResponse:
		c := p.answered(r)
		if c == nil {
			p.record.Unmatched = !p.oneWay
			p.s.mu.Lock()
			err := p.stray()
			p.s.mu.Unlock()
			if err != nil {
				return nil, err
			}
			p.remember()
			break
		}
		site.Method, site.Name = c.of().method, c.of().name
		p.call.Known = c.of().known
		p.call.Protected = p.protected(c.method, r.Kind)
		return c, nil
	}
	p.call.Protected = p.protected(site.Method, r.Kind)
	return nil, nil
}

// request enters a request as a pending call.
func (p *Port) request(r *mcpwire.Route) (*call, error) {
	site := &p.call.Site
	site.Method, site.Name = p.names.text(r.Method), p.names.text(r.Name)
	p.call.Protected = p.protected(site.Method, r.Kind)
	if len(r.ID) > maxID || len(r.Name) > maxName || len(r.Method) > maxName || len(r.Token) > maxID {
		return nil, errTooLongName
	}
	if p.oneWay {
		return nil, nil
	}
	p.id = mcpwire.AppendID(p.id[:0], r.ID)
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table(p.d)
	if old := t.get(p.id); old != nil {
		switch {
		case old.state == late:
			t.remove(old)
		case old.state != pending && old.method == site.Method && old.name == site.Name && old.origin == nil:
			// Sent again, since no answer came: whichever is answered, it is judged alike.
			old.shared, old.since, p.again = true, p.record.Time, true
			p.call.Known = old.known
			p.newest()
			return old, nil
		default:
			return nil, errDuplicateID
		}
	}
	if t.total >= s.opts.MaxOutstanding && !t.evict(p.record.Time) {
		return nil, errBusy
	}
	c := t.take()
	c.id = append(c.id, p.id...)
	c.raw = append(c.raw, r.ID...)
	c.token = append(c.token, r.Token...)
	if isTask(r.Method) {
		c.origin = t.tasks[string(r.Name)]
		site.Name = ""
		if c.origin != nil {
			site.Name = c.origin.name
		}
	}
	c.method, c.name, c.since = site.Method, site.Name, p.record.Time
	c.tool, c.modern = r.IsTool(), mcpwire.Modern(r.Version)
	p.call.Known = c.of().known
	p.newest()
	t.put(c)
	return c, nil
}

func isTask(method []byte) bool {
	switch string(method) {
	case "tasks/get", "tasks/result", "tasks/cancel", "tasks/update", "notifications/tasks", "notifications/tasks/status":
		return true
	}
	return false
}

// related gives a notification the name and the known values of the call it belongs to, where it says
// so, and ends the waiting of a cancelled one.
func (p *Port) related(r *mcpwire.Route) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	theirs := p.s.table(opposite(p.d))
	var c *call
	switch {
	case r.Target != nil:
		p.id = mcpwire.AppendID(p.id[:0], r.Target)
		mine := p.s.table(p.d)
		if c = mine.get(p.id); c != nil {
			mine.leave(c, maxLate)
		} else if c = theirs.get(p.id); c != nil && c.state == endless { // a server ends a subscription
			theirs.leave(c, maxLate)
		}
		return
	case isTask(r.Method):
		p.call.Site.Name = ""
		c = theirs.tasks[string(r.Name)]
	case r.Token != nil:
		theirs.each(func(o *call) {
			if string(o.token) == string(r.Token) {
				c = o
			}
		})
	}
	if c == nil {
		p.newest()
		return
	}
	c.shared = true
	p.call.Site.Name = c.of().name
	p.call.Known = c.of().known
}

// remember has remembered what a message to the server opens that belongs to no call of the server's.
func (p *Port) remember() {
	if p.d == policy.ToServer && !p.oneWay && p.call.Known == nil {
		p.call.Known = new(redact.Known)
	}
}

// newest gives a message to the client that belongs to no call the values that were opened lately: a server may
// well log what it was called with, and late. The caller holds the mutex.
func (p *Port) newest() {
	s := p.s
	if p.d != policy.ToClient || p.oneWay || s.recent == nil {
		return
	}
	if s.table(policy.ToServer).waiting == 0 && p.record.Time.Sub(s.renewed) > stale {
		s.recent = nil
		return
	}
	p.call.Known = s.recent
}

// opened remembers what the message at hand had opened. What a request had is for its answer; anything else may have been said
// for the sake of any call at hand, as an answer to what the server asks during one is. The caller holds the mutex.
func (p *Port) opened(r *mcpwire.Route) {
	s, known := p.s, p.call.Known
	if p.d != policy.ToServer || known.Len() == 0 {
		return
	}
	if s.recent == nil || s.recent.Len() >= maxRecent || !s.recent.Join(known) {
		// What is forgotten is of calls that were answered.
		s.recent = new(redact.Known)
		s.recent.Join(known)
		s.table(policy.ToServer).each(func(c *call) { s.recent.Join(c.of().known) })
	}
	s.renewed = p.record.Time
	if r.Kind != mcpwire.Request {
		s.table(policy.ToServer).each(func(c *call) { c.of().known.Join(known) })
	}
}

// stray judges an answer to no request that we know. Clients read ids more generously than we do (the
// TypeScript and Python SDKs take "1" for 1), so it may be taken for the answer to any call outstanding: where
// one of those stands under another policy, it is refused. The caller holds the mutex.
func (p *Port) stray() error {
	p.newest()
	if p.oneWay || p.engine.Policy == nil {
		return nil
	}
	site := p.call.Site
	ours, differs := p.engine.Policy.At(site), false
	p.s.table(opposite(p.d)).each(func(c *call) {
		site.Method, site.Name = c.of().method, c.of().name
		differs = differs || p.engine.Policy.At(site) != ours
	})
	if differs {
		return errStray
	}
	return nil
}

// answered returns the call that r answers, or nil.
func (p *Port) answered(r *mcpwire.Route) *call {
	if r.ID == nil || p.oneWay {
		return nil
	}
	p.id = mcpwire.AppendID(p.id[:0], r.ID)
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	t := p.s.table(opposite(p.d))
	c := t.get(p.id)
	if c == nil || c.state == pending {
		return nil
	}
	c.shared = c.shared || c.state == late // another answer to it may be on its way through the filter
	t.leave(c, p.s.opts.Replay)
	return c
}

// settle does what follows once a message may go on: what it had opened is remembered, a request can be answered
// from now on, an answer ends its call.
func (p *Port) settle(r *mcpwire.Route, c *call) {
	if c == nil && p.call.Known == nil {
		return
	}
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	p.opened(r)
	if c == nil {
		return
	}
	if r.Kind == mcpwire.Request {
		s.table(p.d).enter(c, c.method == "subscriptions/listen")
		return
	}
	t := s.table(opposite(p.d))
	if r.Task != nil && c.origin == nil && len(r.Task) <= maxID {
		t.began(r.Task, c)
	}
	if c.method == "initialize" && r.Version != nil {
		s.version = p.names.text(r.Version)
	}
	t.give(c)
}

// drop forgets a request that does not go on.
func (p *Port) drop(c *call) {
	if p.again {
		return
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	t := p.s.table(p.d)
	t.leave(c, 0)
	t.give(c)
}

// learn shows the answer to tools/list to whoever keeps schemas.
func (p *Port) learn(r *mcpwire.Route, msg []byte) {
	if p.s.opts.Schemas != nil && r.Kind == mcpwire.Response && p.d == policy.ToClient && p.call.Site.Method == "tools/list" {
		p.s.opts.Schemas.Learn(p.call.Site, msg)
	}
}
