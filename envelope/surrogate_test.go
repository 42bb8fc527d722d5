package envelope

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/schema"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

func randomBlock(rnd *rand.Rand) (b block) {
	binary.BigEndian.PutUint64(b[:], rnd.Uint64())
	binary.BigEndian.PutUint64(b[8:], rnd.Uint64())
	return b
}

// TestSurrogateForms: whatever the bits, what a form makes is valid, lies where no value lies, and is taken for a surrogate.
func TestSurrogateForms(t *testing.T) {
	matches := func(expr string) func(string) bool { return regexp.MustCompile("^(?:" + expr + ")$").MatchString }
	tests := map[*form]func(string) bool{
		phoneForm: matches(`\+999[0-9]{12}`),
		dateForm: func(s string) bool {
			d, err := time.Parse(time.DateOnly, s)
			return err == nil && d.Year() >= 9000 && d.Year() <= 9998 && d.Day() <= 28 && s != "9000-01-01"
		},
		dateTimeForm: func(s string) bool {
			d, err := time.Parse(time.RFC3339, s)
			return err == nil && d.Year() >= 9000 && d.Year() <= 9998 && d.Day() <= 28
		},
		uuidForm: matches(`70696900-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`),
		ipv4Form: func(s string) bool {
			a, err := netip.ParseAddr(s)
			return err == nil && a.Is4() && a.As4()[0] >= 240 && a.As4()[0] < 255 && a.String() == s
		},
		ipv6Form: func(s string) bool {
			a, err := netip.ParseAddr(s)
			return err == nil && netip.MustParsePrefix("2001:db8::/32").Contains(a) && a.String() == s
		},
		uriForm: func(s string) bool {
			u, err := url.Parse(s)
			return err == nil && u.Host == "pii.invalid" && len(u.Path) == 13
		},
	}
	for n := minDigits; n <= maxDigits; n++ {
		expr := `999[0-9]{` + strconv.Itoa(n-3) + `}`
		tests[digitForms[n]] = func(s string) bool { return matches(expr)(s) && !luhn([]byte(s)) }
	}
	tests[digitForm(16, []byte("4111 1111-11111111"))] = matches(`999[0-9] [0-9]{4}-[0-9]{8}`)
	rnd := rand.New(rand.NewPCG(1, 1))
	for f, valid := range tests {
		seen := map[string]bool{}
		for i := range fewer(20_000) {
			b := randomBlock(rnd)
			switch i { // the ends
			case 0:
				b = block{}
			case 1:
				for k := range b {
					b[k] = 0xff
				}
			}
			text := f.text(nil, []byte("x"), &b)
			if !valid(string(text)) || !maySurrogate(text) {
				t.Fatalf("%s makes %s: valid %v, taken for a surrogate %v", f.name, text, valid(string(text)), maySurrogate(text))
			}
			seen[string(text)] = true
		}
		if f != dateForm && len(seen) < fewer(19_900) || len(seen) < fewer(19_000) {
			t.Errorf("%s makes %d texts of %d", f.name, len(seen), fewer(20_000))
		}
	}
}

const shapesList = `{"result":{"tools":[{"name":"t","inputSchema":{"properties":{"n":{"type":"integer"}}},"outputSchema":{"properties":{
 "free":{"type":"string"},
 "mail":{"type":"string","format":"email"},
 "mailpattern":{"type":"string","pattern":"^[^@ ]+@[^@ ]+\\.[a-z]+$","maxLength":64},
 "short":{"type":"string","maxLength":40},
 "phone":{"type":"string","pattern":"^\\+[1-9][0-9]{6,14}$"},
 "phoneformat":{"type":"string","format":"phone","maxLength":20},
 "card":{"type":"string","pattern":"^[0-9]{16}$"},
 "groups":{"type":"string","pattern":"^[0-9]{4}( [0-9]{4}){3}$"},
 "number":{"type":"integer","minimum":0},
 "nullable":{"anyOf":[{"type":"string","pattern":"^[0-9]{13}$"},{"type":"null"}]},
 "born":{"type":"string","format":"date"},
 "bornpattern":{"type":"string","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
 "seen":{"type":"string","format":"date-time"},
 "uuid":{"type":"string","format":"uuid"},
 "ip":{"type":"string","format":"ipv4"},
 "ip6":{"type":"string","format":"ipv6"},
 "uri":{"type":"string","format":"uri"},
 "host":{"type":"string","format":"hostname"},
 "time":{"type":"string","format":"time"},
 "sex":{"enum":["f","m"]},
 "kind":{"const":"value"},
 "ssn":{"type":"string","pattern":"^[0-9]{3}-[0-9]{2}-[0-9]{4}$"},
 "name":{"type":"string","maxLength":20},
 "tiny":{"type":"integer","maximum":1000}
}}}]}}`

