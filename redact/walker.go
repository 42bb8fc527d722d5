package redact

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
)

// maxKey is the longest name, in bytes of the message, that is decoded to be looked up.
const maxKey = 256

// segment is the step in which a walker cuts strings.
const segment = 4 << 10

// A walker goes through the strings of a message, cut into segments, for escapes that
// hide something. Two segments are decoded and looked at together if there is such an
// escape in them, or in the segment on either side, which is their context; the end
// of a string, up to three segments, is looked at as one. Segments are counted from the start of
// their string, so the same are looked at however the message is split.
type walker struct {
	pos     int  // the next byte
	in      bool // a string
	start   int  // of its inside
	segs    [4]seg
	n       int    // of segs; the last one is open
	context int    // how many of segs, none or one, were looked at
	key     []byte // the name before, decoded, if an escape in it hid something
	keyed   bool   // key is of the next value
	mayKey  bool   // key is of the last string; a colon makes it a name
	whole   bool   // the string is the value of key
}

// A seg is [start, next one's start) of a string.
type seg struct {
	start int
	hides bool // an escape hides something
	odd   bool // something odd begins in it (see view.Odd)
	codes bool // it may be encoded, and what is known is looked for (see view.Encodes)
}

// What an encoding hides is looked for near it only: what begins up to nearOdd bytes before the
// first odd thing, or behind the last one, in a text that is so much longer before and four times
// so much behind, and does not end within base64.
const nearOdd = 256

func (w *walker) reset() {
	if w.pos > 0 || w.in {
		*w = walker{key: w.key[:0]}
	}
}

// settled returns up to where the views were looked at.
func (w *walker) settled() int {
	if !w.in {
		return w.pos
	}
	return w.segs[w.context].start
}

// needs returns from where on the walker needs the bytes.
func (w *walker) needs() int {
	if !w.in {
		return w.pos - arrayBack - 1
	}
	return w.segs[0].start
}

// arrayBack is how far before an array is looked at: its name.
const arrayBack = 128

// lookArray looks for a value whose parts are the strings of the array at offset at. It returns false
// if the window ends too soon.
func (p *pass) lookArray(at int) bool {
	text := p.at(at)
	if len(text) < view.OddAhead && !p.final {
		return false
	}
	n := view.ArrayLen(text)
	if n == 0 {
		return true
	}
	base := max(p.base, at-arrayBack)
	f := &p.array
	start, end := f.DecodeArray(p.span(base, at+n), at-base, n)
	t := detect.Text{Raw: f.Text(), From: start, To: end, Escaped: true, Final: true}
	p.tmp = p.det.Append(p.tmp[:0], t)
	for _, c := range p.tmp {
		if c.End > end || !f.Joins(c.Start, c.End) || !speaksForItself(&c, t.Raw) {
			continue
		}
		c.Start, c.End = f.Raw(c.Start, c.End)
		c.Start, c.End, c.Views = c.Start+base, c.End+base, p.views(view.Chain(0).Then(detect.Joined))
		p.cands = append(p.cands, c)
	}
	return true
}

// walkViews goes on as far as the window allows, and returns up to where the views were
// looked at.
func (p *pass) walkViews() int {
	w := &p.walk
	for w.pos < p.limit() {
		ok := true
		if w.in {
			ok = p.walkString()
		} else {
			ok = p.walkOutside()
		}
		if !ok {
			break
		}
	}
	return w.settled()
}

// walkOutside goes on to the next string. It returns false if the window ends too soon.
func (p *pass) walkOutside() bool {
	w := &p.walk
	text := p.at(w.pos)
	skip := 0
	if !w.keyed && !w.mayKey {
		// Fast path: there is no name that a value could be of. Where nothing is hidden yet,
		// only a string matters that goes on beyond the window.
		if !p.hides && !p.odd && p.known == nil {
			skip = jsonspan.OpenString(text) - 1
		} else {
			skip = bytes.IndexByte(text, '"')
		}
		if skip < 0 {
			w.pos += len(text)
			return true
		}
	}
	for i := skip; i < len(text); i++ {
		c := text[i]
		switch c {
		case '"':
			if at := w.pos + i - 1; p.odd && at >= p.base && p.at(at)[0] == '[' && !p.lookArray(at) {
				w.pos += i
				return false
			}
			w.pos += i + 1
			w.in, w.start, w.n, w.context = true, w.pos, 1, 0
			w.segs[0] = seg{start: w.pos}
			w.whole = w.keyed
			w.keyed, w.mayKey = false, false
			return true
		case ':':
			w.keyed = w.mayKey
		case ',', '{', '}', '[', ']':
			w.keyed, w.mayKey = false, false
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			if !w.keyed {
				continue
			}
			n := numberLen(text[i:])
			if i+n == len(text) && !p.final {
				w.pos += i
				return false
			}
			p.look(detect.Text{Raw: text[i : i+n], Key: w.key, Final: true}, w.pos+i, nil, false)
			w.keyed = false
		}
	}
	w.pos += len(text)
	return true
}

