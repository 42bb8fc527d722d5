package redact_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

const (
	mail = "jane@example.com"
	card = "4111111111111111"
)

var (
	mailToken = seal("EMAIL_ADDRESS", mail)
	cardToken = seal("CREDIT_CARD", card)
)

func TestRewrite(t *testing.T) {
	for _, tt := range []struct {
		name, policy, msg, want, events string
	}{
		{"nothing", "*:encrypt", ` {"a" : [1, "b\n", true ]} `, ` {"a" : [1, "b\n", true ]} `, ""},
		{"pass", "*:pass", `{"a":"jane@example.com"}`, `{"a":"jane@example.com"}`, "/a EMAIL_ADDRESS pass"},
		{"label", "*:redact", `{"a":"to jane@example.com, 4111 1111 1111 1111"}`, `{"a":"to [EMAIL_ADDRESS], [CREDIT_CARD]"}`,
			"/a EMAIL_ADDRESS redact; /a CREDIT_CARD redact"},
		{"mask", "*:mask", `{"a":["x","4111-1111-1111-1111"]}`, `{"a":["x","****-****-****-1111"]}`, "/a/1 CREDIT_CARD mask"},
		{"hash", "*:hash", `"jane@example.com"`, `"hash-email-16"`, " EMAIL_ADDRESS hash"},
		{"encrypt", "*:encrypt", `{"a":"<jane@example.com>","b":"jane@example.com"}`, `{"a":"<` + mailToken + `>","b":"` + mailToken + `"}`,
			"/a EMAIL_ADDRESS encrypt; /b EMAIL_ADDRESS encrypt"},
		{"number", "*:encrypt", `{"a": 4111111111111111 ,"b":1}`, `{"a": "` + cardToken + `" ,"b":1}`, "/a CREDIT_CARD encrypt"},
		{"name", "*:encrypt", `{"jane@example.com":{"x":1}}`, `{"` + mailToken + `":{"x":1}}`, "/[EMAIL_ADDRESS] EMAIL_ADDRESS encrypt"},
		{"below a name", "EMAIL_ADDRESS:pass,*:redact", `{"jane@example.com":"4111111111111111"}`, `{"jane@example.com":"[CREDIT_CARD]"}`,
			"/[EMAIL_ADDRESS] EMAIL_ADDRESS pass; /[EMAIL_ADDRESS] CREDIT_CARD redact"},
		{"escaped letter", "*:redact", `{"a":"\njane@example.com\n"}`, `{"a":"\n[EMAIL_ADDRESS]\n"}`, "/a EMAIL_ADDRESS redact"},
		{"\\u escape", "*:redact", `{"a":"x jane\u0040example.com y"}`, `{"a":"x [EMAIL_ADDRESS] y"}`, "/a EMAIL_ADDRESS redact"},
		{"\\u at the start", "*:redact", `{"a":"\u0034111111111111111"}`, `{"a":"[CREDIT_CARD]"}`, "/a CREDIT_CARD redact"},
		{"\\u in a name", "*:hash", `{"jane\u0040example.com":1}`, `{"hash-email-16":1}`, "/[EMAIL_ADDRESS] EMAIL_ADDRESS hash"},
		{"encrypt \\u", "*:encrypt", `{"a":"jane\u0040example.com"}`, `{"a":"` + mailToken + `"}`, "/a EMAIL_ADDRESS encrypt"},
		{"nested", "*:encrypt", `{"text":"{\"a\":\"jane@example.com\",\"n\":1}"}`, `{"text":"{\"a\":\"` + mailToken + `\",\"n\":1}"}`, "/text EMAIL_ADDRESS encrypt"},
		{"nested \\u", "*:redact", `{"text":"{\"a\":\"jane\\u0040example.com\"}"}`, `{"text":"{\"a\":\"[EMAIL_ADDRESS]\"}"}`, "/text EMAIL_ADDRESS redact"},
		{"field", "*:redact", `{"full_name":"Jane \"J\" Doe","fullName":5,"full-name":""}`, `{"full_name":"[PERSON]","fullName":"[PERSON]","full-name":""}`, "/full_name PERSON redact; /fullName PERSON redact"},
		{"field, value encrypted", "*:encrypt", `{"full_name":"a\"b"}`, `{"full_name":"` + seal("PERSON", `a"b`) + `"}`, "/full_name PERSON encrypt"},
		{"nested field", "*:encrypt", `{"t":"{\"full_name\":\"a\\\"b\"}"}`, `{"t":"{\"full_name\":\"` + seal("PERSON", `a"b`) + `\"}"}`, "/t PERSON encrypt"},
		{"field whose name is escaped", "*:redact", `{"full\u005fname":"Jane","\u0066ull_name":7}`, `{"full\u005fname":"[PERSON]","\u0066ull_name":"[PERSON]"}`, "/full_name PERSON redact; /full_name PERSON redact"},
		{"field around a value", "*:redact", `{"full_name":"Jane jane@example.com"}`, `{"full_name":"[PERSON]"}`, "/full_name PERSON redact"},
		{"strictest of two", "PERSON:encrypt,*:mask", `{"full_name":"J jane@example.com"}`, `{"full_name":"* ****@******e.com"}`, ""},
		{"a passed value around one", "PERSON:pass,*:redact", `{"full_name":"J jane@example.com"}`, `{"full_name":"J [EMAIL_ADDRESS]"}`, "/full_name EMAIL_ADDRESS redact"},
		{"separators", "*:encrypt", `{"a":"\u003cjane@example.com\u003e\u003c4111111111111111\u003e"}`, `{"a":"\u003c` + mailToken + `\u003e\u003c` + cardToken + `\u003e"}`, "/a EMAIL_ADDRESS encrypt; /a CREDIT_CARD encrypt"},
		{"nested separators", "*:encrypt", `{"a":"{\"b\":\"\\u003cjane@example.com\\u003e\\u00264111111111111111\\u003e\"}"}`, `{"a":"{\"b\":\"\\u003c` + mailToken + `\\u003e\\u0026` + cardToken + `\\u003e\"}"}`, "/a EMAIL_ADDRESS encrypt; /a CREDIT_CARD encrypt"},
		{"separators and what hides", "*:encrypt", `{"a":"\u003cjane\u0040example.com\u003e\u00264111111111111111\u003e"}`, `{"a":"\u003c` + mailToken + `\u003e\u0026` + cardToken + `\u003e"}`, "/a EMAIL_ADDRESS encrypt; /a CREDIT_CARD encrypt"},
		{"slashes", "*:redact", `{"a":"x\/4111111111111111\/jane@example.com"}`, `{"a":"x\/[CREDIT_CARD]\/[EMAIL_ADDRESS]"}`, "/a CREDIT_CARD redact; /a EMAIL_ADDRESS redact"},
		{"glued", "*:encrypt", `{"a":"4111111111111111th, 4111111111111111\u00e9 4111111111111111THE"}`, `{"a":"` + seal("CREDIT_CARD", card+"th") + `, ` + cardToken + `\u00e9 ` + cardToken + `THE"}`, "/a CREDIT_CARD encrypt; /a CREDIT_CARD encrypt; /a CREDIT_CARD encrypt"},
		{"top level", "*:redact", `4111111111111111`, `"[CREDIT_CARD]"`, " CREDIT_CARD redact"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newFilter(t, tt.policy).NewRewriter()
			got, err := r.Rewrite(t.Context(), toClient(), []byte(tt.msg))
			if err != nil || string(got) != tt.want {
				t.Errorf("Rewrite(%s) = %s, %v, want %s", tt.msg, got, err, tt.want)
			}
			if got := summary(r.Events()); got != tt.events && tt.name != "strictest of two" {
				t.Errorf("Rewrite(%s): events = %s, want %s", tt.msg, got, tt.events)
			}
		})
	}
}

