package envelope

import (
	"bytes"
	"slices"
	"sync"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// Locate implements [redact.Locator].
func (d decrypter) Locate(dst []detect.Finding, c *redact.Call, text []byte, from, to int) []detect.Finding {
	return locate(d.k.aliases, d.k.names, dst, c, text, from, to)
}

func (p perTenant) Locate(dst []detect.Finding, c *redact.Call, text []byte, from, to int) []detect.Finding {
	return locate(p.r.opts.Aliases, p.r.names, dst, c, text, from, to)
}

// locate finds the surrogates of c's scope, and on the way to a server what Markdown made of tokens.
func locate(a *Aliases, names *tokenNames, dst []detect.Finding, c *redact.Call, text []byte, from, to int) []detect.Finding {
	if c.Site.Direction == policy.ToServer {
		dst = locateEscaped(names, dst, text, from, to)
	}
	if a == nil || !a.holdsSurrogates(&c.Scope) {
		return dst // Fast path.
	}
	return a.locate(dst, &c.Scope, text, from, to)
}

// locate finds the surrogates of scope, which has some.
func (a *Aliases) locate(dst []detect.Finding, scope *redact.Scope, text []byte, from, to int) []detect.Finding {
	var w *work
	var ends [maxEnds]int
	for i := from; i < to; i++ {
		// Fast path: nothing begins here.
		if !surrogateStart[text[i]] || i+1 == len(text) || !mayBegin(text[i], text[i+1]) || i > 0 && !apart(text, i) {
			continue
		}
		for _, n := range surrogateEnds(ends[:0], text[i:]) {
			if w == nil {
				w = works.Get().(*work)
				defer w.free()
			}
			w.text = appendLower(w.text[:0], text[i:i+n])
			if entity, ok := a.get(w, scope, w.text); ok {
				dst = append(dst, detect.Finding{Rule: locatedRule(entity), Start: i, End: i + n, Score: 1})
				i += n - 1
				break
			}
		}
	}
	return dst
}

var locatedRules sync.Map // detect.Entity → *detect.Rule

// locatedRule returns the rule by which what stands for values of an entity is found.
func locatedRule(e detect.Entity) *detect.Rule {
	if r, ok := locatedRules.Load(e); ok {
		return r.(*detect.Rule)
	}
	r, _ := locatedRules.LoadOrStore(e, &detect.Rule{
		ID: redact.LocatedRule, Entity: e, Sealed: true, MaxLen: redact.MaxLocated,
		Patterns: []detect.Pattern{{Expr: "what stands for a value as a schema wants it"}},
	})
	return r.(*detect.Rule)
}

// maxSlashes is how many backslashes there are at most before a hyphen: Markdown's one, escaped in a string in a string.
const maxSlashes = 4

// locateEscaped finds tokens as Markdown may write them, with a backslash before each hyphen: pii\-email\-1…. No rule looks
// for them, since a rule for each name would cost every message something, and the one who opens is the only one to care.
func locateEscaped(names *tokenNames, dst []detect.Finding, text []byte, from, to int) []detect.Finding {
	for _, start := range [...]string{`pii\`, `PII\`} {
		for i := from; i < to; i++ {
			n := bytes.Index(text[i:], []byte(start))
			if i += n; n < 0 || i >= to {
				break
			}
			if n, e := escapedToken(names, text[i:]); n > 0 {
				dst = append(dst, detect.Finding{Rule: locatedRule(e), Start: i, End: i + n, Score: 1})
				i += n - 1
			}
		}
	}
	return dst
}

// escapedToken returns how long the token is that text begins with, and of what entity it says to be; 0 if there is none.
func escapedToken(names *tokenNames, text []byte) (int, detect.Entity) {
	hyphen := func(i int) int { // behind it, if there is one with backslashes at text[i:]
		n := run(text[i:], func(c byte) bool { return c == '\\' })
		if n == 0 || n > maxSlashes || i+n >= len(text) || text[i+n] != '-' {
			return 0
		}
		return i + n + 1
	}
	start := hyphen(len("pii"))
	if start == 0 {
		return 0, ""
	}
	end := start
	for end < len(text) && end-start <= maxName && nameByte(lower(text[end])) {
		end++
	}
	entity, ok := names.entity(string(appendLower(nil, text[start:end])))
	at := hyphen(end)
	if !ok || at == 0 || at+1 >= len(text) {
		return 0, ""
	}
	value, n := &valueLower, at+1
	if text[0] == 'P' {
		value = &valueUpper
	}
	for n < len(text) && n-at <= MaxToken && value[text[n]] <= 31 {
		n++
	}
	switch data := n - at - 1; {
	case text[at] == '1' && data >= minData && n-at <= MaxToken:
		return n, entity
	case text[at] == '2' && data >= aliasData:
		return at + 1 + aliasData, entity
	}
	return 0, ""
}

// surrogateStart has the bytes that surrogates begin with.
var surrogateStart = [256]bool{'+': true, '9': true, '7': true, '2': true, 'h': true, 'H': true}

// mayBegin reports whether a surrogate may begin with two bytes, of which the first is of surrogateStart.
func mayBegin(a, b byte) bool {
	switch a {
	case '+':
		return b == '9'
	case '9':
		return isDigit(b)
	case '7':
		return b == '0'
	case '2':
		return b == '0' || b == '4' || b == '5'
	}
	return b|0x20 == 't'
}

// apart reports whether what begins at text[i], i > 0, is no part of a longer word, number or address. The letter of an escape is a part of none.
func apart(text []byte, i int) bool {
	c := text[i-1]
	switch {
	case isDigit(c):
		return false
	case i > 1 && text[i-2] == '\\' && bytes.IndexByte([]byte("nrtbf"), c) >= 0:
		return true
	case c == ':' && i > 1 && (wordByte(text[i-2]) || text[i-2] == ':'):
		return !has(text[i:], ipv6Mark)
	}
	return !wordByte(c) && bytes.IndexByte([]byte("+-./@"), c) < 0
}

func wordByte(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// maxEnds is how many ways there are to end a surrogate: between groups of digits there are several.
const maxEnds = maxDigits

// surrogateEnds appends to dst how long what text begins with is, if it may be a surrogate, the longest first.
func surrogateEnds(dst []int, text []byte) []int {
	n := 0
	switch c := text[0]; {
	case c == '+' && has(text, "+"+reservedDigits):
		n = 1 + run(text[1:], isDigit)
	case c == '9' && len(text) >= 10 && text[4] == '-' && text[7] == '-':
		n = len("9000-01-02")
		if len(text) > n && text[n]|0x20 == 't' {
			n = len("9000-01-02T00:00:00Z")
		}
	case has(text, reservedDigits):
		return groupEnds(dst, text)
	case c == '7' && has(text, uuidMark):
		n = len(uuidMark + "0000-8000-8000-000000000000")
	case c == '2' && has(text, ipv6Mark):
		n = run(text, func(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' || c == ':' })
		if text[n-1] == ':' {
			n-- // the sentence's
		}
	case c == '2' && len(text) > 3 && (text[1] == '4' || text[1] == '5') && text[3] == '.':
		n = run(text, func(c byte) bool { return isDigit(c) || c == '.' })
		if dots := bytes.Index(text[:n], []byte("..")); dots > 0 {
			n = dots // of an ellipsis
		} else if text[n-1] == '.' {
			n--
		}
	case c|0x20 == 'h' && has(text, uriMark):
		n = len(uriMark) + aliasID
	}
	if n > 0 && closes(text, n) {
		dst = append(dst, n)
	}
	return dst
}

// groupEnds appends where digits, with single blanks or hyphens between some, may end that text begins with, the longest first.
func groupEnds(dst []int, text []byte) []int {
	digits := 0
	for i := 0; i < len(text) && digits <= maxDigits; i++ {
		switch c := text[i]; {
		case isDigit(c):
			if digits++; digits >= minDigits && digits <= maxDigits && closes(text, i+1) {
				dst = append(dst, i+1)
			}
		case c != ' ' && c != '-' || !isDigit(text[i-1]):
			digits = maxDigits + 1
		}
	}
	slices.Reverse(dst)
	return dst
}

// closes reports whether a surrogate may end at text[n]: no word and no number goes on there.
func closes(text []byte, n int) bool {
	if n >= len(text) {
		return n == len(text)
	}
	return !wordByte(text[n]) && text[n] != '@' && (text[n] != '.' || n+1 == len(text) || !wordByte(text[n+1]))
}

// run returns how many bytes of text, at most MaxLocated, are of a kind.
func run(text []byte, of func(byte) bool) int {
	n := 0
	for n < len(text) && n < redact.MaxLocated && of(text[n]) {
		n++
	}
	return n
}

// has reports whether text begins with start, which has small letters, in whatever case.
func has(text []byte, start string) bool {
	if len(text) < len(start) {
		return false
	}
	for i := range len(start) {
		if lower(text[i]) != start[i] {
			return false
		}
	}
	return true
}

// maySurrogate reports whether text, in whole, looks like a surrogate.
func maySurrogate(text []byte) bool {
	if len(text) == 0 || !surrogateStart[text[0]] {
		return false
	}
	var ends [maxEnds]int
	return slices.Contains(surrogateEnds(ends[:0], text), len(text))
}
