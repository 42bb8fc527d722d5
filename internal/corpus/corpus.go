// Package corpus makes MCP traffic from a seed: the same seed, the same bytes. Benchmarks
// measure on it, tests look for what it planted.
//
// Each kind is a mix that traffic is made of: prose, Korean, code, logs, structured results,
// the same as JSON in a string, base64, small requests. "mixed" has as many messages of each, so about
// half of its bytes are of base64 images; "text" is the same without these. "escaped" is Korean as
// Python's json writes it, each letter an escape, and "nested2" is JSON in a string in a string. Density is the
// share of text units (sentences, log lines, records) that hold a planted value.
package corpus

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf16"
)

// Kinds lists what Generate knows.
var Kinds = []string{"mixed", "text", "prose", "korean", "code", "logs", "struct", "nested", "smallreq", "blob", "escaped", "nested2"}

// text and mixed are made of these.
var (
	ofText  = []string{"prose", "korean", "code", "logs", "struct", "nested", "smallreq"}
	ofMixed = append(ofText[:len(ofText):len(ofText)], "blob")
)

// A Planted value is one that Generate put somewhere.
type Planted struct {
	Entity  string
	Value   string
	Message int // index of the message it stands in
}

// A Corpus is a sequence of JSON-RPC messages.
type Corpus struct {
	Kind     string
	Messages [][]byte
	Bytes    int
	Planted  []Planted
}

// Generate makes about size bytes of messages of a kind. At another density the same messages are made, but for what is
// planted. It panics on an unknown kind.
func Generate(kind string, density float64, size int, seed uint64) *Corpus {
	g := &generator{r: rand.New(rand.NewPCG(seed, 0x6d637076)), plant: rand.New(rand.NewPCG(seed, 0x65696c)), density: density}
	c := &Corpus{Kind: kind}
	for c.Bytes < size {
		g.message = len(c.Messages)
		k := kind
		switch kind {
		case "mixed":
			k = g.next(ofMixed)
		case "text":
			k = g.next(ofText)
		}
		msg := g.one(k, len(c.Messages)+1)
		c.Messages = append(c.Messages, msg)
		c.Bytes += len(msg)
	}
	c.Planted = g.planted
	return c
}

type generator struct {
	r       *rand.Rand
	plant   *rand.Rand // for what is planted, so that the rest is the same at every density
	deck    []int      // see next
	density float64
	message int
	planted []Planted
}

func (g *generator) one(kind string, id int) []byte {
	switch kind {
	case "prose":
		return g.textResult(id, g.paragraphs(g.english, 2+g.r.IntN(6)))
	case "korean":
		return g.textResult(id, g.paragraphs(g.korean, 2+g.r.IntN(5)))
	case "escaped":
		return ascii(g.one("korean", id))
	case "nested2":
		return g.textResult(id, string(g.one("nested", id)))
	case "code":
		return g.textResult(id, g.code(10+g.r.IntN(60)))
	case "logs":
		return g.textResult(id, g.logs(10+g.r.IntN(60)))
	case "struct":
		v := g.records(5 + g.r.IntN(30))
		return encode(map[string]any{"jsonrpc": "2.0", "id": id, "result": map[string]any{
			"content": []any{map[string]any{"type": "text", "text": "see structuredContent"}}, "structuredContent": map[string]any{"rows": v}}})
	case "nested":
		return g.textResult(id, string(encode(map[string]any{"rows": g.records(3 + g.r.IntN(20))})))
	case "blob":
		b := make([]byte, 2048+g.r.IntN(33_500))
		for i := range b {
			b[i] = byte(g.r.Uint32())
		}
		return encode(map[string]any{"jsonrpc": "2.0", "id": id, "result": map[string]any{"content": []any{
			map[string]any{"type": "image", "mimeType": "image/png", "data": base64.StdEncoding.EncodeToString(b)}}}})
	case "smallreq":
		return encode(map[string]any{"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": map[string]any{
			"name": g.pick([]string{"query_db", "search_docs", "get_ticket", "list_files"}),
			"arguments": map[string]any{"query": g.unit(g.sentence(englishWords, " ", 4+g.r.IntN(14))), "limit": g.r.IntN(100),
				"filters": map[string]any{"since": g.date(), "state": g.pick([]string{"open", "closed", "any"})}},
			"_meta": map[string]any{"progressToken": g.hex(16)}}})
	}
	panic("corpus: unknown kind " + kind)
}

func encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("corpus: " + err.Error())
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

func (g *generator) textResult(id int, text string) []byte {
	return encode(map[string]any{"jsonrpc": "2.0", "id": id, "result": map[string]any{"content": []any{map[string]any{"type": "text", "text": text}}}})
}

// unit returns text, with a value planted in its middle where the dice say so.
func (g *generator) unit(text string) string {
	if g.plant.Float64() >= g.density {
		return text
	}
	v := &generator{r: g.plant, message: g.message}
	p := v.value()
	g.planted = append(g.planted, p)
	at := len(text) / 2
	if i := strings.IndexByte(text[at:], ' '); i >= 0 {
		at += i
	} else {
		at = len(text)
	}
	return text[:at] + " " + p.Value + " " + strings.TrimPrefix(text[at:], " ")
}

// next returns each of s as often as the others: shares of a kind are the same, however long a corpus is.
func (g *generator) next(s []string) string {
	if len(g.deck) == 0 {
		g.deck = g.r.Perm(len(s))
	}
	k := g.deck[0]
	g.deck = g.deck[1:]
	return s[k]
}

func (g *generator) pick(s []string) string { return s[g.r.IntN(len(s))] }

func (g *generator) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[g.r.IntN(16)]
	}
	return string(b)
}

func (g *generator) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(g.r.IntN(10))
	}
	return string(b)
}

func (g *generator) date() string {
	return fmt.Sprintf("20%02d-%02d-%02d", 20+g.r.IntN(7), 1+g.r.IntN(12), 1+g.r.IntN(28))
}

func (g *generator) sentence(words []string, sep string, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(g.pick(words))
	}
	return b.String()
}

// english is a sentence as handbooks have it: with commas, names in backquotes, a link or a number at times.
func (g *generator) english() string {
	var b strings.Builder
	for i := range 6 + g.r.IntN(16) {
		w := g.pick(englishWords)
		switch {
		case i == 0:
			w = strings.ToUpper(w[:1]) + w[1:]
		case g.r.IntN(12) == 0:
			b.WriteString(",")
		}
		if i > 0 {
			b.WriteString(" ")
		}
		switch g.r.IntN(60) {
		case 0, 1:
			fmt.Fprintf(&b, "`%s_%s`", w, g.pick(englishWords))
		case 2:
			fmt.Fprintf(&b, "`%s::%s<T>`", w, g.pick(englishWords))
		case 3:
			fmt.Fprintf(&b, "[%s][%s]<!-- ignore -->", w, g.pick(englishWords))
		case 4:
			fmt.Fprintf(&b, "“%s”", w)
		case 5:
			fmt.Fprintf(&b, "%s (see Chapter %d)", w, 1+g.r.IntN(20))
		default:
			b.WriteString(w)
		}
	}
	if g.r.IntN(25) == 0 {
		fmt.Fprintf(&b, ", see https://docs.%s.dev/book/ch%02d-%02d-%s.html", g.pick(lastNames), g.r.IntN(20), g.r.IntN(9), g.pick(englishWords))
	}
	return b.String()
}

// korean is a sentence of a Korean handbook: about a third of its bytes are ASCII.
func (g *generator) korean() string {
	var b strings.Builder
	for i := range 6 + g.r.IntN(14) {
		if i > 0 {
			b.WriteString(" ")
		}
		switch w := g.pick(englishWords); g.r.IntN(14) {
		case 0:
			fmt.Fprintf(&b, "`use%s%s`를", strings.ToUpper(w[:1]), w[1:])
		case 1:
			fmt.Fprintf(&b, "<%s onClick={%s}>", w, g.pick(englishWords))
		case 2:
			fmt.Fprintf(&b, "[%s](/reference/%s/%s#%s)", g.pick(koreanWords), w, g.pick(englishWords), g.pick(englishWords))
		case 3:
			fmt.Fprintf(&b, "*%s*", w)
		default:
			b.WriteString(g.pick(koreanWords))
		}
	}
	return b.String()
}

