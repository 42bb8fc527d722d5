package redact_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

func paths(t *testing.T, p ...string) *policy.Paths {
	t.Helper()
	ps, err := policy.ParsePaths(p)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

func TestProtected(t *testing.T) {
	c := toClient()
	c.Protected = paths(t, "/id", "/_meta/**")
	msg := `{"id":"jane@example.com","_meta":{"a":["4111111111111111"]},"x":"jane@example.com"}`
	r := newFilter(t, "*:redact").NewRewriter()
	got, err := r.Rewrite(t.Context(), c, []byte(msg))
	if want := `{"id":"jane@example.com","_meta":{"a":["4111111111111111"]},"x":"[EMAIL_ADDRESS]"}`; err != nil || string(got) != want {
		t.Errorf("Rewrite(%s) = %s, %v, want %s", msg, got, err, want)
	}
	want := "/id EMAIL_ADDRESS redact protected; /_meta/a/0 CREDIT_CARD redact protected; /x EMAIL_ADDRESS redact"
	if got := summary(r.Events()); got != want {
		t.Errorf("events = %s, want %s", got, want)
	}
	// What must not go out does not go out there either.
	if _, err := newFilter(t, "*:block").NewRewriter().Rewrite(t.Context(), c, []byte(msg)); err == nil {
		t.Error("a blocked value passes in a protected member")
	}
}

type shapes map[string]redact.Shape

func (s shapes) Shape(_ policy.Site, pointer []byte) *redact.Shape {
	if shape, ok := s[string(pointer)]; ok {
		return &shape
	}
	return nil
}

func TestShapes(t *testing.T) {
	for _, tt := range []struct {
		policy string
		shape  redact.Shape
		msg    string
		want   string // or the error's end, after "!"
	}{
		{"*:encrypt", redact.Shape{Type: "string", Format: "email"}, `{"a":"jane@example.com"}`, `{"a":"` + mailToken + `@pii.invalid"}`},
		{"*:hash", redact.Shape{Format: "email"}, `{"a":"jane@example.com"}`, `{"a":"hash-email-16@pii.invalid"}`},
		{"*:redact", redact.Shape{Format: "email"}, `{"a":"jane@example.com"}`, `{"a":"EMAIL_ADDRESS@pii.invalid"}`},
		{"*:mask", redact.Shape{Format: "email"}, `{"a":"jane@example.com"}`, `{"a":"****@pii.invalid"}`},
		{"*:encrypt", redact.Shape{Format: "date"}, `{"a":"jane@example.com"}`, "!no replacement fits the schema's format date"},
		{"*:encrypt", redact.Shape{Closed: "enum"}, `{"a":"jane@example.com"}`, "!no replacement fits the schema's enum"},
		{"*:encrypt", redact.Shape{MaxLen: 20}, `{"a":"jane@example.com"}`, "!the string has 45 characters, and the schema asks for at most 20"},
		{"*:redact", redact.Shape{MaxLen: 20}, `{"a":"jane@example.com"}`, `{"a":"[EMAIL_ADDRESS]"}`},
		{"*:redact", redact.Shape{MaxLen: 33}, `{"a":"x@a.com x@b.com x@c.com"}`, "!the string has 39 characters, and the schema asks for at most 33"},
		{"*:encrypt", redact.Shape{Type: "integer"}, `{"a":4111111111111111}`, "!its replacement is no integer, as the schema asks for"},
		{"*:redact", redact.Shape{Type: "number"}, `{"a":4111111111111111}`, "!its replacement is no number, as the schema asks for"},
		{"*:encrypt", redact.Shape{Type: "string"}, `{"a":4111111111111111}`, `{"a":"` + cardToken + `"}`},
	} {
		c := toClient()
		c.Shapes = shapes{"/a": tt.shape}
		got, err := newFilter(t, tt.policy).NewRewriter().Rewrite(t.Context(), c, []byte(tt.msg))
		if reason, ok := strings.CutPrefix(tt.want, "!"); ok {
			var blocked *redact.BlockedError
			if !errors.As(err, &blocked) || !strings.HasSuffix(blocked.Reason, reason) || got != nil {
				t.Errorf("Rewrite(%s), %s, %+v = %s, %v, want it blocked: %s", tt.msg, tt.policy, tt.shape, got, err, reason)
			}
		} else if err != nil || string(got) != tt.want {
			t.Errorf("Rewrite(%s), %s, %+v = %s, %v, want %s", tt.msg, tt.policy, tt.shape, got, err, tt.want)
		}
	}
}

func decrypting(t testing.TB) *redact.Filter {
	t.Helper()
	p, err := policy.New([]policy.Rule{{Name: "open", Direction: policy.ToServer, Action: policy.Decrypt}, {Name: "seal", Direction: policy.ToClient, Action: policy.Encrypt}, {Name: "rest", Action: policy.Pass}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(newDetector(t), p, transformers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNumberComesBack(t *testing.T) {
	for _, tt := range []struct{ shape, msg, want string }{
		{"integer", `{"a": "` + cardToken + `" }`, `{"a": ` + card + ` }`},
		{"number", `["` + cardToken + `"]`, `["` + card + `"]`}, // another pointer
		{"integer", `{"a":"no ` + cardToken + `"}`, `{"a":"no ` + card + `"}`},
		{"integer", `{"a":"` + mailToken + `"}`, `{"a":"` + mail + `"}`},
		{"string", `{"a":"` + cardToken + `"}`, `{"a":"` + card + `"}`},
	} {
		c := toServer()
		c.Shapes = shapes{"/a": {Type: tt.shape}}
		f := decrypting(t)
		got, err := f.NewRewriter().Rewrite(t.Context(), c, []byte(tt.msg))
		if err != nil || string(got) != tt.want {
			t.Errorf("Rewrite(%s), schema %s = %s, %v, want %s", tt.msg, tt.shape, got, err, tt.want)
		}
		if out, _, err := write(t, f, c, []byte(tt.msg), func() int { return 1 }); err != nil || out != tt.want {
			t.Errorf("Writer(%s), schema %s = %s, %v, want %s", tt.msg, tt.shape, out, err, tt.want)
		}
	}
}

func TestEcho(t *testing.T) {
	odd := "O'Neil \"Bob\" \\ x"
	call := toServer()
	call.Known = &redact.Known{}
	r := decrypting(t).NewRewriter()
	in := `{"a":"` + seal("PERSON", odd) + `","b":"` + seal("PERSON", "김철수") + `","c":"` + seal("PERSON", "Ann") + `","d":"` + seal("CREDIT_CARD", "12345678") + `"}`
	if _, err := r.Rewrite(t.Context(), call, []byte(in)); err != nil {
		t.Fatal(err)
	}
	if n := call.Known.Len(); n != 4 {
		t.Fatalf("Known.Len() = %d, want 4", n)
	}
	call.Site.Direction = policy.ToClient
	person, kim, ann, num := seal("PERSON", odd), seal("PERSON", "김철수"), seal("PERSON", "Ann"), seal("CREDIT_CARD", "12345678")
	for msg, want := range map[string]string{
		`{"t":"hi O'Neil \"Bob\" \\ x!"}`:               `{"t":"hi ` + person + `!"}`,
		`{"t":"{\"t\":\"O'Neil \\\"Bob\\\" \\\\ x\"}"}`: `{"t":"{\"t\":\"` + person + `\"}"}`,
		`{"t":"O\u0027Neil \u0022Bob\" \\ x"}`:          `{"t":"` + person + `"}`,
		`{"김철수":"김철수는"}`:                                `{"` + kim + `":"` + kim + `는"}`,
		`{"t":"\uae40\ucca0\uc218"}`:                    `{"t":"` + kim + `"}`,
		`{"t":"{\"t\":\"\\uae40\\ucca0\\uc218\"}"}`:     `{"t":"{\"t\":\"` + kim + `\"}"}`,
		`{"t":"Ann, Annual, \nAnn Joann"}`:              `{"t":"` + ann + `, Annual, \n` + ann + ` Joann"}`,
		`{"n":12345678,"m":123456789,"o":-12345678}`:    `{"n":"` + num + `","m":123456789,"o":-12345678}`,
		`{"t":"ANN, ANNUAL, ann"}`:                      `{"t":"` + ann + `, ANNUAL, ann"}`,
		`{"t":"` + ann + `"}`:                           `{"t":"` + ann + `"}`,
		`{"t":"x","u":["y"]}`:                           `{"t":"x","u":["y"]}`,
		`{"full_name":"12345678"}`:                      `{"full_name":"` + num + `"}`,
	} {
		got, err := r.Rewrite(t.Context(), call, []byte(msg))
		if err != nil || string(got) != want {
			t.Errorf("Rewrite(%s) = %s, %v, want %s", msg, got, err, want)
		}
		for _, e := range r.Events() {
			if e.Outcome == redact.Done && e.Decision.Rule.Name != "echo" {
				t.Errorf("Rewrite(%s): decided by %q, want echo", msg, e.Decision.Rule.Name)
			}
		}
		if out, _, err := write(t, decrypting(t), call, []byte(msg), func() int { return 3 }); err != nil || out != want {
			t.Errorf("Writer(%s) = %s, %v, want %s", msg, out, err, want)
		}
	}
	call.Site.Direction = policy.ToServer
	msg := `{"t":"Ann"}`
	if got, err := r.Rewrite(t.Context(), call, []byte(msg)); err != nil || string(got) != msg {
		t.Errorf("to the server, Rewrite(%s) = %s, %v, want it as it is", msg, got, err)
	}
}

func TestKnownIsBounded(t *testing.T) {
	var k redact.Known
	if !k.Add("X", []byte("ab")) || k.Len() != 0 {
		t.Error("Add(two bytes) was not ignored")
	}
	if k.Add("X", make([]byte, 12<<10+1)) {
		t.Error("Add(12 KiB and a byte) = true, want false")
	}
	for i := range 1024 {
		if !k.Add("X", fmt.Appendf(nil, "value %d", i)) {
			t.Fatalf("Add(value %d) = false", i)
		}
	}
	if k.Add("X", []byte("one more")) || !k.Add("X", []byte("value 7")) {
		t.Error("a full Known takes a new value, or refuses an old one")
	}
	// A value that cannot be remembered must not be opened.
	c := toServer()
	c.Known = &k
	if out, err := decrypting(t).NewRewriter().Rewrite(t.Context(), c, []byte(`["`+mailToken+`"]`)); err == nil || out != nil {
		t.Errorf("Rewrite with a full Known = %s, %v, want an error", out, err)
	}
}

// One Filter and one Known serve many goroutines.
func TestConcurrently(t *testing.T) {
	f := decrypting(t)
	known := &redact.Known{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			r := f.NewRewriter()
			up, down := toServer(), toClient()
			up.Known, down.Known = known, known
			name := fmt.Sprintf("Person %d", i)
			for range 50 {
				if _, err := r.Rewrite(t.Context(), up, []byte(`{"a":"`+seal("PERSON", name)+`"}`)); err != nil {
					t.Error(err)
				}
				got, err := r.Rewrite(t.Context(), down, []byte(`["`+name+`"]`))
				if want := `["` + seal("PERSON", name) + `"]`; err != nil || string(got) != want {
					t.Errorf("Rewrite(%q) = %s, %v, want %s", name, got, err, want)
				}
			}
		})
	}
	wg.Wait()
}

// Equal values get equal replacements, whatever the transformer does.
func TestEqualValuesEqualReplacements(t *testing.T) {
	p, err := policy.New([]policy.Rule{{Name: "all", Action: policy.Hash}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	f, err := redact.New(newDetector(t), p, redact.Transformers{{Action: policy.Hash}: redact.TransformerFunc(func(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
		n++
		return fmt.Appendf(dst, "<%d>", n), nil
	})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := f.NewRewriter()
	for range 2 {
		n = 0
		msg := `{"a":"x@a.com y@a.com","b":["x\u0040a.com",4111111111111111,"4111111111111111"]}`
		got, err := r.Rewrite(t.Context(), toClient(), []byte(msg))
		if want := `{"a":"<1> <2>","b":["<1>","<3>","<3>"]}`; err != nil || string(got) != want {
			t.Errorf("Rewrite(%s) = %s, %v, want %s", msg, got, err, want)
		}
	}
}

// A value of which no end is in sight is replaced to the end of its string.
func TestCut(t *testing.T) {
	f := newFilter(t, "*:encrypt")
	for _, n := range []int{70, 4000, 15000, 40000, 300000} {
		secret := "sk_live_" + strings.Repeat("a", n)
		want := `["[SECRET]",1]`
		if n <= 4000 { // what is longer is too long to seal
			want = `["` + seal("SECRET", secret) + `",1]`
		}
		msg := `["` + secret + `",1]`
		got, err := f.NewRewriter().Rewrite(t.Context(), toClient(), []byte(msg))
		if err != nil || string(got) != want {
			t.Errorf("Rewrite(a secret of %d bytes) = %.100s, %v, want %.100s", n, got, err, want)
		}
		if out, _, err := write(t, f, toClient(), []byte(msg), func() int { return 5000 }); err != nil || out != want {
			t.Errorf("Writer(a secret of %d bytes) = %.100s, %v, want %.100s", n, out, err, want)
		}
	}
}

// A label in a name could make two members one.
func TestNameIsNotLabelled(t *testing.T) {
	r := newFilter(t, "*:encrypt").NewRewriter()
	msg := `{"sk_live_` + strings.Repeat("a", 20000) + `":1}`
	var blocked *redact.BlockedError
	if out, err := r.Rewrite(t.Context(), toClient(), []byte(msg)); !errors.As(err, &blocked) || blocked.Reason == "" {
		t.Errorf("Rewrite(a long secret as a name) = %.80s, %v, want it blocked", out, err)
	}
}

func TestNewRefuses(t *testing.T) {
	p, err := policy.New([]policy.Rule{{Name: "seal it", Action: policy.Encrypt, With: "v2"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := redact.New(newDetector(t), p, transformers(), nil); err == nil || !strings.Contains(err.Error(), `"seal it"`) || !strings.Contains(err.Error(), "encrypt with v2") {
		t.Errorf("New(a policy that asks for what is not there) = %v, want an error that names the rule", err)
	}
	if _, err := redact.New(nil, p, nil, nil); err == nil {
		t.Error("New(nil detector) = nil error")
	}
}

func TestLimits(t *testing.T) {
	p, _ := policy.New([]policy.Rule{{Name: "all", Action: policy.Pass}})
	f, err := redact.New(newDetector(t), p, nil, &redact.Options{MaxMessage: 10, MaxDepth: 2})
	if err != nil {
		t.Fatal(err)
	}
	r := f.NewRewriter()
	if _, err := r.Rewrite(t.Context(), nil, []byte(`"12345678901"`)); !errors.Is(err, redact.ErrTooLong) {
		t.Errorf("Rewrite(13 bytes) = %v, want ErrTooLong", err)
	}
	var bad *redact.SyntaxError
	if _, err := r.Rewrite(t.Context(), nil, []byte(`[[[]]]`)); !errors.As(err, &bad) || bad.Offset != 2 {
		t.Errorf("Rewrite(three deep) = %v, want a SyntaxError at 2", err)
	}
}

// No error and no event shows a value, or a name that is one.
// A token that cannot be looked into for want of a key is not taken for a forged one.
func TestBrokenKeyRefuses(t *testing.T) {
	broken := redact.TransformerFunc(func(context.Context, []byte, redact.Value) ([]byte, error) { return nil, errors.New("no key") })
	p, err := policy.New([]policy.Rule{{Name: "open", Direction: policy.ToServer, Action: policy.Decrypt}, {Name: "rest", Action: policy.Pass}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(newDetector(t), p, redact.Transformers{{Action: policy.Decrypt}: broken}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*redact.Call{toServer(), toClient()} {
		if out, err := f.NewRewriter().Rewrite(t.Context(), c, []byte(`{"x":"`+mailToken+`"}`)); err == nil || out != nil {
			t.Errorf("Rewrite %v without a key = %s, %v, want an error and no bytes", c.Site.Direction, out, err)
		}
	}
}

func TestErrorsHoldNoValue(t *testing.T) {
	broken := redact.TransformerFunc(func(context.Context, []byte, redact.Value) ([]byte, error) { return nil, errors.New("no key") })
	p, _ := policy.New([]policy.Rule{{Name: "all", Action: policy.Hash}})
	f, err := redact.New(newDetector(t), p, redact.Transformers{{Action: policy.Hash}: broken}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, msg := range []string{`{"jane@example.com":{"x":"4111111111111111"}}`, `{"a":{"full_name":"Canary"}}`, `{"x":["` + card + `",}`} {
		for _, f := range []*redact.Filter{f, newFilter(t, "*:block"), newFilter(t, "EMAIL_ADDRESS:pass,*:block")} {
			r := f.NewRewriter()
			_, err := r.Rewrite(t.Context(), toClient(), []byte(msg))
			if err == nil {
				t.Fatalf("Rewrite(%s) = nil error", msg)
			}
			said := fmt.Sprintf("%v %+v", err, r.Events())
			for _, canary := range []string{"jane", "4111", "Canary"} {
				if strings.Contains(said, canary) {
					t.Errorf("Rewrite(%s): %s shows the value", msg, said)
				}
			}
		}
	}
	v := redact.Value{Text: []byte("Canary"), Entity: "PERSON"}
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	if strings.Contains(b.String(), "Canary") {
		t.Errorf("log shows the value: %s", b.String())
	}
}

func TestMask(t *testing.T) {
	for _, tt := range []struct {
		keep       int
		text, want string
	}{
		{4, "4111-1111-1111-1234", "****-****-****-1234"}, {4, "123", "***"}, {4, "1234", "****"}, {0, "ab c", "** *"}, {2, "김철수", "*철수"}, {-1, "ab", "**"}, {3, "", ""},
	} {
		got, err := redact.Mask(tt.keep).Transform(t.Context(), nil, redact.Value{Text: []byte(tt.text)})
		if err != nil || string(got) != tt.want {
			t.Errorf("Mask(%d)(%q) = %q, %v, want %q", tt.keep, tt.text, got, err, tt.want)
		}
	}
}

// A Rewriter remembers what policy decided, and for which site.
func TestDecisionsAreOfASite(t *testing.T) {
	p, err := policy.New([]policy.Rule{
		{Name: "mail", Names: []string{"mail"}, Entities: []string{"EMAIL_ADDRESS"}, Action: policy.Pass},
		{Name: "path", Names: []string{"crm"}, Paths: []string{"/a"}, Action: policy.Pass},
		{Name: "rest", Action: policy.Redact},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(newDetector(t), p, transformers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := f.NewRewriter()
	in := fmt.Sprintf(`{"a":"%s","b":"%s","c":%s}`, mail, mail, card)
	want := map[string]string{
		"mail":  fmt.Sprintf(`{"a":"%s","b":"%s","c":"[CREDIT_CARD]"}`, mail, mail),
		"crm":   fmt.Sprintf(`{"a":"%s","b":"[EMAIL_ADDRESS]","c":"[CREDIT_CARD]"}`, mail),
		"other": `{"a":"[EMAIL_ADDRESS]","b":"[EMAIL_ADDRESS]","c":"[CREDIT_CARD]"}`,
	}
	for range 2 {
		for _, name := range []string{"mail", "crm", "other", "mail", "other", "crm"} {
			c := toClient()
			c.Site.Name = name
			if got, err := r.Rewrite(t.Context(), c, []byte(in)); err != nil || string(got) != want[name] {
				t.Errorf("Rewrite at %s = %s, %v, want %s", name, got, err, want[name])
			}
		}
	}
}

// It remembers them by how sure a finding is, too.
func TestDecisionsAreOfAConfidence(t *testing.T) {
	det, err := detect.New([]detect.Rule{{ID: "a", Entity: "EMAIL_ADDRESS", Tier: detect.ByItself, Context: []string{"mail"}, Patterns: []detect.Pattern{{Expr: "[A-Z]{2}[0-9]{4}", Guard: detect.GuardWord}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.New([]policy.Rule{{Name: "sure", MinConfidence: detect.High, Action: policy.Redact}, {Name: "rest", Action: policy.Pass}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(det, p, transformers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := f.NewRewriter()
	gap := strings.Repeat(". ", 60)
	for in, want := range map[string]string{
		`["AB1234 ` + gap + `mail CD5678"]`: `["AB1234 ` + gap + `mail [EMAIL_ADDRESS]"]`,
		`["mail AB1234 ` + gap + `CD5678"]`: `["mail [EMAIL_ADDRESS] ` + gap + `CD5678"]`,
	} {
		for range 2 {
			if got, err := r.Rewrite(t.Context(), toClient(), []byte(in)); err != nil || string(got) != want {
				t.Errorf("Rewrite(%s) = %s, %v, want %s", in, got, err, want)
			}
		}
	}
}
