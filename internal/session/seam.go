package session

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A server may send one text in pieces: as the messages of a call's progress, or line by line to the log. A value
// that begins in one and ends in the next stands in neither. What the client got at last is therefore
// remembered, and searched together with what it gets next; of a value across the seam the second part
// is replaced. The first has left by then: to hold each piece back until the next one comes would have clients wait.

const (
	maxSeams    = 16  // texts in pieces at a time, on one stream
	maxSeamTail = 112 // bytes of a text remembered: a value's first part, and words before it
	maxSeamHead = 64  // bytes of the next piece looked at
	maxSeamName = 256 // bytes of what a text is told by
	minSeamPart = 3   // bytes of a value's second part: what is shorter a redact.Known does not look for
)

// A seam is how a text ended so far.
type seam struct {
	of   []byte // which text
	tail []byte
}

// seams are those of a stream, the one used last in front.
type seams struct {
	all    []seam
	of     []byte
	joined []byte
	found  []detect.Finding
}

// forget clears what is remembered.
func (s *seams) forget() {
	if len(s.all) == 0 {
		return
	}
	for i := range s.all {
		clear(s.all[i].tail[:cap(s.all[i].tail)])
	}
	clear(s.joined[:cap(s.joined)])
	clear(s.all)
	s.all, s.joined = s.all[:0], s.joined[:0]
}

// join looks for values that begin in the piece before and end in the one that the message at hand
// brings, and has what of them stands in it replaced.
func (p *Port) join(r *mcpwire.Route, msg []byte) {
	if r.Text.To == 0 || p.d != policy.ToClient || r.Kind != mcpwire.Notification || p.engine.Detector == nil {
		return
	}
	text := r.Text.Of(msg)
	if len(text) < 3 || text[0] != '"' {
		return // nothing, or no string
	}
	text = text[1 : len(text)-1]
	s := &p.seams
	s.of = append(append(append(s.of[:0], r.Method...), clip(r.Token)...), clip(r.Logger.Of(msg))...)
	at := s.find()
	before := len(at.tail)
	s.joined = append(s.joined[:0], at.tail...)
	if len(text) <= maxSeamTail+maxSeamHead {
		s.joined = unquoted(s.joined, text)
	} else {
		s.joined = unquoted(s.joined, text[:jsonspan.AfterEscape(text, maxSeamHead)])
	}
	if before > 0 && len(s.joined) > before && continues(s.joined, before) {
		p.across(before)
	}
	if len(text) > maxSeamTail+maxSeamHead {
		s.joined = unquoted(s.joined[:0], text[jsonspan.AfterEscape(text, len(text)-maxSeamTail):])
	}
	at.tail = append(at.tail[:0], s.joined[max(0, len(s.joined)-maxSeamTail):]...)
}

// unquoted appends what the inside of a string stands for. Most stand for themselves.
func unquoted(dst, inside []byte) []byte {
	if bytes.IndexByte(inside, '\\') < 0 {
		return append(dst, inside...)
	}
	dst, _ = jsonspan.AppendUnquote(dst, inside)
	return dst
}

// clip returns what of a token or a logger's name is remembered: those that begin alike are taken for one.
func clip(name []byte) []byte { return name[:min(len(name), maxSeamName)] }

// across looks for values that begin before p.seams.joined[at:] and end behind it.
func (p *Port) across(at int) {
	s := &p.seams
	s.found = p.engine.Detector.Append(s.found[:0], detect.Text{Raw: s.joined, Final: true})
	var known *redact.Known
	for _, f := range s.found {
		if f.Start >= at || f.End < at+minSeamPart || f.Confidence() < detect.Medium || f.Rule.Sealed || p.passes(f) {
			continue
		}
		if known == nil {
			known = new(redact.Known)
			known.Join(p.call.Known)
		}
		known.Add(f.Rule.Entity, s.joined[at:f.End])
	}
	if known != nil {
		p.call.Known = known
	}
}

// passes reports whether policy lets f pass in the text of the notification at hand.
func (p *Port) passes(f detect.Finding) bool {
	if p.engine.Policy == nil {
		return false
	}
	pointer := "/params/data"
	if p.call.Site.Method == "notifications/progress" {
		pointer = "/params/message"
	}
	return p.engine.Policy.At(p.call.Site).Decide([]byte(pointer), f).Action == policy.Pass
}

// find returns the seam of the text s.of.
func (s *seams) find() *seam {
	i := 0
	for i < len(s.all) && !bytes.Equal(s.all[i].of, s.of) {
		i++
	}
	var at seam
	switch {
	case i < len(s.all):
		at = s.all[i]
	case i < maxSeams:
		at = seam{of: bytes.Clone(s.of), tail: make([]byte, 0, 2*maxSeamTail)}
		s.all = append(s.all, seam{})
	default:
		i--
		at = seam{of: append(s.all[i].of[:0], s.of...), tail: s.all[i].tail[:0]}
	}
	copy(s.all[1:], s.all[:i])
	s.all[0] = at
	return &s.all[0]
}

// continues reports whether the text before joined[at:] may go on there: a value is not broken where a line ends, or
// a word.
func continues(joined []byte, at int) bool {
	last, next := joined[at-1], joined[at]
	if last == ' ' && at > 1 {
		return joined[at-2]-'0' < 10 && next-'0' < 10
	}
	if next == ' ' && at+1 < len(joined) {
		return last-'0' < 10 && joined[at+1]-'0' < 10
	}
	return inValue(last) && inValue(next)
}

func inValue(c byte) bool {
	return c >= utf8.RuneSelf || c-'0' < 10 || c|0x20-'a' < 26 || strings.IndexByte("@.-_+/=:", c) >= 0
}
