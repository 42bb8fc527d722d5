package session

import (
	"context"
	"errors"
	"io"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// An Engine is what messages are judged and rewritten with. It is replaced as a whole, so that no message meets
// the rules of one and the policy of another.
type Engine struct {
	Filter   *redact.Filter   // required
	Policy   *policy.Policy   // the Filter's, which tells what may be streamed; nil: nothing
	Detector *detect.Detector // the Filter's, which cleans names for the records; nil: names are left out
	Tools    []ToolRule       // the first that matches a tool holds
	Shadow   *Shadow          // what is compared with Filter; nil: nothing
}

var errNoFilter = errors.New("session: no filter")

// An engine is an Engine, or a test's stand-in.
type engine struct {
	Engine
	newRewriter func() rewriter
	newWriter   func(context.Context, io.Writer, *redact.Call) streamer
}

// A rewriter is a *redact.Rewriter, or a test's stand-in.
type rewriter interface {
	Rewrite(ctx context.Context, c *redact.Call, msg []byte) ([]byte, error)
	Events() []redact.Event
	Clean(pointer string) string
}

func newEngine(e Engine) (*engine, error) {
	f := e.Filter
	if f == nil {
		return nil, errNoFilter
	}
	return &engine{
		Engine:      e,
		newRewriter: func() rewriter { return f.NewRewriter() },
		newWriter:   func(ctx context.Context, dst io.Writer, c *redact.Call) streamer { return f.NewWriter(ctx, dst, c) },
	}, nil
}

// Replace gives s, and all sessions made of it or of what it was made of, another Engine. What is being filtered
// goes on under the one that it began with; every message after that meets the new one, on
// connections that are open as well. It may be called from any goroutine.
func (s *Session) Replace(e Engine) error {
	n, err := newEngine(e)
	if err != nil {
		return err
	}
	s.engine.Store(n)
	return nil
}

// use makes e what the Port's messages are filtered with.
func (p *Port) use(e *engine) {
	p.engine, p.rw = e, e.newRewriter()
	p.names = names{} // another detector cleans them in another way
	p.shadow = e.Shadow.new()
}
