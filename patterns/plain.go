package patterns

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The built-in packs are read at every start, and a YAML parser takes a tenth of a second of processor time for
// them. They are written in a few of YAML's forms, so here is a reader of these: mappings and lists of lines,
// texts on one line, quoted or not, lists and mappings in brackets, and blocks behind | and >-. Whatever else it
// meets it leaves to the parser.

// plainNodes returns the document that data is, with kinds, tags, values and lines as the YAML parser has them.
// It fails where data is not as plain as that, or no YAML.
func plainNodes(data string) (*yaml.Node, bool) {
	r := plainReader{}
	for n := 1; data != ""; n++ {
		text, rest, ended := strings.Cut(data, "\n")
		if !ended || !plainText(text) {
			return nil, false
		}
		data = rest
		indent := len(text) - len(strings.TrimLeft(text, " "))
		r.lines = append(r.lines, plainLine{n, indent, text[indent:]})
	}
	r.skip()
	if r.at == len(r.lines) || r.lines[r.at].indent != 0 {
		return nil, false
	}
	root := r.block(0)
	if r.skip(); r.odd || r.at < len(r.lines) {
		return nil, false
	}
	return root, true
}

type plainReader struct {
	lines []plainLine
	at    int  // the line that is next
	odd   bool // what was met is not as plain as that
}

type plainLine struct {
	number, indent int
	text           string // without its indent
}

// plainText reports whether all of a line is what YAML takes for printable, and no line break or tab.
func plainText(text string) bool {
	for _, c := range text {
		if c < ' ' || 0x7f <= c && c < 0xa0 || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff || c == utf8.RuneError {
			return false
		}
	}
	return !strings.HasPrefix(text, "---") && !strings.HasPrefix(text, "...") && !strings.HasPrefix(text, "%")
}

// skip passes by lines without anything but comments.
func (r *plainReader) skip() {
	for r.at < len(r.lines) && (r.lines[r.at].text == "" || r.lines[r.at].text[0] == '#') {
		r.at++
	}
}

// inside reports whether the next line stands further in than indent.
func (r *plainReader) inside(indent int) bool {
	r.skip()
	return r.at < len(r.lines) && r.lines[r.at].indent > indent
}

func (r *plainReader) fail() *yaml.Node {
	r.odd, r.at = true, len(r.lines)
	return &yaml.Node{}
}

// block reads the mapping or list at indent, of which the next line is the first.
func (r *plainReader) block(indent int) *yaml.Node {
	l := r.lines[r.at]
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: l.number}
	if isItem(l.text) {
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
	}
	for ; r.at < len(r.lines) && r.lines[r.at].indent == indent && isItem(r.lines[r.at].text) == (n.Kind == yaml.SequenceNode); r.skip() {
		if n.Kind == yaml.SequenceNode {
			n.Content = append(n.Content, r.item(indent))
			continue
		}
		l := r.lines[r.at]
		key, rest, ok := cutKey(l.text)
		if !ok {
			return r.fail()
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: l.number}, r.member(indent, rest))
	}
	if r.inside(indent) {
		return r.fail()
	}
	return n
}

func isItem(text string) bool { return strings.HasPrefix(text, "- ") }

// cutKey takes the key off a line of a mapping. Keys are words of small letters.
func cutKey(text string) (key, rest string, ok bool) {
	key, rest, ok = strings.Cut(text, ":")
	for _, c := range []byte(key) {
		ok = ok && (c == '_' || 'a' <= c && c <= 'z')
	}
	return key, rest, ok && key != "" && !reserved(key) && (rest == "" || rest[0] == ' ')
}

// reserved reports whether a plain text may be something else than a text.
func reserved(text string) bool {
	return slices.Contains([]string{"null", "true", "false"}, strings.ToLower(text))
}

// member reads a value that begins with rest, behind the key of a mapping at indent, in the next line.
func (r *plainReader) member(indent int, rest string) *yaml.Node {
	rest = strings.TrimLeft(rest, " ")
	if rest != "" && rest[0] != '#' {
		return r.value(indent, rest)
	}
	r.at++
	if r.inside(indent) {
		return r.block(r.lines[r.at].indent)
	}
	if r.at < len(r.lines) && r.lines[r.at].indent == indent && isItem(r.lines[r.at].text) {
		return r.block(indent)
	}
	return r.fail() // null
}

// item reads an item of a list at indent, in the next line.
func (r *plainReader) item(indent int) *yaml.Node {
	l := &r.lines[r.at]
	rest := strings.TrimLeft(l.text[2:], " ")
	if _, _, ok := cutKey(rest); ok { // a mapping, which begins there
		l.indent, l.text = indent+len(l.text)-len(rest), rest
		return r.block(l.indent)
	}
	if rest == "" || rest[0] == '#' || isItem(rest) || rest[0] == '|' || rest[0] == '>' {
		return r.fail()
	}
	return r.value(indent, rest)
}

// value reads what begins with text, which is not empty, at the end of the next line.
func (r *plainReader) value(indent int, text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Line: r.lines[r.at].number}
	r.at++
	if text == "|" || text == ">-" {
		n.Value = r.lower(indent, text == "|")
		return n
	}
	f := plainFlow{r, indent, text}
	ok := f.value(n, false)
	// Behind it may stand a comment.
	if behind := strings.TrimLeft(f.text, " "); !ok || behind != "" && (behind[0] != '#' || len(behind) == len(f.text)) || r.inside(indent) {
		return r.fail()
	}
	return n
}

// A plainFlow reads what stands in brackets, in one line or several, all of them further in than indent. Text is what is left
// of the line.
type plainFlow struct {
	*plainReader
	indent int
	text   string
}