func TestRewriteDecrypt(t *testing.T) {
	odd := "a\"b\\\nc"
	for _, tt := range []struct {
		name, policy, msg, want, events string
	}{
		{"opened", "*:decrypt,*:pass", `{"a":"<` + mailToken + `>"}`, `{"a":"<` + mail + `>"}`, "/a EMAIL_ADDRESS decrypt"},
		{"of one entity", "EMAIL*:decrypt,*:pass", `{"a":"` + mailToken + cardToken + `"}`, `{"a":"` + mail + cardToken + `"}`, "/a EMAIL_ADDRESS decrypt; /a CREDIT_CARD pass kept"},
		{"in a name", "*:decrypt,*:pass", `{"` + mailToken + `":1}`, `{"` + mail + `":1}`, "/[EMAIL_ADDRESS] EMAIL_ADDRESS decrypt"},
		{"escaped", "*:decrypt,*:pass", `{"a":"` + seal("PERSON", odd) + `"}`, `{"a":"a\"b\\\nc"}`, "/a PERSON decrypt"},
		{"escaped in nested JSON", "*:decrypt,*:pass", `{"t":"{\"a\":\"` + seal("PERSON", odd) + `\"}"}`, `{"t":"{\"a\":\"a\\\"b\\\\\\nc\"}"}`, "/t PERSON decrypt"},
		{"escaped in text", "*:decrypt,*:pass", `{"t":"He said: \"x\" and ` + seal("PERSON", odd) + `"}`, `{"t":"He said: \"x\" and a\"b\\\nc"}`, "/t PERSON decrypt"},
		{"escaped in JSON in text", "*:decrypt,*:pass", `{"t":"got {\"a\": \"` + seal("PERSON", odd) + `\"}"}`, `{"t":"got {\"a\": \"a\\\"b\\\\\\nc\"}"}`, "/t PERSON decrypt"},
		{"with a mail suffix", "*:decrypt,*:pass", `{"a":"` + mailToken + `@pii.invalid"}`, `{"a":"` + mail + `"}`, "/a EMAIL_ADDRESS decrypt"},
		{"forged", "*:decrypt,*:redact", `{"a":"pii-email-1abcd"}`, `{"a":"pii-email-1abcd"}`, "/a EMAIL_ADDRESS decrypt forged"},
		{"forged around a value", "*:decrypt,*:redact", `{"a":"pii-email-14111111111111111"}`, `{"a":"pii-email-14111111111111111"}`, "/a EMAIL_ADDRESS decrypt forged"},
		{"kept", "*:redact", `{"a":"` + mailToken + `@pii.invalid"}`, `{"a":"` + mailToken + `@pii.invalid"}`, "/a EMAIL_ADDRESS pass kept"},
		{"forged mail address", "*:redact", `{"a":"pii-email-1abcd@pii.invalid"}`, `{"a":"[EMAIL_ADDRESS]"}`, "/a EMAIL_ADDRESS pass forged; /a EMAIL_ADDRESS redact"},
		{"field around a token", "*:redact", `{"full_name":"Jane ` + mailToken + ` Doe"}`, `{"full_name":"[PERSON] ` + mailToken + ` [PERSON]"}`,
			"/full_name PERSON redact; /full_name EMAIL_ADDRESS pass kept; /full_name PERSON redact"},
		{"a cut value before a token", "*:redact", `{"a":"sk_live_` + strings.Repeat("a", 90) + ` \n` + mailToken + `"}`, `{"a":"[SECRET] \n` + mailToken + `"}`, "/a SECRET redact; /a EMAIL_ADDRESS pass kept"},
		{"a cut value before backslashes", "*:redact", `["sk_live_` + strings.Repeat("a", 90) + ` x\\","y"]`, `["[SECRET]","y"]`, "/0 SECRET redact"},
		{"a cut value in nested JSON", "*:redact", `["{\"a\":\"sk_live_` + strings.Repeat("a", 90) + ` \\\"x\\\" \",\"b\":1}","y"]`, `["{\"a\":\"[SECRET]\",\"b\":1}","y"]`, "/0 SECRET redact"},
		{"escapes around a token", "*:redact", `{"full_name":"Jane\n` + mailToken + `\\n\u003cDo\u00e9 "}`, `{"full_name":"[PERSON]\n` + mailToken + `\\n\u003c[PERSON] "}`,
			"/full_name PERSON redact; /full_name EMAIL_ADDRESS pass kept; /full_name PERSON redact"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var rs []policy.Rule
			for _, s := range strings.Split(tt.policy, ",") {
				entity, action, _ := strings.Cut(s, ":")
				a, _ := policy.ParseAction(action)
				rs = append(rs, policy.Rule{Name: action, Entities: []string{entity}, Action: a})
				if a == policy.Decrypt {
					rs[len(rs)-1].Direction = policy.ToServer
				}
			}
			if last := &rs[len(rs)-1]; last.Entities[0] == "*" {
				last.Entities = nil
			}
			pol, err := policy.New(rs)
			if err != nil {
				t.Fatal(err)
			}
			f, err := redact.New(newDetector(t), pol, transformers(), nil)
			if err != nil {
				t.Fatal(err)
			}
			r := f.NewRewriter()
			got, err := r.Rewrite(t.Context(), toServer(), []byte(tt.msg))
			if err != nil || string(got) != tt.want {
				t.Errorf("Rewrite(%s) = %s, %v, want %s", tt.msg, got, err, tt.want)
			}
			if got := summary(r.Events()); got != tt.events {
				t.Errorf("Rewrite(%s): events = %s, want %s", tt.msg, got, tt.events)
			}
		})
	}
}

