package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime/quotedprintable"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// The evasion matrix: values, in encodings, in messages. A value got away if it can still be read
// in what comes out, decoded by any means, or if what comes out is broken.

// evasionValues are of the kinds that people hide, with a word that tells what they are.
var evasionValues = []struct{ label, value string }{
	{"e-mail", "maria.keller@contoso.org"},
	{"credit card", "4012 8888 8888 1881"},
	{"SSN", "536-22-8746"},
	{"phone", "+1 415-555-2671"},
	{"전화번호", "010-8765-4321"},
	{"IBAN", "DE89 3704 0044 0532 0130 00"},
	{"IP address", "81.2.69.142"},
}

// An evasion is a way to write a value. It returns the value in a text, or a whole message.
type evasion struct {
	name, class string
	text        func(value string) string          // in a string of the message; nil if not
	message     func(label, value string) []string // whole messages
}

// each puts f's rune behind each of the value's.
func each(extra string) func(string) string {
	return func(v string) string {
		var b strings.Builder
		for i, r := range v {
			if i > 0 {
				b.WriteString(extra)
			}
			b.WriteRune(r)
		}
		return b.String()
	}
}

// runes maps each rune of a value.
func runes(f func(r rune) string) func(string) string {
	return func(v string) string {
		var b strings.Builder
		for _, r := range v {
			b.WriteString(f(r))
		}
		return b.String()
	}
}

func digitsFrom(zero rune) func(string) string {
	return runes(func(r rune) string {
		if r >= '0' && r <= '9' {
			return string(zero + r - '0')
		}
		return string(r)
	})
}

func replacing(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

func punctuation(f func(r rune) string) func(string) string {
	return runes(func(r rune) string {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return string(r)
		}
		return f(r)
	})
}

func percent(r rune) string { return fmt.Sprintf("%%%02X", r) }

func insertMiddle(s string) func(string) string {
	return func(v string) string { return v[:len(v)/2] + s + v[len(v)/2:] }
}

