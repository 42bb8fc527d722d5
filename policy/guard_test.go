package policy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	. "github.com/mcpveil/mcpveil/policy"
)

type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func guard(t *testing.T, o GuardOptions) *Guard {
	t.Helper()
	g, err := NewGuard(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// In no minute and in no hour does a principal open more than it may, whenever that minute begins; and what it may it
// gets again.
func TestBudget(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 59, 57, 0, time.UTC)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		c := &clock{start}
		g := guard(t, GuardOptions{PerMinute: 10, PerHour: 100, Now: c.now})
		var at []time.Time
		within := func(d time.Duration) (n int) {
			for _, x := range at {
				if x.After(c.Add(-d)) {
					n++
				}
			}
			return n
		}
		for range 4000 {
			c.Time = c.Add(time.Duration(r.IntN(5000)) * time.Millisecond)
			if g.Spend("t", "jane") {
				at = append(at, c.Time)
			}
			if m, h := within(time.Minute), within(time.Hour); m > 10 || h > 100 {
				t.Fatalf("seed %d: %d openings in the last minute, %d in the last hour, want at most 10 and 100", seed, m, h)
			}
		}
		if hours := c.Sub(start).Hours(); float64(len(at)) < 80*hours {
			t.Errorf("seed %d: %d openings in %.1f hours, want nearly 100 an hour", seed, len(at), hours)
		}
	}
}

func TestBudgetOfEach(t *testing.T) {
	c := &clock{time.Unix(1e9, 0)}
	g := guard(t, GuardOptions{PerMinute: 1, Now: c.now, Principals: 3})
	for _, who := range []struct {
		tenant, principal string
		want              bool
	}{{"t", "a", true}, {"t", "a", false}, {"t", "b", true}, {"u", "a", true}, {"t", "d", false}, {"t", "a", false}} {
		if got := g.Spend(who.tenant, who.principal); got != who.want {
			t.Errorf("Spend(%s, %s) = %v, want %v", who.tenant, who.principal, got, who.want)
		}
	}
	c.Time = c.Add(-time.Hour)
	if g.Spend("t", "a") {
		t.Error("a clock that goes back gives a budget back")
	}
	c.Time = c.Add(3 * time.Hour)
	for i := range 3 { // those before are forgotten
		if !g.Spend("t", fmt.Sprint(i)) {
			t.Errorf("principal %d has no budget", i)
		}
	}
	var none *Guard
	if !none.Spend("t", "a") || none.Planted([]byte("x"), nil) {
		t.Error("no guard keeps something back")
	}
	if g := guard(t, GuardOptions{}); g != nil {
		t.Error("a guard that asks for nothing is one")
	}
	if n := testing.AllocsPerRun(100, func() { g.Spend("t", "1") }); n != 0 {
		t.Errorf("Spend allocates %v times, want 0", n)
	}
}

func TestPlanted(t *testing.T) {
	salt := []byte("0123456789abcdef")
	g := guard(t, GuardOptions{Tokens: []string{"pii-email-1abc"}, Salt: salt, Values: [][32]byte{HashValue(salt, []byte("Canary@example.com"))}})
	for _, tt := range []struct {
		token, value string
		want         bool
	}{
		{"pii-email-1abc", "", true},
		{"PII-EMAIL-1ABC", "x", true},
		{"pii-email-1abd", "", false},
		{"pii-email-1abd", "canary@example.com", true},
		{"pii-email-1abd", "canary@example.org", false},
		{strings.Repeat("x", 5000), strings.Repeat("x", 5000), false},
	} {
		if got := g.Planted([]byte(tt.token), []byte(tt.value)); got != tt.want {
			t.Errorf("Planted(%.20s, %.20s) = %v, want %v", tt.token, tt.value, got, tt.want)
		}
	}
	for _, o := range []GuardOptions{{PerMinute: -1}, {PerHour: -1}, {Values: make([][32]byte, 1)}, {Tokens: []string{""}}} {
		if _, err := NewGuard(o); err == nil {
			t.Errorf("NewGuard(%+v) is no error", o)
		}
	}
}

