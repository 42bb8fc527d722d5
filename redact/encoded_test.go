package redact_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// Of texts in base64 that come again and again, each is what the first of them was.
func TestEncodedAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 6))
	b := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	label := newFilter(t, "*:redact").NewRewriter()
	for range 20 {
		var in, want []string
		for range 60 {
			if k := r.IntN(12); k < 10 { // more than are remembered
				text := b(fmt.Sprintf("all is well, jane%02d example.com", k))
				in, want = append(in, text), append(want, text)
			} else {
				in, want = append(in, b(fmt.Sprintf("all is well, jane%02d@example.com", k))), append(want, b("all is well, [EMAIL_ADDRESS]"))
			}
		}
		got, err := label.Rewrite(t.Context(), toClient(), []byte(`"`+strings.Join(in, " ")+`"`))
		if err != nil || string(got) != `"`+strings.Join(want, " ")+`"` {
			t.Fatalf("Rewrite(%q) = %s, %v, want %q", in, got, err, want)
		}
	}
}

// What takes the place of an encoded value is written in the same encoding.
func TestEncoded(t *testing.T) {
	b := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	label := newFilter(t, "*:redact")
	for _, tt := range []struct{ in, want, views string }{
		{`"q=jane%40example.com&n=1"`, `"q=%5BEMAIL_ADDRESS%5D&n=1"`, "[json percent]"},
		{`"q=jane%2540example.com"`, `"q=%255BEMAIL_ADDRESS%255D"`, "[json percent percent]"},
		{`"jane&#64;example.com, jane&#x40;example&period;com"`, `"[EMAIL_ADDRESS], [EMAIL_ADDRESS]"`, "[json html]"},
		{`"card=4111+1111+1111+1111&a=b+c"`, `"card=%5BCREDIT_CARD%5D&a=b+c"`, "[json percent]"},
		{`"４１１１１１１１１１１１１１１１ \u0661"`, `"[CREDIT_CARD] \u0661"`, "[json unicode]"},
		{`"jane\u200b@exa` + "\u200b" + `mple.com"`, `"[EMAIL_ADDRESS]"`, "[json unicode]"},
		{`"x <i>jane</i><b>@</b>example.com y"`, `"x <i>[EMAIL_ADDRESS]</i><b></b> y"`, "[json tags]"},
		{`"jane=40example.com"`, `"[EMAIL_ADDRESS]"`, "[json quoted-printable]"},
		{`"` + b("to jane@example.com\n") + `"`, `"` + b("to [EMAIL_ADDRESS]\n") + `"`, "[json base64]"},
		{`"data:text/plain;base64,` + b("to jane@example.com") + `, x"`, `"data:text/plain;base64,` + b("to [EMAIL_ADDRESS]") + `, x"`, "[json base64]"},
		{`"` + b(`{"n":4111111111111111,"k":"jane\u0040example.com"}`) + `"`, `"` + b(`{"n":"[CREDIT_CARD]","k":"[EMAIL_ADDRESS]"}`) + `"`, "[json base64]"},
		{`"` + b("see "+b("to jane@example.com")) + `"`, `"` + b("see "+b("to [EMAIL_ADDRESS]")) + `"`, "[json base64 json base64]"},
		{`"{\"a\":\"` + b("to jane@example.com") + `\"}"`, `"{\"a\":\"` + b("to [EMAIL_ADDRESS]") + `\"}"`, "[json base64]"},
		{`"j a n e @ e x a m p l e . c o m"`, `"[EMAIL_ADDRESS]"`, "[json spread]"},
		{`"%6a%61%6e%65&#64;example.com"`, `"%5BEMAIL_ADDRESS%5D"`, "[json percent html]"},
	} {
		r := label.NewRewriter()
		got, err := r.Rewrite(t.Context(), toClient(), []byte(tt.in))
		if err != nil || string(got) != tt.want {
			t.Errorf("Rewrite(%s) = %s, %v, want %s", tt.in, got, err, tt.want)
			continue
		}
		if len(r.Events()) == 0 {
			t.Errorf("Rewrite(%s): no event", tt.in)
		} else if views := fmt.Sprint(r.Events()[0].Finding.Views); views != tt.views {
			t.Errorf("Rewrite(%s): views %s, want %s", tt.in, views, tt.views)
		}
		for _, size := range []int{1, 7} {
			var out bytes.Buffer
			w := label.NewWriter(t.Context(), &out, toClient())
			for rest := tt.in; rest != ""; rest = rest[min(size, len(rest)):] {
				w.Write([]byte(rest[:min(size, len(rest))]))
			}
			if err := w.Close(); err != nil || out.String() != tt.want {
				t.Errorf("Writer(%s) = %s, %v, want %s", tt.in, &out, err, tt.want)
			}
		}
	}
}

