package redact

import (
	"context"
	"errors"
	"fmt"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
)

// ErrTooLong is returned for a message longer than Options.MaxMessage. A Writer may do.
var ErrTooLong = errors.New("redact: message longer than the limit")

// A Rewriter rewrites one message after another, reusing its buffers.
// It is for one goroutine at a time.
type Rewriter struct {
	f     *Filter
	check jsonspan.Checker
	pass  pass
	none  Call
}

// NewRewriter returns a Rewriter. Keep it: it stops allocating once warm.
func (f *Filter) NewRewriter() *Rewriter {
	r := &Rewriter{f: f}
	r.check.Keep()
	r.pass.remember = true
	return r
}

// maxKept is the longest output buffer that a Rewriter keeps for the next message.
const maxKept = 1 << 20

// Rewrite returns msg, one JSON text, with each finding dealt with as the policy
// says at c's site. With nothing to replace, it returns msg itself, neither copied
// nor changed; with nothing found, it allocates nothing. A nil c is an empty one.
//
// Within a message, equal values of one entity get equal replacements. A value that is
// to be encrypted and has more than 12 KiB, or no token (see ErrNoToken), and any of which no end comes within 16 KiB,
// is labelled instead, the latter to the end of its string. A number becomes a string,
// unless a schema asks for a number.
// A message that is to be blocked yields a [*BlockedError], one that is not JSON
// a [*SyntaxError], one too long [ErrTooLong], and none of them yields bytes.
// How much of the grammar is checked, [Options] says.
//
// What Rewrite returns is valid until the next call.
func (r *Rewriter) Rewrite(ctx context.Context, c *Call, msg []byte) ([]byte, error) {
	if c == nil {
		c = &r.none
	}
	p := &r.pass
	p.reset(ctx, r.f, c)
	if cap(p.out) > maxKept {
		p.out = nil
	}
	if len(msg) > r.f.maxMessage {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLong, len(msg), r.f.maxMessage)
	}
	check := r.check.Check
	if r.f.strict == Routing {
		check, p.unread = r.check.CheckRouting, &r.check
	}
	if err := check(msg, r.f.maxDepth); err != nil {
		return nil, syntaxError(err)
	}
	p.cur.Follow(&r.check, msg)
	p.odd = view.Odd(msg)
	return p.whole(msg, r.check.Hides())
}

// whole rewrites msg, held whole and well formed. hides says that escapes in it may hide
// something.
func (p *pass) whole(msg []byte, hides bool) ([]byte, error) {
	p.buf, p.final, p.hides = msg, true, hides
	_, err := p.run()
	p.buf = nil
	p.cur.Reset() // which may hold msg as well
	switch {
	case err != nil:
		return nil, err
	case !p.changed:
		return msg, nil
	}
	p.out = append(p.out, msg[p.copied:]...)
	return p.out, nil
}

// Events returns what the last call of Rewrite did, in the order in which the
// values stand in the message. It is valid until the next call.
func (r *Rewriter) Events() []Event { return r.pass.events }

// Clean returns pointer, an Event's of another Filter, as it would be in an Event of the last call: with labels in place of names in which this
// Filter, or what was opened or met in the call, finds anything.
func (r *Rewriter) Clean(pointer string) string { return r.pass.clean([]byte(pointer)) }

func syntaxError(err error) error {
	var e *jsonspan.SyntaxError
	if errors.As(err, &e) {
		return &SyntaxError{Offset: e.Offset, Err: errors.New(e.Reason)}
	}
	return err
}

var _ detector = (*detect.Detector)(nil)
