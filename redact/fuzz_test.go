package redact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/redact"
)

// checkRewrite holds what is always true of Rewrite and Writer against msg.
func checkRewrite(t *testing.T, f *redact.Filter, c *redact.Call, msg []byte, pieces func() int) {
	t.Helper()
	before := bytes.Clone(msg)
	r := f.NewRewriter()
	out, err := r.Rewrite(t.Context(), c, msg)
	if !bytes.Equal(before, msg) {
		t.Fatalf("Rewrite(%q) changed its input", before)
	}
	var check jsonspan.Checker
	bad := check.Check(msg, 0)
	var syntax *redact.SyntaxError
	events := r.Events()
	if bad != nil && err == nil {
		// What Routing lets through: nothing is in it, as far as anybody can see.
		if routing := check.CheckRouting(msg, 0); routing != nil {
			t.Fatalf("Rewrite(%q) passes; the checker says %v, of the routing levels %v", msg, bad, routing)
		}
		if len(events) > 0 || len(out) != len(msg) || &out[0] != &msg[0] {
			t.Fatalf("Rewrite(%q) = %q, %s: no JSON, and changed", msg, out, summary(events))
		}
		if got, _, err := write(t, f, c, msg, pieces); !errors.As(err, &syntax) {
			t.Fatalf("Writer(%q) = %q, %v, the checker says %v", msg, got, err, bad)
		}
		return
	}
	if (bad != nil) != errors.As(err, &syntax) {
		t.Fatalf("Rewrite(%q) = %v, the checker says %v", msg, err, bad)
	}
	if err == nil {
		if bad := check.Check(out, 0); bad != nil {
			t.Fatalf("Rewrite(%q) = %q: %v", msg, out, bad)
		}
		if len(events) == 0 && &out[0] != &msg[0] {
			t.Fatalf("Rewrite(%q) found nothing and copied", msg)
		}
		checkSpans(t, msg, out, events)
	} else if out != nil {
		t.Fatalf("Rewrite(%q) = %q and %v", msg, out, err)
	}
	want := string(out)
	whole, said := "", ""
	for i, next := range []func() int{func() int { return len(msg) }, pieces, func() int { return 1 }} {
		got, sum, werr := write(t, f, c, msg, next)
		if (werr == nil) != (err == nil) || werr == nil && got != want {
			t.Fatalf("Writer(%q) = %q, %v, Rewrite = %q, %v", msg, got, werr, want, err)
		}
		if werr == nil && sum != summary(events) {
			t.Fatalf("Writer(%q): events %s, Rewrite %s", msg, sum, summary(events))
		}
		say := ""
		if werr != nil {
			say = werr.Error()
		}
		if i == 0 {
			whole, said = got, say
		} else if got != whole || say != said {
			t.Fatalf("Writer(%q), another split = %q, %s, want %q, %s", msg, got, say, whole, said)
		}
	}
}

// checkSpans checks that out has all of msg but the spans of events, in order. A number's
// quotes, and the quotes of a string that became a number, are the only other difference.
func checkSpans(t *testing.T, msg, out []byte, events []redact.Event) {
	t.Helper()
	rest, at, last := string(out), 0, 0
	for _, e := range events {
		if e.Finding.Start < last || e.Finding.End < e.Finding.Start || e.Finding.End > len(msg) {
			if e.Outcome == redact.Forged || len(e.Finding.Rule.Patterns) == 0 || slices.Contains(e.Finding.Views, detect.Base64) {
				continue // of a text in base64 there may be several
			}
			t.Fatalf("Rewrite(%q): event at [%d, %d) after %d", msg, e.Finding.Start, e.Finding.End, last)
		}
		if e.Outcome != redact.Done {
			continue
		}
		gap := string(msg[at:e.Finding.Start])
		i := strings.Index(rest, gap)
		if at == 0 && i != 0 || i < 0 {
			t.Fatalf("Rewrite(%q) = %q lacks %q", msg, out, gap)
		}
		rest, at, last = rest[i+len(gap):], e.Finding.End, e.Finding.End
	}
	if !strings.HasSuffix(rest, string(msg[at:])) {
		t.Fatalf("Rewrite(%q) = %q does not end in %q", msg, out, msg[at:])
	}
}