// shaped returns what Encrypt puts in the place of text, all of the member called name.
func shaped(t testing.TB, k *Keyring, in redact.Scope, name, text string) (string, *redact.Shape) {
	t.Helper()
	c := schema.NewCache()
	c.Learn(policy.Site{}, []byte(shapesList))
	s := c.Shape(policy.Site{Direction: policy.ToClient, Method: "tools/call", Name: "t"}, []byte("/result/structuredContent/"+name))
	out, err := k.Encrypt().Transform(t.Context(), nil, redact.Value{Text: []byte(text), Entity: "EMAIL_ADDRESS", Shape: s, Whole: true, Call: &redact.Call{Scope: in}})
	if err != nil {
		t.Fatalf("Encrypt(%s %q) = %v", name, text, err)
	}
	return string(out), s
}

// TestSurrogates: what is put in a value's place is valid where it stands, opens to the value in its scope and nowhere else, and stays what it is.
func TestSurrogates(t *testing.T) {
	k := aliasRing(t, nil)
	for _, tt := range []struct{ name, value, start string }{
		{"free", "ada@lovelace.example", "pii-email-1"},
		{"mail", "ada@lovelace.example", "pii-email-2"},
		{"mailpattern", "ada@lovelace.example", "pii-email-2"},
		{"short", "ada@lovelace.example", "pii-email-2"},
		{"phone", "+14155550123", "+999"},
		{"phone", "+442079460018", "+999"},
		{"phoneformat", "(415) 555-0123", "+999"},
		{"card", "4111111111111111", "999"},
		{"groups", "4111 1111 1111 1111", "999"},
		{"number", "4155550123", "999"},
		{"nullable", "4155550123000", "999"},
		{"born", "1815-12-10", "9"},
		{"bornpattern", "1815-12-10", "9"},
		{"seen", "1815-12-10T10:00:00Z", "9"},
		{"uuid", "6fa459ea-ee8a-4ca4-894e-db77e160355e", "70696900-"},
		{"ip", "203.0.113.7", "2"},
		{"ip6", "2a00:1450:4001::1", "2001:db8:"},
		{"uri", "https://h.example/?mail=x", "https://pii.invalid/"},
		{"host", "ada.example", "pii-email-2"},
	} {
		got, s := shaped(t, k, ann, tt.name, tt.value)
		if !strings.HasPrefix(got, tt.start) || got == tt.value {
			t.Errorf("%s: %q becomes %s, want %s…", tt.name, tt.value, got, tt.start)
			continue
		}
		sent := got
		if s.Format == "email" {
			sent += "@pii.invalid" // as redact does
		}
		if s.Misfit != nil && s.Misfit([]byte(sent)) != "" {
			t.Errorf("%s: %s is not valid: %s", tt.name, sent, s.Misfit([]byte(sent)))
		}
		if again, _ := shaped(t, k, ann, tt.name, tt.value); again != got {
			t.Errorf("%s: becomes %s, and then %s", tt.name, got, again)
		}
		if same, _ := shaped(t, k, ann, tt.name, sent); same != sent && same != got {
			t.Errorf("%s: %s, met again, becomes %s", tt.name, sent, same)
		}
		if strings.HasPrefix(got, "pii-") {
			continue
		}
		wantOpen(t, k, got, ann, tt.value, nil)
		wantOpen(t, k, strings.ToUpper(got), ann, tt.value, nil)
		wantOpen(t, k, got, bob, "", ErrGone)
		other, _ := shaped(t, k, bob, tt.name, tt.value)
		if other == got {
			t.Errorf("%s: two scopes have %s", tt.name, got)
		}
		shaped(t, k, bob, tt.name, "1"+tt.value)
		call := &redact.Call{Scope: ann}
		for _, e := range []detect.Entity{"EMAIL_ADDRESS", "CREDIT_CARD"} {
			_, err := k.Decrypt().Transform(t.Context(), nil, redact.Value{Text: []byte(got), Entity: e, Call: call})
			if (err == nil) != (e == "EMAIL_ADDRESS") || err != nil && !errors.Is(err, redact.ErrNotOurs) {
				t.Errorf("%s: Decrypt(%s) as %s = %v", tt.name, got, e, err)
			}
		}
	}
	// Where nothing fits it is the token, which redact refuses.
	for name, value := range map[string]string{"time": "10:00:00Z", "sex": "f", "kind": "value", "ssn": "078-05-1120", "name": "Ada Lovelace", "tiny": "412"} {
		got, s := shaped(t, k, ann, name, value)
		if !strings.HasPrefix(got, "pii-email-1") || s.Misfit([]byte(got)) == "" {
			t.Errorf("%s: %q becomes %s, want a token that does not fit", name, value, got)
		}
	}
}

