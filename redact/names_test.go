package redact_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// nameFilter finds names by the fields first_name, last_name and full_name, and labels them.
func nameFilter(t testing.TB) *redact.Filter {
	t.Helper()
	det, err := detect.New([]detect.Rule{{ID: "t.name", Entity: "PERSON", Tier: detect.ByField, Fields: []string{"first name", "last name", "full name"},
		Checks: []detect.Check{{Name: "name"}}, MaxLen: 160}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{{Action: policy.Redact}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := redact.New(det, pol, redact.Transformers{{Action: policy.Redact}: redact.Label()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestNames takes the messages of a conversation through a filter. Where a message is what it was, want is empty.
func TestNames(t *testing.T) {
	for _, tt := range []struct {
		name     string
		messages []string // and what goes on, in turn
	}{
		{"in a later message", []string{
			`{"full_name":"Jane Doe"}`, `{"full_name":"[PERSON]"}`,
			`{"text":"Jane Doe called, then DOE, JANE"}`, `{"text":"[PERSON] called, then [PERSON]"}`,
		}},
		{"not before it was met", []string{
			`{"text":"Jane Doe called"}`, ``,
			`{"full_name":"Jane Doe"}`, `{"full_name":"[PERSON]"}`,
			`{"text":"Jane Doe called"}`, `{"text":"[PERSON] called"}`,
		}},
		{"in the same message, before and behind", []string{
			`{"a":"for Jane Doe","full_name":"Jane Doe","b":["Jane Doe"]}`, `{"a":"for [PERSON]","full_name":"[PERSON]","b":["[PERSON]"]}`,
		}},
		{"from two fields", []string{
			`{"first_name":"Jane","last_name":"Quill"}`, `{"first_name":"[PERSON]","last_name":"[PERSON]"}`,
			`{"t":"ask jane quill"}`, `{"t":"ask [PERSON]"}`,
		}},
		{"from two fields far apart, which may be two people's", []string{
			`{"first_name":"Jane","pad":"` + strings.Repeat("x", 100) + `","last_name":"Quill"}`, `{"first_name":"[PERSON]","pad":"` + strings.Repeat("x", 100) + `","last_name":"[PERSON]"}`,
			`{"t":"ask jane quill"}`, ``,
		}},
		{"a part of it, written as a name", []string{
			`{"full_name":"Jane Quill"}`, `{"full_name":"[PERSON]"}`,
			`{"t":"Quill said: a quill, http://x/Quill"}`, `{"t":"[PERSON] said: a quill, http://x/Quill"}`,
		}},
		{"names of members", []string{
			`{"full_name":"Jane Quill"}`, `{"full_name":"[PERSON]"}`,
			`{"Quill":1,"quill":"x"}`, ``,
		}},
		{"behind escapes and in nested JSON", []string{
			`{"full_name":"Jos\u00e9 Doe"}`, `{"full_name":"[PERSON]"}`,
			`{"t":"\nJos\u00e9 Doe, {\"n\":\"Jos\u00e9 Doe\"}, José Doe"}`, `{"t":"\n[PERSON], {\"n\":\"[PERSON]\"}, [PERSON]"}`,
			`{"t":"{\"n\":\"Jos\\u00e9 Doe\"}"}`, `{"t":"{\"n\":\"[PERSON]\"}"}`,
		}},
		{"Korean", []string{
			`{"full_name":"김민수"}`, `{"full_name":"[PERSON]"}`,
			`{"t":"김민수님, \uae40\ubbfc\uc218"}`, `{"t":"[PERSON]님, [PERSON]"}`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rw := nameFilter(t).NewRewriter()
			c := &redact.Call{Site: policy.Site{Direction: policy.ToClient}, Names: new(redact.Names)}
			for i := 0; i < len(tt.messages); i += 2 {
				msg, want := tt.messages[i], tt.messages[i+1]
				if want == "" {
					want = msg
				}
				got, err := rw.Rewrite(t.Context(), c, []byte(msg))
				if err != nil || string(got) != want {
					t.Errorf("%s: %v\ngot  %s\nwant %s", msg, err, got, want)
				}
			}
			other := &redact.Call{Names: new(redact.Names)}
			for _, c := range []*redact.Call{other, {}} { // another conversation, and one without memory
				const msg = `{"text":"Jane Doe called Quill and 김민수"}`
				if got, err := rw.Rewrite(t.Context(), c, []byte(msg)); err != nil || string(got) != msg {
					t.Errorf("in another conversation: %s, %v", got, err)
				}
			}
		})
	}
}

// TestNamesStream has a Writer find what a Rewriter finds, however the text is split.
func TestNamesStream(t *testing.T) {
	f := nameFilter(t)
	c := &redact.Call{Site: policy.Site{Direction: policy.ToClient}, Names: new(redact.Names)}
	if _, err := f.NewRewriter().Rewrite(t.Context(), c, []byte(`{"full_name":"Jane Quill"}`)); err != nil {
		t.Fatal(err)
	}
	var msg []byte
	for i := 0; len(msg) < 300_000; i++ {
		msg = fmt.Appendf(msg, `%d Jane Quill %s Quill, %s jane quill\n`, i, strings.Repeat("x", i%97), strings.Repeat("the quill ", i%31))
	}
	msg = append(append([]byte(`{"t":"`), msg...), `"}`...)
	want, err := f.NewRewriter().Rewrite(t.Context(), c, msg)
	if err != nil || bytes.Contains(want, []byte("Quill")) || bytes.Contains(want, []byte("jane")) {
		t.Fatalf("%v; names are left, or", err)
	}
	for _, size := range []int{777, 4096, 65536, len(msg)} {
		var got bytes.Buffer
		w := f.NewWriter(t.Context(), &got, c)
		for rest := msg; len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("in pieces of %d: %v, %d bytes, want %d", size, err, got.Len(), len(want))
		}
	}
}

// TestNamesOfStream has names in a stream: they are found where fields tell them, and not remembered.
func TestNamesOfStream(t *testing.T) {
	f, names := nameFilter(t), new(redact.Names)
	for range 2 {
		var got bytes.Buffer
		w := f.NewWriter(t.Context(), &got, &redact.Call{Site: policy.Site{Direction: policy.ToClient}, Names: names})
		fmt.Fprint(w, `{"full_name":"Jane Quill","note":"Jane Quill"}`)
		if err := w.Close(); err != nil || got.String() != `{"full_name":"[PERSON]","note":"Jane Quill"}` {
			t.Errorf("goes on as %s, %v", got.String(), err)
		}
	}
}

// TestNamesInPointers has a name that was met in place of a member's name: an event says that one stands there.
func TestNamesInPointers(t *testing.T) {
	f, names := nameFilter(t), new(redact.Names)
	r := f.NewRewriter()
	for _, tt := range []struct{ msg, want string }{
		{`{"Jane Quill":{"full_name":"Bob Stone"}}`, "/Jane Quill/full_name"}, // not met yet
		{`{"a":{"full_name":"Jane Quill"}}`, "/a/full_name"},
		{`{"of Jane Quill, 3":[{"full_name":"Bob Stone"}]}`, ""}, // blocked, as a name cannot be labelled
	} {
		call := toClient()
		call.Names = names
		_, err := r.Rewrite(t.Context(), call, []byte(tt.msg))
		for _, e := range r.Events() {
			if tt.want != "" && e.Pointer != tt.want || tt.want == "" && strings.Contains(e.Pointer, "Jane") {
				t.Errorf("%s: event at %s, want %s", tt.msg, e.Pointer, tt.want)
			}
		}
		if err != nil && strings.Contains(err.Error(), "Jane") {
			t.Error(err)
		}
	}
	if got := r.Clean("/x/Quill, Jane/0/full_name"); got != "/x/[PERSON]/0/full_name" {
		t.Errorf("Clean = %s", got)
	}
}

// A name that is met in base64 is one in the pointer to it as well.
func TestNameMetInsideInPointer(t *testing.T) {
	c := toClient()
	c.Names = new(redact.Names)
	told := base64.StdEncoding.EncodeToString([]byte(`{"full_name":"Wilhelmina Oppenheimer"}`))
	r := newFilter(t, "*:mask").NewRewriter()
	if _, err := r.Rewrite(t.Context(), c, fmt.Appendf(nil, `{"result":{"Wilhelmina Oppenheimer":"%s"}}`, told)); err != nil {
		t.Fatal(err)
	}
	if got, want := summary(r.Events()), "/result/[PERSON]/full_name PERSON mask"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}

// What stands in base64 may have been read before a name in it was met, and come again after that.
func TestNameMetBetweenEqualBase64(t *testing.T) {
	f := newFilter(t, "*:mask")
	c := toClient()
	c.Names = new(redact.Names)
	said := base64.StdEncoding.EncodeToString([]byte("the letter is for Wilhelmina Oppenheimer, not for us"))
	told := base64.StdEncoding.EncodeToString([]byte(`{"full_name":"Wilhelmina Oppenheimer"}`))
	r := f.NewRewriter()
	if _, err := r.Rewrite(t.Context(), c, fmt.Appendf(nil, `{"result":["%s","%s","%[1]s"]}`, said, told)); err != nil {
		t.Fatal(err)
	}
	if got, want := summary(r.Events()), "/result/1/full_name PERSON mask; /result/2 PERSON mask"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}