// A token that took the place of an encoded value opens to that value, where it stands in the
// same encoding, and is sealed once only.
func TestEncodedOpens(t *testing.T) {
	f := decrypting(t)
	b := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, in := range []string{`"q=jane%40example.com"`, `"jane&#64;example.com"`, `"` + b("to jane@example.com") + `"`, `"` + b(b("to jane@example.com")) + `"`} {
		down, err := f.NewRewriter().Rewrite(t.Context(), toClient(), []byte(in))
		if err != nil || strings.Contains(string(down), in[1:6]+"%") {
			t.Fatal(err)
		}
		down = []byte(string(down))
		again, err := f.NewRewriter().Rewrite(t.Context(), toClient(), down)
		if err != nil || string(again) != string(down) {
			t.Errorf("%s, sealed %s, and again %s, %v", in, down, again, err)
		}
		up, err := f.NewRewriter().Rewrite(t.Context(), toServer(), down)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer("%40", "@", "&#64;", "@").Replace(in)
		if string(up) != want {
			t.Errorf("%s, sealed %s, opened %s, want %s", in, down, up, want)
		}
	}
}

// What is opened within a URI is written as URIs are; elsewhere as it is.
func TestOpensInURI(t *testing.T) {
	f := decrypting(t)
	name := seal("PERSON", "Jörg \"J\" & Co")
	for in, want := range map[string]string{
		`"https://x.org/?name=` + name + `&a=1"`: `"https://x.org/?name=J%C3%B6rg%20%22J%22%20%26%20Co&a=1"`,
		`"see https://x.org/?name=` + name + `"`: `"see https://x.org/?name=Jörg \"J\" & Co"`,
		`"` + name + `"`:                         `"Jörg \"J\" & Co"`,
	} {
		if out, err := f.NewRewriter().Rewrite(t.Context(), toServer(), []byte(in)); err != nil || string(out) != want {
			t.Errorf("%s opened: %s, %v, want %s", in, out, err, want)
		}
	}
}

// No part of a value is in an event, however the name of a member writes it.
func TestEncodedNames(t *testing.T) {
	f := newFilter(t, "CREDIT_CARD:redact,*:pass")
	r := f.NewRewriter()
	if _, err := r.Rewrite(t.Context(), toClient(), []byte(`{"jane%40example.com":{"a":"4111111111111111"}}`)); err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Events() {
		if strings.Contains(e.Pointer, "jane") {
			t.Errorf("event at %s", e.Pointer)
		}
	}
}

