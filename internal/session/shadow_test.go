package session_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// engineOf returns an Engine that masks what the rules find, each a word and its entity.
func engineOf(t *testing.T, shadow bool, words ...string) session.Engine {
	t.Helper()
	var rules []detect.Rule
	for _, w := range words {
		pattern, entity, _ := strings.Cut(w, "=")
		rules = append(rules, detect.Rule{ID: "test." + entity + "." + pattern, Entity: detect.Entity(entity), Tier: detect.ByItself,
			Patterns: []detect.Pattern{{Expr: pattern, Guard: detect.GuardWord}}})
	}
	det, err := detect.New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{
		{Name: "kept back", Entities: []string{"BAD"}, Action: policy.Block},
		{Name: "free", Entities: []string{"FREE"}, Action: policy.Pass},
		{Name: "masked", Action: policy.Mask},
	})
	if err != nil {
		t.Fatal(err)
	}
	tr := redact.Transformers{{Action: policy.Mask}: redact.Mask(0)}
	if shadow {
		tr = session.ShadowTransformers(pol)
	}
	f, err := redact.New(det, pol, tr, nil)
	if err != nil {
		t.Fatal(err)
	}
	return session.Engine{Filter: f, Policy: pol, Detector: det}
}

// A keeper is a Sink that keeps the lines of a log, and counts.
type keeper struct {
	bytes.Buffer
	audit.Counts
}

func (k *keeper) sink() audit.Sink { return audit.Multi(audit.NewLog(&k.Buffer, nil), &k.Counts) }

func forward(t *testing.T, p *session.Port, text string) string {
	t.Helper()
	v := p.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":[{"note":"`+text+`"}]}}`))
	return string(v.Out)
}

func TestShadow(t *testing.T) {
	for _, tt := range []struct {
		name, text, out string
		shadow          string // of the record
	}{
		{"both find it", "ask alice", "ask *****", ""},
		{"only the shadow", "ask carol carol", "ask carol carol", `[{"entity":"PERSON","path":"/params/data/*/note","would_find":2}]`},
		{"only the first", "ask bob", "ask ***", `[{"entity":"PERSON","path":"/params/data/*/note","would_miss":1}]`},
		{"another entity", "in paris", "in *****", `[{"entity":"PLACE","path":"/params/data/*/note","would_find":1},{"entity":"PERSON","path":"/params/data/*/note","would_miss":1}]`},
		{"the shadow would block", "bob and mallory", "*** and mallory", `[{"entity":"BAD","path":"/params/data/*/note","would_find":1}]`},
		{"nothing", "ask nobody", "ask nobody", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := engineOf(t, false, "alice=PERSON", "bob=PERSON", "paris=PERSON")
			e.Shadow = &session.Shadow{Filter: engineOf(t, true, "alice=PERSON", "carol=PERSON", "paris=PLACE", "mallory=BAD").Filter}
			var k keeper
			s := newSession(t, &session.Options{Engine: e, Sink: k.sink()})
			if out := forward(t, s.Port(policy.ToClient), tt.text); !strings.Contains(out, `"note":"`+tt.out+`"`) {
				t.Errorf("goes on as %s, want the note %s", out, tt.out)
			}
			_, rest, some := strings.Cut(k.Buffer.String(), `"shadow":`)
			got, _, _ := strings.Cut(rest, `,"bytes_in"`)
			if some != (tt.shadow != "") || got != tt.shadow {
				t.Errorf("record says %q, want %q", got, tt.shadow)
			}
			var find, miss int64
			for _, d := range k.Summary().Shadow {
				find, miss = find+d.WouldFind, miss+d.WouldMiss
			}
			if wantFind, wantMiss := int64(strings.Count(tt.shadow, "would_find")), int64(strings.Count(tt.shadow, "would_miss")); (find > 0) != (wantFind > 0) || (miss > 0) != (wantMiss > 0) {
				t.Errorf("summary says %d would be found, %d missed", find, miss)
			}
		})
	}
}

func TestShadowEvery(t *testing.T) {
	e := engineOf(t, false, "alice=PERSON")
	e.Shadow = &session.Shadow{Filter: engineOf(t, true, "carol=PERSON").Filter, Every: 3}
	var k keeper
	p := newSession(t, &session.Options{Engine: e, Sink: k.sink()}).Port(policy.ToClient)
	for range 9 {
		forward(t, p, "ask carol")
	}
	if got := k.Summary().Shadow[0].WouldFind; got != 3 {
		t.Errorf("of 9 messages %d were compared, want 3", got)
	}
}

// TestReplace asks ports that are open already for what another Engine finds.
func TestReplace(t *testing.T) {
	var k keeper
	s := newSession(t, &session.Options{Engine: engineOf(t, false, "alice=PERSON"), Sink: k.sink()})
	p, other := s.Port(policy.ToClient), s.For(session.Peer{ID: "other"})
	const text = "alice and carol"
	if got := forward(t, p, text); !strings.Contains(got, `"***** and carol"`) {
		t.Fatalf("before: %s", got)
	}
	if err := s.Replace(engineOf(t, false, "carol=PERSON")); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*session.Port{p, s.Port(policy.ToClient), other.Port(policy.ToClient)} {
		if got := forward(t, p, text); !strings.Contains(got, `"alice and *****"`) {
			t.Errorf("after: %s", got)
		}
	}
	if err := s.Replace(session.Engine{}); err == nil {
		t.Error("an Engine without a Filter is taken")
	}
	if got := forward(t, p, text); !strings.Contains(got, `"alice and *****"`) {
		t.Errorf("after what was refused: %s", got)
	}
	p.Release()
	p = s.Port(policy.ToClient) // the same, out of the pool
	if got := forward(t, p, text); !strings.Contains(got, `"alice and *****"`) {
		t.Errorf("released: %s", got)
	}
}

