package redact

import (
	"bytes"
	"slices"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/namebook"
	"github.com/mcpveil/mcpveil/internal/view"
)

// A Names remembers the names of people that were found in a conversation's messages, by the names of fields or by labels, so
// that they are found again in running text. It holds keyed hashes of some thousand names, no name itself.
// It is safe for concurrent use. The zero Names is ready, a nil one remembers nothing.
type Names struct{ book namebook.Book }

func (n *Names) table() *namebook.Table {
	if n == nil {
		return nil
	}
	return n.book.Table()
}

// person is the entity of names.
const person detect.Entity = "PERSON"

// The rules that remembered names are found by.
var (
	knownName  = &detect.Rule{ID: "mcpveil.name.1", Entity: person, Patterns: []detect.Pattern{{Expr: "a name met before"}}, MaxLen: namebook.Reach}
	partOfName = &detect.Rule{ID: "mcpveil.name.2", Entity: person, Patterns: []detect.Pattern{{Expr: "a part of a name met before"}}, MaxLen: namebook.Reach}
)

// FromMemory reports whether r finds what a [Known] or a [Names] holds, or what is opaque, and no rule of a
// Detector's does.
func FromMemory(r *detect.Rule) bool {
	return r == knownName || r == partOfName || r.ID == echoID || r.ID == LocatedRule || r == opaqueRule
}

const (
	knownScore = .85
	partScore  = .6
	// maxApart is how many bytes are at most between two parts of a name, the values of two fields.
	maxApart = 64
	// maxMet is how many names of one message are remembered: its first ones.
	maxMet = 1024
)

// appendNames appends the names that t finds in text[from:to).
func appendNames(dst []detect.Finding, t *namebook.Table, text []byte, from, to int, escaped bool) []detect.Finding {
	for {
		start, end, whole, ok := t.Find(text, from, to, escaped)
		if !ok {
			return dst
		}
		f := detect.Finding{Rule: partOfName, Start: start, End: end, Score: partScore}
		if whole {
			f.Rule, f.Score = knownName, knownScore
		}
		dst = append(dst, f)
		from = end
	}
}

// namesIn reports whether a whole name that was met stands in text, plain text.
func (p *pass) namesIn(text []byte) bool {
	for from := 0; ; {
		_, end, whole, ok := p.names.Find(text, from, len(text), false)
		if !ok || whole {
			return ok
		}
		from = end
	}
}

// recall looks for remembered names in the bytes. It returns up to where it has.
//
// NOTE: in a message held whole, the names that stand in it are found before and behind where fields tell them. A Writer
// learns none: what it finds must not depend on how the text was split.
func (p *pass) recall() int {
	to := p.limit()
	if p.call.Names == nil {
		return to
	}
	if p.stream == nil {
		p.learn()
	}
	if !p.final {
		to -= namebook.Reach
	}
	if to <= p.named {
		return p.named
	}
	if p.names != nil {
		from := max(p.base, p.named-namebook.Reach)
		old := len(p.cands)
		p.cands = appendNames(p.cands, p.names, p.at(from), p.named-from, to-from, true)
		for i := old; i < len(p.cands); i++ {
			f := &p.cands[i]
			f.Start, f.End = f.Start+from, f.End+from
			to = max(to, f.End) // what begins inside it is a part of it
		}
	}
	p.named = to
	return to
}

// learn remembers the names among the candidates.
func (p *pass) learn() {
	p.met = p.met[:0]
	var last *detect.Finding
	for i := range p.cands {
		f := &p.cands[i]
		if len(p.met) >= maxMet {
			break
		}
		if f.Rule.Entity != person || f.Rule.Sealed || f.Rule == knownName || f.Rule == partOfName || f.Cut || f.End-f.Start > namebook.Reach || slices.Contains(f.Views, detect.Base64) {
			continue
		}
		p.meet(nil, f)
		if last != nil && f.Start >= last.End && f.Start-last.End <= maxApart {
			p.meet(last, f) // first_name and last_name
		}
		last = f
	}
	if len(p.met) == 0 {
		return
	}
	p.call.Names.book.Add(p.met...)
	p.names = p.call.Names.table()
}

// meet adds what stands at f to the names that were met, with what stands at first before it.
func (p *pass) meet(first, f *detect.Finding) {
	n := len(p.met)
	if n < cap(p.met) {
		p.met = p.met[:n+1]
	} else {
		p.met = append(p.met, nil)
	}
	name := p.met[n][:0]
	if first != nil {
		name = append(p.appendDecoded(name, first), ' ')
	}
	p.met[n] = p.appendDecoded(name, f)
}

// appendDecoded appends the text at f, decoded as often as it has escapes.
func (p *pass) appendDecoded(dst []byte, f *detect.Finding) []byte {
	text := p.span(f.Start, f.End)
	if encoded(f.Views) {
		p.text, p.other = view.Value(text, f.Views, p.text, p.other)
		return append(dst, p.text...)
	}
	for range 3 {
		if bytes.IndexByte(text, '\\') < 0 {
			break
		}
		p.other, _ = jsonspan.AppendUnquote(p.other[:0], text)
		p.other, p.text = p.text, p.other
		text = p.text
	}
	return append(dst, text...)
}
