package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	. "github.com/mcpveil/mcpveil/policy"
)

func finding(e detect.Entity, score float32) detect.Finding {
	return detect.Finding{Rule: &detect.Rule{Entity: e}, Score: score}
}

func token(e detect.Entity) detect.Finding {
	return detect.Finding{Rule: &detect.Rule{Entity: e, Sealed: true}, Score: 1}
}

var example = []Rule{
	{Name: "mailer opens", Direction: ToServer, Methods: []string{"tools/call"}, Names: []string{"send_*"}, Entities: []string{"EMAIL_ADDRESS"}, Paths: []string{"/params/arguments/to"}, Action: Decrypt},
	{Name: "cards stay home", Direction: ToServer, Entities: []string{"CREDIT_CARD"}, Action: Block},
	{Name: "doubtful passes", Direction: ToClient, Entities: []string{"US_*"}, Action: Pass, MinConfidence: detect.High},
	{Name: "secrets", Direction: ToClient, Servers: []string{"crm"}, Entities: []string{"*_KEY"}, Action: Redact},
	{Name: "seal", Direction: ToClient, Action: Encrypt},
	{Name: "rest", Action: Pass, Direction: ToServer},
}

func TestDecide(t *testing.T) {
	p, err := New(example)
	if err != nil {
		t.Fatal(err)
	}
	call := Site{Direction: ToServer, Method: "tools/call", Name: "send_mail"}
	answer := Site{Direction: ToClient, Method: "tools/call", Name: "get"}
	for _, tt := range []struct {
		site    Site
		pointer string
		f       detect.Finding
		want    string
	}{
		{call, "/params/arguments/to", token("EMAIL_ADDRESS"), "decrypt by mailer opens"},
		{call, "/params/arguments/body", token("EMAIL_ADDRESS"), "pass by none"},
		{call, "/params/arguments/to", token("CREDIT_CARD"), "pass by none"},
		{call, "/params/arguments/to", finding("EMAIL_ADDRESS", 1), "pass by rest"},
		{call, "/params/arguments/to", finding("CREDIT_CARD", 1), "block by cards stay home"},
		{Site{Direction: ToServer, Method: "tools/call", Name: "other"}, "/params/arguments/to", token("EMAIL_ADDRESS"), "pass by none"},
		{Site{Direction: ToServer, Method: "prompts/get", Name: "send_mail"}, "/params/arguments/to", token("EMAIL_ADDRESS"), "pass by none"},
		{answer, "/result", finding("US_SSN", .9), "pass by doubtful passes"},
		{answer, "/result", finding("US_SSN", .6), "encrypt by seal"},
		{answer, "/result", finding("AWS_KEY", 1), "encrypt by seal"},
		{Site{Direction: ToClient, Server: "crm"}, "/result", finding("AWS_KEY", 1), "redact by secrets"},
		{Site{}, "", finding("AWS_KEY", 1), "block by none"},
	} {
		d := p.At(tt.site).Decide([]byte(tt.pointer), tt.f)
		name := "none"
		if d.Rule != nil {
			name = d.Rule.Name
		}
		if got := fmt.Sprintf("%v by %s", d.Action, name); got != tt.want {
			t.Errorf("At(%+v).Decide(%s, %s) = %s, want %s", tt.site, tt.pointer, tt.f.Rule.Entity, got, tt.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	seal := Rule{Name: "seal", Direction: ToClient, Action: Encrypt}
	rest := Rule{Name: "rest", Direction: ToServer, Action: Pass}
	for _, tt := range []struct {
		name  string
		rules []Rule
		want  string
	}{
		{"nothing", nil, "last rule does not match everything to-server"},
		{"one direction", []Rule{seal}, "does not match everything to-server"},
		{"conditional end", []Rule{rest, {Direction: ToClient, Entities: []string{"A"}, Action: Pass}}, "does not match everything to-client"},
		{"open to client", []Rule{{Name: "x", Direction: ToClient, Action: Decrypt}, seal, rest}, "rule x: tokens may be opened to-server only"},
		{"dead rule", []Rule{seal, rest, {Name: "late", Action: Block}}, "rule late: never applies: rule rest before it"},
		{"bad path", []Rule{{Name: "p", Paths: []string{"result"}, Action: Block}, seal, rest}, "rule p: policy: path \"result\" is no JSON Pointer"},
		{"bad action", []Rule{{Action: 99}}, "rule #1: unknown action 99"},
	} {
		_, err := New(tt.rules)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: New = %v, want an error with %q", tt.name, err, tt.want)
		}
	}
	if _, err := New(nil); !errors.Is(err, ErrNotTotal) {
		t.Errorf("New(nil) = %v, want ErrNotTotal", err)
	}
}

// However many names a peer makes up, there are only as many deciders as rules tell apart.
func TestAtIsBounded(t *testing.T) {
	p, err := New(example)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[*Decider]bool{}
	for i := range 10_000 {
		seen[p.At(Site{Direction: ToServer, Method: "tools/call", Name: fmt.Sprintf("tool%d", i)})] = true
	}
	if len(seen) != 1 {
		t.Errorf("10,000 names gave %d deciders, want 1", len(seen))
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	p, err := New(example)
	if err != nil {
		t.Fatal(err)
	}
	site := Site{Direction: ToServer, Method: "tools/call", Name: "send_mail"}
	ptr, f := []byte("/params/arguments/to"), token("EMAIL_ADDRESS")
	if n := testing.AllocsPerRun(100, func() { p.At(site).Decide(ptr, f) }); n != 0 {
		t.Errorf("At and Decide allocate %v times, want 0", n)
	}
}

func TestMayBlock(t *testing.T) {
	p, err := New(example)
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range map[Direction]bool{ToServer: true, ToClient: false} {
		if got := p.At(Site{Direction: d}).MayBlock(); got != want {
			t.Errorf("At(%v).MayBlock() = %v, want %v", d, got, want)
		}
	}
}

func TestPaths(t *testing.T) {
	for _, tt := range []struct {
		pattern, pointer string
		want             bool
	}{
		{"/a/b", "/a/b", true},
		{"/a/b", "/a/bc", false},
		{"/a/b", "/a", false},
		{"/a", "/a/b", false},
		{"/a/*/c", "/a/b/c", true},
		{"/a/*/c", "/a/b/d", false},
		{"/a/*/c", "/a/c", false},
		{"/a/**", "/a", true},
		{"/a/**", "/a/b/c", true},
		{"/a/**", "/ab", false},
		{"/**", "", true},
		{"", "", true},
		{"", "/a", false},
		{"/a/", "/a/", true},
	} {
		p, err := ParsePaths([]string{tt.pattern})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Match([]byte(tt.pointer)); got != tt.want {
			t.Errorf("Match(%q, %q) = %v, want %v", tt.pattern, tt.pointer, got, tt.want)
		}
	}
	if _, err := ParsePaths([]string{"/a/**/b"}); err == nil {
		t.Error(`ParsePaths("/a/**/b") is no error`)
	}
	if (*Paths)(nil).Match(nil) {
		t.Error("a nil Paths matches")
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a*b?", "axxbc")
	f.Add("*", "")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if got, want := Glob(pattern, s), slowGlob(pattern, s); got != want {
			t.Errorf("Glob(%q, %q) = %v, want %v", pattern, s, got, want)
		}
	})
}

// slowGlob is the definition of a glob, with a table in place of back-tracking.
func slowGlob(p, s string) bool {
	ok := make([][]bool, len(p)+1)
	for i := range ok {
		ok[i] = make([]bool, len(s)+1)
	}
	ok[len(p)][len(s)] = true
	for i := len(p) - 1; i >= 0; i-- {
		for j := len(s); j >= 0; j-- {
			switch {
			case p[i] == '*':
				ok[i][j] = ok[i+1][j] || j < len(s) && ok[i][j+1]
			case j < len(s):
				ok[i][j] = (p[i] == '?' || p[i] == s[j]) && ok[i+1][j+1]
			}
		}
	}
	return ok[0][0]
}

func TestNamesRoundTrip(t *testing.T) {
	for a := Block; a <= Pass; a++ {
		if got, err := ParseAction(a.String()); err != nil || got != a {
			t.Errorf("ParseAction(%q) = %v, %v", a, got, err)
		}
	}
	for _, d := range []Direction{ToServer, ToClient} {
		if got, err := ParseDirection(d.String()); err != nil || got != d {
			t.Errorf("ParseDirection(%q) = %v, %v", d, got, err)
		}
	}
	if _, err := ParseAction("encypt"); err == nil {
		t.Error(`ParseAction("encypt") is no error`)
	}
}

func TestStricter(t *testing.T) {
	for a := Block; a < Pass; a++ {
		if !a.Stricter(a+1) || a.Stricter(a) || (a + 1).Stricter(a) {
			t.Errorf("%v is not stricter than %v alone", a, a+1)
		}
	}
}

func TestByPath(t *testing.T) {
	p, err := New(example)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		site Site
		want bool
	}{
		{Site{Direction: ToServer, Method: "tools/call", Name: "send_mail"}, true},
		{Site{Direction: ToServer, Method: "tools/call", Name: "other"}, false},
		{Site{Direction: ToClient}, false},
	} {
		if got := p.At(tt.site).ByPath(); got != tt.want {
			t.Errorf("At(%+v).ByPath() = %v, want %v", tt.site, got, tt.want)
		}
	}
}
