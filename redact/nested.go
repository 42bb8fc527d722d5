package redact

import (
	"bytes"
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// A nesting is what is known of the JSON that a string may hold, up to the place asked about last. Where one string has
// many values, it is read once.
type nesting struct {
	start, at int // offsets of the string's inside, and of what comes next
	text      []byte
	check     jsonspan.Checker
	cur       jsonspan.Cursor
	wrong     bool // it is no JSON
}

func (n *nesting) reset(start int) {
	n.start, n.at, n.text, n.wrong = start, start, n.text[:0], false
	n.check.Reset(0)
	n.cur.Reset()
}

// write goes on with raw, which ends where no escape goes on.
func (n *nesting) write(raw []byte) {
	n.at += len(raw)
	if n.wrong {
		return
	}
	from := len(n.text)
	n.text, _ = jsonspan.AppendUnquote(n.text, raw)
	if _, err := n.check.Write(n.text[from:]); err != nil {
		n.wrong = true
		return
	}
	n.cur.Advance(n.text[from:])
}

// isJSON reports whether the string so far holds JSON, or its beginning.
func (n *nesting) isJSON() bool { return !n.wrong && len(bytes.TrimLeft(n.text, " \t\r\n")) > 0 }

// nestedBack is how far before a value the quote or bracket is looked for that tells that it
// is a number of nested JSON.
const nestedBack = 1 << 10

// nestedNumber reports whether c, in a string, is a whole number of JSON that the string holds:
// what replaces it then needs quotes of its own, escaped level times, or the inner JSON would
// be none any more. It is told from the bytes before it, so that a stream and a message held
// whole agree: a member's value follows `\":`, an array's element the numbers before it and a
// bracket that follows `\":` or begins the string.
func (p *pass) nestedNumber(c *piece) (level int, ok bool) {
	text := p.span(c.Start, c.End)
	if p.scalar.kind == jsonspan.Name || c.open || jsonspan.NumberLen(text) != len(text) {
		return 0, false
	}
	if next := p.at(c.End); len(next) > 0 && numberLen(next[:1])+letter(next[0]) > 0 {
		return 0, false
	}
	inside := p.scalar.start + 1
	before := p.span(max(inside, c.Start-nestedBack), c.Start)
	if before = trimBlanks(before); len(before) == 0 {
		return 0, false
	}
	array := before[len(before)-1] != ':'
	if array {
		if before = trimElements(before); len(before) == 0 || before[len(before)-1] != '[' {
			return 0, false
		}
		before = trimBlanks(bytes.TrimRight(before, "["))
		if len(before) == 0 {
			return 1, c.Start-nestedBack < inside
		}
	}
	if rest, level := cutQuote(before); level > 0 && array {
		// The quote opens the string that the array begins, if it stands where a value may.
		rest = trimBlanks(rest)
		return level + 1, len(rest) > 0 && bytes.IndexByte([]byte(":,["), rest[len(rest)-1]) >= 0
	}
	before, ok = bytes.CutSuffix(before, []byte{':'})
	_, level = cutQuote(trimBlanks(before))
	return level, ok && level > 0
}

// cutQuote cuts a quote off the end of text, with the backslashes before it, and returns in
// how many strings it stands; 0 if there is none, or if it is a JSON string's own.
func cutQuote(text []byte) (rest []byte, level int) {
	text, ok := bytes.CutSuffix(text, []byte{'"'})
	rest = bytes.TrimRight(text, `\`)
	slashes := len(text) - len(rest)
	if level = bits.Len(uint(slashes)); ok && slashes == 1<<level-1 {
		return rest, level
	}
	return text, 0
}

func letter(c byte) int {
	if c|0x20-'a' < 26 || c == '_' || c >= 0x80 {
		return 1
	}
	return 0
}

// trimBlanks cuts blanks, and the escapes of blanks, off the end of text.
func trimBlanks(text []byte) []byte {
	for {
		text = bytes.TrimRight(text, " ")
		n := len(text)
		if n < 2 || text[n-2] != '\\' || bytes.IndexByte([]byte("nrt"), text[n-1]) < 0 {
			return text
		}
		text = bytes.TrimRight(text[:n-1], `\`)
	}
}

// trimElements cuts numbers and the commas between them off the end of text.
func trimElements(text []byte) []byte {
	for {
		short := trimBlanks(bytes.TrimRight(text, "0123456789.eE+-,"))
		if len(short) == len(text) {
			return text
		}
		text = short
	}
}

// replaceNested puts repl, as a string, in place of c, a number of nested JSON.
func (p *pass) replaceNested(c *piece, repl []byte, level int) {
	p.other = append(p.other[:0], '"')
	p.other = jsonspan.AppendQuote(p.other, repl)
	p.other = append(p.other, '"')
	p.write(c.Start, c.End, p.other, level)
	p.report(c)
}