func FuzzRewrite(f *testing.F) {
	for _, s := range []string{
		`{"a":"to jane@example.com, 4111 1111 1111 1111","n":4111111111111111}`, `{"jane\u0040example.com":["\u0034111111111111111"]}`,
		`{"t":"{\"full_name\":\"a\\\"b\",\"x\":\"jane\\u0040example.com\"}"}`, `{"full\u005fname":"J\\n","b":"` + mailToken + `@pii.invalid"}`,
		`["pii-email-1abcd","` + cardToken + `",  "Known Person", "Known \"Q\" x"]`, `{"full_name":"x ` + mailToken + ` y"}`, "[1,", `"\ud83d\ude00\/"`,
		`["to jane%40example.com and jane&#64;example.com","4111\u200b1111\u200b1111\u200b1111","４１１１ 1111 1111 1111","j a n e @ e x a m p l e . c o m"]`,
		`{"blob":"dG8gamFuZUBleGFtcGxlLmNvbSwgNDExMSAxMTExIDExMTEgMTExMQ==","x":"dGhlcmUgaXMgeyJmdWxsX25hbWUiOiJBIEIifSBpbiBpdA"}`,
		`["eyJmdWxsX25hbWUiOiJBIEIiLCJ4IjoiamFuZVx1MDA0MGV4YW1wbGUuY29tIn0=","jane=40example.com","jane<b>@</b>example.com","4111\n1111 1111 1111"]`,
		`["sk_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \n"]`,
	} {
		f.Add([]byte(s), uint16(3))
	}
	up, down, block := decrypting(f), newFilter(f, "SECRET:redact,*:encrypt"), newFilter(f, "CREDIT_CARD:block,SECRET:mask,*:hash")
	f.Fuzz(func(t *testing.T, msg []byte, n uint16) {
		c := toClient()
		c.Known = &redact.Known{}
		c.Known.Add("PERSON", []byte("Known Person"))
		c.Known.Add("PERSON", []byte(`Known "Q" x`))
		pieces := func() int { return int(n)%50 + 2 }
		checkRewrite(t, down, c, msg, pieces)
		checkRewrite(t, block, toClient(), msg, pieces)
		checkRewrite(t, up, toServer(), msg, pieces)
	})
}

// Long messages, so that windows and segments end everywhere.
func FuzzWriter(f *testing.F) {
	f.Add(uint64(1), uint32(200_000), uint16(1000))
	down := newFilter(f, "SECRET:redact,*:encrypt")
	f.Fuzz(func(t *testing.T, seed uint64, size uint32, n uint16) {
		c := toClient()
		c.Known = &redact.Known{}
		c.Known.Add("PERSON", []byte("Known Person"))
		rnd := rand.New(rand.NewPCG(seed, uint64(n)))
		checkRewrite(t, down, c, long(seed, int(size)%150_000), func() int { return 1 + rnd.IntN(int(n)+1) })
	})
}

// fragments are what mix makes strings of.
var fragments = []string{mail, card, "4111-1111-1111-1111", `jane\u0040example.com`, `\u0034111111111111111`, `411111111111111\u0031`, `\u003c`, `\u0020`, `\/`, `\n`, `\"`, `\\`, `\\u0040`, `\\u003c`,
	" ", ",", ":", "x", "1", "-", "@", "é", `\ud83d\ude00`, `\"full_name\":\"`, `\"`, `{\"a\":\"`, `\"}`, "sk_live_" + strings.Repeat("a", 30), "sk_live_" + strings.Repeat("b", 70),
	mailToken, cardToken, "pii-email-1abcd", "jane%40example.com", "%40", "%25", "jane&#64;example.com", "&#64;", "４１１１１１１１１１１１１１１１", "\u200b", "4111\u00ad1111", "=40", "dG8gamFuZUBleGFtcGxlLmNvbSwgMTI=",
	"amFuZUBleGFtcGxlLmNvbQ", "<b>", "</b>", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "j a n e @ e x a m p l e . c o m", "4111.1111.1111.1111", "@pii.invalid", "Known Person", `Known \"Q\" x`, `Kn\u006fwn Person`}

// separators stand around values in what mix makes: two values that touch are none.
var separators = []string{" ", `\n`, `\u003c`, `\"`, `\\n`, `\u0020`, `\/`, `\\u003e`, ", "}

