package patterns_test

import (
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// all returns every built-in pack.
func all(t testing.TB) []*patterns.Pack {
	t.Helper()
	var packs []*patterns.Pack
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			t.Fatalf("Builtin(%s) = %v", name, err)
		}
		packs = append(packs, p)
	}
	return packs
}

func TestBuiltin(t *testing.T) {
	packs := all(t)
	if len(packs) < 12 {
		t.Errorf("Names() has %d packs, want 12 at least", len(packs))
	}
	for _, p := range packs {
		if len(p.Rules) == 0 || p.Title == "" {
			t.Errorf("pack %s has %d rules and the title %q", p.Name, len(p.Rules), p.Title)
		}
	}
	if _, err := patterns.TokenNames(packs...); err != nil {
		t.Errorf("TokenNames(all) = %v", err)
	}
	if _, err := patterns.Builtin("nope"); err == nil {
		t.Error("Builtin(nope) = nil error")
	}
}

// TestTokenNamesForEver holds the names that tokens carry: one that changed would leave
// tokens that nobody can open. Add to the list, never change a line of it.
func TestTokenNamesForEver(t *testing.T) {
	names, err := patterns.TokenNames(all(t)...)
	if err != nil {
		t.Fatal(err)
	}
	for entity, want := range forEver {
		if got := names[entity]; got != want {
			t.Errorf("TokenNames(all)[%s] = %q, want %q for ever", entity, got, want)
		}
	}
	for entity := range names {
		if _, ok := forEver[entity]; !ok {
			t.Errorf("%s is not in the list of names that stay", entity)
		}
	}
}

var forEver = map[detect.Entity]string{
	"ANTHROPIC_KEY":     "anthropic",
	"API_KEY":           "apikey",
	"AUTH_TOKEN":        "authtoken",
	"AWS_ACCESS_KEY":    "awskey",
	"AWS_SECRET_KEY":    "awssecret",
	"AZURE_AUTH_TOKEN":  "azure",
	"BASIC_AUTH_HEADER": "basicauth",
	"BR_CNPJ":           "brcnpj",
	"BR_CPF":            "brcpf",
	"CREDIT_CARD":       "card",
	"DATE_OF_BIRTH":     "dob",
	"DE_TAX_ID":         "detaxid",
	"EMAIL_ADDRESS":     "email",
	"ES_NIE":            "esnie",
	"ES_NIF":            "esnif",
	"FR_NIR":            "frnir",
	"GCP_API_KEY":       "gcpkey",
	"HTTP_COOKIE":       "cookie",
	"GITHUB_TOKEN":      "github",
	"GITLAB_TOKEN":      "gitlab",
	"IBAN_CODE":         "iban",
	"IN_AADHAAR":        "inaadhaar",
	"IN_PAN":            "inpan",
	"IP_ADDRESS":        "ip",
	"JSON_WEB_TOKEN":    "jwt",
	"KR_BRN":            "krbrn",
	"KR_RRN":            "krrrn",
	"MAC_ADDRESS":       "mac",
	"NPM_TOKEN":         "npm",
	"OPENAI_KEY":        "openai",
	"PASSWORD_HASH":     "pwhash",
	"PASSWORD":          "password",
	"PERSON":            "name",
	"PHONE_NUMBER":      "phone",
	"PL_PESEL":          "plpesel",
	"POSTAL_CODE":       "postal",
	"PRIVATE_KEY":       "privkey",
	"SLACK_TOKEN":       "slack",
	"STREET_ADDRESS":    "address",
	"STRIPE_KEY":        "stripe",
	"UK_NHS":            "uknhs",
	"UK_NINO":           "uknino",
	"URL_CREDENTIALS":   "urlcred",
	"US_ITIN":           "usitin",
	"US_SSN":            "ssn",
}
