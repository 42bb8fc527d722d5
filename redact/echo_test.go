package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// echoes are values of which no rule of the tests finds any.
var echoes = []string{
	"Jane O'Brien-Smith", "QX-7741-KLM/9", "Zoë Müller", "Łukasz Żółć", "123-45-6789", "Иван Петров", "김철수 귀하", `a "b" \ c & <d>`, "x@y",
}

func eachByte(s string, f func(b byte) string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(f(s[i]))
	}
	return b.String()
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r - '!' + '！'
		}
		return r
	}, s)
}

// disguises are ways in which a server may say again what it was told. What they return is text that
// goes into a JSON string.
var disguises = map[string]func(string) string{
	"exact":            func(v string) string { return v },
	"in a sentence":    func(v string) string { return "sent to " + v + ", thanks" },
	"in capitals":      strings.ToUpper,
	"in small letters": strings.ToLower,
	"in mixed case":    func(v string) string { return alternate(v) },
	"in JSON":          func(v string) string { b, _ := json.Marshal(map[string]string{"to": v}); return string(b) },
	"in JSON in JSON": func(v string) string {
		b, _ := json.Marshal(v)
		b, _ = json.Marshal(string(b))
		return "[" + string(b) + "]"
	},
	"percent":           func(v string) string { return "/q?x=" + url.QueryEscape(v) + "&y=1" },
	"percent, path":     func(v string) string { return "https://h.example/" + url.PathEscape(v) + "/z" },
	"percent, all":      func(v string) string { return eachByte(v, func(b byte) string { return fmt.Sprintf("%%%02x", b) }) },
	"percent, twice":    func(v string) string { return url.PathEscape(url.PathEscape(v) + "%") },
	"HTML":              func(v string) string { return "<b>" + html.EscapeString(v) + "</b>" },
	"HTML, numbers":     func(v string) string { return eachRune(v, func(r rune) string { return fmt.Sprintf("&#%d;", r) }) },
	"HTML, hexadecimal": func(v string) string { return eachRune(v, func(r rune) string { return fmt.Sprintf("&#x%X;", r) }) },
	"full-width":        fullWidth,
	"zero-width":        func(v string) string { return strings.Join(strings.Split(v, ""), "\u200b") },
	"soft hyphens":      func(v string) string { r := []rune(v); return string(r[:1]) + "\u00ad" + string(r[1:]) },
	"quoted-printable": func(v string) string {
		return "a=3Db " + eachByte(v, func(b byte) string { return fmt.Sprintf("=%02X", b) })
	},
	"base64":           func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) },
	"base64, raw":      func(v string) string { return "x:" + base64.RawStdEncoding.EncodeToString([]byte(v)) },
	"base64, URL":      func(v string) string { return base64.URLEncoding.EncodeToString([]byte(v)) },
	"base64, capitals": func(v string) string { return base64.StdEncoding.EncodeToString([]byte(strings.ToUpper(v))) },
	"base64 of JSON": func(v string) string {
		b, _ := json.Marshal(map[string]any{"to": v, "n": 1})
		return base64.StdEncoding.EncodeToString(b)
	},
	"base64, twice": func(v string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte("to: " + v))))
	},
	"percent in base64": func(v string) string { return base64.StdEncoding.EncodeToString([]byte("q=" + url.QueryEscape(v))) },
}

// phases are base64 of a longer text, with the value at each of the places that it may have in a group of three
// bytes, before bytes that are no text: those who look for text decode none of it.
func init() {
	for n := range 3 {
		disguises[fmt.Sprint("base64, phase ", n)] = func(v string) string {
			return base64.StdEncoding.EncodeToString([]byte("\x00\x01\xff\xfe\x9c"[:3+n%3] + v + "\x00\xff\x00tail"))
		}
	}
}

func alternate(v string) string {
	up := false
	return strings.Map(func(r rune) rune {
		if up = !up; up && r < 0x80 {
			return unicode.ToUpper(r)
		} else if r < 0x80 {
			return unicode.ToLower(r)
		}
		return r
	}, v)
}

func eachRune(s string, f func(rune) string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(f(r))
	}
	return b.String()
}

// escaped writes every character of a JSON string as \uXXXX.
func allEscaped(s string) string {
	return eachRune(s, func(r rune) string { return fmt.Sprintf(`\u%04x`, r) })
}

var tokenPattern = regexp.MustCompile(`pii-person-1[0-9a-f]{2,}`)

