package detect

import "testing"

// testRules returns about sixty rules of all kinds, for tests of the engine.
func testRules() []Rule {
	one := func(id string, tier Tier, guard Guard, expr string) Rule {
		return Rule{ID: id, Entity: Entity(id), Tier: tier, Patterns: []Pattern{{Expr: expr, Guard: guard}}}
	}
	rules := []Rule{
		{ID: "email", Entity: "EMAIL_ADDRESS", Tier: ByItself, MaxLen: 254, Fields: []string{"email", "e-mail"}, Patterns: []Pattern{
			{Expr: `[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}`, Guard: GuardWord}}},
		{ID: "card", Entity: "CREDIT_CARD", Tier: ByItself, Context: []string{"card", "카드"}, Checks: []Check{{"luhn", Require}}, Patterns: []Pattern{
			{Expr: `[2-6][0-9]{3}(?:[ \-]?[0-9]{4}){2}[ \-]?[0-9]{1,7}`, Guard: GuardDigit}, {Expr: `3[47][0-9]{2}[ \-]?[0-9]{6}[ \-]?[0-9]{5}`, Guard: GuardDigit}}},
		{ID: "ssn", Entity: "US_SSN", Tier: WithContext, Context: []string{"ssn", "social security", "social security number"}, Against: []string{"order"}, Fields: []string{"ssn"},
			Patterns: []Pattern{{Expr: `[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}`, Guard: GuardDigit}, {Expr: `[0-8][0-9]{8}`, Guard: GuardDigit}}},
		{ID: "phone", Entity: "PHONE_NUMBER", Tier: WithContext, Context: []string{"phone", "tel", "전화", "연락처"}, Fields: []string{"phone", "phone number"},
			Patterns: []Pattern{{Expr: `(?:\+[0-9]{1,3}[ \-.]?)?\(?[0-9]{2,4}\)?[ \-.][0-9]{3,4}[ \-.][0-9]{4}`, Guard: GuardDigit}}},
		{ID: "dob", Entity: "DATE_OF_BIRTH", Tier: WithContext, Context: []string{"born", "date of birth", "생년월일"}, Fields: []string{"dob", "birth date"},
			Patterns: []Pattern{{Expr: `(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}`, Guard: GuardDigit},
				{Expr: `(?i)[0-9]{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6} [0-9]{4}`, Guard: GuardWord}}},
		{ID: "password", Entity: "PASSWORD", Tier: ByField, Fields: []string{"password", "passwd", "client secret", "비밀번호"}},
		{ID: "cvv", Entity: "CARD_CVV", Tier: ByField, Fields: []string{"cvv", "security code"}, Patterns: []Pattern{{Expr: `[0-9]{3,4}`, Guard: GuardDigit}}},
		{ID: "name", Entity: "PERSON", Tier: ByField, MaxLen: 64, Fields: []string{"name"}, Parents: []string{"user", "customer"}, Siblings: []string{"email", "phone"}},
		{ID: "first-name", Entity: "PERSON", Tier: ByField, MaxLen: 64, Fields: []string{"first name", "last name"}},
		{ID: "bearer", Entity: "TOKEN", Tier: ByItself, MaxLen: 512, Patterns: []Pattern{{Expr: `(?i)\bbearer (?P<value>[a-z0-9._~+/\-]{16,})`}}},
		{ID: "assign", Entity: "PASSWORD", Tier: ByItself, MaxLen: 96, Patterns: []Pattern{{Expr: `(?i)\bpass(?:word|wd)["']? ?[:=] ?["']?(?P<value>[^\s"',;]{6,64})["';, ]`}}},
		{ID: "jwt", Entity: "JWT", Tier: ByItself, MaxLen: 4096, Patterns: []Pattern{{Expr: `eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16,}`, Guard: GuardWord}}},
		{ID: "pem", Entity: "PRIVATE_KEY", Tier: ByItself, MaxLen: 4096, Patterns: []Pattern{{Expr: `-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?s:.){16,}?-----END [A-Z ]{0,20}PRIVATE KEY-----`}}},
		{ID: "url", Entity: "URL_CREDENTIALS", Tier: ByItself, Patterns: []Pattern{{Expr: `[a-z]{3,10}://[A-Za-z0-9._\-]{1,40}:(?P<value>[A-Za-z0-9._~!$&*+\-]{1,60})@`}}},
		{ID: "look", Entity: "MAC_ADDRESS", Tier: ByItself, Patterns: []Pattern{{Engine: Regexp2, Expr: `(?<![0-9A-Fa-f:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?!:?[0-9A-Fa-f])`}}},
		{ID: "net", Entity: "NET", Tier: ByItself, Patterns: []Pattern{{Engine: Regexp2, Expr: `zq(?=[a-z0-9]{0,8}7)[a-z]{2}(?<value>[0-9]{3})(?!9)`}}},
		{ID: "token", Entity: "EMAIL_ADDRESS", Sealed: true, Tier: ByItself, MaxLen: 2048, Patterns: []Pattern{{Expr: `pii-email-1[ac-hj-np-z02-9]{12,}`, Guard: GuardWord}}},
		{ID: "hangul", Entity: "PERSON", Tier: ByItself, Patterns: []Pattern{{Expr: `(?:성명|이름) ?: ?(?P<value>[가-힣]{2,4})`}}},
		{ID: "boost", Entity: "KR_RRN", Tier: WithContext, Context: []string{"주민번호", "rrn"}, Checks: []Check{{"luhn", Boost}}, Patterns: []Pattern{{Expr: `[0-9]{6}-[1-8][0-9]{6}`, Guard: GuardDigit}}},
	}
	for id, expr := range map[string]string{
		"iban": `[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}`, "aws": `(?:AKIA|ASIA)[A-Z0-9]{16}`, "github": `gh[pousr]_[A-Za-z0-9]{36}`,
		"stripe": `[sr]k_live_[A-Za-z0-9]{16,40}`, "slack": `xox[baprs]-[A-Za-z0-9\-]{10,80}`, "google": `AIza[A-Za-z0-9_\-]{35}`,
		"gitlab": `glpat-[A-Za-z0-9_\-]{20}`, "npm": `npm_[A-Za-z0-9]{36}`, "sendgrid": `SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}`,
		"twilio": `SK[0-9a-f]{32}`, "hf": `hf_[A-Za-z0-9]{34}`, "ocean": `do[oprt]_v1_[0-9a-f]{64}`, "shopify": `shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}`,
		"square": `sq0(?:atp|csp)-[A-Za-z0-9_\-]{22,43}`, "telegram": `[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}`, "ipv6": `(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}`,
		"nino": `[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]`, "pan": `[A-Z]{5}[0-9]{4}[A-Z]`, "dni": `[0-9]{8}[A-HJ-NP-TV-Z]`,
		"nie": `[XYZ][0-9]{7}[A-Z]`, "codice": `[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]`, "nric": `[STFG][0-9]{7}[A-Z]`,
		"curp": `[A-Z]{4}[0-9]{6}[HM][A-Z]{5}[A-Z0-9][0-9]`, "eth": `0x[0-9a-fA-F]{40}`, "btc": `bc1[a-z0-9]{25,59}`,
	} {
		rules = append(rules, one(id, ByItself, GuardWord, expr))
	}
	for id, expr := range map[string]string{
		"ipv4": `(?:[0-9]{1,3}\.){3}[0-9]{1,3}`, "cpf": `[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}`, "cnpj": `[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}`,
		"aadhaar": `[2-9][0-9]{3} [0-9]{4} [0-9]{4}`, "insee": `[12] ?[0-9]{2} ?[0-1][0-9] ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}`,
		"ahv": `756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}`, "krbiz": `[0-9]{3}-[0-9]{2}-[0-9]{5}`,
		"cnid": `[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]`,
	} {
		rules = append(rules, one(id, ByItself, GuardDigit, expr))
	}
	for id, expr := range map[string]string{
		"passport": `[A-Z][0-9]{7,8}`, "routing": `[0-9]{9}`, "account": `[0-9]{8,17}`, "vin": `[A-HJ-NPR-Z0-9]{17}`, "swift": `[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?`,
	} {
		r := one(id, WithContext, GuardWord, expr)
		r.Context, r.Fields = []string{id}, []string{id, id + " number"}
		rules = append(rules, r)
	}
	return rules
}

func testDetector(t testing.TB) *Detector {
	t.Helper()
	d, err := New(testRules(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
