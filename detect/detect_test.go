package detect_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

var rules = []detect.Rule{
	{ID: "email", Entity: "EMAIL_ADDRESS", Tier: detect.ByItself, MaxLen: 254, Fields: []string{"email"}, Patterns: []detect.Pattern{
		{Expr: `[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}`, Guard: detect.GuardWord}}},
	{ID: "card", Entity: "CREDIT_CARD", Tier: detect.ByItself, Checks: []detect.Check{{Name: "tenth", Mode: detect.Require}}, Patterns: []detect.Pattern{
		{Expr: `[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}`, Guard: detect.GuardDigit}}},
	{ID: "ssn", Entity: "US_SSN", Tier: detect.WithContext, Context: []string{"ssn", "social security", "주민번호"}, Against: []string{"order"}, Fields: []string{"ssn", "social security number"},
		Patterns: []detect.Pattern{{Expr: `\d{3}-\d{2}-\d{4}`, Guard: detect.GuardDigit}}},
	{ID: "rare", Entity: "RARE", Tier: detect.WithContext, Context: []string{"rare"}, Checks: []detect.Check{{Name: "hundredth", Mode: detect.Boost}},
		Patterns: []detect.Pattern{{Expr: `R?\d{7}`, Guard: detect.GuardWord}}},
	{ID: "password", Entity: "PASSWORD", Tier: detect.ByField, Fields: []string{"password", "비밀번호"}},
	{ID: "pin", Entity: "PIN", Tier: detect.ByField, MaxLen: 16, Fields: []string{"pin"}},
	{ID: "cvv", Entity: "CARD_CVV", Tier: detect.ByField, Fields: []string{"cvv"}, Patterns: []detect.Pattern{{Expr: `\d{3,4}`, Guard: detect.GuardDigit}}},
	{ID: "github", Entity: "GITHUB_TOKEN", Tier: detect.ByItself, Patterns: []detect.Pattern{{Expr: `gh[pousr]_[0-9A-Za-z]{36}`, Guard: detect.GuardWord}}},
	{ID: "assign", Entity: "PASSWORD", Tier: detect.ByItself, MaxLen: 100, Patterns: []detect.Pattern{{Expr: `(?i)\bpwd\s*[:=]\s*(?P<value>\S{3,})`}}},
	{ID: "net", Entity: "NET", Tier: detect.ByItself, Patterns: []detect.Pattern{{Engine: detect.Regexp2, Expr: `é?zz(?=\d{3}[a-f])(?<value>\d{3})`}}},
	{ID: "fixed", Entity: "FIXED", Tier: detect.ByItself, Patterns: []detect.Pattern{{Expr: `1756-\d{12}`, Guard: detect.GuardWord}}},
	{ID: "back", Entity: "BACK", Tier: detect.ByItself, Patterns: []detect.Pattern{{Engine: detect.Regexp2, Expr: `qq(['"])(?<value>[a-z]{1,9})\1`}}},
	{ID: "look", Entity: "LOOK", Tier: detect.ByItself, Patterns: []detect.Pattern{{Engine: detect.Regexp2, Expr: `(?<![x:])yy\d{2}(?!\d*9)`}}},
	{ID: "name", Entity: "PERSON", Tier: detect.ByField, Fields: []string{"name"}, Parents: []string{"user"}, Siblings: []string{"email"}},
	{ID: "first", Entity: "PERSON", Tier: detect.ByField, Fields: []string{"first name"}},
	{ID: "jwt", Entity: "JWT", Tier: detect.ByItself, MaxLen: 64, Patterns: []detect.Pattern{{Expr: `eyJ[\w-]+\.[\w-]+`, Guard: detect.GuardWord}}},
	{ID: "pem", Entity: "PRIVATE_KEY", Tier: detect.ByItself, MaxLen: 400, Patterns: []detect.Pattern{{Expr: `-----BEGIN KEY-----(?s:.)*?-----END KEY-----`}}},
}

var validators = map[string]detect.Validator{
	"tenth":     {Valid: func(b []byte) bool { return b[len(b)-1] == '1' }, PassRate: .1},
	"hundredth": {Valid: func(b []byte) bool { return string(b[len(b)-2:]) == "00" }, PassRate: .01},
}