// walkString goes on to the end of the string, or of a segment. It returns false if
// the window ends too soon.
func (p *pass) walkString() bool {
	w := &p.walk
	last := &w.segs[w.n-1]
	text := p.at(last.start)
	n := jsonspan.StringEnd(text[:min(len(text), segment)])
	closed := n >= 0
	switch {
	case closed:
		n--
	case len(text) < segment+view.OddAhead && !p.final, len(text) <= segment:
		return false
	default:
		n = jsonspan.AfterEscape(text, segment)
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
	}
	last.hides, last.odd = p.hides && view.HidesBefore(text, n), p.odd && view.OddBefore(text, n)
	last.codes = p.known != nil && view.Encodes(text[:n])
	w.pos = last.start + n
	p.endSegment(closed)
	if closed {
		w.in = false
		w.pos++
	}
	return true
}

// endSegment ends the open segment at pos, and looks at those that have the context they
// need: at the end of the string, all.
func (p *pass) endSegment(end bool) {
	w := &p.walk
	s := w.segs[:w.n]
	if !end && len(s)-w.context < 3 {
		w.segs[w.n] = seg{start: w.pos}
		w.n++
		return
	}
	hides := w.whole && w.context == 0
	odd, codes := false, false
	for i := range s {
		hides, odd, codes = hides || s[i].hides, odd || s[i].odd, codes || s[i].codes
	}
	if end {
		if codes {
			p.echoInto(s[0].start, s[w.context].start, w.pos, w.pos)
		}
		switch {
		case hides:
			p.lookInto(s[0].start, s[w.context].start, w.pos, w.pos, true)
		case odd:
			p.lookNear(s[0].start, s[w.context].start, w.pos, w.pos, true)
		}
		if (hides || odd) && len(s) == 1 && w.pos-w.start <= maxKey {
			w.key, _ = jsonspan.AppendUnquote(w.key[:0], p.span(w.start, w.pos))
			w.mayKey = true
		}
		return
	}
	if codes {
		p.echoInto(s[0].start, s[w.context].start, s[w.context+2].start, w.pos)
	}
	switch {
	case hides:
		p.lookInto(s[0].start, s[w.context].start, s[w.context+2].start, w.pos, false)
	case odd:
		p.lookNear(s[0].start, s[w.context].start, s[w.context+2].start, w.pos, false)
	}
	copy(w.segs[:], s[w.context+1:])
	w.segs[2] = seg{start: w.pos}
	w.n, w.context = 3, 1
}

// viewsOf[n] are the views of a text decoded n times.
var viewsOf = func() (v [view.MaxLevels + 1][]detect.View) {
	for n := range v {
		for range n {
			v[n] = append(v[n], detect.JSONEscapes)
		}
	}
	return v
}()

// lookNear is lookInto for a text in which only odd things hide anything: it decodes what is near them.
func (p *pass) lookNear(start, from, to, end int, last bool) {
	p.places = view.AppendOddSpans(p.places[:0], p.at(start), end-start, 2*nearOdd)
	for spans := p.places; len(spans) > 0; spans = spans[2:] {
		a := p.boundary(start, max(from, start+spans[0]-nearOdd), end)
		b := p.boundary(start, min(to, start+spans[1]+nearOdd), end)
		if a >= b {
			continue
		}
		near := min(end, b+4*nearOdd)
		near += view.RunLen(p.span(near, end))
		near = p.boundary(start, near, end)
		p.lookInto(p.boundary(start, a-nearOdd, end), a, b, near, last && near == end)
	}
}

// boundary returns at, or soon behind it, an offset in [start, end] where neither an escape nor a
// character is cut through, start being one.
func (p *pass) boundary(start, at, end int) int {
	if at <= start || at >= end {
		return max(start, min(at, end))
	}
	text := p.span(start, end)
	n := jsonspan.AfterEscape(text, at-start)
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n++
	}
	return start + n
}