// mix makes a message of fragments.
func mix(script []byte) []byte {
	msg := []byte(`[`)
	open := false
	for _, b := range script {
		switch n := int(b); {
		case n < len(fragments)*6:
			if !open {
				msg = append(msg, `{"full_name":"x"},"`...)
			}
			open = true
			sep := separators[(n+len(msg))%len(separators)]
			msg = append(msg, sep+fragments[n%len(fragments)]+sep...)
		case open:
			open = false
			msg = append(msg, []string{`",`, `",4111111111111111,`, `",{"jane@example.com":1},`, `",{"full\u005fname":5,"full_name":"Ann Lee"},`}[n%4]...)
		default:
			open = true
			msg = append(msg, []string{`"`, `{"full_name":"y"},"`, `1.5,"`}[n%3]...)
		}
	}
	if open {
		return append(msg, `"]`...)
	}
	return append(msg, `0]`...)
}

// What was sealed once holds nothing to seal: no part of a value is left beside its token.
func FuzzSealed(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\xff\x03\x04\xfe\x18\x1a"), uint16(5))
	f.Add([]byte{29, 0, 25, 240, 30, 3, 14, 33, 250, 24, 1, 255, 5, 10}, uint16(9))
	down := newFilter(f, "SECRET:redact,*:encrypt")
	f.Fuzz(func(t *testing.T, script []byte, n uint16) {
		c := toClient()
		c.Known = &redact.Known{}
		c.Known.Add("PERSON", []byte("Known Person"))
		c.Known.Add("PERSON", []byte(`Known "Q" x`))
		msg := mix(script[:min(len(script), 200)])
		checkRewrite(t, down, c, msg, func() int { return int(n)%50 + 2 })
		once, err := down.NewRewriter().Rewrite(t.Context(), c, msg)
		if err != nil {
			return // a label in a name
		}
		r := down.NewRewriter()
		twice, err := r.Rewrite(t.Context(), c, bytes.Clone(once))
		if err != nil {
			t.Fatalf("Rewrite(%q), of %q, = %v", once, msg, err)
		}
		for _, e := range r.Events() {
			if e.Outcome == redact.Done && len(e.Finding.Rule.Patterns) > 0 { // a field is sealed again around a label
				t.Fatalf("Rewrite(%q) = %q, and again = %q: %s", msg, once, twice, summary(r.Events()))
			}
		}
	})
}

// unnest decodes v and, in it, every string that is a JSON object, and so on.
func unnest(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = walk(v[k])
			}
		case string:
			if strings.HasPrefix(v, "{") {
				return unnest(t, []byte(v))
			}
		}
		return v
	}
	return walk(v)
}

// JSON in a string of JSON in a string is still JSON when values in it were sealed, and has
// the same values when they were opened again.
func FuzzNested(f *testing.F) {
	f.Add("Jane \"J\" \\ D<o>e\n", "é&\u2028 x", uint8(2), false)
	f.Add(`","admin":true,"x":"`, mail+" "+card, uint8(3), true)
	f.Add("a", "b\\\"", uint8(1), false)
	both := decrypting(f)
	f.Fuzz(func(t *testing.T, name, text string, levels uint8, slashes bool) {
		name, text = strings.ToValidUTF8(name, "?"), strings.ToValidUTF8(text, "?")
		if strings.Contains(name+text, "pii-") || strings.HasPrefix(strings.TrimSpace(name), "{") || strings.HasPrefix(text, "{") || len(name) > 120 || len(text) > 300 {
			return
		}
		msg := []byte(`{"x":"y"}`)
		for range levels%4 + 1 {
			var err error
			if msg, err = json.Marshal(map[string]string{"doc": string(msg), "full_name": name, "text": text, "z": "x " + mail}); err != nil {
				t.Fatal(err)
			}
			if slashes {
				msg = bytes.ReplaceAll(msg, []byte("/"), []byte(`\/`))
			}
		}
		down, err := both.NewRewriter().Rewrite(t.Context(), toClient(), msg)
		if err != nil {
			t.Fatal(err)
		}
		unnest(t, down)
		up, err := both.NewRewriter().Rewrite(t.Context(), toServer(), down)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(unnest(t, msg), unnest(t, up)); d != "" {
			t.Errorf("%q, sealed %q, and opened %q (-want +got):\n%s", msg, down, up, d)
		}
	})
}