// holdsToken reports whether there is a token in out, or in base64 in it.
func holdsToken(out []byte) bool {
	for range 3 {
		if tokenPattern.Match(out) {
			return true
		}
		out = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}={0,2}`).ReplaceAllFunc(out, func(b []byte) []byte {
			s := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(string(b), "="))
			dec, err := base64.RawStdEncoding.DecodeString(s)
			if err != nil {
				return b
			}
			return dec
		})
	}
	return false
}

// A value that was opened comes back as its token, in whatever it is disguised.
func TestEchoDisguised(t *testing.T) {
	f := decrypting(t)
	r := f.NewRewriter()
	messages := map[string]string{
		"a text":    `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"%s"}]}}`,
		"an error":  `{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no","data":[{"why":"%s"}]}}`,
		"a name":    `{"jsonrpc":"2.0","id":1,"result":{"%s":true}}`,
		"progress":  `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"message":"%s"}}`,
		"long text": `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + strings.Repeat("lorem ipsum ", 900) + `%s` + strings.Repeat(" dolor sit amet", 900) + `"}]}}`,
	}
	for _, v := range echoes {
		known := &redact.Known{}
		known.Add("PERSON", []byte(v))
		for how, disguise := range disguises {
			if v == "x@y" && (strings.HasPrefix(how, "base64") || how == "percent in base64") {
				continue // too short: three bytes
			}
			for where, message := range messages {
				for _, spelled := range []string{"plain", "escaped"} {
					text := disguise(v)
					if how == "in capitals" && len([]rune(text)) != len([]rune(v)) {
						continue
					}
					quoted, _ := json.Marshal(text)
					in := string(quoted[1 : len(quoted)-1])
					if spelled == "escaped" {
						in = allEscaped(text)
					}
					msg := strings.Replace(message, "%s", in, 1)
					call := toClient()
					call.Known = known
					out, err := r.Rewrite(t.Context(), call, []byte(msg))
					if err != nil {
						t.Errorf("%s, %s, in %s, %s: %v", v, how, where, spelled, err)
						continue
					}
					if !json.Valid(out) {
						t.Errorf("%s, %s, in %s, %s: no JSON any more: %.300s", v, how, where, spelled, out)
					}
					if strings.Contains(string(out), in) || !holdsToken(out) {
						t.Errorf("%s, %s, in %s, %s: Rewrite(%.300s) = %.300s, want a token in its place", v, how, where, spelled, msg, out)
					}
					if spelled == "plain" {
						step := 7
						if len(msg) > 1000 {
							step = 997
						}
						if got, _, err := write(t, f, call, []byte(msg), func() int { return step }); err != nil || got != string(out) {
							t.Errorf("%s, %s, in %s: Writer = %.300s, %v, want %.300s", v, how, where, got, err, out)
						}
					}
				}
			}
		}
	}
}

// A value comes back without what divided it: a number as text and as a number, and a name as that of an account.
func TestEchoWithoutSeparators(t *testing.T) {
	call := toClient()
	call.Known = &redact.Known{}
	call.Known.Add("PERSON", []byte("123-45-6789"))
	call.Known.Add("CREDIT_CARD", []byte("GB 12 XY 3456 7.8"))
	ssn, other := seal("PERSON", "123-45-6789"), seal("CREDIT_CARD", "GB 12 XY 3456 7.8")
	call.Known.Add("PERSON", []byte("Ann O'Lee-Miller"))
	msg := `{"u":"AnnOLeeMiller@example","a":"no. 123456789.","b":123456789,"c":"/gb12xy345678/","d":"0123456789","e":1234567890}`
	want := `{"u":"` + seal("PERSON", "Ann O'Lee-Miller") + `@example","a":"no. ` + ssn + `.","b":"` + ssn + `","c":"/` + other + `/","d":"0123456789","e":1234567890}`
	out, err := decrypting(t).NewRewriter().Rewrite(t.Context(), call, []byte(msg))
	if err != nil || string(out) != want {
		t.Errorf("Rewrite(%s) = %s, %v, want %s", msg, out, err, want)
	}
}

