package redact

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
	"github.com/mcpveil/mcpveil/policy"
)

// pointer returns the pointer of c for its event.
func (p *pass) pointer(c *piece) string {
	pointer := p.cleanScalar()
	if p.scalar.kind == jsonspan.Name {
		// The name itself is sensitive, whatever it looks like out of its place.
		if i := strings.LastIndexByte(pointer, '/'); i >= 0 {
			pointer = pointer[:i+1] + bracket(c.Rule.Entity)
		}
	}
	return pointer
}

// cleanScalar returns the pointer of the scalar for events.
func (p *pass) cleanScalar() string {
	s := &p.scalar
	switch {
	case s.isClean:
		return s.cleaned
	case p.depth == 0 || p.known != nil || p.names != nil:
		s.cleaned = p.clean(s.pointer)
	case len(s.pointer) == len(p.prefix):
		s.cleaned = p.prefixClean
	default: // Fast path: the pass around it has looked at what it begins with.
		p.text = p.appendClean(append(p.text[:0], p.prefixClean...), s.pointer[len(p.prefix):])
		s.cleaned = p.keep(p.text)
	}
	s.isClean = true
	return s.cleaned
}

// report says what became of c. It returns the event, where it stands.
func (p *pass) report(c *piece) *Event {
	pointer := p.pointer(c) // which may look into texts by itself
	n := len(p.events)
	p.events = slices.Grow(p.events, 1)[:n+1]
	e := &p.events[n]
	e.Pointer, e.Decision, e.Outcome, e.Alarm = pointer, c.do, c.outcome, c.alarm
	e.Finding = c.Finding
	return e
}

// block keeps the message back: because policy says so, or for a reason.
func (p *pass) block(c *piece, reason string) error {
	c.do.Action = policy.Block
	return &BlockedError{Event: *p.report(c), Reason: reason}
}

// failed says that a Transformer could not do its work on c.
func (p *pass) failed(c *piece, err error) error {
	return fmt.Errorf("redact: %s %s at %s: %w", c.do.Action, c.Rule.Entity, p.pointer(c), err)
}

func bracket(e detect.Entity) string { return "[" + string(e) + "]" }

// Bounds on what pointers and their tokens are remembered: a Rewriter meets the same ones
// message after message, a stream does not.
const (
	maxCleaned   = 512  // tokens
	maxPointers  = 1024 // and pointers
	shortToken   = 64   // longer ones are not remembered
	shortPointer = 128  // nor are longer pointers
)

// clean returns pointer with each token in which anything is found replaced by a label.
func (p *pass) clean(pointer []byte) string {
	// Elements of long arrays have as many pointers; only what they begin with is remembered.
	i := bytes.LastIndexByte(pointer, '/')
	if i <= 0 || !index(pointer[i+1:]) {
		return p.cleanMember(pointer)
	}
	array := p.cleanMember(pointer[:i])
	p.text = append(append(p.text[:0], array...), pointer[i:]...)
	return p.keep(p.text)
}

// cleanMember is clean for a pointer that may well come again.
func (p *pass) cleanMember(pointer []byte) string {
	remember := p.remember && p.known == nil && len(pointer) <= shortPointer && !p.namesIn(pointer)
	if remember {
		if s, ok := p.pointers[string(pointer)]; ok {
			return s
		}
	}
	p.text = p.appendClean(p.text[:0], pointer)
	s := p.keep(p.text)
	if remember {
		switch {
		case p.pointers == nil:
			p.pointers = map[string]string{}
		case len(p.pointers) == maxPointers:
			clear(p.pointers)
		}
		p.pointers[string(pointer)] = s
	}
	return s
}

// keptTogether is how many bytes of strings are allocated as one.
const keptTogether = 1 << 10

// keep returns text as a string.
func (p *pass) keep(text []byte) string {
	b := &p.strings
	if b.Cap()-b.Len() < len(text) {
		*b = strings.Builder{}
		b.Grow(max(len(text), keptTogether))
	}
	at := b.Len()
	b.Write(text)
	return b.String()[at:]
}

func (p *pass) appendClean(out, pointer []byte) []byte {
	for len(pointer) > 0 { // it begins with a slash
		n := 1 + bytes.IndexByte(pointer[1:], '/')
		if n == 0 {
			n = len(pointer)
		}
		out = append(out, '/')
		if token := pointer[1:n]; index(token) {
			out = append(out, token...)
		} else if e := p.inToken(token); e != "" {
			out = append(append(append(out, '['), e...), ']')
		} else {
			out = append(out, token...)
		}
		pointer = pointer[n:]
	}
	return out
}

// index reports whether token is short enough an index to say nothing.
func index(token []byte) bool {
	for _, c := range token {
		if c-'0' > 9 {
			return false
		}
	}
	return len(token) <= 6
}

// inToken returns the entity of what is found in a pointer's token, or "". It remembers
// tokens, since messages have the same ones again and again.
func (p *pass) inToken(token []byte) detect.Entity {
	e, ok := p.cleaned[string(token)]
	text := token
	if !ok || p.known != nil || p.names != nil {
		text = bytes.ReplaceAll(bytes.ReplaceAll(token, []byte("~1"), []byte("/")), []byte("~0"), []byte("~"))
	}
	if !ok {
		if p.tmp = p.det.Append(p.tmp[:0], detect.Text{Raw: text, Final: true}); len(p.tmp) > 0 {
			e = p.tmp[0].Rule.Entity
		} else if view.Odd(text) {
			q := p.takeInside(nil)
			if q.find(text); len(q.cands) > 0 {
				e = q.cands[0].Rule.Entity
			}
			dropInside(q)
		}
		if len(token) <= shortToken {
			if p.cleaned == nil || len(p.cleaned) == maxCleaned {
				p.cleaned = map[string]detect.Entity{}
			}
			p.cleaned[string(token)] = e
		}
	}
	if e == "" {
		if k := p.known.contains(text); k != nil {
			e = k.rule.Entity
		} else if p.namesIn(text) {
			e = person
		}
	}
	return e
}
