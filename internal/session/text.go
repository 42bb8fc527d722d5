package session

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/redact"
)

// Rewrite takes one JSON text that is no message, such as a header's value, through
// the filter as if it stood in a message of that method and name. It returns text itself if nothing
// was found. No record is written.
func (p *Port) Rewrite(ctx context.Context, method, name string, text []byte) ([]byte, []redact.Event, error) {
	p.begin(text)
	p.call.Site.Method, p.call.Site.Name = method, name
	out, err := p.rw.Rewrite(ctx, &p.call, text)
	if err != nil {
		return nil, nil, err
	}
	return out, p.rw.Events(), nil
}

// Text takes plain text, such as what a server writes to its stderr, through the filter as if it
// stood in a message of that method and name. It returns text itself if nothing was found; else, or
// if it must not pass, a record is written. What it returns is valid until the next call.
func (p *Port) Text(ctx context.Context, method, name string, text []byte) ([]byte, error) {
	p.trim()
	p.quoted = append(jsonspan.AppendQuote(append(p.quoted[:0], '"'), text), '"')
	p.begin(p.quoted)
	p.call.Site.Method, p.call.Site.Name = method, name
	p.s.mu.Lock()
	p.newest()
	p.s.mu.Unlock()
	quoted, err := p.rw.Rewrite(ctx, &p.call, p.quoted)
	p.count(p.rw.Events())
	p.record.BytesIn = int64(len(text))
	if err != nil {
		why := classify(err)
		p.writeRefusal(&mcpwire.Route{}, why, &Verdict{})
		return nil, why
	}
	if v := (Verdict{Out: quoted}); !v.Changed(p.quoted) && utf8.Valid(text) {
		if len(p.found) > 0 {
			return text, p.writeText(audit.Passed, len(text))
		}
		return text, nil
	}
	if len(quoted) < 2 {
		return nil, errors.New("session: internal error: text is no string any more")
	}
	out, ok := jsonspan.AppendUnquote(p.out[:0], quoted[1:len(quoted)-1])
	if p.out = out; !ok {
		return nil, errors.New("session: internal error: text is no string any more")
	}
	return out, p.writeText(audit.Rewritten, len(out))
}

func (p *Port) writeText(o audit.Outcome, out int) error {
	if p.s.opts.Sink == nil {
		return nil
	}
	p.record.Outcome = o
	p.fill(&mcpwire.Route{}, out)
	if err := p.s.opts.Sink.Write(&p.record); err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	return nil
}