func quoted(v string) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// texts are the message shapes: a text that is the result of a tool, a member of structured
// content, an argument of a call, a resource.
func messages(label, in string, ascii bool) []string {
	q := func(s string) string {
		s = quoted(s)
		if !ascii {
			return s
		}
		return runes(func(r rune) string {
			if r < 0x80 {
				return string(r)
			}
			if r > 0xffff {
				r -= 0x10000
				return fmt.Sprintf(`\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
			}
			return fmt.Sprintf(`\u%04x`, r)
		})(s)
	}
	text := "The " + label + " is " + in + " as they wrote."
	return []string{
		`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":` + q(text) + `}]}}`,
		`{"jsonrpc":"2.0","id":2,"result":{"content":[],"structuredContent":{"rows":[{"note":` + q(label+": "+in) + `,"n":1}]}}}`,
		`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"save","arguments":{"doc":{"body":` + q(label+"\n"+in+"\n") + `}}}}`,
		`{"jsonrpc":"2.0","id":4,"result":{"contents":[{"uri":"file:///a.txt","mimeType":"text/plain","text":` + q(text) + `}]}}`,
	}
}

func one(format string, f func(label, value string) string) func(label, value string) []string {
	return func(label, value string) []string { return []string{fmt.Sprintf(format, f(label, value))} }
}

func b64(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) }

func inJSON(levels int) func(label, value string) string {
	return func(label, value string) string {
		s := fmt.Sprintf(`{"note":%s}`, strings.ReplaceAll(quoted(label+": "+value), "@", `\u0040`))
		for range levels {
			s = quoted(s)
			s = `{"doc":` + s + `}`
		}
		return s
	}
}

var look = replacing("a", "а", "e", "е", "o", "о", "c", "с", "p", "р", "i", "і", "x", "х", "E", "Е")

var evasions = []evasion{
	{"plain", "must", func(v string) string { return v }, nil},
	{"json escapes, all", "must", nil, one(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"%s"}]}}`, func(l, v string) string {
		return runes(func(r rune) string { return fmt.Sprintf(`\u%04x`, r) })(l + " " + v)
	})},
	{"json escapes, punctuation", "must", nil, one(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"%s"}]}}`, func(l, v string) string {
		return l + " " + punctuation(func(r rune) string { return fmt.Sprintf(`\u%04x`, r) })(v)
	})},
	{"escaped slash", "must", nil, one(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"%s"}]}}`, func(l, v string) string {
		return `http:\/\/x.org\/` + l + `\/ ` + v + ` \/`
	})},
	{"nested json", "must", nil, one(`{"jsonrpc":"2.0","id":1,"result":%s}`, inJSON(1))},
	{"nested json, 3 levels", "must", nil, one(`{"jsonrpc":"2.0","id":1,"result":%s}`, inJSON(3))},
	{"full width", "must", runes(func(r rune) string {
		if r > ' ' && r < 0x7f {
			return string(r - '!' + '！')
		}
		return string(r)
	}), nil},
	{"zero-width space", "must", each("\u200b"), nil},
	{"zero-width joiner", "must", each("\u200d"), nil},
	{"zero-width non-joiner", "must", insertMiddle("\u200c"), nil},
	{"soft hyphen", "must", each("\u00ad"), nil},
	{"word joiner", "must", each("\u2060"), nil},
	{"byte order mark", "must", each("\ufeff"), nil},
	{"right-to-left override", "must", func(v string) string { return "\u202e" + insertMiddle("\u202e")(v) + "\u202c" }, nil},
	{"left-to-right mark", "must", each("\u200e"), nil},
	{"no-break spaces", "must", replacing(" ", "\u00a0"), nil},
	{"narrow no-break spaces", "must", replacing(" ", "\u202f", "-", "\u202f"), nil},
	{"ideographic space", "must", replacing(" ", "\u3000"), nil},
	{"dashes", "must", replacing("-", "\u2011"), nil},
	{"en dash", "must", replacing("-", "\u2013", " ", "\u2013"), nil},
	{"full-width hyphen", "must", replacing("-", "\uff0d"), nil},
	{"percent, reserved", "must", punctuation(percent), nil},
	{"percent, in a uri", "must", nil, func(l, v string) []string {
		u := "https://crm.contoso.org/find?kind=" + url.QueryEscape(l) + "&q=" + strings.ReplaceAll(url.QueryEscape(v), "+", "%20")
		return []string{`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":` + quoted(u) + `}}`,
			`{"jsonrpc":"2.0","id":1,"result":{"contents":[{"uri":` + quoted(u) + `,"text":"x"}]}}`}
	}},
	{"percent, in a form", "must", nil, func(l, v string) []string {
		return []string{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"post","arguments":{"body":` + quoted(url.QueryEscape(l)+"="+url.QueryEscape(v)+"&page=2") + `}}}`}
	}},
	{"html entities, punctuation", "must", punctuation(func(r rune) string { return fmt.Sprintf("&#%d;", r) }), nil},
	{"html entities, hexadecimal", "must", punctuation(func(r rune) string { return fmt.Sprintf("&#x%x;", r) }), nil},
	{"html entities, named", "must", replacing("@", "&commat;", ".", "&period;", " ", "&nbsp;", "-", "&hyphen;", "+", "&plus;"), nil},
	{"blob", "must", nil, func(l, v string) []string {
		blob := b64("The " + l + " is " + v + ".\n")
		return []string{`{"jsonrpc":"2.0","id":1,"result":{"contents":[{"uri":"file:///x","mimeType":"text/plain","blob":"` + blob + `"}]}}`,
			`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"resource","resource":{"uri":"file:///x","blob":"` + blob + `"}}]}}`,
			`{"jsonrpc":"2.0","id":1,"result":{"contents":[{"uri":"file:///x","blob":"` + b64(strings.Repeat("All is well here, nothing to see. ", 900)+"The "+l+" is "+v+"\n") + `"}]}}`}
	}},
	{"json key", "must", nil, one(`{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{%s:1}}}`, func(l, v string) string { return quoted(l + " " + v) })},
	{"fenced json", "must", nil, func(l, v string) []string {
		return messages(l, "\n```json\n{\n  \"value\": "+strings.ReplaceAll(quoted(v), "@", `\u0040`)+"\n}\n```\n", false)
	}},
	{"csv cell", "must", nil, func(l, v string) []string {
		return messages("table", "id,"+l+",n\n1,\""+v+"\",2\n", false)
	}},
	{"json number", "must", nil, func(l, v string) []string {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, v)
		if l != "credit card" {
			return nil
		}
		return []string{`{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"card_number":` + digits + `}}}`}
	}},

	{"variation selectors", "should", each("\ufe0f"), nil},
	{"combining marks", "should", each("\u0336"), nil},
	{"tag characters", "should", runes(func(r rune) string { return string(0xe0000 + r) }), nil},
	{"look-alikes, Cyrillic", "should", look, nil},
	{"look-alikes, Greek", "should", replacing("a", "α", "o", "ο", "i", "ι", "E", "Ε"), nil},
	{"Arabic-Indic digits", "should", digitsFrom(0x660), nil},
	{"extended Arabic-Indic digits", "should", digitsFrom(0x6f0), nil},
	{"Devanagari digits", "should", digitsFrom(0x966), nil},
	{"mathematical digits", "should", digitsFrom(0x1d7ce), nil},
	{"mathematical letters", "should", runes(func(r rune) string {
		if r >= 'a' && r <= 'z' {
			return string(0x1d41a + r - 'a')
		}
		return string(r)
	}), nil},
	{"superscript digits", "should", replacing("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹"), nil},
	{"subscript digits", "should", digitsFrom(0x2080), nil},
	{"minus", "should", replacing("-", "\u2212"), nil},
	{"figure dash", "should", replacing("-", "\u2012"), nil},
	{"space after every character", "should", each(" "), nil},
	{"dot separators", "should", replacing(" ", ".", "-", "."), nil},
	{"newline inside", "should", func(v string) string {
		if i := strings.LastIndexAny(v, " -"); i > 0 {
			return v[:i] + "\n" + v[i+1:]
		}
		return insertMiddle("\n")(v)
	}, nil},
	{"percent, everything", "should", runes(percent), nil},
	{"percent, twice", "should", func(v string) string { return strings.ReplaceAll(punctuation(percent)(v), "%", "%25") }, nil},
	{"html entities, everything", "should", runes(func(r rune) string { return fmt.Sprintf("&#%d;", r) }), nil},
	{"html tags", "should", insertMiddle("<b></b>"), nil},
	{"html tags around a part", "should", func(v string) string { return v[:3] + "<span class=\"x\">" + v[3:6] + "</span>" + v[6:] }, nil},
	{"html comment", "should", insertMiddle("<!-- x -->"), nil},
	{"quoted-printable", "should", punctuation(func(r rune) string { return fmt.Sprintf("=%02X", r) }), nil},
	{"quoted-printable, soft break", "should", insertMiddle("=\n"), nil},
	{"base64", "should", func(v string) string { return b64("my value is " + v + " ok") }, nil},
	{"base64url", "should", func(v string) string { return base64.RawURLEncoding.EncodeToString([]byte("value? " + v + " >>> ok")) }, nil},
	{"base64, lines", "should", func(v string) string {
		s := b64(strings.Repeat("the quick brown fox jumps. ", 5) + v)
		return s[:76] + "\r\n" + s[76:152] + "\r\n" + s[152:]
	}, nil},
	{"base64 of base64", "should", func(v string) string { return b64("see " + b64("my value is "+v)) }, nil},
	{"base64 of json", "should", func(v string) string {
		return b64(`{"a":1,"value":` + strings.ReplaceAll(quoted(v), "@", `\u0040`) + `}`)
	}, nil},
	{"data uri", "should", func(v string) string { return "data:text/plain;base64," + b64("my value is "+v) }, nil},
	{"data uri, percent", "should", func(v string) string { return "data:text/plain," + url.PathEscape("my value is "+v) }, nil},
	{"percent of html", "should", func(v string) string {
		return url.PathEscape(punctuation(func(r rune) string { return fmt.Sprintf("&#%d;", r) })(v))
	}, nil},
	{"array", "should", nil, func(l, v string) []string {
		parts := []string{v[:len(v)/3], v[len(v)/3 : 2*len(v)/3], v[2*len(v)/3:]}
		b, _ := json.Marshal(parts)
		return []string{`{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{` + quoted(l) + `:` + string(b) + `}}}`}
	}},

	{"circled digits", "may", digitsFrom(0x2460 - 1), nil},
	{"slashes", "may", replacing(" ", "/", "-", "/"), nil}, // nothing is done about them
	{"bare base64", "may", b64, nil},
	{"reversed", "may", func(v string) string {
		r := []rune(v)
		slices.Reverse(r)
		return string(r)
	}, nil},
	{"character array", "may", nil, func(l, v string) []string {
		b, _ := json.Marshal(strings.Split(v, ""))
		return []string{`{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{` + quoted(l) + `:` + string(b) + `}}}`}
	}},
}

