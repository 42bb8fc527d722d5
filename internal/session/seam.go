package session

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
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
	maxSeamTail = 256 // bytes of a text remembered
	minSeamPart = 3   // bytes of a value's second part: what is shorter a redact.Known does not look for
)

// A seam is how a text ended so far.
type seam struct {
	of   string // which text
	tail []byte
}

// seams are those of a stream, the one used last in front.
type seams struct {
	all    []seam
	joined []byte
	found  []detect.Finding
}

// forget clears what is remembered.
func (s *seams) forget() {
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
	det := p.engine.Detector
	if p.d != policy.ToClient || r.Kind != mcpwire.Notification || det == nil {
		return
	}
	of, text := piece(r, msg)
	if text == "" {
		return
	}
	s := &p.seams
	at := s.of(of)
	before := len(at.tail)
	s.joined = append(append(s.joined[:0], at.tail...), text[:min(len(text), maxSeamTail)]...)
	if before > 0 && continues(s.joined, before) {
		s.found = det.Append(s.found[:0], detect.Text{Raw: s.joined, Final: true})
		var known *redact.Known
		for _, f := range s.found {
			if f.Start >= before || f.End < before+minSeamPart || f.Confidence() < detect.Medium {
				continue
			}
			if known == nil {
				known = new(redact.Known)
				known.Join(p.call.Known)
			}
			known.Add(f.Rule.Entity, s.joined[before:f.End])
		}
		if known != nil {
			p.call.Known = known
		}
	}
	if len(text) > maxSeamTail {
		s.joined = append(s.joined[:0], text[len(text)-maxSeamTail:]...)
	}
	at.tail = append(at.tail[:0], s.joined[max(0, len(s.joined)-maxSeamTail):]...)
}

// of returns the seam of that text.
func (s *seams) of(text string) *seam {
	for i := range s.all {
		if s.all[i].of == text {
			found := s.all[i]
			copy(s.all[1:], s.all[:i])
			s.all[0] = found
			return &s.all[0]
		}
	}
	last := seam{tail: make([]byte, 0, 2*maxSeamTail)}
	if len(s.all) < maxSeams {
		s.all = append(s.all, seam{})
	} else {
		last = s.all[maxSeams-1]
	}
	copy(s.all[1:], s.all)
	s.all[0] = seam{of: text, tail: last.tail[:0]}
	return &s.all[0]
}

// continues reports whether the text before joined[at:] may go on there: a value is not broken where a line ends, or
// a word.
func continues(joined []byte, at int) bool {
	last, next := joined[at-1], joined[at]
	inside := func(c byte) bool {
		return c >= utf8.RuneSelf || c-'0' < 10 || c|0x20-'a' < 26 || c == '@' || c == '.' || c == '-' || c == '_' || c == '+' || c == '/' || c == '=' || c == ':'
	}
	if last == ' ' && at > 1 {
		return joined[at-2]-'0' < 10 && next-'0' < 10
	}
	if next == ' ' && at+1 < len(joined) {
		return last-'0' < 10 && joined[at+1]-'0' < 10
	}
	return inside(last) && inside(next)
}

// piece returns the text that a notification brings a piece of, and which it is of.
func piece(r *mcpwire.Route, msg []byte) (of, text string) {
	var params struct {
		Message string
		Logger  string
		Data    json.RawMessage
	}
	switch string(r.Method) {
	case "notifications/progress", "notifications/message":
		if json.Unmarshal(r.Params.Of(msg), &params) != nil {
			return "", ""
		}
	}
	if params.Message != "" {
		return "progress " + string(r.Token), params.Message
	}
	if len(params.Data) > 0 && params.Data[0] == '"' && json.Unmarshal(params.Data, &text) == nil {
		return "log " + params.Logger, text
	}
	return "", ""
}
