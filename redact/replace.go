package redact

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
	"github.com/mcpveil/mcpveil/policy"
)

// maxSealed is the longest value that is encrypted; a longer one is labelled. What is sealed must fit
// into a [Known] once it is opened.
const maxSealed = maxKnownText

var errTooManyOpened = errors.New("more values were opened in this call than can be remembered")

// transform carries out op on c's value. The result is valid until the next call.
func (p *pass) transform(c *piece, op *operation, shape *Shape) ([]byte, error) {
	text := p.value(c)
	v := Value{Text: text, Entity: c.Rule.Entity, Pointer: p.scalar.pointer, Shape: shape, Whole: p.fills(c), Call: p.call}
	if op.pure || op.Action == policy.Encrypt && shape != nil && (shape.Misfit != nil || shape.MaxLen > 0) { // of what fits a schema there may be several
		var err error
		p.repl, err = op.Transform(p.ctx, p.repl[:0], v)
		return p.repl, err
	}
	key := memoKey{op, c.Rule.Entity, shape != nil && shape.Format == "email"}
	hash := p.memo.hash(text)
	if e := p.memo.find(key, hash, text); e != nil {
		p.repl = append(p.repl[:0], p.memo.replacement(e)...)
		return p.repl, faults[e.fault]
	}
	var err error
	p.repl, err = op.Transform(p.ctx, p.repl[:0], v)
	why, ok := faultOf(err)
	if !ok {
		return nil, err
	}
	if err != nil {
		p.repl = p.repl[:0]
	}
	p.memo.add(key, hash, text, p.repl, why)
	return p.repl, err
}

// fills reports whether c is all of its scalar.
func (p *pass) fills(c *piece) bool {
	if p.scalar.kind == jsonspan.Number {
		return true
	}
	return c.Start == p.scalar.start+1 && c.End < p.limit() && p.at(c.End)[0] == '"' && !c.open
}

// value returns the text of c, decoded as often as it stands in strings. It is valid
// until the next call.
func (p *pass) value(c *piece) []byte {
	if c.known != nil {
		return append(p.text[:0], c.known.text...)
	}
	text := p.span(c.Start, c.End-c.suffix)
	if encoded(c.Views) {
		p.text, p.other = view.Value(text, c.Views, p.text, p.other)
		return p.text
	}
	if p.scalar.kind == jsonspan.Number || bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	for range p.level(c.Start) {
		p.other, _ = jsonspan.AppendUnquote(p.other[:0], text)
		p.text, p.other = p.other, p.text
		if text = p.text; bytes.IndexByte(text, '\\') < 0 {
			break
		}
	}
	return text
}

// level returns in how many strings, one inside the other, the byte at offset stands: 1,
// or more if the string holds JSON.
func (p *pass) level(offset int) int {
	if p.scalar.kind == jsonspan.Name {
		return 1
	}
	inside := p.scalar.start + 1
	if offset-inside > history-snap {
		return guessLevel(p.span(offset-history/4, offset))
	}
	n := &p.nesting
	if n.start != inside || n.at > offset {
		n.reset(inside)
	}
	n.write(p.span(n.at, offset))
	level := 1
	if n.isJSON() {
		cur := &n.cur
		for before := n.text; ; {
			if !cur.InString() {
				return level
			}
			level++
			before, _ = jsonspan.AppendUnquote(nil, before[cur.Open()+1:])
			var check jsonspan.Checker
			if _, err := check.Write(before); err != nil || len(bytes.TrimLeft(before, " \t\r\n")) == 0 {
				break
			}
			cur = new(jsonspan.Cursor)
			cur.Advance(before)
		}
	}
	return max(level, guessLevel(p.span(max(inside, offset-history/4), offset)))
}