// skeleton is text without all that is no letter and no digit.
func skeleton(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

var (
	tags    = regexp.MustCompile(`<[^<>]*>`)
	letters = regexp.MustCompile(`[A-Za-z0-9+/_-]{12,}(?:\r?\n[A-Za-z0-9+/_-]+)*`)
)

// readings returns text, and what it is read as by who decodes it in all ways that he knows, one
// after the other. They share no code with what is tested.
func readings(text string) []string {
	all := []string{text}
	seen := map[string]bool{text: true}
	add := func(s string) {
		if !seen[s] && len(all) < 300 {
			seen[s] = true
			all = append(all, s)
		}
	}
	for i := 0; i < len(all); i++ {
		s := all[i]
		if u, err := url.PathUnescape(s); err == nil {
			add(u)
		}
		if u, err := url.QueryUnescape(s); err == nil {
			add(u)
		}
		add(html.UnescapeString(s))
		add(tags.ReplaceAllString(s, ""))
		if b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(s))); err == nil {
			add(string(b))
		}
		add(strings.Map(func(r rune) rune {
			for _, zero := range []rune{0x660, 0x6f0, 0x966} {
				if r >= zero && r <= zero+9 {
					return '0' + r - zero
				}
			}
			if 0xe0000 < r && r < 0xe0080 {
				return r - 0xe0000
			}
			if unicode.In(r, unicode.Cf, unicode.Mn) {
				return -1
			}
			return r
		}, norm.NFKC.String(s)))
		add(strings.NewReplacer("а", "a", "е", "e", "о", "o", "с", "c", "р", "p", "і", "i", "х", "x", "Е", "E", "α", "a", "ο", "o", "ι", "i", "Ε", "E").Replace(s))
		for _, run := range letters.FindAllString(s, -1) {
			run = strings.NewReplacer("\r", "", "\n", "", "-", "+", "_", "/").Replace(run)
			for cut := 0; cut < 2; cut++ {
				if b, err := base64.RawStdEncoding.DecodeString(run[:len(run)-cut]); err == nil && utf8.Valid(b) {
					add(string(b))
				}
			}
		}
		var v any
		if json.Unmarshal([]byte(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "```json"), "```")), &v) == nil {
			var b strings.Builder
			flatten(&b, v)
			add(b.String())
		}
	}
	return all
}

