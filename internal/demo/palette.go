package demo

import (
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

// A palette paints text for a terminal, or leaves it.
type palette struct{ on bool }

func (p palette) wrap(code, s string) string {
	if !p.on || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p palette) bold(s string) string  { return p.wrap("1", s) }
func (p palette) dim(s string) string   { return p.wrap("2", s) }
func (p palette) real(s string) string  { return p.wrap("33", s) }
func (p palette) token(s string) string { return p.wrap("36", s) }
func (p palette) label(s string) string { return p.wrap("35", s) }
func (p palette) good(s string) string  { return p.wrap("32", s) }
func (p palette) bad(s string) string   { return p.wrap("31;1", s) }

// action paints the name of an action as what it leaves in a text is painted.
func (p palette) action(name, s string) string {
	switch name {
	case "encrypt", "hash", "kept":
		return p.token(s)
	case "decrypt", "pass":
		return p.real(s)
	case "redact", "mask":
		return p.label(s)
	case "forged", "block":
		return p.bad(s)
	}
	return s
}

// A line is painted text and how many characters of it are seen.
type line struct {
	text  string
	width int
}

var sealed = regexp.MustCompile(`pii-[a-z0-9]{1,20}-1[a-z0-9]{20,}|\[[A-Z][A-Z_]+\]`)

// A span is a part of a text that is painted in one colour.
type span struct {
	text  string
	paint func(string) string
}

// cell lays text out in lines of at most width characters, broken at blanks where there are any: real
// values and tokens in their colours, long tokens shortened in the middle.
func (p palette) cell(text string, values []string, width int) []line {
	var lines []line
	cur := line{}
	for _, w := range p.words(text, values) {
		if cur.width > 0 && cur.width+w.trimmed().width > width {
			lines, cur = append(lines, cur.trimmed()), line{}
		}
		for _, piece := range w.pieces {
			for cur.width+utf8.RuneCountInString(strings.TrimSuffix(piece.text, " ")) > width { // longer than a line
				r := []rune(piece.text)
				n := width - cur.width
				lines, cur = append(lines, cur.plus(piece.paint(string(r[:n])), n)), line{}
				piece.text = string(r[n:])
			}
			cur = cur.plus(piece.paint(piece.text), utf8.RuneCountInString(piece.text))
		}
	}
	if cur.width > 0 || len(lines) == 0 {
		lines = append(lines, cur.trimmed())
	}
	return lines
}

func (l line) plus(text string, width int) line { return line{l.text + text, l.width + width} }

// A word is what must not be broken: pieces in one colour each, of which the last may end in a blank.
type word struct {
	pieces []span
	line   // all of it, in plain text
}

func (p palette) words(text string, values []string) []word {
	var list []word
	var cur word
	for _, s := range p.spans(text, values) {
		for _, piece := range strings.SplitAfter(s.text, " ") {
			if piece == "" {
				continue
			}
			cur.pieces = append(cur.pieces, span{piece, s.paint})
			cur.line = cur.plus(piece, utf8.RuneCountInString(piece))
			if strings.HasSuffix(piece, " ") {
				list, cur = append(list, cur), word{}
			}
		}
	}
	return append(list, cur)
}

// trimmed is l without a blank at its end.
func (l line) trimmed() line {
	if text, ok := strings.CutSuffix(l.text, " "); ok {
		return line{text, l.width - 1}
	}
	return l
}

// spans cuts text into real values, tokens and the rest.
func (p palette) spans(text string, values []string) []span {
	type mark struct {
		from, to int
		paint    func(string) string
	}
	var marks []mark
	for _, m := range sealed.FindAllStringIndex(text, -1) {
		paint := p.token
		if text[m[0]] == '[' {
			paint = p.label
		}
		marks = append(marks, mark{m[0], m[1], paint})
	}
	for _, v := range values {
		for at := 0; ; {
			i := strings.Index(text[at:], v)
			if i < 0 {
				break
			}
			marks = append(marks, mark{at + i, at + i + len(v), p.real})
			at += i + len(v)
		}
	}
	sort.Slice(marks, func(i, j int) bool {
		return marks[i].from < marks[j].from || marks[i].from == marks[j].from && marks[i].to > marks[j].to
	})
	plain := func(s string) string { return s }
	var list []span
	at := 0
	for _, m := range marks {
		if m.from < at {
			continue
		}
		list = append(list, span{text[at:m.from], plain}, span{shorten(text[m.from:m.to]), m.paint})
		at = m.to
	}
	return append(list, span{text[at:], plain})
}

// shorten leaves of a token its name and both ends.
func shorten(token string) string {
	const head, tail = 2, 6 // the head says the version and the key, the tail is each token's own
	i := strings.LastIndex(token, "-1")
	if !strings.HasPrefix(token, "pii-") || i < 0 || len(token) < i+2+head+tail+3 {
		return token
	}
	return token[:i+2+head] + "…" + token[len(token)-tail:]
}
