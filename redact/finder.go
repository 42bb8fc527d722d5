package redact

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
)

// A Finder finds what a Filter would, without doing anything about it: in the bytes of a
// text, and behind the encodings that a Filter sees through. It is for tools that explain,
// count and measure. It is for one goroutine at a time.
type Finder struct {
	pass   pass
	quoted []byte
	clean  []byte
	inside view.View
	call   Call
}

// NewFinder returns a Finder of what det finds.
func NewFinder(det *detect.Detector) *Finder {
	f := &Finder{}
	filter := &Filter{det: det, maxDepth: jsonspan.DefaultDepth}
	filter.before, filter.after = det.MarginsSeen()
	f.pass.Filter = filter
	return f
}

// Append appends the findings in text, plain text and the whole of it, to dst, in order of
// Start. Offsets are those of text, whatever a value was encoded in; a finding's Views say
// which decodings showed it. Findings may overlap, as those of [detect.Detector.Append].
func (f *Finder) Append(dst []detect.Finding, text []byte) []detect.Finding {
	p, old := &f.pass, len(dst)
	dst = p.det.Append(dst, detect.Text{Raw: text, Final: true})
	f.clean = validUTF8(f.clean[:0], text)
	f.quoted = append(jsonspan.AppendQuote(append(f.quoted[:0], '"'), f.clean), '"')
	p.reset(context.Background(), p.Filter, &f.call)
	p.buf, p.final, p.hides, p.odd = f.quoted, true, true, true
	p.walkViews()
	p.dropStack()
	p.buf = nil
	f.inside.Decode(f.quoted[1 : len(f.quoted)-1])
	for _, c := range p.cands {
		if c.Rule == opaqueRule {
			continue
		}
		c.Start, c.End = f.inside.At(c.Start-1), f.inside.At(c.End-1)
		c.Views = p.views(view.Of(c.Views) >> 4) // without the quotes' own
		if len(c.Views) == 0 {
			c.Views = nil
		}
		dst = append(dst, c)
	}
	found := dst[old:]
	slices.SortStableFunc(found, func(a, b detect.Finding) int { return order(&a, &b) })
	found = slices.CompactFunc(found, func(a, b detect.Finding) bool { return same(&a, &b) })
	return dst[:old+len(found)]
}

// validUTF8 appends text to dst, with a question mark for each byte that is no UTF-8.
func validUTF8(dst, text []byte) []byte {
	dst = append(dst, text...)
	for at := len(dst) - len(text); at < len(dst); {
		r, n := utf8.DecodeRune(dst[at:])
		if r == utf8.RuneError && n == 1 {
			dst[at] = '?'
		}
		at += n
	}
	return dst
}