// TestReplaceWhileForwarding has many goroutines filter while Engines change: each message meets one of them whole.
func TestReplaceWhileForwarding(t *testing.T) {
	a, b := engineOf(t, false, "alice=PERSON"), engineOf(t, false, "carol=PERSON")
	s := newSession(t, &session.Options{Engine: a})
	done := make(chan string)
	for range 4 {
		go func() {
			p, wrong := s.Port(policy.ToClient), ""
			for range 500 {
				v := p.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"x","params":["alice and carol"]}`))
				if out := string(v.Out); !strings.Contains(out, "***** and carol") && !strings.Contains(out, "alice and *****") {
					wrong = out
				}
			}
			done <- wrong
		}()
	}
	for i := range 200 {
		if err := s.Replace([]session.Engine{b, a}[i%2]); err != nil {
			t.Error(err)
		}
	}
	for range 4 {
		if wrong := <-done; wrong != "" {
			t.Errorf("went on as %s", wrong)
		}
	}
}

// TestNamesAreRemembered has an answer tell names, and a note mention them, in this conversation and in another.
func TestNamesAreRemembered(t *testing.T) {
	det, err := detect.New([]detect.Rule{{ID: "t.name", Entity: "PERSON", Tier: detect.ByField, Fields: []string{"full name"}, MaxLen: 160}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{{Action: policy.Redact}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(det, pol, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, forget := range []bool{false, true} {
		s := newSession(t, &session.Options{Engine: session.Engine{Filter: f, Policy: pol, Detector: det}, ForgetNames: forget})
		s.Port(policy.ToServer).Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"x","params":{"full_name":"Jane Quill"}}`))
		for want, s := range map[string]*session.Session{"this": s, "another": s.For(session.Peer{ID: "s2"})} {
			got := forward(t, s.Port(policy.ToClient), "Jane Quill called")
			if found := strings.Contains(got, "[PERSON] called"); found != (want == "this" && !forget) {
				t.Errorf("in %s conversation, names forgotten %v: %s", want, forget, got)
			}
		}
	}
}

// TestShadowPaths has names of members that one of both finds to be values: the record has neither.
func TestShadowPaths(t *testing.T) {
	e := engineOf(t, false, "alice=FREE", "bob=PERSON")
	e.Shadow = &session.Shadow{Filter: engineOf(t, true, "carol=FREE", "dora=PERSON").Filter}
	for in, want := range map[string]string{
		`{"alice":["dora"]}`:       `"path":"/params/[FREE]/*","would_find":1`,
		`{"carol":{"note":"bob"}}`: `"path":"/params/[FREE]/note","would_miss":1`,
		`{"a":{"note":"bob"}}`:     `"path":"/params/a/note","would_miss":1`,
	} {
		var k keeper
		p := newSession(t, &session.Options{Engine: e, Sink: k.sink()}).Port(policy.ToServer)
		p.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"x","params":`+in+`}`))
		if got := k.Buffer.String(); !strings.Contains(got, want) || strings.Contains(got, "alice") || strings.Contains(got, "carol") {
			t.Errorf("%s: record %s, want %s", in, got, want)
		}
	}
}

// TestShadowBounds has many differences, and arrays of many elements: these are one place, and a record has no more than some.
func TestShadowBounds(t *testing.T) {
	e := engineOf(t, false, "alice=PERSON")
	e.Shadow = &session.Shadow{Filter: engineOf(t, true, "carol=PERSON").Filter}
	var list, members []string
	for i := range 100 {
		list = append(list, `"carol"`)
		members = append(members, fmt.Sprintf(`"m%c%c":"carol"`, 'a'+i/26, 'a'+i%26))
	}
	for params, want := range map[string]int{"[" + strings.Join(list, ",") + "]": 1, "{" + strings.Join(members, ",") + "}": 64} {
		var k keeper
		p := newSession(t, &session.Options{Engine: e, Sink: k.sink()}).Port(policy.ToServer)
		p.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"x","params":`+params+`}`))
		if got := strings.Count(k.Buffer.String(), `"path":`); got != want {
			t.Errorf("%.40s: %d differences, want %d: %.300s", params, got, want, k.Buffer.String())
		}
	}
}

// TestReplaceCleans has a name that only the rules of another Engine find: records after that do not hold it.
func TestReplaceCleans(t *testing.T) {
	var k keeper
	s := newSession(t, &session.Options{Engine: engineOf(t, false, "alice=PERSON"), Sink: k.sink()})
	p := s.Port(policy.ToServer)
	say := func() string {
		k.Buffer.Reset()
		p.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"tell carol"}`))
		return k.Buffer.String()
	}
	if got := say(); !strings.Contains(got, `"method":"tell carol"`) {
		t.Fatalf("before: %s", got)
	}
	if err := s.Replace(engineOf(t, false, "carol=PERSON")); err != nil {
		t.Fatal(err)
	}
	if got := say(); strings.Contains(got, "carol") {
		t.Errorf("after: %s", got)
	}
}
