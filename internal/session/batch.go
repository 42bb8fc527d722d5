package session

import (
	"context"
	"net/http"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
)

// batch takes an array of messages through the filter, one by one. What goes on keeps the bytes between
// its elements unless one of them does not go on; replies make an array of their own.
func (p *Port) batch(ctx context.Context, msg []byte) Verdict {
	spans, err := mcpwire.SplitBatch(p.spans[:0], msg, p.s.opts.MaxBatch)
	p.spans = spans
	switch {
	case p.oneWay && foreignBatch(msg, spans): // one JSON text, no batch of messages
		return p.forward(ctx, msg)
	case err == nil && !p.batches():
		err = errNoBatch
	}
	if err != nil {
		p.begin(msg)
		e, _ := err.(*mcpwire.RouteError)
		return p.unreadable(classify(err), e)
	}
	spans = append([]mcpwire.Span(nil), spans...)
	b := batcher{msg: msg}
	for _, s := range spans {
		b.add(s, p.forward(ctx, s.Of(msg)))
	}
	return b.verdict()
}

// batches reports whether batches are legal here.
func (p *Port) batches() bool {
	if p.s.opts.NoBatch {
		return false
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.version <= maxProtocol
}

// foreignBatch reports whether no element of an array is a JSON-RPC message.
func foreignBatch(msg []byte, spans []mcpwire.Span) bool {
	for _, s := range spans {
		_, err := mcpwire.ParseRoute(s.Of(msg))
		if e, ok := err.(*mcpwire.RouteError); !ok || !e.Foreign || e.Code != mcpwire.CodeInvalidRequest {
			return false
		}
	}
	return true
}

// A batcher puts the verdicts on a batch's elements together.
type batcher struct {
	msg     []byte
	v       Verdict
	out     []byte // all that goes on so far, without the closing bracket
	replies []byte
	at      int // in msg: up to where it was copied
	kept    int // elements that go on
	changed bool
	dropped bool
}

func (b *batcher) add(s mcpwire.Span, v Verdict) {
	if v.Class > b.v.Class {
		b.v.Class, b.v.Err = v.Class, v.Err
	}
	b.v.Events = v.Events
	if v.Reply != nil {
		b.replies = appendElement(b.replies, v.Reply)
	}
	if v.Out == nil {
		b.changed, b.dropped = true, true
		b.at = s.To
		return
	}
	b.changed = b.changed || v.Changed(s.Of(b.msg))
	switch {
	case b.kept == 0 && b.dropped:
		b.out = append(b.out, '[')
	case b.dropped:
		b.out = append(b.out, ',')
	default:
		b.out = append(b.out, b.msg[b.at:s.From]...)
	}
	b.out = append(b.out, v.Out...)
	b.at = s.To
	b.kept++
}

func appendElement(dst, e []byte) []byte {
	if dst == nil {
		dst = append(dst, '[')
	} else {
		dst = append(dst, ',')
	}
	return append(dst, e...)
}

func (b *batcher) verdict() Verdict {
	v := b.v
	v.Batch = true
	switch {
	case !b.changed:
		v.Out = b.msg
	case b.kept > 0 && b.dropped:
		v.Out = append(b.out, ']')
	case b.kept > 0:
		v.Out = append(b.out, b.msg[b.at:]...)
	}
	if b.replies != nil {
		v.Reply, v.Status = append(b.replies, ']'), http.StatusOK
	}
	return v
}