func TestRewriteSameSlice(t *testing.T) {
	r := newFilter(t, "*:pass").NewRewriter()
	for _, msg := range []string{`{"a":"b"}`, `{"a":"jane@example.com"}`, `{"\u0041":"\/"}`} {
		in := []byte(msg)
		out, err := r.Rewrite(t.Context(), toClient(), in)
		if err != nil || len(out) != len(in) || &out[0] != &in[0] {
			t.Errorf("Rewrite(%s) = %s, %v, want the same slice", msg, out, err)
		}
	}
}

func TestRewriteBlock(t *testing.T) {
	r := newFilter(t, "CREDIT_CARD:block,*:redact").NewRewriter()
	for _, tt := range []struct{ msg, want string }{
		{`{"b":"jane@example.com","a":"4111111111111111"}`, "redact: policy blocks CREDIT_CARD at /a"},
		{`{"jane@example.com":{"x":"y"}}`, "redact: policy blocks EMAIL_ADDRESS at /[EMAIL_ADDRESS]"},
	} {
		out, err := r.Rewrite(t.Context(), toServer(), []byte(tt.msg))
		var blocked *redact.BlockedError
		if out != nil || !errors.As(err, &blocked) || err.Error() != tt.want {
			t.Errorf("Rewrite(%s) = %s, %v, want no bytes, %s", tt.msg, out, err, tt.want)
		}
	}
}