// What opens is what a rule grants to that principal, at that tool, in that argument, of that entity; the first rule
// that speaks of it decides.
func TestGrants(t *testing.T) {
	open := func(name string, g Grant, principals []string) Rule {
		return Rule{Name: name, Direction: ToServer, Servers: []string{"crm"}, Methods: []string{"tools/call"}, Names: []string{"send_mail"}, Principals: principals,
			Paths: []string{"/params/arguments/to"}, Entities: []string{"EMAIL_ADDRESS"}, Action: Decrypt, Grant: g}
	}
	p, err := New([]Rule{
		open("not mallory", Deny, []string{"mallory"}),
		open("interns", Masked, []string{"intern-*"}),
		open("staff", Plain, []string{"jane", "mallory"}),
		{Name: "rest", Action: Block},
	})
	if err != nil {
		t.Fatal(err)
	}
	call := Site{Direction: ToServer, Server: "crm", Method: "tools/call", Name: "send_mail", Principal: "jane"}
	with := func(f func(*Site)) Site { s := call; f(&s); return s }
	for _, tt := range []struct {
		site    Site
		pointer string
		entity  string
		want    string
	}{
		{call, "/params/arguments/to", "EMAIL_ADDRESS", "decrypt by staff"},
		{with(func(s *Site) { s.Principal = "intern-7" }), "/params/arguments/to", "EMAIL_ADDRESS", "decrypt by interns"},
		{with(func(s *Site) { s.Principal = "mallory" }), "/params/arguments/to", "EMAIL_ADDRESS", "pass by not mallory"},
		{with(func(s *Site) { s.Principal = "" }), "/params/arguments/to", "EMAIL_ADDRESS", "pass by none"},
		{with(func(s *Site) { s.Principal = "janet" }), "/params/arguments/to", "EMAIL_ADDRESS", "pass by none"},
		{with(func(s *Site) { s.Server = "evil" }), "/params/arguments/to", "EMAIL_ADDRESS", "pass by none"},
		{with(func(s *Site) { s.Name = "send_mail2" }), "/params/arguments/to", "EMAIL_ADDRESS", "pass by none"},
		{with(func(s *Site) { s.Method = "resources/read" }), "/params/arguments/to", "EMAIL_ADDRESS", "pass by none"},
		{with(func(s *Site) { s.Direction = ToClient }), "/params/arguments/to", "EMAIL_ADDRESS", "pass by none"},
		{call, "/params/arguments/to/0", "EMAIL_ADDRESS", "pass by none"},
		{call, "/params/arguments/body", "EMAIL_ADDRESS", "pass by none"},
		{call, "/params/_meta/to", "EMAIL_ADDRESS", "pass by none"},
		{call, "/params/arguments/to", "US_SSN", "pass by none"},
	} {
		d := p.At(tt.site).Decide([]byte(tt.pointer), token(detect.Entity(tt.entity)))
		name := "none"
		if d.Rule != nil {
			name = d.Rule.Name
		}
		if got := fmt.Sprintf("%v by %s", d.Action, name); got != tt.want {
			t.Errorf("At(%+v).Decide(%s, %s) = %s, want %s", tt.site, tt.pointer, tt.entity, got, tt.want)
		}
	}
	for g := Plain; g <= Deny; g++ {
		if got, err := ParseGrant(g.String()); err != nil || got != g {
			t.Errorf("ParseGrant(%v) = %v, %v", g, got, err)
		}
	}
	if _, err := New([]Rule{{Action: Mask, Grant: Deny}, {Action: Block}}); err == nil || !strings.Contains(err.Error(), "only a rule that decrypts has a grant") {
		t.Errorf("New with a grant of a mask = %v", err)
	}
}