// What a transformer makes for text in base64 knows where that stands, and policy decides by it.
func TestInside(t *testing.T) {
	var pointers []string
	pol, err := policy.New([]policy.Rule{{Name: "a", Entities: []string{"EMAIL_ADDRESS"}, Action: policy.Encrypt}, {Name: "b", Entities: []string{"CREDIT_CARD"}, Action: policy.Block}, {Name: "c", Action: policy.Pass}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(newDetector(t), pol, redact.Transformers{{Action: policy.Encrypt}: redact.TransformerFunc(func(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
		pointers = append(pointers, string(v.Pointer)+" "+string(v.Text))
		return append(dst, "sealed"...), nil
	})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("all is well, ", 5000)
	in := `{"blob":"` + base64.StdEncoding.EncodeToString([]byte(`{"who":"jane@example.com","x":"`+long+`"}`)) + `"}`
	want := `{"blob":"` + base64.StdEncoding.EncodeToString([]byte(`{"who":"sealed","x":"`+long+`"}`)) + `"}`
	r := f.NewRewriter()
	if out, err := r.Rewrite(t.Context(), toClient(), []byte(in)); err != nil || string(out) != want {
		t.Errorf("Rewrite = %.300s, %v", out, err)
	}
	if got := fmt.Sprint(pointers); got != "[/blob/who jane@example.com]" {
		t.Errorf("transformed %s", got)
	}
	if e := r.Events(); len(e) != 1 || e[0].Pointer != "/blob/who" || e[0].Finding.Views[len(e[0].Finding.Views)-1] != detect.Base64 {
		t.Errorf("events %v", summary(e))
	}
	card := `{"blob":"` + base64.StdEncoding.EncodeToString([]byte("to jane@example.com: 4111 1111 1111 1111")) + `"}`
	var blocked *redact.BlockedError
	if _, err := r.Rewrite(t.Context(), toClient(), []byte(card)); err == nil || !strings.Contains(err.Error(), "CREDIT_CARD") {
		t.Errorf("a card in base64: %v, want %T", err, blocked)
	}
}

// Archives in base64 are reported, and blocked where a rule names them.
func TestOpaque(t *testing.T) {
	zip := `{"blob":"` + base64.StdEncoding.EncodeToString([]byte("PK\x03\x04"+strings.Repeat("\x00\x01\x02\xff", 100))) + `","a":"jane@example.com"}`
	f := newFilter(t, "*:redact")
	r := f.NewRewriter()
	want := strings.Replace(zip, "jane@example.com", "[EMAIL_ADDRESS]", 1)
	if out, err := r.Rewrite(t.Context(), toClient(), []byte(zip)); err != nil || string(out) != want {
		t.Errorf("Rewrite = %s, %v", out, err)
	}
	if e := r.Events(); len(e) != 2 || e[0].Outcome != redact.Opaque || e[0].Pointer != "/blob" || e[0].Finding.Rule.Entity != "OPAQUE" {
		t.Errorf("events %s", summary(e))
	}
	blocked := newFilter(t, "OPAQUE:block,*:pass").NewRewriter()
	if _, err := blocked.Rewrite(t.Context(), toClient(), []byte(zip)); err == nil {
		t.Error("an archive passes")
	}
	for _, do := range []string{"redact", "encrypt", "mask"} { // 64 letters less would be no archive any more, and tell no less
		if _, err := newFilter(t, "OPAQUE:"+do+",*:pass").NewRewriter().Rewrite(t.Context(), toClient(), []byte(zip)); err == nil {
			t.Errorf("an archive passes where it is to be dealt with by %s", do)
		}
	}
	// Text too long to be decoded, and of lines.
	huge := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("all is well. ", 120_000)))
	if out, err := r.Rewrite(t.Context(), toClient(), []byte(`{"a":"`+huge+`"}`)); err != nil || len(r.Events()) != 1 || r.Events()[0].Outcome != redact.Opaque {
		t.Errorf("of %d letters of base64: %.100s, %v, %s", len(huge), out, err, summary(r.Events()))
	}
	// A stream sees that long base64 is of text, and not to its end.
	long := `{"blob":"` + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("all is well. ", 3000)+"jane@example.com")) + `"}`
	w := newFilter(t, "OPAQUE:block,*:pass").NewWriter(t.Context(), &bytes.Buffer{}, toClient())
	w.Write([]byte(long))
	if err := w.Close(); err == nil {
		t.Error("long base64 passes a Writer")
	}
	if out, err := f.NewRewriter().Rewrite(t.Context(), toClient(), []byte(long)); err != nil || string(out) == long {
		t.Errorf("Rewrite of long base64: %v", err)
	}
}