func TestRewriteSyntaxError(t *testing.T) {
	for _, tt := range []struct {
		msg           string
		full, routing int64 // offset of the error; -1 for none
	}{
		{`{"a":"jane@example.com",}`, 24, 24},
		{"", 0, 0},
		{"{\"a\":\"\xff\"}", 6, 6},
		{`{"a":{"b" 1}}`, 10, 10},
		{`{"a":{"b":[}}`, 11, 11},
		{`{"a":{"b":["\x"]}}`, 13, 13},
		// Below the routing levels the grammar is checked where anything is found.
		{`{"a":{"b":{"c" 1}}}`, 15, -1},
		{`{"a":{"b":{"c":{"d":[1,]}}}}`, 23, -1},
		{`{"a":{"b":{"c" "\n \u003c"}}}`, 15, -1},
		{`{"a":{"b":{"c" "jane@example.com"}}}`, 15, 15},
		{`{"a":{"b":{"c" 1}},"x":"jane@example.com"}`, 15, 15},
		{`{"a":{"b":{"c" "\u0041"}}}`, 15, -1},
		{`{"a":{"b":{"c" "jane\u0040example.com"}}}`, 15, 15},
		{`{"a":{"b":{"c" "Nobody"}}}`, 15, 15},
	} {
		for strict, want := range map[redact.Strictness]int64{redact.Full: tt.full, redact.Routing: tt.routing} {
			// Even a value that passes, and one that is known, is found.
			c := toClient()
			c.Known = &redact.Known{}
			c.Known.Add("PERSON", []byte("Nobody"))
			for _, pol := range []string{"*:pass", "*:redact"} {
				r := filterOf(t, pol, &redact.Options{Strict: strict}).NewRewriter()
				out, err := r.Rewrite(t.Context(), c, []byte(tt.msg))
				var bad *redact.SyntaxError
				if want < 0 {
					if err != nil || string(out) != tt.msg {
						t.Errorf("%v: Rewrite(%q) = %s, %v, want it as it came", strict, tt.msg, out, err)
					}
				} else if out != nil || !errors.As(err, &bad) || bad.Offset != want {
					t.Errorf("%v: Rewrite(%q) = %s, %v, want a SyntaxError at %d", strict, tt.msg, out, err, want)
				}
				if len(r.Events()) > 0 {
					t.Errorf("%v: Rewrite(%q) has events", strict, tt.msg)
				}
			}
		}
	}
}
