package redact

import (
	"bytes"
	"slices"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/policy"
)

// A piece is a part of a scalar, found sensitive: [Start, End) of its Finding, which cuts
// through no escape. In a number it is the whole number.
type piece struct {
	detect.Finding
	do      policy.Decision
	outcome Outcome
	alarm   Alarm
	known   *known // that the piece is, or nil
	open    bool   // it runs to the end of its string, further than maxValue
	suffix  int    // bytes at its end that belong to a token but are none of it
	token   bool   // it is a token that was authenticated
	inside  bool   // it is base64, of a text in which its rule found something
}

// echoRule is what decides about known values.
var echoRule = &policy.Rule{Name: "echo", Direction: policy.ToClient, Action: policy.Encrypt}

// place puts c into the scalar it starts in, decides what is done about it, and adds it
// to the cluster it overlaps with. It returns where what of c stands beyond that scalar
// begins; c.End if nothing does.
func (p *pass) place(c *detect.Finding) (rest int, err error) {
	start, end := max(c.Start, int(p.cur.Pos())), c.End
	if p.skipping || start >= end {
		return end, nil
	}
	known := p.known.of(c.Rule)
	p.cur.Advance(p.span(int(p.cur.Pos()), start))
	here := p.cur.At(p.at(start))
	from := int(here.Start)
	switch here.Kind {
	case jsonspan.Invalid, jsonspan.True:
		if known != nil {
			return c.End, nil
		}
		return p.nextScalar(start, c.End), nil
	case jsonspan.Number:
		end = start + numberLen(p.at(start))
		rest = min(end, c.End)
		if known != nil {
			if rest = c.End; start != from || end != c.End {
				return rest, nil // a part of it
			}
		}
		start = from
	default:
		if here.Escape >= 0 {
			start = int(here.Escape)
		}
		closed := false
		end, closed = p.stringPart(start, c, known)
		rest = c.End
		if closed {
			if known != nil {
				return rest, nil
			}
			rest = min(end+1, c.End)
		}
		if start >= end {
			return rest, nil
		}
	}
	return rest, p.add(c, known, start, end, here.Kind, from)
}

// nextScalar returns where the first string's inside, number or literal after start
// begins, at most end.
func (p *pass) nextScalar(start, end int) int {
	for i, b := range p.span(start, end) {
		switch {
		case b == '"':
			return start + i + 1
		case b == '-' || b-'0' <= 9:
			return start + i
		}
	}
	return end
}

func numberLen(p []byte) int {
	n := 0
	for n < len(p) && (p[n]-'0' <= 9 || bytes.IndexByte([]byte(".eE+-"), p[n]) >= 0) {
		n++
	}
	return n
}

// stringPart returns how far c goes, from start on, inside its string, without the half
// of an escape at its end. closed says that the string ends before c does.
func (p *pass) stringPart(start int, c *detect.Finding, known *known) (end int, closed bool) {
	text := p.span(start, c.End)
	tail := p.at(start)
	solid := 0 // where the last character but backslashes ends
	for i := 0; i < len(text); {
		n := jsonspan.Content(text[i:])
		if i += n; n > 0 {
			solid = i
		}
		if i == len(text) {
			break
		}
		if text[i] == '"' {
			return start + i, true
		}
		_, n, _ = jsonspan.Unescape(tail[i:])
		if i+n > len(text) {
			if i == 0 {
				return start + n, false
			}
			text = text[:i]
			break
		}
		if i += n; text[i-1] != '\\' {
			solid = i
		}
	}
	// The bytes of a nested text may end in a backslash that belongs to what follows.
	if len(c.Views) == 0 && known == nil && len(c.Rule.Patterns) > 0 && solid > 0 {
		return start + solid, false
	}
	return start + len(text), false
}