// flatten writes all strings, numbers and names of v.
func flatten(b *strings.Builder, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(func(yield func(string) bool) {
			for k := range v {
				if !yield(k) {
					return
				}
			}
		}) {
			b.WriteString(k + " ")
			flatten(b, v[k])
		}
	case []any:
		for _, e := range v {
			flatten(b, e)
		}
	case string:
		b.WriteString(v + " ")
	case float64:
		fmt.Fprintf(b, "%.0f ", v)
	}
}

func TestEvasion(t *testing.T) {
	pol, err := policy.New([]policy.Rule{{Name: "all", Action: policy.Redact}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(newBenchmark(t).det, pol, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	type tally struct{ caught, all int }
	classes := map[string]*tally{"must": {}, "should": {}, "may": {}}
	for _, e := range evasions {
		var missed []string
		one := tally{}
		for _, v := range evasionValues {
			msgs := []string(nil)
			if e.message != nil {
				msgs = e.message(v.label, v.value)
			} else {
				in := e.text(v.value)
				if in == v.value && e.name != "plain" {
					continue // there is nothing in it to write like this
				}
				msgs = append(messages(v.label, in, false), messages(v.label, in, true)...)
			}
			for k, msg := range msgs {
				one.all++
				if why := escaped(t, f, msg, v.value); why != "" {
					missed = append(missed, fmt.Sprintf("%s/%d: %s", v.label, k, why))
				} else {
					one.caught++
				}
			}
		}
		c := classes[e.class]
		c.caught, c.all = c.caught+one.caught, c.all+one.all
		if len(missed) > 0 {
			t.Logf("%-6s %-30s %d of %d; %.900s", e.class, e.name, one.caught, one.all, strings.Join(missed, "\n\t"))
		}
	}
	for _, class := range []string{"must", "should", "may"} {
		c := classes[class]
		t.Logf("%s: %d of %d, %.1f %%", class, c.caught, c.all, 100*float64(c.caught)/float64(c.all))
	}
	if c := classes["must"]; c.caught < c.all {
		t.Errorf("must: %d of %d got away", c.all-c.caught, c.all)
	}
	if c := classes["should"]; 10*c.caught < 9*c.all {
		t.Errorf("should: %d of %d got away", c.all-c.caught, c.all)
	}
}

// escaped says how the value got away, or "".
func escaped(t *testing.T, f *redact.Filter, msg, value string) string {
	t.Helper()
	if !json.Valid([]byte(msg)) {
		t.Fatalf("no JSON: %s", msg)
	}
	r := f.NewRewriter()
	out, err := r.Rewrite(t.Context(), toClient(), []byte(msg))
	if err != nil {
		if _, ok := err.(*redact.BlockedError); ok {
			return "" // kept back
		}
		return err.Error()
	}
	if !json.Valid(out) {
		return "no JSON any more: " + string(out)
	}
	var v any
	if err := json.Unmarshal(out, &v); err != nil {
		return err.Error()
	}
	var b strings.Builder
	flatten(&b, v)
	want := skeleton(value)
	for _, text := range append([]string{b.String()}, leaves(v)...) {
		for _, s := range readings(text) {
			if strings.Contains(skeleton(s), want) {
				return fmt.Sprintf("%.200s", out)
			}
		}
	}
	return ""
}

// leaves returns the strings of v.
func leaves(v any) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			all = append(append(all, k), leaves(e)...)
		}
	case []any:
		for _, e := range v {
			all = append(all, leaves(e)...)
		}
	case string:
		all = append(all, v)
	}
	return all
}
