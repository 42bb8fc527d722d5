package policy_test

import (
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
)

func TestHashValue(t *testing.T) {
	salt := []byte("0123456789abcdef")
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"+1 (212) 555-0123", "12125550123", true},
		{"GB33 bukb 2020", "GB33BUKB2020", true},
		{"Jane.Doe@Example.COM", "jane.doe@example.com", true},
		{"jane.doe@example.com", "janedoe@example.com", false},
		{"212-555-0123", "212-555-0124", false},
		{"a1", "1", false},
		{"192.168.1.11", "192.168.11.1", false},
		{"2001::1:1", "2001:1::1", false},
		{"1/11/2020", "11/1/2020", false},
		{"40.7128", "4.07128", false},
		{"10.0.0.1", "10.0.0.1.", true},
		{"12#34", "1234", false},
		{"!!!", "???", false},
		{"4111–1111 1111-1111", "4111111111111111", true},
	} {
		if got := policy.HashValue(salt, []byte(tt.a)) == policy.HashValue(salt, []byte(tt.b)); got != tt.same {
			t.Errorf("%s and %s hash alike: %v, want %v", tt.a, tt.b, got, tt.same)
		}
	}
	if policy.HashValue(salt, []byte("a")) == policy.HashValue(salt[1:], []byte("a")) {
		t.Error("the salt makes no difference")
	}
}

func TestExcept(t *testing.T) {
	salt := []byte("0123456789abcdef")
	block := []policy.Rule{{Name: "block", Action: policy.Block}}
	pol, err := policy.New(block,
		policy.Exception{Name: "value", Entities: []string{"PHONE_*"}, Salt: salt, Values: [][32]byte{policy.HashValue(salt, []byte("2125550123"))}},
		policy.Exception{Name: "path", Direction: policy.ToClient, Paths: []string{"/result/log/**"}},
		policy.Exception{Name: "tool", Servers: []string{"crm"}, Methods: []string{"tools/*"}, Names: []string{"get_build"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	phone, mail := &detect.Rule{ID: "p", Entity: "PHONE_NUMBER"}, &detect.Rule{ID: "m", Entity: "EMAIL_ADDRESS"}
	back, to := policy.Site{Direction: policy.ToClient, Server: "crm", Method: "tools/call", Name: "get_user"}, policy.Site{Direction: policy.ToServer}
	build := back
	build.Name = "get_build"
	for _, tt := range []struct {
		site           policy.Site
		pointer, value string
		rule           *detect.Rule
		want           string
	}{
		{back, "/result/a", "212-555-0123", phone, "value"},
		{to, "/a", "(212) 555 0123", phone, "value"},
		{back, "/result/a", "212-555-0124", phone, ""},
		{back, "/result/a", "212-555-0123", mail, ""},
		{back, "/result/a", strings.Repeat("2", 2000), phone, ""},
		{back, "/result/log/3", "x@example.com", mail, "path"},
		{to, "/result/log/3", "x@example.com", mail, ""},
		{build, "/result/a", "x@example.com", mail, "tool"},
		{policy.Site{Direction: policy.ToClient, Server: "other", Method: "tools/call", Name: "get_build"}, "/result/a", "x@example.com", mail, ""},
		{policy.Site{Direction: policy.ToClient, Server: "crm", Method: "prompts/get", Name: "get_build"}, "/result/a", "x@example.com", mail, ""},
		{build, "/result/a", "x@example.com", &detect.Rule{ID: "s", Entity: "EMAIL_ADDRESS", Sealed: true}, ""},
	} {
		d := pol.At(tt.site)
		do, ok := d.Except([]byte(tt.pointer), detect.Finding{Rule: tt.rule, Score: 1}, []byte(tt.value))
		got := ""
		if ok {
			got = do.Rule.Name
		}
		if got != tt.want || ok && do.Action != policy.Pass {
			t.Errorf("%+v %s: excepted by %q, %v, want %q", tt.site, tt.pointer, got, do.Action, tt.want)
		}
	}
	if pol.At(to).Excepts() != true || mustNew(t, block).At(to).Excepts() {
		t.Error("Excepts does not tell whether there are exceptions")
	}
	d, pointer, value := pol.At(back), []byte("/result/a"), []byte("212-555-0124")
	f := detect.Finding{Rule: phone, Score: 1}
	if n := testing.AllocsPerRun(100, func() { d.Except(pointer, f, value) }); n != 0 {
		t.Errorf("Except allocates %v times, want 0", n)
	}
}

func mustNew(t *testing.T, rules []policy.Rule, exceptions ...policy.Exception) *policy.Policy {
	t.Helper()
	p, err := policy.New(rules, exceptions...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewRefusesExceptions(t *testing.T) {
	block := []policy.Rule{{Name: "block", Action: policy.Block}}
	for _, tt := range []struct {
		e    policy.Exception
		want string
	}{
		{policy.Exception{Name: "x", Entities: []string{"A"}}, "policy: exception x: it allows an entity everywhere"},
		{policy.Exception{Name: "x", Names: []string{"a", "*"}}, "policy: exception x: it allows an entity everywhere"},
		{policy.Exception{Name: "x", Paths: []string{"/a", "/**"}, Names: []string{"*"}}, "policy: exception x: it allows an entity everywhere"},
		{policy.Exception{Salt: []byte("short"), Values: make([][32]byte, 1)}, "policy: exception #1: its salt is too short"},
		{policy.Exception{Paths: []string{"a"}}, "policy: exception #1: "},
		{policy.Exception{Names: []string{"a"}, Direction: 7}, "policy: exception #1: unknown direction"},
	} {
		if _, err := policy.New(block, tt.e); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("New with %+v = %v, want %s", tt.e, err, tt.want)
		}
	}
}