// A value that lies where surrogates do is dealt with as any value, and never stands for itself.
func TestSurrogateOfReserved(t *testing.T) {
	k := aliasRing(t, nil)
	for i := range 300 {
		value := fmt.Sprintf("9123-%02d-%02d", i%12+1, i%28+1)
		got, _ := shaped(t, k, redact.Scope{Tenant: "acme", Kind: "principal", ID: fmt.Sprint(i)}, "born", value)
		if got == value {
			t.Fatalf("%s stands for itself", value)
		}
	}
	// The text that the value's bits make is the value.
	w := works.Get().(*work)
	defer w.free()
	same := &form{name: "same", text: func(dst, _ []byte, b *block) []byte { return append(dst, "9123-04-05"...) }}
	if got, err := k.standIn(w, nil, "EMAIL_ADDRESS", []byte("9123-04-05"), &ann, same, nil); !errors.Is(err, ErrNoAlias) {
		t.Errorf("standIn = %s, %v; want ErrNoAlias", got, err)
	}
}

// slowLocate is Locate, written to be plain: at each place all lengths, the longest first.
func slowLocate(k *Keyring, in redact.Scope, text string, live map[string]bool) (found [][2]int) {
	word := func(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
	for i := 0; i < len(text); i++ {
		if i > 0 {
			escape := i > 1 && text[i-2] == '\\' && strings.IndexByte("nrtbf", text[i-1]) >= 0
			if !escape && (word(text[i-1]) || strings.IndexByte("+-./@", text[i-1]) >= 0) {
				continue
			}
			if i > 1 && text[i-1] == ':' && (word(text[i-2]) || text[i-2] == ':') && strings.HasPrefix(strings.ToLower(text[i:]), "2001:db8:") {
				continue
			}
		}
		for n := min(60, len(text)-i); n > 0; n-- {
			if !live[strings.ToLower(text[i:i+n])] {
				continue
			}
			if rest := text[i+n:]; rest != "" && (word(rest[0]) || rest[0] == '@' || rest[0] == '.' && len(rest) > 1 && word(rest[1])) {
				continue
			}
			if rest := strings.ToLower(text[i+n:]); strings.HasPrefix(text[i:], "2001:") && len(rest) > 1 && rest[0] == ':' && (isDigit(rest[1]) || rest[1] >= 'a' && rest[1] <= 'f' || rest[1] == ':') {
				continue
			}
			found = append(found, [2]int{i, i + n})
			i += n - 1
			break
		}
	}
	return found
}

// TestLocate compares Locate with a slow reference on random documents of surrogates, things like them, and what may stand around them.
func TestLocate(t *testing.T) {
	k := aliasRing(t, nil)
	live := map[string]bool{}
	var parts []string
	for name, values := range map[string][]string{
		"phone": {"+14155550123", "+442079460018"}, "card": {"4111111111111111"}, "groups": {"4111 1111 1111 1111", "5500 0000 0000 0004"}, "number": {"4155550123"},
		"born": {"1815-12-10", "1906-12-09"}, "seen": {"1815-12-10T10:00:00Z"}, "uuid": {"6fa459ea-ee8a-4ca4-894e-db77e160355e"}, "ip": {"203.0.113.7"},
		"ip6": {"2a00:1450:4001::1"}, "uri": {"https://h.example/"},
	} {
		for _, v := range values {
			got, _ := shaped(t, k, ann, name, v)
			live[strings.ToLower(got)] = true
			theirs, _ := shaped(t, k, bob, name, v)
			parts = append(parts, got, got, strings.ToUpper(got), theirs, got[:len(got)-1], got+"0", v)
		}
	}
	parts = append(parts, " ", " ", `"`, `"`, ",", "-", ".", "..", "...", "::", ":", "+", "9", "99", "999", `\n`, `\"`, "n", "한", "é", "@", "_", "(", "9123-04-05", "+999", "2001:db8:", "240.0.0.1", "https://pii.invalid/", "x", "2", "T")
	d := k.Decrypt().(redact.Locator)
	rnd := rand.New(rand.NewPCG(2, 3))
	total := 0
	for range fewer(20_000) {
		var b strings.Builder
		for range rnd.IntN(12) {
			b.WriteString(parts[rnd.IntN(len(parts))])
		}
		text := b.String()
		want := slowLocate(k, ann, text, live)
		got := d.Locate(nil, &redact.Call{Scope: ann}, []byte(text), 0, len(text))
		total += len(want)
		same := len(got) == len(want)
		for i := range got {
			if same && (got[i].Start != want[i][0] || got[i].End != want[i][1] || !got[i].Rule.Sealed || got[i].Rule.Entity != "EMAIL_ADDRESS" || got[i].Rule.ID != redact.LocatedRule) {
				same = false
			}
		}
		if !same {
			t.Fatalf("Locate(%q) = %v, want %v", text, got, want)
		}
	}
	if total < fewer(2_000) {
		t.Errorf("%d surrogates in all documents: the test says little", total)
	}
	if got := d.Locate(nil, &redact.Call{Scope: redact.Scope{Tenant: "acme", Kind: "tenant"}}, []byte(parts[0]), 0, len(parts[0])); len(got) != 0 {
		t.Errorf("found in a scope without any: %v", got)
	}
}

// TestSurrogatesThroughFilter: a tool's answer keeps to its schema, and what stands in it is opened in arguments, on its own and in a text.
func TestSurrogatesThroughFilter(t *testing.T) {
	k := aliasRing(t, nil)
	rule := func(id string, e detect.Entity, expr string) detect.Rule {
		return detect.Rule{ID: id, Entity: e, Patterns: []detect.Pattern{{Expr: expr, Guard: detect.GuardWord}}, Tier: detect.ByItself, MaxLen: 64}
	}
	det, err := detect.New(append(k.Rules(),
		rule("t.1", "EMAIL_ADDRESS", `[a-z]+@[a-z]+\.example`), rule("t.2", "CREDIT_CARD", `4[0-9]{15}`), rule("t.3", "EMAIL_ADDRESS", `1[0-9]{3}-[0-9]{2}-[0-9]{2}`)), nil)
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{
		{Name: "open", Direction: policy.ToServer, Names: []string{"open"}, Action: policy.Decrypt},
		{Name: "seal", Direction: policy.ToClient, Action: policy.Encrypt},
		{Name: "pass", Action: policy.Pass},
	})
	if err != nil {
		t.Fatal(err)
	}
	filter, err := redact.New(det, pol, redact.Transformers{{Action: policy.Encrypt}: k.Encrypt(), {Action: policy.Decrypt}: k.Decrypt()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	schemas := schema.NewCache()
	schemas.Learn(policy.Site{}, []byte(shapesList))
	rewrite := func(d policy.Direction, tool string, in redact.Scope, msg string) (string, []redact.Event, error) {
		r := filter.NewRewriter()
		c := &redact.Call{Site: policy.Site{Direction: d, Method: "tools/call", Name: tool}, Scope: in, Shapes: schemas}
		out, err := r.Rewrite(t.Context(), c, []byte(msg))
		return string(out), r.Events(), err
	}
	answer, _, err := rewrite(policy.ToClient, "t", ann, `{"result":{"structuredContent":{"card":"4111111111111111","number":4111111111111111,"born":"1815-12-10","free":"ada@lovelace.example"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^\{"result":\{"structuredContent":\{"card":"(999[0-9]{13})","number":(999[0-9]{12}),"born":"(9[0-9]{3}-[0-9]{2}-[0-9]{2})","free":"(pii-email-1[a-z0-9]+)"\}\}\}$`)
	m := form.FindStringSubmatch(answer)
	if m == nil {
		t.Fatalf("the answer is %s", answer)
	}
	card, number, born := m[1], m[2], m[3]
	for _, tt := range []struct{ tool, msg, want string }{
		{"open", `{"params":{"arguments":{"a":"` + card + `"}}}`, `{"params":{"arguments":{"a":"4111111111111111"}}}`},
		{"open", `{"params":{"arguments":{"a":"the card ` + card + `, born\n` + born + `."}}}`, `{"params":{"arguments":{"a":"the card 4111111111111111, born\n1815-12-10."}}}`},
		{"open", `{"params":{"arguments":{"a":` + card + `}}}`, `{"params":{"arguments":{"a":"4111111111111111"}}}`},
		{"open", `{"params":{"arguments":{"a":1` + card + `,"b":"` + card + `5","c":-` + card + `,"d":` + card + `.5}}}`, ""},
		{"open", `{"params":{"arguments":{"a":["9123-04-05","+999123456789012"]}}}`, ""},
		{"shut", `{"params":{"arguments":{"a":"` + card + `","b":` + number + `}}}`, ""},
	} {
		if tt.want == "" {
			tt.want = tt.msg
		}
		got, events, err := rewrite(policy.ToServer, tt.tool, ann, tt.msg)
		if err != nil || got != tt.want {
			t.Errorf("to %s: %s becomes %s, %v; want %s", tt.tool, tt.msg, got, err, tt.want)
		}
		for _, e := range events {
			if want := redact.Done; e.Outcome != want && tt.tool == "open" || e.Outcome == redact.Forged {
				t.Errorf("%s: outcome %v", tt.msg, e.Outcome)
			}
		}
		if got, _, err := rewrite(policy.ToServer, tt.tool, bob, tt.msg); err != nil || got != tt.msg {
			t.Errorf("bob opens ann's: %s becomes %s, %v", tt.msg, got, err)
		}
	}
	// A stream opens the same, wherever its windows end.
	long := `{"params":{"arguments":{"a":"` + card + `","b":["the card ` + card + `, born\n` + born + `.",` + number + `]}}}`
	toServer := &redact.Call{Site: policy.Site{Direction: policy.ToServer, Method: "tools/call", Name: "open"}, Scope: ann}
	whole, _, err := rewrite(policy.ToServer, "open", ann, long)
	if err != nil || strings.Count(whole, "4111111111111111") != 3 {
		t.Fatalf("%s becomes %s, %v", long, whole, err)
	}
	for i := range long {
		var out bytes.Buffer
		w := filter.NewWriter(t.Context(), &out, toServer)
		w.Write([]byte(long[:i]))
		w.Write([]byte(long[i:]))
		if err := w.Close(); err != nil || out.String() != whole {
			t.Fatalf("split at %d: %s, %v", i, out.String(), err)
		}
	}
	// As a number, where one is asked for.
	asked := `{"params":{"arguments":{"n":` + number + `}}}`
	c := &redact.Call{Site: policy.Site{Direction: policy.ToServer, Method: "tools/call", Name: "open"}, Scope: ann, Shapes: asInteger{}}
	if got, err := filter.NewRewriter().Rewrite(t.Context(), c, []byte(asked)); err != nil || string(got) != `{"params":{"arguments":{"n":4111111111111111}}}` {
		t.Errorf("%s becomes %s, %v", asked, got, err)
	}
	// An answer that has them already stays as it is.
	if got, events, err := rewrite(policy.ToClient, "t", ann, answer); err != nil || got != answer || len(events) != 4 || events[0].Outcome != redact.Kept {
		t.Errorf("the answer, met again, becomes %s, %v, %+v", got, err, events)
	}
	// And what no surrogate fits is refused.
	for _, msg := range []string{`{"result":{"structuredContent":{"time":"ada@lovelace.example"}}}`, `{"result":{"structuredContent":{"sex":"ada@lovelace.example"}}}`, `{"result":{"structuredContent":{"card":"4111111111111111 or so"}}}`} {
		var blocked *redact.BlockedError
		if got, _, err := rewrite(policy.ToClient, "t", ann, msg); !errors.As(err, &blocked) || blocked.Reason == "" {
			t.Errorf("%s becomes %s, %v; want it refused", msg, got, err)
		}
	}
}

type asInteger struct{}

func (asInteger) Shape(policy.Site, []byte) *redact.Shape { return &redact.Shape{Type: "integer"} }
