package detect

import "unicode/utf8"

// defaultMaxValue is the longest value taken whole where a rule sets no MaxLen.
const defaultMaxValue = 4096

// A value is the scalar of a member in a text.
type value struct {
	start, end int
	cut        bool // it goes on: it was longer than the limit
}

// valueAt returns the string or the number that stands at raw[i], after a colon,
// where names are quoted with level backslashes. What is empty, true, false, null
// or no scalar is not ok.
func valueAt(raw []byte, i, level, limit int) (v value, ok bool) {
	i = skipBlanks(raw, i)
	n := 0
	for i+n < len(raw) && raw[i+n] == '\\' && n <= level {
		n++
	}
	if i+n < len(raw) && n == level && isQuote(raw[i+n]) {
		v = stringAt(raw, i+n+1, raw[i+n], level, limit)
		return v, v.end > v.start
	}
	if n > 0 {
		return value{}, false
	}
	v = value{start: i, end: i}
	for v.end < len(raw) && v.end-i < 64 && (isDigit(raw[v.end]) || v.end > i && isNumberByte(raw[v.end]) || raw[v.end] == '-') {
		v.end++
	}
	return v, v.end > i && isDigit(raw[v.end-1])
}

func isNumberByte(c byte) bool { return c == '.' || c == 'e' || c == 'E' || c == '+' }

// stringAt returns the content of the string that begins at raw[i]. At a level of
// nesting with n backslashes before each quote, one backslash of the content is
// written as n+1 of them, and a quote of the content has an odd number of those
// before its own n.
func stringAt(raw []byte, i int, quote byte, level, limit int) value {
	v := value{start: i, end: i}
	run := 0 // backslashes before end
	for ; v.end < len(raw) && v.end-i <= limit+level; v.end++ {
		switch c := raw[v.end]; {
		case c == '\\':
			run++
			continue
		case c == quote:
			over := run - level
			if over < 0 || over%(level+1) != 0 || over/(level+1)%2 == 0 {
				v.end -= min(run, level)
				return v
			}
		case c < ' ' && c != '\t': // no string of JSON goes on after this
			v.end -= run
			return v
		}
		run = 0
	}
	if v.end-i > limit {
		v.end = whole(raw, i, i+limit)
		v.cut = true
		return v
	}
	v.end -= run // the text ends here
	return v
}

// whole moves end back so that raw[start:end] tears no character and no escape.
func whole(raw []byte, start, end int) int {
	for end > start && !utf8.RuneStart(raw[end]) {
		end--
	}
	for k := range min(5, end-start) {
		if n := escapeLen(raw, end-k); n > k && k > 0 || n > 0 && k == 0 {
			end -= k
			break
		}
	}
	for end > start && raw[end-1] == '\\' {
		end--
	}
	return end
}

// replaced reports whether text is what a filter such as ours put in place of a
// value: mostly asterisks, or a label such as [PASSWORD].
func replaced(text []byte) bool {
	stars, caps := 0, 0
	for _, c := range text {
		switch {
		case c == '*':
			stars++
		case c-'A' < 26 || c == '_' || isDigit(c):
			caps++
		}
	}
	n := len(text)
	return stars >= 3 && 2*stars >= n ||
		n > 2 && text[0] == '[' && text[n-1] == ']' && caps == n-2
}

// tokenShaped reports whether all of text has the form of a token of package
// envelope: pii-<entity>-1<body>.
func tokenShaped(text []byte) bool {
	if len(text) < 20 || string(text[:4]) != "pii-" {
		return false
	}
	i := 4
	for i < len(text) && i < 24 && (text[i]-'a' < 26 || isDigit(text[i])) {
		i++
	}
	if i == 4 || i+2 >= len(text) || text[i] != '-' || !isDigit(text[i+1]) {
		return false
	}
	for _, c := range text[i+2:] {
		if c-'a' >= 26 && !isDigit(c) {
			return false
		}
	}
	return true
}