// lookInto decodes [start, end) as often as that reveals anything, and looks for what
// starts in [from, to). last says that the string ends at end.
func (p *pass) lookInto(start, from, to, end int, last bool) {
	key := []byte(nil)
	if w := &p.walk; w.whole && w.start == start {
		key = w.key
	}
	p.takeStack()
	p.stack.Decode(p.span(start, end))
	for more := true; more; more = p.stack.Deeper() {
		if p.stack.Unread() {
			end := p.boundary(start, min(to, from+leastOpaque), end)
			p.cands = append(p.cands, detect.Finding{Rule: opaqueRule, Start: from, End: end, Score: 1, Views: viewsOf[view.MaxLevels]})
		}
		text, from, to := p.stack.Text(), p.stack.At(from-start), p.stack.At(to-start)
		if from >= to {
			continue
		}
		if !p.stack.Spread() && p.stack.Odd() { // as base64 of a text is
			p.lookInside(text, start, from, to, !last)
		}
		if !p.stack.Reveals() && (key == nil || p.stack.Levels() > 1) {
			continue
		}
		t := detect.Text{
			Raw: text, From: from, To: to, Key: key,
			Escaped: bytes.IndexByte(text, '\\') >= 0,
			Final:   last || len(text)-to < p.after,
		}
		p.look(t, start, p.stack, !last)
	}
}

// echoInto decodes [start, end), a part of a string, as often as there is anything to decode, and looks for
// known values that start in [from, to). Who looks for what he knows is not misled by what only seems to be
// encoded, so all is decoded that can be, and not only what seems worth it.
func (p *pass) echoInto(start, from, to, end int) {
	p.takeStack()
	p.stack.DecodeAll(p.span(start, end))
	for more := true; more; more = p.stack.Deeper() {
		text, from, to := p.stack.Text(), p.stack.At(from-start), p.stack.At(to-start)
		if from >= to {
			continue
		}
		s := p.known.search(text, from, to, false)
		for at, f := s.next(); f != nil; at, f = s.next() {
			a, b := f.span(text, at)
			a, b, chain := p.stack.Raw(a, b)
			c := f.candidate(start+a, start+b)
			c.Views = p.views(chain)
			p.cands = append(p.cands, c)
		}
	}
}

// stacks holds the memory for views, some tens of KB where texts are nested. Only who is
// decoding needs it.
var stacks = sync.Pool{New: func() any { return new(view.Stack) }}

func (p *pass) takeStack() {
	if p.stack == nil {
		p.stack = stacks.Get().(*view.Stack)
	}
}

func (p *pass) dropStack() {
	if p.stack != nil {
		p.stack.Clear(8 * segment)
		stacks.Put(p.stack)
		p.stack = nil
	}
}

// speaksForItself reports whether f, found in text of which parts were brought together, is what
// it seems to be: something stands for it beside its shape.
func speaksForItself(f *detect.Finding, text []byte) bool {
	const withContext = .94 // a context word's share on top of what a shape has by itself
	return f.Rule.Tier != detect.ByItself || f.Score >= withContext || bytes.IndexByte(text[f.Start:f.End], '@') >= 0
}

// look appends what is found in t, the bytes at offset base or, if stack is not nil, its
// last view. open says that the string goes on where the view ends.
func (p *pass) look(t detect.Text, base int, stack *view.Stack, open bool) {
	p.tmp = p.det.Append(p.tmp[:0], t)
	if p.names != nil {
		to := t.To
		if to == 0 {
			to = len(t.Raw)
		}
		p.tmp = appendNames(p.tmp, p.names, t.Raw, t.From, to, t.Escaped)
	}
	for _, f := range p.tmp {
		if stack != nil {
			f.Cut = f.Cut || open && f.End == len(t.Raw)
			var chain view.Chain
			if stack.Spread() && !speaksForItself(&f, t.Raw) {
				continue
			}
			if len(f.Rule.Patterns) > 0 {
				f.Start, f.End, chain = stack.Raw(f.Start, f.End)
			} else if f.Start, f.End, chain = stack.RawString(f.Start, f.End); f.Start == f.End {
				continue
			}
			if stack.Spread() && chain.Last() != detect.Spread {
				continue
			}
			f.Views = p.views(chain)
		}
		f.Start += base
		f.End += base
		p.cands = append(p.cands, f)
	}
}