// guessLevel guesses the level at the end of text, part of a string, from the quote
// before it: one that follows a colon, a comma or a bracket opens a string of nested
// JSON. To escape once too often spoils a value with quotes in it, to escape too seldom
// would let it end its string, so it guesses high.
func guessLevel(text []byte) int {
	i := bytes.LastIndexByte(text, '"')
	if i < 0 {
		return 1
	}
	n := i
	for n > 0 && text[n-1] == '\\' {
		n--
	}
	before := bytes.TrimRight(text[:n], ` nrt\`)
	if len(before) == 0 || bytes.IndexByte([]byte(":,[{"), before[len(before)-1]) < 0 {
		return 1
	}
	return 1 + int(math.Log2(float64(i-n+1)))
}

// replace puts in place of c what its decision asks for.
func (p *pass) replace(c *piece) error {
	if c.inside {
		return p.replaceInside(c)
	}
	shape := p.scalar.shape
	op := p.operation(c.use())
	if c.open || c.do.Action == policy.Encrypt && len(p.value(c)) > maxSealed || c.known != nil && op == nil {
		// The end is not there to be sealed, or it is too long, or there is nothing to
		// seal it with.
		op, c.do.Action = p.operation(Use{Action: policy.Redact}), policy.Redact
		if p.scalar.kind == jsonspan.Name {
			return p.block(c, "it cannot be sealed, and a label in a name could be another member's")
		}
	}
	if op.masks && shape == nil && p.maskPlain(c, op) {
		p.report(c)
		return nil // Fast path.
	}
	if c.do.Action == policy.Encrypt && p.scalar.kind != jsonspan.Number {
		p.takeGlued(c)
	}
	repl, err := p.transform(c, op, shape)
	if errors.Is(err, ErrNoToken) {
		if p.scalar.kind == jsonspan.Name {
			return p.block(c, "there is no token for it, and a label in a name could be another member's")
		}
		c.do.Action = policy.Redact
		repl, err = p.transform(c, p.operation(Use{Action: policy.Redact}), shape)
	}
	if err != nil {
		return p.failed(c, err)
	}
	if c.masked() {
		if repl, err = p.maskOpened(c, repl, shape); err != nil {
			return p.failed(c, err)
		}
	}
	start, end := c.Start, c.End
	if p.scalar.kind == jsonspan.Number {
		return p.replaceNumber(c, repl)
	}
	whole := p.fills(c)
	if shape != nil && c.do.Action == policy.Decrypt && whole && isNumber(repl, shape) {
		p.write(start-1, end+1, repl, 0)
		p.report(c)
		return nil
	}
	if shape != nil && whole && shape.Format == "email" {
		repl = asMail(repl, c.do.Action)
		p.repl = repl
	}
	if c.do.Action == policy.Decrypt && !whole && p.inURI(start) {
		repl = view.AppendURI(p.other[:0], repl)
		p.repl, p.other = append(p.repl[:0], repl...), repl
		repl = p.repl
	}
	if encoded(c.Views) {
		if repl, err = p.encode(c, repl, shape); err != nil {
			return p.failed(c, err)
		}
	}
	if shape != nil {
		if reason := p.misfit(c, repl); reason != "" {
			return p.block(c, reason)
		}
	}
	if level, ok := p.nestedNumber(c); ok {
		p.replaceNested(c, repl, level)
		return nil
	}
	p.write(start, end, repl, p.escapes(start, repl))
	p.report(c)
	if c.open {
		p.skipString()
	}
	return nil
}

// maskPlain masks c where that needs no detour: it is ASCII as it stands there, so that what takes its place is
// too, and no number of nested JSON. It reports whether it has.
func (p *pass) maskPlain(c *piece, op *operation) bool {
	if p.scalar.kind != jsonspan.String || c.open || c.known != nil || c.suffix > 0 || len(c.Views) > 0 {
		return false
	}
	text := p.span(c.Start, c.End)
	if b := text[0]; (b == '-' || b-'0' <= 9) && jsonspan.NumberLen(text) == len(text) || jsonspan.Plain(text) < len(text) {
		return false
	}
	p.emit(p.span(p.copied, c.Start))
	n := len(p.out)
	p.out = append(p.out, text...)
	maskASCII(p.out[n:], op.keep)
	p.copied, p.changed = c.End, true
	return true
}

// use returns what carries out c's decision. Of a token that is opened and then masked, that is what opens it.
func (c *piece) use() Use {
	use := Use{Action: c.do.Action}
	if c.do.Rule != nil && !c.masked() {
		use.With = c.do.Rule.With
	}
	return use
}

// masked reports whether c is a token of which no more than the mask is given away.
func (c *piece) masked() bool {
	return c.do.Action == policy.Decrypt && c.do.Rule != nil && c.do.Rule.Grant == policy.Masked
}

// maskOpened masks plain, what c opened to. From then on c is a value that is masked.
func (p *pass) maskOpened(c *piece, plain []byte, shape *Shape) ([]byte, error) {
	op := p.operation(Use{policy.Mask, c.do.Rule.With})
	out, err := op.Transform(p.ctx, p.other[:0], Value{Text: plain, Entity: c.Rule.Entity, Pointer: p.scalar.pointer, Shape: shape, Call: p.call})
	p.other = out
	if err != nil {
		return nil, err
	}
	c.do.Action = policy.Mask
	p.repl = append(p.repl[:0], out...)
	return p.repl, nil
}

// maxScheme is how long a URI's scheme may be, with what follows it.
const maxScheme = 32

// inURI reports whether what stands at start, in a string, is a part of a URI that the string is.
func (p *pass) inURI(start int) bool {
	inside := p.scalar.start + 1
	if start-inside > history-snap || start == inside {
		return false
	}
	before := p.span(inside, start)
	i := bytes.Index(before[:min(len(before), maxScheme)], []byte("://"))
	return i > 0 && bytes.IndexFunc(before[:i], func(r rune) bool { return r >= utf8.RuneSelf || !word(byte(r)) && r != '+' && r != '-' && r != '.' }) < 0 &&
		!bytes.ContainsAny(before, " \\\"<>")
}

// escapes returns how often repl must be escaped for a place at start: 0 if that changes nothing.
func (p *pass) escapes(start int, repl []byte) int {
	if jsonspan.Plain(repl) < len(repl) && (!utf8.Valid(repl) || needsEscape(repl)) {
		return p.level(start)
	}
	return 0
}

// encode returns repl written as what it takes the place of. Where there is no way to, because it
// stands in JSON that is itself encoded, it is the label, which needs no escapes.
func (p *pass) encode(c *piece, repl []byte, shape *Shape) ([]byte, error) {
	old := p.span(c.Start, c.End)
	out, ok := view.Encode(p.other[:0], repl, old, c.Views)
	if !ok {
		c.do.Action = policy.Redact
		label, err := p.transform(c, p.operation(Use{Action: policy.Redact}), shape)
		if err != nil {
			return nil, err
		}
		if out, ok = view.Encode(p.other[:0], label, old, c.Views); !ok {
			return nil, errNoWay
		}
	}
	p.repl, p.other = append(p.repl[:0], out...), out
	return p.repl, nil
}

var errNoWay = errors.New("what takes its place cannot be encoded as it was")

// maxGlued is how many letters behind a value are sealed with it.
const maxGlued = 16

// takeGlued adds to c the small letters and digits that follow it without a break, if
// they are few and no part of something longer: behind a token, nobody could tell
// them from its end.
func (p *pass) takeGlued(c *piece) {
	rest := p.at(c.End)
	n := 0
	for n < len(rest) && n <= maxGlued && (rest[n]-'0' <= 9 || rest[n]-'a' <= 'z'-'a') {
		n++
	}
	switch {
	case n == 0 || n > maxGlued || n == len(rest) || c.End+n > p.bound:
	case bytes.IndexByte([]byte("-@._+%:/"), rest[n]) >= 0 || p.at(c.End - 1)[0] == '\\':
	default:
		c.End += n
		c.known = nil
	}
}

// asMail makes an e-mail address of what stands for a whole one.
func asMail(repl []byte, a policy.Action) []byte {
	switch a {
	case policy.Mask:
		if i := bytes.LastIndexByte(repl, '@'); i > 0 {
			repl = repl[:i]
		}
	case policy.Encrypt, policy.Hash:
	default:
		return repl
	}
	return append(repl, mailSuffix...)
}

// replaceNumber puts repl in place of a number: as a number where one is asked for, else
// as a string.
func (p *pass) replaceNumber(c *piece, repl []byte) error {
	switch shape := p.scalar.shape; {
	case shape != nil && (shape.Type == "number" || shape.Type == "integer"):
		if !isNumber(repl, shape) || c.do.Action != policy.Decrypt && shape.Misfit != nil && shape.Misfit(repl) != "" {
			return p.block(c, "its replacement is no "+shape.Type+", as the schema asks for")
		}
		p.write(c.Start, c.End, repl, 0)
	default:
		p.other = append(p.other[:0], '"')
		p.other = jsonspan.AppendQuote(p.other, repl)
		p.other = append(p.other, '"')
		p.write(c.Start, c.End, p.other, 0)
	}
	p.report(c)
	return nil
}

// isNumber reports whether text is a number that fits shape.
func isNumber(text []byte, shape *Shape) bool {
	if len(text) == 0 || jsonspan.NumberLen(text) != len(text) {
		return false
	}
	return shape.Type == "number" || shape.Type == "integer" && !bytes.ContainsAny(text, ".eE")
}

// misfit says why repl in place of c would not fit what the schema asks for, or "".
func (p *pass) misfit(c *piece, repl []byte) string {
	s := p.scalar.shape
	switch {
	case c.do.Action == policy.Decrypt:
	case s.Misfit != nil && p.fills(c):
		if keyword := s.Misfit(repl); keyword != "" && keyword != "maxLength" {
			return "no replacement fits the schema's " + keyword
		}
	default:
		if s.Closed != "" {
			return "no replacement fits the schema's " + s.Closed
		}
		if !fitsFormat(s.Format) {
			return "no replacement fits the schema's format " + s.Format
		}
	}
	if s.MaxLen <= 0 {
		return ""
	}
	inside := p.scalar.start + 1
	n := -1
	var rest []byte
	if c.Start-inside <= history-snap {
		rest = p.at(inside)
		n = jsonspan.StringEnd(rest[:min(len(rest), maxValue)])
	}
	switch {
	case n < 0 && max(c.Start-inside, 1) > 12*s.MaxLen:
		return "" // it did not fit before
	case n < 0:
		return "the string is too long to tell whether it fits the schema's maxLength"
	}
	p.other, _ = jsonspan.AppendUnquote(p.other[:0], rest[:n-1])
	before := utf8.RuneCount(p.other)
	p.other, _ = jsonspan.AppendUnquote(p.other[:0], p.span(c.Start, c.End))
	p.scalar.delta += utf8.RuneCount(repl) - utf8.RuneCount(p.other)
	if after := before + p.scalar.delta; after > s.MaxLen && p.scalar.delta > 0 {
		return fmt.Sprintf("with its replacement the string has %d characters, and the schema asks for at most %d", after, s.MaxLen)
	}
	return ""
}

// write puts repl, escaped level times, in place of [start, end).
func (p *pass) write(start, end int, repl []byte, level int) {
	p.emit(p.span(p.copied, start))
	p.out = jsonspan.AppendEscaped(p.out, repl, level)
	p.copied = end
	p.changed = true
}

// skipString leaves out the rest of the string, as far as it is in the window.
func (p *pass) skipString() {
	if at := int(p.cur.Pos()); at < p.copied && !p.skipping {
		p.cur.Advance(p.span(at, p.copied))
	}
	p.cur.SkipString(p.at(int(p.cur.Pos())))
	p.copied = int(p.cur.Pos())
	p.skipping = p.copied == p.limit() && p.cur.InString()
}