func (g *generator) paragraphs(sentence func() string, n int) string {
	var b strings.Builder
	for range n {
		for range 3 + g.r.IntN(6) {
			b.WriteString(g.unit(sentence()))
			b.WriteString(". ")
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

// ascii returns JSON with all that is not ASCII as escapes.
func ascii(msg []byte) []byte {
	var b []byte
	for _, r := range string(msg) {
		switch {
		case r < 0x80:
			b = append(b, byte(r))
		case r < 0x10000:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			hi, lo := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, hi, lo)
		}
	}
	return b
}

func (g *generator) code(lines int) string {
	var b strings.Builder
	for range lines {
		indent := strings.Repeat("\t", g.r.IntN(4))
		w := func() string { return g.pick(englishWords) }
		switch g.r.IntN(7) {
		case 0:
			fmt.Fprintf(&b, "%sfunc (%s *%s) %s(%s int) error {\n", indent, w()[:1], w(), w(), w())
		case 1:
			fmt.Fprintf(&b, "%sif err := %s.%s(%d, %q); err != nil {\n", indent, w(), w(), g.r.IntN(1000), w())
		case 2:
			fmt.Fprintf(&b, "%s// %s\n", indent, g.unit(g.sentence(englishWords, " ", 8)))
		case 3:
			fmt.Fprintf(&b, "%s%s := []string{%q, %q, %q}\n", indent, w(), w(), w(), w())
		case 4:
			fmt.Fprintf(&b, "%s%s[0x%s] = %d.%s // see <https://%s.dev/%s#L%d>\n", indent, w(), g.hex(4), g.r.IntN(100), g.digits(3), w(), w(), g.r.IntN(900))
		case 5:
			fmt.Fprintf(&b, "%sreturn fmt.Errorf(\"%s: %%w\", err)\n", indent, w())
		default:
			fmt.Fprintf(&b, "%s}\n", indent)
		}
	}
	return b.String()
}

func (g *generator) logs(lines int) string {
	var b strings.Builder
	for range lines {
		fmt.Fprintf(&b, "%sT%02d:%02d:%02d.%sZ %s [%s-%d] req=%s dur=%d.%sms %s /api/v1/%s/%d status=%d bytes=%d %s\n",
			g.date(), g.r.IntN(24), g.r.IntN(60), g.r.IntN(60), g.digits(6), g.pick([]string{"INFO", "DEBUG", "WARN", "ERROR"}),
			g.pick([]string{"worker", "http", "db"}), g.r.IntN(64), g.hex(16), g.r.IntN(5000), g.digits(3), g.pick([]string{"GET", "POST"}),
			g.pick([]string{"users", "orders", "items"}), g.r.IntN(1_000_000), 200+g.r.IntN(300), g.r.IntN(10_000_000),
			g.unit(g.pick([]string{"cache miss", "retrying upstream", "slow query", "request done ok"})))
	}
	return b.String()
}

func (g *generator) records(n int) []any {
	rows := make([]any, n)
	for i := range rows {
		rows[i] = map[string]any{
			"id": g.r.IntN(1_000_000), "uuid": g.hex(8) + "-" + g.hex(4) + "-4" + g.hex(3) + "-8" + g.hex(3) + "-" + g.hex(12),
			"title": g.unit(g.sentence(englishWords, " ", 3+g.r.IntN(8))), "created_at": g.date() + "T08:15:30Z", "updated_ms": 1_700_000_000_000 + g.r.Int64N(90_000_000_000),
			"price": float64(g.r.IntN(100_000)) / 100, "ratio": g.r.Float64(), "active": g.r.IntN(2) == 0, "tags": []any{g.pick(englishWords), g.pick(englishWords)},
			"sha": g.hex(40), "version": fmt.Sprintf("%d.%d.%d", g.r.IntN(9), g.r.IntN(30), g.r.IntN(30)), "note": nil,
		}
	}
	return rows
}
