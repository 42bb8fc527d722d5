package detect_test

import (
	"fmt"
	"testing"

	. "github.com/mcpveil/mcpveil/detect"
)

func TestSmoke(t *testing.T) {
	rules := []Rule{
		{ID: "email", Entity: "EMAIL", Tier: ByItself, MaxLen: 254, Patterns: []Pattern{{Expr: `[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}`, Guard: GuardWord}}, Fields: []string{"email"}},
		{ID: "card", Entity: "CARD", Tier: ByItself, Patterns: []Pattern{{Expr: `[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}`, Guard: GuardDigit}}, Checks: []Check{{"card", Require}}},
		{ID: "ssn", Entity: "SSN", Tier: WithContext, Context: []string{"ssn", "social security"}, Fields: []string{"ssn"}, Patterns: []Pattern{{Expr: `\d{3}-\d{2}-\d{4}`, Guard: GuardDigit}}},
		{ID: "pw", Entity: "PASSWORD", Tier: ByField, Fields: []string{"password", "비밀번호"}},
		{ID: "cvv", Entity: "CVV", Tier: ByField, Fields: []string{"cvv"}, Patterns: []Pattern{{Expr: `\d{3,4}`, Guard: GuardDigit}}},
		{ID: "gh", Entity: "GH", Tier: ByItself, Patterns: []Pattern{{Expr: `gh[pousr]_[0-9A-Za-z]{36}`, Guard: GuardWord}}},
		{ID: "kv", Entity: "KV", Tier: ByItself, MaxLen: 100, Patterns: []Pattern{{Expr: `(?i)\bpwd\s*[:=]\s*(?P<value>\S{3,})`}}},
		{ID: "net", Entity: "NET", Tier: ByItself, MaxLen: 100, Patterns: []Pattern{{Engine: Regexp2, Expr: `(?<!x)zz(?P<value>[0-9]{3})(?!9)`}}},
		{ID: "name", Entity: "PERSON", Tier: ByField, Fields: []string{"name"}, Parents: []string{"user"}, Siblings: []string{"email"}},
	}
	d, err := New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Plan() {
		t.Logf("%+v", p)
	}
	for _, text := range []string{
		`mail jane.doe@example.com now`, `x\njane@example.com`, `4111 1111 1111 1111`, `{"n":4111111111111111}`, `1.4111111111111111`, `4111 1111 1111 1111 123`,
		`ssn: 123-45-6789`, `order 123-45-6789`, `{"ssn":"123-45-6789"}`, `{"password":"hunter\"2"}`, `{\"password\": \"hunter\"}`, `{"비밀번호":"abc"}`, `{"cvv": 123}`,
		"ghp_abcdefghijklmnopqrstuvwxyz0123456789", `pwd = secret99 x`, `zz1234 zz1239 xzz123`,
		`{"user":{"name":"Jane"},"name":"tool"}`, `[{"name":"Bob","email":"b@x.org"}]`, `{"name":"x"}`,
	} {
		s := ""
		for _, f := range d.Append(nil, Text{Raw: []byte(text), Escaped: true, Final: true}) {
			s += fmt.Sprintf(" %s[%s]%.2f", f.Rule.ID, text[f.Start:f.End], f.Score)
		}
		t.Logf("%s → %s", text, s)
	}
}
