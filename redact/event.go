package redact

import (
	"fmt"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/policy"
)

// event says what became of c.
func (p *pass) event(c *piece) Event {
	s := &p.scalar
	if s.cleaned == "" {
		s.cleaned = p.clean(string(s.pointer))
	}
	pointer := s.cleaned
	if s.kind == jsonspan.Name {
		// The name itself is sensitive, whatever it looks like out of its place.
		if i := strings.LastIndexByte(pointer, '/'); i >= 0 {
			pointer = pointer[:i+1] + bracket(c.Rule.Entity)
		}
	}
	return Event{Pointer: pointer, Finding: c.Finding, Decision: c.do, Outcome: c.outcome}
}

func (p *pass) report(c *piece) { p.events = append(p.events, p.event(c)) }

// block keeps the message back: because policy says so, or for a reason.
func (p *pass) block(c *piece, reason string) error {
	c.do.Action = policy.Block
	e := p.event(c)
	p.events = append(p.events, e)
	return &BlockedError{Event: e, Reason: reason}
}

// failed says that a Transformer could not do its work on c.
func (p *pass) failed(c *piece, err error) error {
	e := p.event(c)
	return fmt.Errorf("redact: %s %s at %s: %w", c.do.Action, c.Rule.Entity, e.Pointer, err)
}

func bracket(e detect.Entity) string { return "[" + string(e) + "]" }

// clean returns pointer with each token in which anything is found replaced by a label.
func (p *pass) clean(pointer string) string {
	if pointer == "" {
		return ""
	}
	tokens := strings.Split(pointer[1:], "/")
	for i, t := range tokens {
		text := []byte(strings.NewReplacer("~1", "/", "~0", "~").Replace(t))
		p.tmp = p.det.Append(p.tmp[:0], detect.Text{Raw: text, Final: true})
		if len(p.tmp) > 0 {
			tokens[i] = bracket(p.tmp[0].Rule.Entity)
		} else if k := p.known.contains(text); k != nil {
			tokens[i] = bracket(k.rule.Entity)
		}
	}
	return "/" + strings.Join(tokens, "/")
}
