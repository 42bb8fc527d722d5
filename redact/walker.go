package redact

import (
	"bytes"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
)

// maxKey is the longest name, in bytes of the message, that is decoded to be looked up.
const maxKey = 256

// A walker goes through the strings of a message, cut into blocks, for escapes that
// hide something. A block is decoded and looked at if it holds such an escape, or a
// block beside it does; the blocks beside it are its context. Blocks are counted from
// the start of their string, so the same are looked at however the message is split.
type walker struct {
	pos     int  // the next byte
	in      bool // a string
	string  int  // where its inside starts
	blocks  [3]block
	n       int    // of blocks; the last one is open
	key     []byte // the name before, decoded, if an escape in it hid something
	keyed   bool   // key is of the next value
	mayKey  bool   // key is the last string; a colon makes it a name
	wholeAt int    // start of the string if it is the value of key, else -1
}

// A block is [start, next block's start) of a string.
type block struct {
	start int
	hides bool
}

func (w *walker) reset() { *w = walker{key: w.key[:0], wholeAt: -1} }

// blockSize is at least six times what a finding depends on after its start: an escape
// has at most six bytes for one. It is bounded, since three blocks are held.
func (p *pass) blockSize() int {
	return min(max(4<<10, 6*p.after), 8<<10)
}

// settled returns up to where the views were looked at.
func (w *walker) settled() int {
	switch {
	case !w.in:
		return w.pos
	case w.n > 1:
		return w.blocks[w.n-2].start
	}
	return w.blocks[0].start
}

// needs returns from where on the walker needs the bytes.
func (w *walker) needs() int {
	if !w.in {
		return w.pos
	}
	return w.blocks[0].start
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

// walkOutside takes a byte, or a number. It returns false if the window ends too soon.
func (p *pass) walkOutside() bool {
	w := &p.walk
	rest := p.at(w.pos)
	switch c := rest[0]; c {
	case '"':
		w.pos++
		w.in, w.string, w.n = true, w.pos, 1
		w.blocks[0] = block{start: w.pos}
		w.wholeAt = -1
		if w.keyed {
			w.wholeAt = w.pos
		}
		w.keyed, w.mayKey = false, false
		return true
	case ':':
		w.keyed = w.mayKey
	case ',', '{', '}', '[', ']':
		w.keyed, w.mayKey = false, false
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		n := 1
		for n < len(rest) && (rest[n]-'0' <= 9 || bytes.IndexByte([]byte(".eE+-"), rest[n]) >= 0) {
			n++
		}
		if w.keyed {
			if n == len(rest) && !p.final {
				return false
			}
			p.look(detect.Text{Raw: rest[:n], Key: w.key, Final: true}, w.pos, nil, false)
		}
		w.pos += n
		w.keyed = false
		return true
	}
	w.pos++
	return true
}

// walkString goes on to the end of the string, or the next block. It returns false if
// the window ends too soon.
func (p *pass) walkString() bool {
	w := &p.walk
	last := &w.blocks[w.n-1]
	bound := last.start + p.blockSize()
	for {
		rest := p.at(w.pos)
		if w.pos < bound {
			w.pos += jsonspan.Content(rest[:min(len(rest), bound-w.pos)])
		}
		for w.pos >= bound && w.pos < p.limit() && !utf8.RuneStart(p.at(w.pos)[0]) {
			w.pos++
		}
		if w.pos == p.limit() {
			return false
		}
		if w.pos >= bound {
			p.closeBlock(false)
			return true
		}
		rest = p.at(w.pos)
		if rest[0] == '"' {
			p.closeBlock(true)
			w.in = false
			w.pos++
			return true
		}
		if len(rest) < snap+1 && !p.final {
			return false
		}
		_, n, _ := jsonspan.Unescape(rest)
		if view.Revealing(rest[1:]) || rest[min(1, len(rest)-1)] == '\\' && view.Revealing(rest[n:]) {
			last.hides = true
		}
		w.pos += n
	}
}

// closeBlock ends the open block at pos, and looks at the one before it; at the end of
// the string also at itself.
func (p *pass) closeBlock(end bool) {
	w := &p.walk
	b := &w.blocks
	if w.n == 3 {
		if b[0].hides || b[1].hides || b[2].hides {
			p.lookBlock(b[0].start, b[1].start, b[2].start, w.pos, end)
		}
		b[0], b[1] = b[1], b[2]
		w.n = 2
	} else if w.n == 2 {
		if b[0].hides || b[1].hides || w.wholeAt >= 0 {
			p.lookBlock(b[0].start, b[0].start, b[1].start, w.pos, end)
		}
	}
	if !end {
		b[w.n] = block{start: w.pos}
		w.n++
		return
	}
	hides := b[w.n-1].hides || w.n > 1 && b[w.n-2].hides
	if hides || w.n == 1 && w.wholeAt >= 0 {
		from := b[w.n-1].start
		p.lookBlock(b[max(0, w.n-2)].start, from, w.pos, w.pos, true)
	}
	if w.n == 1 && hides && w.pos-w.string <= maxKey {
		w.key, _ = jsonspan.AppendUnquote(w.key[:0], p.span(w.string, w.pos))
		w.mayKey = true
	}
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

// lookBlock decodes [start, end) as often as that reveals anything, and looks for what
// starts in [from, to). last says that the string ends at end.
func (p *pass) lookBlock(start, from, to, end int, last bool) {
	key := []byte(nil)
	if w := &p.walk; w.wholeAt == start {
		key = w.key
	}
	for v := p.stack.Decode(p.span(start, end)); v != nil; v = p.stack.Deeper() {
		if !v.Reveals() && (key == nil || p.stack.Levels() > 1) {
			continue
		}
		t := detect.Text{
			Raw: v.Text(), From: p.stack.At(from - start), To: p.stack.At(to - start), Key: key,
			Escaped: bytes.IndexByte(v.Text(), '\\') >= 0,
			Final:   last || len(v.Text())-p.stack.At(to-start) < p.after,
		}
		if t.From >= t.To {
			continue
		}
		p.look(t, start, &p.stack, !last)
		for i := t.From; i < t.To && p.known != nil; i++ {
			at, f := p.known.next(t.Raw, i, t.To, false)
			if f == nil {
				break
			}
			a, b := p.stack.Raw(at, at+len(f.text))
			p.cands = append(p.cands, f.candidate(start+a, start+b))
			i = at
		}
	}
}

// look appends what is found in t, the bytes at offset base or, if stack is not nil, its
// last view. open says that the string goes on where the view ends.
func (p *pass) look(t detect.Text, base int, stack *view.Stack, open bool) {
	p.tmp = p.det.Append(p.tmp[:0], t)
	for _, f := range p.tmp {
		if stack != nil {
			f.Cut = f.Cut || open && f.End == len(t.Raw)
			f.Start, f.End = stack.Raw(f.Start, f.End)
			f.Views = viewsOf[stack.Levels()]
		}
		f.Start += base
		f.End += base
		p.cands = append(p.cands, candidate{Finding: f})
	}
}
