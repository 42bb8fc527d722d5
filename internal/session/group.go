package session

import (
	"context"
	"io"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
)

// A Group takes messages that came in together through the filter together: first all are filtered, then
// their records are written in one go, then what goes on can be sent in one piece. For each of them it is
// as with [Port.Forward], and their order stays.
//
// It uses its Port, and is for one goroutine at a time.
type Group struct {
	p       *Port
	records audit.Batch // nil: none are asked for
	members []member
	bytes   int  // of the messages
	alone   bool // holds a JSON-RPC batch, which has records of its own
	done    bool // was committed
	out     Lines
	reply   Lines
	verdict Verdict // on the message added last
}

// A member is what may be needed of a message once its record could not be written, or it could not be sent.
type member struct {
	kind       mcpwire.Kind
	class      Class
	again      bool   // a request whose id waited already
	id         []byte // as it stands in the message
	out, reply int    // bytes of its lines
}

// Bounds of a group: a message waits until those behind it in the group are filtered too.
const (
	maxGroupBytes = 64 << 10
	maxGroup      = 256
)

// Group returns a Group for messages of the Port's direction.
func (p *Port) Group() *Group {
	g := &Group{p: p}
	if sink := p.s.opts.Sink; sink != nil {
		g.records = audit.NewBatch(sink)
	}
	return g
}

// Takes reports whether msg may be added before the group is committed.
func (g *Group) Takes(msg []byte) bool {
	if len(g.members) == 0 || g.done {
		return true
	}
	// What was too long to be copied may be the rewriter's, which the next message takes again.
	kept := g.out.tail == nil && g.reply.tail == nil
	return kept && !g.alone && len(g.members) < maxGroup && g.bytes+len(msg) <= maxGroupBytes && !mcpwire.IsBatch(msg)
}

// Add takes msg, one message without its newline, through the filter. It must stay as it is until Commit. What goes
// on of it and what goes back is the group's; the Verdict's Out and Reply say that there is something. It is valid until the next Add.
func (g *Group) Add(ctx context.Context, msg []byte) *Verdict {
	if g.done {
		g.reset()
	}
	p := g.p
	p.trim()
	p.reply, p.out = p.reply[:0], p.out[:0]
	v := &g.verdict
	if mcpwire.IsBatch(msg) {
		g.alone = true
		*v = p.batch(ctx, msg)
	} else {
		if len(g.members) > 0 {
			p.now = p.ended // it was at hand
		}
		p.records = g.records
		*v = p.forward(ctx, msg)
		p.records = nil
	}
	m := member{kind: v.Route.Kind, class: v.Class, again: p.again, id: v.Route.ID}
	if v.Out != nil {
		m.out = g.out.add(v.Out, !v.Changed(msg))
	}
	if v.Reply != nil {
		m.reply = g.back().add(v.Reply, false)
	}
	g.members = append(g.members, m)
	g.bytes += len(msg)
	return v
}

// back returns where replies go. In a pipe that is where all goes, in its order.
func (g *Group) back() *Lines {
	if g.p.oneWay {
		return &g.out
	}
	return &g.reply
}

func (g *Group) reset() {
	g.members, g.bytes, g.alone, g.done = g.members[:0], 0, false, false
	g.out.reset()
	g.reply.reset()
}

// Commit writes the records of the messages added since the last Commit. After it out may be sent on, and reply sent
// back; both are valid until the next Add. In a pipe reply is part of out. An error says that some records could
// not be written: their messages do not go on, and are answered as Forward answers them.
func (g *Group) Commit() (out, reply *Lines, err error) {
	if g.done {
		g.reset()
	}
	g.done = true
	if g.records != nil && len(g.members) > 0 && !g.alone {
		var n int
		if n, err = g.records.Flush(); n < len(g.members) {
			g.refuse(n)
		}
	}
	return &g.out, &g.reply, err
}