// value reads a value into n. In brackets a text ends before a comma or a bracket.
func (f *plainFlow) value(n *yaml.Node, inBrackets bool) (ok bool) {
	switch f.text[0] {
	case '[':
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		return f.list(n, ']', func() bool {
			item := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Line: f.line()}
			n.Content = append(n.Content, item)
			return f.value(item, true)
		})
	case '{':
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		return f.list(n, '}', func() bool {
			key, rest, ok := cutKey(f.text)
			if f.text = strings.TrimLeft(rest, " "); !ok || f.text == "" {
				return false
			}
			value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Line: f.line()}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: f.line()}, value)
			return f.value(value, true)
		})
	}
	f.text, ok = plainScalar(n, f.text, inBrackets)
	return ok
}

// line is the number of the line that is read.
func (f *plainFlow) line() int { return f.lines[f.at-1].number }

// more goes on to what stands next, in this line or the next ones, and reports whether anything does.
func (f *plainFlow) more() bool {
	for {
		text := strings.TrimLeft(f.text, " ")
		if text != "" && (text[0] != '#' || len(text) == len(f.text)) {
			f.text = text
			return text[0] != '#'
		}
		if f.skip(); f.at == len(f.lines) || f.lines[f.at].indent <= f.indent {
			return false
		}
		f.text = f.lines[f.at].text
		f.at++
	}
}

// list reads items, with commas between, up to the bracket that ends them.
func (f *plainFlow) list(n *yaml.Node, end byte, item func() bool) bool {
	f.text = f.text[1:]
	for f.more() {
		if f.text[0] == end {
			f.text = f.text[1:]
			return true
		}
		if !item() || !f.more() || f.text[0] != ',' && f.text[0] != end {
			return false
		}
		if f.text[0] == ',' {
			f.text = f.text[1:]
		}
	}
	return false
}

// plainScalar reads the text or number that text begins with into n. In brackets it ends before a comma or a bracket.
func plainScalar(n *yaml.Node, text string, inBrackets bool) (rest string, ok bool) {
	switch c := text[0]; {
	case c == '\'':
		return singleQuoted(n, text[1:])
	case c == '"':
		return doubleQuoted(n, text[1:])
	case !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '(' || c >= 0x80):
		return "", false
	}
	end := len(text)
	if at := strings.Index(text, " #"); at >= 0 {
		end = at
	}
	if inBrackets {
		if at := strings.IndexAny(text[:end], ",[]{}"); at >= 0 {
			end = at
		}
	}
	n.Value = strings.TrimRight(text[:end], " ")
	if strings.Contains(n.Value, ": ") || strings.HasSuffix(n.Value, ":") || reserved(n.Value) {
		return "", false
	}
	if '0' <= n.Value[0] && n.Value[0] <= '9' && !strings.ContainsAny(n.Value, "ghjklmpqrsuvwy") { // letters that are in no number or time
		if _, err := strconv.ParseUint(n.Value, 10, 31); err != nil || n.Value[0] == '0' {
			return "", false
		}
		n.Tag = "!!int"
	}
	return text[end:], true
}

func singleQuoted(n *yaml.Node, text string) (rest string, ok bool) {
	for at := 0; ; at += 2 {
		next := strings.IndexByte(text[at:], '\'')
		if next < 0 {
			return "", false
		}
		if at += next; !strings.HasPrefix(text[at+1:], "'") {
			n.Value = strings.ReplaceAll(text[:at], "''", "'")
			return text[at+1:], true
		}
	}
}

func doubleQuoted(n *yaml.Node, text string) (rest string, ok bool) {
	var b strings.Builder
	for {
		at := strings.IndexAny(text, `"\`)
		if at < 0 || text[at] == '\\' && at+1 == len(text) {
			return "", false
		}
		b.WriteString(text[:at])
		if text[at] == '"' {
			n.Value = b.String()
			return text[at+1:], true
		}
		c := text[at+1]
		text = text[at+2:]
		if digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]; digits > 0 {
			if len(text) < digits {
				return "", false
			}
			r, err := strconv.ParseUint(text[:digits], 16, 31)
			if err != nil || !utf8.ValidRune(rune(r)) {
				return "", false
			}
			b.WriteRune(rune(r))
			text = text[digits:]
			continue
		}
		at = strings.IndexByte(`"\/nrt`, c)
		if at < 0 {
			return "", false
		}
		b.WriteByte("\"\\/\n\r\t"[at])
	}
}

// lower reads the lines that stand further in than indent: as they are, or, folded, as one.
func (r *plainReader) lower(indent int, literal bool) string {
	var b strings.Builder
	in := -1 // how far
	blank := 0
	for ; r.at < len(r.lines); r.at++ {
		l := &r.lines[r.at]
		if l.text == "" {
			if in < 0 || l.indent > in {
				r.fail()
				return ""
			}
			blank++
			continue
		}
		if l.indent <= indent {
			break
		}
		if in < 0 {
			in = l.indent
		}
		if l.indent < in || !literal && l.indent > in {
			r.fail()
			return ""
		}
		if blank > 0 && !literal { // a line break
			r.fail()
			return ""
		}
		for ; blank > 0; blank-- {
			b.WriteByte('\n')
		}
		if !literal && b.Len() > 0 {
			b.WriteByte(' ')
		}
		for range l.indent - in {
			b.WriteByte(' ')
		}
		b.WriteString(l.text)
		if literal {
			b.WriteByte('\n')
		}
	}
	if in < 0 {
		r.fail()
	}
	return b.String()
}
