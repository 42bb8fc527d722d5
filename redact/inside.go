package redact

import (
	"bytes"
	"slices"
	"sync"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
	"github.com/mcpveil/mcpveil/policy"
)

// NOTE: what stands in base64 cannot be replaced where it stands: all letters behind it change.
// So a run of base64 is one piece, for each rule that finds something in the text behind it: what
// policy says about these decides about the run. Where that is to be replaced, a pass of its own
// rewrites the text, as a message or as a string, and what comes out is encoded again.

// maxInside is how often base64 is decoded that stands in base64.
const maxInside = 4

// insides are passes for texts in base64.
var insides = sync.Pool{New: func() any { return new(pass) }}

// takeInside returns a pass for a text in base64 in p's.
func (p *pass) takeInside(prefix []byte) *pass {
	q := insides.Get().(*pass)
	q.inner = *p.call
	q.inner.Shapes = nil
	q.reset(p.ctx, p.Filter, &q.inner)
	q.depth, q.prefix = p.depth+1, append(q.prefix[:0], prefix...)
	return q
}

func dropInside(q *pass) {
	q.buf, q.ctx, q.call, q.inner, q.Filter, q.known, q.decider = nil, nil, nil, Call{}, nil, nil, nil
	clear(q.decisions)
	q.recent = [recentDecisions]recentDecision{}
	clear(q.cleaned)
	q.names = nil
	q.dull.forget()
	for _, name := range q.met[:cap(q.met)] {
		clear(name[:cap(name)])
	}
	clear(q.plain[:cap(q.plain)])
	clear(q.quoted[:cap(q.quoted)])
	if cap(q.plain)+cap(q.quoted)+cap(q.out) > maxKept {
		q.plain, q.quoted, q.out = nil, nil, nil
	}
	insides.Put(q)
}

// hold gives q a text to work on: as it is, if it is JSON, else as a string. It reports which.
func (q *pass) hold(text []byte) (isJSON bool) {
	if start := bytes.TrimLeft(text, " \t\r\n"); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		isJSON = q.check.Check(text, q.maxDepth) == nil
	}
	if q.buf = text; !isJSON {
		q.quoted = append(jsonspan.AppendQuote(append(q.quoted[:0], '"'), text), '"')
		q.buf = q.quoted
	}
	q.final, q.hides, q.odd = true, true, true
	return isJSON
}

// find makes q's candidates what is found in text.
func (q *pass) find(text []byte) {
	q.hold(text)
	q.scan()
	q.echo()
	q.walkViews()
	q.dropStack()
	q.recall()
	q.sort()
}

// rewrite returns text as rewritten; text itself if nothing was.
func (q *pass) rewrite(text []byte) ([]byte, error) {
	isJSON := q.hold(text)
	out, err := q.whole(q.buf, true)
	switch {
	case err != nil:
		return nil, err
	case !q.changed:
		return text, nil
	case isJSON:
		return out, nil
	}
	q.text, _ = jsonspan.AppendUnquote(q.text[:0], out[1:len(out)-1])
	return q.text, nil
}

// lookInside looks into the base64 in text, the last on p.stack, that begins in [from, to). base is
// the offset of what the stack decoded. open says that the string goes on where text ends.
func (p *pass) lookInside(text []byte, base, from, to int, open bool) {
	for from < to {
		r, plain, ok := view.NextRun(p.plain[:0], text, from, to, open)
		if p.plain = plain; !ok {
			return
		}
		from = r.End
		for from < len(text) && r.Opaque && view.RunLen(text[from:min(len(text), from+1)]) > 0 {
			from++ // what is left of it
		}
		cut := open && r.End == len(text)
		if !r.Opaque && !cut && p.depth < maxInside && !p.remembers() && p.dull.has(p.plain) {
			continue // Fast path.
		}
		start, end, chain := p.stack.Raw(r.Start, r.End)
		switch {
		case r.Opaque:
			p.opaque(base+start, base+end, chain)
			continue
		case p.stack.Levels() > 1 && end-start == r.End-r.Start && (base+start == p.base || !view.InBase64(p.at(base + start - 1)[0])):
			// Behind a letter, that of %22 or \n, it was not.
			continue // seen in the text before
		case p.depth == maxInside:
			p.opaque(base+start, base+end, chain)
			continue
		case cut:
			n := end
			if ok = p.stack.Levels() == 1; ok {
				end, ok = p.longRun(base + start)
			}
			if !ok {
				p.opaque(base+start, base+min(n, start+leastOpaque), chain)
				return
			}
		default:
			end += base
		}
		q := p.takeInside(nil)
		q.find(p.plain)
		if len(q.cands) == 0 && !p.remembers() {
			p.dull.add(p.plain)
		}
		for _, c := range q.cands {
			views := p.views(chain.Then(detect.Base64).And(view.Of(c.Views)))
			p.cands = append(p.cands, detect.Finding{Rule: c.Rule, Start: base + start, End: end, Score: c.Score, Views: views})
		}
		dropInside(q)
	}
}

// remembers reports whether anything is known to look for. That may change with each text in base64 that is looked into:
// the next one is asked for the names met in it.
func (p *pass) remembers() bool { return p.known != nil || p.call.Names.table() != nil }