// refuse answers the members from n on that would have gone on, and leaves all others as they are.
func (g *Group) refuse(n int) {
	p := g.p
	out, reply := g.out.take(), g.reply.take()
	back := g.back()
	for i := range g.members {
		m := &g.members[i]
		wasOut := out[:m.out]
		out = out[m.out:]
		from := &reply
		if p.oneWay {
			from = &out
		}
		wasReply := (*from)[:m.reply]
		*from = (*from)[m.reply:]
		if i < n || m.class != OK {
			g.out.copy(wasOut)
			back.copy(wasReply)
			continue
		}
		m.class, m.out, m.reply = Unavailable, 0, 0
		switch m.kind {
		case mcpwire.Request:
			if m.again || p.takeBack(m.id) {
				p.reply = p.appendRefusal(p.reply[:0], m.id, errRecord, false, false)
				m.reply = back.add(p.reply, false)
			}
		case mcpwire.Response, mcpwire.ErrorResponse:
			if m.id != nil {
				p.out = p.appendRefusal(p.out[:0], m.id, errRecord, false, false)
				m.out = g.out.add(p.out, false)
			}
		case 0: // a text in a pipe
			p.reply = p.appendRefusal(p.reply[:0], nil, errRecord, false, false)
			m.reply = back.add(p.reply, false)
		}
	}
}

// Unsent takes back the requests that Commit let on but that the first n bytes of out do not hold whole: they could not be
// sent. It returns an error response for each that was not answered meanwhile.
func (g *Group) Unsent(n int64, code int, reason string) *Lines {
	g.reply.reset()
	var end int64
	for i := range g.members {
		m := &g.members[i]
		if end += int64(m.out); m.kind != mcpwire.Request || m.out == 0 || end <= n {
			continue
		}
		if e := g.p.Unsent(&mcpwire.Route{Kind: m.kind, ID: m.id}, code, reason); e != nil {
			g.reply.add(e, false)
		}
	}
	return &g.reply
}

// Lines are messages, each with its newline, that are written together.
type Lines struct {
	run  []byte // all of them, where they stand behind each other in memory as they came; else nil
	buf  []byte // copies of all of them but tail
	tail []byte // the last one, without its newline, if it is too long to be copied
}

// tooLong is the length from which a message is not copied to be written with others.
const tooLong = 256 << 10

// add adds a line, and returns how long it is with its newline. own says that what stands in memory, a newline
// behind it included, stays as it is until all is written.
func (l *Lines) add(line []byte, own bool) int {
	size := len(line) + 1
	if l.tail != nil {
		l.buf, l.tail = append(append(l.buf, l.tail...), '\n'), nil
	}
	own = own && size <= cap(line) && line[:size][size-1] == '\n'
	switch {
	case own && l.Len() == 0:
		l.run = line[:size]
		return size
	case own && l.run != nil && adjoin(l.run, line):
		l.run = l.run[:len(l.run)+size]
		return size
	case l.run != nil:
		l.buf, l.run = append(l.buf, l.run...), nil
	}
	if size > tooLong {
		l.tail = line
		return size
	}
	l.buf = append(append(l.buf, line...), '\n')
	return size
}

// adjoin reports whether b stands right behind a in memory.
func adjoin(a, b []byte) bool {
	return len(b) > 0 && cap(a)-len(a) > len(b) && &a[:len(a)+1][len(a)] == &b[0]
}

// copy adds lines with their newlines.
func (l *Lines) copy(lines []byte) { l.buf = append(l.buf, lines...) }

// take returns all lines, and leaves none.
func (l *Lines) take() []byte {
	all := append(append([]byte(nil), l.run...), l.buf...)
	if l.tail != nil {
		all = append(append(all, l.tail...), '\n')
	}
	l.reset()
	return all
}

func (l *Lines) reset() {
	l.run, l.tail, l.buf = nil, nil, l.buf[:0]
	if cap(l.buf) > keepBuffer {
		l.buf = nil
	}
}

// Len returns how many bytes there are to write.
func (l *Lines) Len() int {
	n := len(l.run) + len(l.buf)
	if l.tail != nil {
		n += len(l.tail) + 1
	}
	return n
}

// WriteTo writes all lines, with one Write unless the last one is very long.
func (l *Lines) WriteTo(w io.Writer) (n int64, err error) {
	for _, b := range [...][]byte{l.run, l.buf, l.tail} {
		if len(b) == 0 {
			continue
		}
		k, err := w.Write(b)
		if n += int64(k); err != nil {
			return n, err
		}
	}
	if l.tail != nil {
		k, err := w.Write([]byte{'\n'})
		return n + int64(k), err
	}
	return n, nil
}