// What is no echo stays as it is: parts of longer words and numbers, other case where a value is too short for
// it, and a message in which nothing is known is the same slice.
func TestNoEcho(t *testing.T) {
	known := &redact.Known{}
	for _, v := range []string{"Ann", "Jane", "123-45-6789", "secret phrase"} {
		known.Add("PERSON", []byte(v))
	}
	call := toClient()
	call.Known = known
	r := decrypting(t).NewRewriter()
	for _, msg := range []string{
		`["ann","Annual","Janette","7123456789","1234567890","secretphras","QW5","U2VjcmV0"]`,
		`["%20 &amp; \u00e9 = <b> é ﬁ ＡＢ","C:\\temp\\new","a%2Gb"]`,
	} {
		in := []byte(msg)
		out, err := r.Rewrite(t.Context(), call, in)
		if err != nil || &out[0] != &in[0] {
			t.Errorf("Rewrite(%s) = %s, %v, want the same slice", msg, out, err)
		}
	}
}

// What a Known forgets is forgotten, and what it is given afterwards is found.
func TestKnownReset(t *testing.T) {
	known := &redact.Known{}
	call := toClient()
	call.Known = known
	r := decrypting(t).NewRewriter()
	for _, v := range []string{"first value", "second value"} {
		known.Reset()
		known.Add("PERSON", []byte(v))
		msg := `["first value","second value"]`
		want := strings.Replace(msg, v, seal("PERSON", v), 1)
		if out, err := r.Rewrite(t.Context(), call, []byte(msg)); err != nil || string(out) != want {
			t.Errorf("Rewrite(%s) = %s, %v, want %s", msg, out, err, want)
		}
	}
	known.Reset()
	if known.Len() != 0 || known.In("second value") {
		t.Error("a Known that was reset still knows")
	}
}

// In a member of the protocol nothing is replaced, and somebody hears of it.
func TestEchoInProtocol(t *testing.T) {
	protected, err := policy.ParsePaths([]string{"/result/requestState", "/result/content/*/type"})
	if err != nil {
		t.Fatal(err)
	}
	call := toClient()
	call.Protected, call.Known = protected, &redact.Known{}
	call.Known.Add("PERSON", []byte("Ann Lee-Miller"))
	call.Known.Add("PERSON", []byte("Text"))
	r := decrypting(t).NewRewriter()
	msg := `{"result":{"requestState":"for ann lee-miller","content":[{"type":"text"}]}}`
	out, err := r.Rewrite(t.Context(), call, []byte(msg))
	if got, want := alarmsOf(r.Events()), "/result/requestState PERSON encrypt echo; /result/content/0/type PERSON encrypt"; err != nil || string(out) != msg || got != want {
		t.Errorf("Rewrite(%s) = %s, %v, events %q, want %q", msg, out, err, got, want)
	}
}

// Parts of a name that was opened are names that were met.
func TestOpenedNamesAreMet(t *testing.T) {
	call := toServer()
	call.Names = &redact.Names{}
	r := decrypting(t).NewRewriter()
	if _, err := r.Rewrite(t.Context(), call, []byte(`["`+seal("PERSON", "Leonora Vandermeer")+`"]`)); err != nil {
		t.Fatal(err)
	}
	call.Site.Direction = policy.ToClient
	out, err := r.Rewrite(t.Context(), call, []byte(`["told Ms Vandermeer","Leonora Vandermeer"]`))
	if err != nil || strings.Contains(string(out), "Vandermeer") {
		t.Errorf("Rewrite = %s, %v, want no name in it", out, err)
	}
}

// Where a long string is cut to be decoded makes no difference.
func TestEchoAcrossSegments(t *testing.T) {
	f := decrypting(t)
	r := f.NewRewriter()
	call := toClient()
	call.Known = &redact.Known{}
	call.Known.Add("PERSON", []byte("Zoë O'Brien"))
	for _, hidden := range []string{"Zo%C3%AB O%27Brien", "Ｚｏë O&#39;Brien", `\u005ao\u00eb\u0020O'Brien`, "zoë o'bRIEN"} {
		for _, n := range []int{1, 2, 3, 5, 16} {
			for back := 0; back < 48; back += 3 {
				msg := `["` + strings.Repeat("lorem ipsum ", 400*n)[:n*4096-back] + hidden + " " + strings.Repeat("dolor ", 3000) + `"]`
				out, err := r.Rewrite(t.Context(), call, []byte(msg))
				if err != nil || strings.Contains(string(out), hidden) || !tokenPattern.Match(out) {
					t.Fatalf("%s %d bytes before segment %d stays (%v)", hidden, back, n, err)
				}
				if back%12 != 0 {
					continue
				}
				if got, _, err := write(t, f, call, []byte(msg), func() int { return 1500 }); err != nil || got != string(out) {
					t.Fatalf("%s %d bytes before segment %d: a Writer makes something else of it (%v)", hidden, back, n, err)
				}
			}
		}
	}
}