func newDetector(t *testing.T) *detect.Detector {
	t.Helper()
	d, err := detect.New(rules, &detect.Options{Validators: validators})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func show(text string, fs []detect.Finding) string {
	var all []string
	for _, f := range fs {
		cut := ""
		if f.Cut {
			cut = "…"
		}
		all = append(all, fmt.Sprintf("%s[%s%s]%.2f", f.Rule.ID, text[f.Start:f.End], cut, f.Score))
	}
	return strings.Join(all, " ")
}

func TestAppend(t *testing.T) {
	d := newDetector(t)
	for _, test := range []struct{ text, want string }{
		// Anchors of each kind, and what stands beside a match.
		{`mail jane.doe@example.com now`, `email[jane.doe@example.com]0.60`},
		{`jane@example.com.`, `email[jane@example.com]0.60`},
		{`@example.com jane@`, ``},
		{`ghp_abcdefghijklmnopqrstuvwxyz0123456789`, `github[ghp_abcdefghijklmnopqrstuvwxyz0123456789]0.85`},
		{`xghp_abcdefghijklmnopqrstuvwxyz0123456789`, ``},
		{`ghp_abcdefghijklmnopqrstuvwxyz0123456789x`, ``},
		{`전화ghp_abcdefghijklmnopqrstuvwxyz0123456789입니다`, `github[ghp_abcdefghijklmnopqrstuvwxyz0123456789]0.85`},

		// Digits: groups, floats, tables, the longest that passes.
		{`4000 0000 0000 0001`, `card[4000 0000 0000 0001]0.85`},
		{`1234 4000 0000 0000 0001`, `card[4000 0000 0000 0001]0.85`},
		{`4000 0000 0000 0001 123`, `card[4000 0000 0000 0001]0.85`},
		{`4000000000000002`, ``},
		{`{"n":4000000000000001}`, `card[4000000000000001]0.85`},
		{`ID4000000000000001`, `card[4000000000000001]0.85`},
		{`1.4000000000000001`, ``},
		{`4000000000000001.5`, ``},
		{`4000000000000001. Next`, `card[4000000000000001]0.85`},
		{`4.000000000000001e4000000000000001`, ``},
		{`14000000000000001`, ``},
		{`1-4000000000000001`, ``},
		{`4000000000000001-1`, ``},
		{`4000000000000001,4000000000000011`, `card[4000000000000001]0.85 card[4000000000000011]0.85`},
		{`123e4567-e89b-12d3-a456-4266141740a1`, ``},
		{`123e4567-e89b-12d3-1756-123456789756`, ``},
		{`1756-123456789756`, `fixed[1756-123456789756]0.60`},
		{`deadbeefdeadbeefdead 4000000000000001`, `card[4000000000000001]0.85`},
		{`deadbeefdeadbeefdead4000000000000001`, ``},

		// Context: near, whole words, any script, in snake and camel case.
		{`123-45-6789`, ``},
		{`ssn 123-45-6789`, `ssn[123-45-6789]0.65`},
		{`My SSNs: 123-45-6789`, `ssn[123-45-6789]0.65`},
		{`ssnx 123-45-6789`, ``},
		{`user_ssn=123-45-6789`, `ssn[123-45-6789]0.65`},
		{`userSsn=123-45-6789`, `ssn[123-45-6789]0.65`},
		{`Social  Security: 123-45-6789`, `ssn[123-45-6789]0.65`},
		{`123-45-6789 (ssn)`, `ssn[123-45-6789]0.65`},
		{`주민번호는 123-45-6789`, `ssn[123-45-6789]0.65`},
		{`ssn of the order 123-45-6789`, ``},
		{`ssn ` + strings.Repeat("-", 60) + ` 123-45-6789`, ``},
		{`ssn 2024-01-15T10:11:12 +123-45-6789`, `ssn[123-45-6789]0.65`},

		// Checks: few random strings pass, so alone is enough, but not for bare digits.
		{`R1234500`, `rare[R1234500]0.99`},
		{`1234500`, ``},
		{`R1234567`, ``},
		{`rare 1234500`, `rare[1234500]1.00`},
		{`rare R1234567`, `rare[R1234567]0.50`},

		// Fields.
		{`{"ssn":"123-45-6789"}`, `ssn[123-45-6789]1.00`},
		{`{"SocialSecurityNumber": "no. 123-45-6789"}`, `ssn[123-45-6789]1.00`},
		{`{"user_ssn":["x","123-45-6789"]}`, `ssn[123-45-6789]0.95`},
		{`{"id":["x","123-45-6789"]}`, ``},
		{`{"password":"hunter\"2"}`, `password[hunter\"2]0.55`},
		{`{\"password\": \"hunter\"}`, `password[hunter]0.55`},
		{`"{\\\"password\\\":\\\"a\\\\\\\"b\\\"}"`, `password[a\\\\\\\"b]0.55`},
		{`{"비밀번호":"abc"}`, `password[abc]0.55`},
		{`{'password': 'abc'}`, `password[abc]0.55`},
		{`{"PASS_WORD" : 12.5}`, `password[12.5]0.55`},
		{`{"password":""}`, ``},
		{`{"password":null,"password":true,"password":{},"password":[]}`, ``},
		{`{"password":"********"}`, ``},
		{`{"password":"[PASSWORD]"}`, ``},
		{`{"password":"pii-password-1qpzry9x8gf2tvdw0"}`, ``},
		{`{"pin":"0123456789abcdef"}`, `pin[0123456789abcdef]0.55`},
		{`{"pin":"0123456789abcde\u0041xyz"}`, `pin[0123456789abcde…]0.55`},
		{`{"cvv": 123, "n": 456}`, `cvv[123]0.55`},
		{`{"cvv":"12 or 345"}`, `cvv[345]0.55`},
		{`{"firstName":"Jane","last":"x"}`, `first[Jane]0.55`},
		{`{"user":{"name":"Jane"},"name":"tool"}`, `name[Jane]0.55`},
		{`{"users":[{"id":1},{"name":"Jane"}]}`, `name[Jane]0.55`},
		{`[{"name":"Bob","tags":["x"],"email":"b@x.org"},{"name":"tool","type":"email"}]`, `name[Bob]0.55 email[b@x.org]1.00`},
		{`{"email":"b@x.org","name":"Bob"}`, `email[b@x.org]1.00 name[Bob]0.55`},
		{`{"name":"x","arguments":{"email":"b@x.org"}}`, `email[b@x.org]1.00`},

		// Escapes: their letters are no text.
		{`x\njane@example.com`, `email[jane@example.com]0.60`},
		{`x\\njane@example.com`, `email[jane@example.com]0.60`},
		{`x\u000ajane@example.com`, `email[jane@example.com]0.60`},
		{`\nghp_abcdefghijklmnopqrstuvwxyz0123456789\n`, `github[ghp_abcdefghijklmnopqrstuvwxyz0123456789]0.85`},
		{`\u00e94000000000000001`, `card[4000000000000001]0.85`},
		{`pwd=secret\nnext`, `assign[secret]0.60`},
		{`\npwd=secret`, `assign[secret]0.60`},
		{`-----BEGIN KEY-----\nAA\n-----END KEY----- -----END KEY-----`, `pem[-----BEGIN KEY-----\nAA\n-----END KEY-----]0.85`},

		// The group named value, look-around, and .NET's engine.
		{`pwd = secret99 x`, `assign[secret99]0.60`},
		{`zz1234 zz123a ézz456b`, `net[123]0.60 net[456]0.60`},
		{`qq'abc' qq"def' qq"ghi"`, `back[abc]0.60 back[ghi]0.60`},
		{`yy12 xyy12 :yy12 yy1239 yy12345`, `look[yy12]0.60 look[yy12]0.60`},

		// Too long for the rule.
		{`eyJ` + strings.Repeat("a", 20) + `.` + strings.Repeat("b", 40), `jwt[eyJ` + strings.Repeat("a", 20) + `.` + strings.Repeat("b", 40) + `]0.60`},
		{`eyJ` + strings.Repeat("a", 20) + `.` + strings.Repeat("b", 41), `jwt[eyJ` + strings.Repeat("a", 20) + `.` + strings.Repeat("b", 40) + `…]0.60`},
	} {
		got := show(test.text, d.Append(nil, detect.Text{Raw: []byte(test.text), Escaped: true, Final: true}))
		if got != test.want {
			t.Errorf("Append(%s) = %s, want %s", test.text, got, test.want)
		}
	}
}

// A pattern that takes for ever is taken to match.
func TestTimeout(t *testing.T) {
	d, err := detect.New([]detect.Rule{{ID: "x", Entity: "X", Tier: detect.ByItself, Patterns: []detect.Pattern{
		{Engine: detect.Regexp2, Expr: `zz(?=(?:a|aa|a)*b)a{1,60}(?!c)b?`}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ text, want string }{
		{"zzaab", "x[zzaab]0.60"},
		{"zzaa", ""},
		{"zz" + strings.Repeat("a", 60), "x[zz" + strings.Repeat("a", 60) + "]0.60"},
	} {
		if got := show(test.text, d.Append(nil, detect.Text{Raw: []byte(test.text), Final: true})); got != test.want {
			t.Errorf("Append(%s) = %s, want %s", test.text, got, test.want)
		}
	}
}

func TestKey(t *testing.T) {
	d := newDetector(t)
	for _, test := range []struct{ key, text, want string }{
		{"password", "hunter2", "password[hunter2]0.55"},
		{"Password", "true", ""},
		{"ssn", "123-45-6789", "ssn[123-45-6789]0.75"},
		{"cvv", "it is 123", "cvv[123]0.55"},
		{"other", "123-45-6789", ""},
		{"", "hunter2", ""},
	} {
		got := show(test.text, d.Append(nil, detect.Text{Raw: []byte(test.text), Key: []byte(test.key), Final: true}))
		if got != test.want {
			t.Errorf("Append(%s) with the key %s = %s, want %s", test.text, test.key, got, test.want)
		}
	}
}

func TestRange(t *testing.T) {
	d := newDetector(t)
	text := "a@b.cc d@e.ff g@h.ii"
	got := show(text, d.Append(nil, detect.Text{Raw: []byte(text), From: 1, To: 8, Final: true}))
	if want := "email[d@e.ff]0.60"; got != want {
		t.Errorf("Append(%s) from 1 to 8 = %s, want %s", text, got, want)
	}
	kept := []detect.Finding{{Start: 99}}
	if all := d.Append(kept, detect.Text{Raw: []byte(text), Final: true}); len(all) != 4 || all[0].Start != 99 {
		t.Errorf("Append to one finding returned %d, the first at %d; want 4 and 99", len(all), all[0].Start)
	}
	n := 0
	for f := range d.All([]byte(text)) {
		if n++; f.Start > 6 {
			break
		}
	}
	if n != 2 {
		t.Errorf("All went on after it was stopped, or found too little: %d findings, want 2", n)
	}
}

func TestMinScore(t *testing.T) {
	d, err := detect.New(rules, &detect.Options{Validators: validators, MinScore: .7})
	if err != nil {
		t.Fatal(err)
	}
	text := "a@b.cc 4000000000000001"
	if got, want := show(text, d.Append(nil, detect.Text{Raw: []byte(text), Final: true})), "card[4000000000000001]0.85"; got != want {
		t.Errorf("Append(%s) = %s, want %s", text, got, want)
	}
}

// With rules for tokens there is someone to say whether a token is ours.
func TestSealed(t *testing.T) {
	all := append([]detect.Rule{{ID: "token", Entity: "PASSWORD", Sealed: true, Tier: detect.ByItself, Patterns: []detect.Pattern{
		{Expr: `pii-password-1[a-z0-9]{12,99}`, Guard: detect.GuardWord}}}}, rules...)
	d, err := detect.New(all, &detect.Options{Validators: validators})
	if err != nil {
		t.Fatal(err)
	}
	text := `{"password":"pii-password-1qpzry9x8gf2tvdw0"}`
	got := show(text, d.Append(nil, detect.Text{Raw: []byte(text), Final: true}))
	if want := "password[pii-password-1qpzry9x8gf2tvdw0]0.55 token[pii-password-1qpzry9x8gf2tvdw0]0.85"; got != want {
		t.Errorf("Append(%s) = %s, want %s", text, got, want)
	}
}

func TestNewErrors(t *testing.T) {
	good := func(change func(*detect.Rule)) detect.Rule {
		r := detect.Rule{ID: "x", Entity: "X", Tier: detect.ByItself, Patterns: []detect.Pattern{{Expr: "abc"}}}
		change(&r)
		return r
	}
	expr := func(expr string) detect.Rule {
		return good(func(r *detect.Rule) { r.Patterns[0].Expr = expr })
	}
	for _, test := range []struct {
		rule detect.Rule
		want string
	}{
		{good(func(r *detect.Rule) { r.ID = "" }), "no ID"},
		{good(func(r *detect.Rule) { r.Entity = "" }), "no Entity"},
		{good(func(r *detect.Rule) { r.Tier = 0 }), "unknown tier 0"},
		{good(func(r *detect.Rule) { r.Tier = detect.WithContext }), "nothing could ever speak"},
		{good(func(r *detect.Rule) { r.Tier = detect.ByField }), "needs Fields"},
		{good(func(r *detect.Rule) { r.Patterns = nil }), "needs Fields"},
		{good(func(r *detect.Rule) { r.Parents = []string{"user"} }), "Parents"},
		{good(func(r *detect.Rule) { r.Checks = []detect.Check{{Name: "luhm"}} }), `unknown validator "luhm"`},
		{good(func(r *detect.Rule) { r.Context = []string{" - "} }), `context word " - "`},
		{good(func(r *detect.Rule) { r.Fields = []string{"_"} }), `field name "_"`},
		{good(func(r *detect.Rule) { r.MaxLen = -1 }), "MaxLen is -1"},
		{good(func(r *detect.Rule) { r.Patterns[0].Guard = 9 }), "unknown guard"},
		{good(func(r *detect.Rule) { r.Patterns[0].Engine = 9 }), "unknown engine"},
		{good(func(r *detect.Rule) { r.Patterns[0] = detect.Pattern{Engine: detect.Regexp2, Expr: `(a)(?(1)b|c)`} }), "must be RE2"},
		{good(func(r *detect.Rule) { r.Patterns[0] = detect.Pattern{Engine: detect.Regexp2, Expr: `(a)\2`} }), "group"},
		{good(func(r *detect.Rule) { r.Patterns[0] = detect.Pattern{Engine: detect.Regexp2, Expr: `(?<!a*)b`} }), "look-around"},
		{expr("a("), "missing closing )"},
		{expr("a*"), "empty string"},
		{expr("a+"), "needs MaxLen"},
		{expr("^a"), "use a guard"},
		{expr("a$"), "use a guard"},
		{expr(`a[^\x00-\x{10FFFF}]`), "never match"},
		{expr("(?:(?P<value>a)b){2}"), "inside a repetition"},
		{expr("a(?P<value>b?)"), "can be empty"},
		{expr(`\pL{500}`), "too large"},
	} {
		_, err := detect.New([]detect.Rule{test.rule}, nil)
		if e := (*detect.RuleError)(nil); !errors.As(err, &e) || e.RuleID != test.rule.ID || !strings.Contains(err.Error(), test.want) {
			t.Errorf("New(%+v): error %v, want a RuleError with %q", test.rule, err, test.want)
		}
	}
	_, err := detect.New([]detect.Rule{expr("a*"), expr("b*")}, nil)
	for _, want := range []string{"another rule has the same ID", "empty string"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New with two mistakes: error %v, want %q in it", err, want)
		}
	}
	if _, err := detect.New(nil, nil); err != nil {
		t.Errorf("New(nil, nil): %v", err)
	}
}

func TestRulesAndMargins(t *testing.T) {
	d := newDetector(t)
	i := 0
	for r := range d.Rules() {
		if r.ID != rules[i].ID {
			t.Errorf("Rules: the %d. is %s, want %s", i, r.ID, rules[i].ID)
		}
		i++
	}
	if i != len(rules) {
		t.Errorf("Rules yielded %d, want %d", i, len(rules))
	}
	if before, after := d.Margins(); before < 400 || after < 400 {
		t.Errorf("Margins() = %d, %d, want at least the longest match, 400", before, after)
	}
}