// A dull remembers the last few short texts of a message in which nothing was found: where there is much base64,
// as of the heads of tokens, much of it is the same.
type dull struct {
	n     int // of all there were
	texts [8]struct {
		n    int
		text [maxDull]byte
	}
}

// maxDull is how long such a text may be.
const maxDull = 120

func (d *dull) has(text []byte) bool {
	for i := range min(d.n, len(d.texts)) {
		if t := &d.texts[i]; string(t.text[:t.n]) == string(text) {
			return true
		}
	}
	return false
}

func (d *dull) add(text []byte) {
	if len(text) > maxDull {
		return
	}
	t := &d.texts[d.n%len(d.texts)]
	t.n = copy(t.text[:], text)
	d.n++
}

// forget clears d.
func (d *dull) forget() {
	if d.n > 0 {
		*d = dull{}
	}
}

// opaqueRule is of what cannot be read, or not be written again: archives and compressed texts in base64,
// base64 that goes on beyond what is held, and what is encoded more often than is decoded. Policy blocks it where a rule names its entity; else it
// is reported, and passes.
var opaqueRule = &detect.Rule{ID: "mcpveil.opaque", Entity: "OPAQUE", Patterns: []detect.Pattern{{Expr: "what cannot be read"}}, MaxLen: leastOpaque}

// leastOpaque is how much of such base64 is reported.
const leastOpaque = 64

func (p *pass) opaque(start, end int, chain view.Chain) {
	p.cands = append(p.cands, detect.Finding{Rule: opaqueRule, Start: start, End: end, Score: 1, Views: p.views(chain.Then(detect.Base64))})
}

// decideOpaque turns what policy says about pc, which is opaque, into what can be done.
func decideOpaque(pc *piece) {
	if r := pc.do.Rule; r != nil && pc.do.Action != policy.Pass && slices.Contains(r.Entities, string(opaqueRule.Entity)) {
		pc.do.Action = policy.Block
		return
	}
	pc.do.Action, pc.outcome = policy.Pass, Opaque
}

// longRun finds the end of base64 that stands at offset start in the whole message, and decodes it
// into p.plain.
func (p *pass) longRun(start int) (end int, ok bool) {
	if p.stream != nil {
		return 0, false
	}
	raw := p.at(start)
	raw = raw[:min(len(raw), 2*view.MaxRun)]
	// No further than the run goes: a long string may have many of them.
	n := view.RunLen(raw)
	if n == len(raw) {
		return 0, false
	}
	n = jsonspan.AfterEscape(raw, n)
	p.text, _ = jsonspan.AppendUnquote(p.text[:0], raw[:n])
	r, plain, ok := view.NextRun(p.plain[:0], p.text, 0, 1, false)
	if p.plain = plain; !ok || r.End > view.MaxRun {
		return 0, false
	}
	var v view.View
	v.Decode(raw[:n])
	_, to := v.Raw(0, r.End)
	return start + to, true
}

// replaceInside rewrites the text behind c, a run of base64, and puts it in the place of c.
func (p *pass) replaceInside(c *piece) error {
	prefix := p.cleanScalar() // which may look into texts by itself
	outer := c.Views[:slices.Index(c.Views, detect.Base64)]
	raw := p.span(c.Start, c.End)
	p.text, p.other = view.Value(raw, outer, p.text, p.other)
	r, plain, ok := view.NextRun(p.plain[:0], p.text, 0, 1, false)
	if p.plain = plain; !ok {
		return p.block(c, "its base64 cannot be read again")
	}
	q := p.takeInside(p.scalar.pointer)
	defer dropInside(q)
	q.prefixClean = prefix
	p.memo, q.memo = q.memo, p.memo
	out, err := q.rewrite(plain)
	p.memo, q.memo = q.memo, p.memo
	chain := view.Of(outer).Then(detect.Base64)
	for _, e := range q.events {
		e.Finding.Start, e.Finding.End = c.Start, c.End
		e.Finding.Views = p.views(chain.And(view.Of(e.Finding.Views)))
		p.events = append(p.events, e)
	}
	if err != nil || !q.changed {
		return err
	}
	p.repl = r.Encode(p.repl[:0], out)
	if p.repl, ok = view.Encode(p.repl[:0:0], p.repl, raw, outer); !ok {
		return p.block(c, "its base64 cannot be written again")
	}
	if p.scalar.shape != nil {
		if reason := p.misfit(c, p.repl); reason != "" {
			return p.block(c, reason)
		}
	}
	p.write(c.Start, c.End, p.repl, p.escapes(c.Start, p.repl))
	return nil
}

// views returns what chain says, the same slice each time.
func (p *pass) views(c view.Chain) []detect.View {
	if n := c.Len(); n <= view.MaxLevels && c == view.Of(viewsOf[n]) {
		return viewsOf[n]
	}
	v, ok := p.chains[c]
	if !ok {
		if p.chains == nil || len(p.chains) == maxChains {
			p.chains = map[view.Chain][]detect.View{}
		}
		v = c.AppendTo(nil)
		p.chains[c] = v
	}
	return v
}

const maxChains = 1024

// encoded reports whether any but JSON's escapes are among views.
func encoded(views []detect.View) bool {
	return slices.ContainsFunc(views, func(v detect.View) bool { return v != detect.JSONEscapes })
}