// What is encoded more often than is decoded is reported, and blocked where a rule says so.
func TestTooDeep(t *testing.T) {
	base, percent := "mail jane@example.com", "jane%40example.com"
	for range 5 {
		base = base64.StdEncoding.EncodeToString([]byte(base))
	}
	for range 9 {
		percent = strings.ReplaceAll(percent, "%", "%25")
	}
	for _, text := range []string{base, percent, "see " + percent + strings.Repeat(" and so on", 2000)} {
		in := `{"a":"` + text + `"}`
		r := newFilter(t, "*:redact").NewRewriter()
		out, err := r.Rewrite(t.Context(), toClient(), []byte(in))
		if e := r.Events(); err != nil || string(out) != in || len(e) != 1 || e[0].Outcome != redact.Opaque || e[0].Pointer != "/a" {
			t.Errorf("%.80s: %v, events %s", in, err, summary(e))
		}
		if _, err := newFilter(t, "OPAQUE:block,*:pass").NewRewriter().Rewrite(t.Context(), toClient(), []byte(in)); err == nil {
			t.Errorf("%.80s passes", in)
		}
	}
}

// A string of many runs of base64, each longer than what is decoded at once, takes time in proportion to its length.
func TestManyLongRuns(t *testing.T) {
	run := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("all is well here. ", 300))) + " "
	f := newFilter(t, "*:redact")
	took := func(n int) time.Duration {
		in := []byte(`{"a":"` + strings.Repeat(run, n) + base64.StdEncoding.EncodeToString([]byte("to jane@example.com")) + `"}`)
		least := time.Hour
		for range 3 {
			start := time.Now()
			if out, err := f.NewRewriter().Rewrite(t.Context(), toClient(), in); err != nil || string(out) == string(in) {
				t.Fatal(err, "nothing is found")
			}
			least = min(least, time.Since(start))
		}
		return least
	}
	short, long := took(20), took(320)
	for end := time.Now().Add(2 * time.Minute); long > 80*short; long = min(long, took(320)) { // a busy machine may take some tries
		if time.Now().After(end) {
			t.Fatalf("16 times as long takes %v, and not %v", long, short)
		}
	}
}

// Base64 in lines is written in lines of the same length and the same ends.
func TestInsideLines(t *testing.T) {
	for _, end := range []string{`\n`, `\r\n`} {
		lines := func(text string) string {
			var b strings.Builder
			for s := base64.StdEncoding.EncodeToString([]byte(text)); ; s = s[76:] {
				if len(s) <= 76 {
					return `{"a":"` + b.String() + s + `"}`
				}
				b.WriteString(s[:76] + end)
			}
		}
		text := strings.Repeat("all is well here. ", 10) + "jane@example.com" + strings.Repeat(" and so on, and on", 5)
		want := lines(strings.Replace(text, "jane@example.com", "[EMAIL_ADDRESS]", 1))
		if out, err := newFilter(t, "*:redact").NewRewriter().Rewrite(t.Context(), toClient(), []byte(lines(text))); err != nil || string(out) != want {
			t.Errorf("Rewrite = %s, %v, want %s", out, err, want)
		}
	}
}

// Base64 behind an escape whose last letter looks like one more of it.
func TestInsideBehindEscapes(t *testing.T) {
	b := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	const text, label = "mail to jane@example.com now!", "mail to [EMAIL_ADDRESS] now!!"
	for _, in := range []string{`%7B%22m%22%3A%22BASE%22%7D`, `{\"m\":\"a line\\nBASE\"}`, `a%20BASE%20b`, `{\"m\":\"\\u0022BASE\\u0022\"}`} {
		in = `{"a":"` + in + `"}`
		msg := strings.Replace(in, "BASE", b(text), 1)
		out, err := newFilter(t, "*:redact").NewRewriter().Rewrite(t.Context(), toClient(), []byte(msg))
		want := strings.Replace(in, "BASE", b(strings.TrimSuffix(label, "!")), 1)
		if err != nil || strings.ReplaceAll(string(out), "%3D", "=") != want {
			t.Errorf("Rewrite(%s) = %s, %v, want %s", msg, out, err, want)
		}
	}
}