// add makes [start, end) of c, a part of the scalar that starts at from, a piece of the cluster.
func (p *pass) add(c *detect.Finding, known *known, start, end int, kind jsonspan.Kind, from int) error {
	if kind == jsonspan.Name && c.Rule == partOfName {
		return nil // a member that is called like somebody
	}
	if len(p.cluster) > 0 && (from != p.scalar.start || start >= p.end || p.end-p.start > maxValue) {
		if err := p.finish(); err != nil {
			return err
		}
	}
	if start < p.copied { // the string's rest has been replaced, or a token was longer than found
		if start = p.copied; start >= end {
			return nil
		}
	}
	if from != p.scalar.start {
		p.enter(kind, from)
	}
	n := len(p.cluster)
	p.cluster = slices.Grow(p.cluster, 1)[:n+1]
	pc := &p.cluster[n]
	*pc = piece{Finding: detect.Finding{Rule: c.Rule, Start: start, End: end, Views: c.Views, Score: c.Score, Cut: c.Cut && kind != jsonspan.Number}, known: known}
	pc.inside = len(c.Views) > 0 && c.Rule != opaqueRule && slices.Contains(c.Views, detect.Base64)
	if known != nil {
		pc.do = policy.Decision{Action: policy.Encrypt, Rule: echoRule}
	} else {
		pc.do = p.decide(&pc.Finding)
		if a := pc.do.Action; kind == jsonspan.Name && (a == policy.Redact || a == policy.Mask) {
			pc.do.Action = policy.Block
		}
	}
	if known == nil && p.decider.Excepts() && !pc.Cut && !pc.inside { // of what is inside, the pass decides that rewrites it
		if do, ok := p.decider.Except(p.scalar.pointer, pc.Finding, p.value(pc)); ok {
			pc.do, pc.outcome = do, Allowed
		}
	}
	if pc.Rule == opaqueRule {
		decideOpaque(pc)
	}
	if pc.Rule.Sealed && !pc.inside {
		if after := p.at(pc.End); bytes.HasPrefix(after, []byte(mailSuffix)) {
			pc.suffix = len(mailSuffix)
			pc.End += pc.suffix
		}
	}
	if pc.Cut || pc.End-pc.Start > maxValue && !pc.inside {
		p.stretch(pc)
	}
	if len(p.cluster) == 1 {
		p.start, p.end = pc.Start, pc.End
	}
	p.start, p.end = min(p.start, pc.Start), max(p.end, pc.End)
	return nil
}

// maxDecisions bounds pass.decisions: more than a detector has rules.
const maxDecisions = 1024

type decisionKey struct {
	rule       *detect.Rule
	confidence detect.Confidence
}

// recentDecisions is how many are looked at before the map is: values that stand together are
// of few kinds.
const recentDecisions = 8

type recentDecision struct {
	decisionKey
	policy.Decision
}

// decide says what policy does about f. Where it does not look at pointers, each answer is
// remembered for as long as the site stays the same: lists of entities may be long.
func (p *pass) decide(f *detect.Finding) policy.Decision {
	if !p.decided {
		if p.decided = true; p.decider == nil || p.site != p.call.Site {
			p.decider, p.site = p.pol.At(p.call.Site), p.call.Site
			p.byPath = p.decider.ByPath()
			clear(p.decisions)
			p.recent = [recentDecisions]recentDecision{}
		}
	}
	if p.byPath {
		return p.decider.Decide(p.scalar.pointer, *f)
	}
	key := decisionKey{f.Rule, f.Confidence()}
	for i := range p.recent {
		if r := &p.recent[i]; r.decisionKey == key {
			return r.Decision
		}
	}
	do, ok := p.decisions[key]
	if !ok {
		do = p.decider.Decide(nil, *f)
		if p.decisions == nil || len(p.decisions) == maxDecisions {
			p.decisions = map[decisionKey]policy.Decision{}
		}
		p.decisions[key] = do
	}
	copy(p.recent[1:], p.recent[:])
	p.recent[0] = recentDecision{key, do}
	return do
}

// enter notes that the pieces to come stand in the scalar that starts at from.
func (p *pass) enter(kind jsonspan.Kind, from int) {
	s := &p.scalar
	*s = scalar{start: from, kind: kind, pointer: p.cur.AppendPointer(append(s.pointer[:0], p.prefix...), p.at(int(p.cur.Pos())))}
	if !bytes.HasSuffix(s.pointer, []byte(jsonspan.Cut)) {
		s.protected = p.call.Protected.Match(s.pointer)
	}
	if p.call.Shapes != nil && kind != jsonspan.Name {
		s.shape = p.call.Shapes.Shape(p.call.Site, s.pointer)
	}
}

// stretch makes pc, of which the end was not found, run to the end of its string: of
// the innermost, if that holds nested JSON.
func (p *pass) stretch(pc *piece) {
	text := p.at(pc.Start)
	text = text[:min(len(text), maxValue+1)]
	level := p.level(pc.Start)
	for i := 0; i < len(text); i++ {
		n := 0
		for i < len(text) && text[i] == '\\' {
			i++
			n++
		}
		if i == len(text) || text[i] != '"' {
			continue
		}
		// At level k a quote that ends the string has 2^(k-1)-1 backslashes before it, after
		// any number of escaped backslashes, which are 2^k each.
		for k := 1; k <= level; k++ {
			if slashes := 1<<(k-1) - 1; n%(1<<k) == slashes {
				pc.End = pc.Start + max(i-slashes, pc.End-pc.Start)
				return
			}
		}
	}
	pc.End = pc.Start + maxValue
	pc.open = true
}
