package session

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A fake stands in for a *redact.Rewriter: it replaces SECRET and LONG, blocks BLOCK, fails at FAIL and opens a value
// at OPEN. What it returns is valid until the next call.
type fake struct {
	out    []byte
	seen   []redact.Call // of all messages
	events []redact.Event
}

var (
	rule  = &detect.Rule{ID: "test.1", Entity: "EMAIL_ADDRESS"}
	event = redact.Event{Pointer: "/x", Finding: detect.Finding{Rule: rule}, Decision: policy.Decision{Action: policy.Encrypt, Rule: &policy.Rule{Name: "seal"}}}
)

func (f *fake) Rewrite(_ context.Context, c *redact.Call, msg []byte) ([]byte, error) {
	f.seen = append(f.seen, *c)
	f.events = nil
	for i := range f.out {
		f.out[i] = '#'
	}
	switch {
	case bytes.Contains(msg, []byte("OPEN")):
		c.Known.Add("PERSON", []byte("Zebulon"))
	case bytes.Contains(msg, []byte("ANOTHER")):
		c.Known.Add("PERSON", []byte("Barnabas"))
	case bytes.Contains(msg, []byte("BLOCK")):
		return nil, &redact.BlockedError{Event: event}
	case bytes.Contains(msg, []byte("FAIL")):
		return nil, errors.New("redact: no key")
	case bytes.Contains(msg, []byte("SYNTAX")):
		return nil, &redact.SyntaxError{Offset: 3, Err: errors.New("stray byte")}
	case bytes.Contains(msg, []byte("SECRET")):
		f.events = []redact.Event{event, event}
		f.out = append(f.out[:0], bytes.ReplaceAll(msg, []byte("SECRET"), []byte("token"))...)
		return f.out, nil
	case bytes.Contains(msg, []byte("ALARM")):
		for i := range 30 {
			e := event
			e.Pointer, e.Alarm = "/params/arguments/to/"+strconv.Itoa(i), redact.Foreign
			if i >= 10 {
				e.Pointer, e.Alarm = "/params/x"+strconv.Itoa(i)+"y", redact.Denied
			}
			f.events = append(f.events, e)
		}
	case bytes.Contains(msg, []byte("LONG")):
		f.out = append(f.out[:0], bytes.ReplaceAll(msg, []byte("LONG"), bytes.Repeat([]byte("x"), tooLong))...)
		return f.out, nil
	}
	return msg, nil
}

func (f *fake) Events() []redact.Event { return f.events }

func (f *fake) Clean(pointer string) string { return pointer }

// A recorder is a Sink that keeps copies.
type recorder struct {
	records []audit.Record
	err     error
}

func (r *recorder) Write(rec *audit.Record) error {
	c := *rec
	c.Found = append([]audit.Count(nil), rec.Found...)
	c.Alarms = append([]audit.Alarm(nil), rec.Alarms...)
	r.records = append(r.records, c)
	return r.err
}

func (r *recorder) last() audit.Record { return r.records[len(r.records)-1] }

// open returns a session with one fake for both its ports.
func open(t *testing.T, opts Options) (s *Session, up, down *Port, f *fake, rec *recorder) {
	t.Helper()
	f, rec = &fake{}, &recorder{}
	if opts.Sink == nil {
		opts.Sink = rec
	}
	e := &engine{Engine: opts.Engine, newRewriter: func() rewriter { return f }}
	s, err := newSession(&opts, Peer{Tenant: "acme", Principal: "jo", ID: "s1"}, e)
	if err != nil {
		t.Fatal(err)
	}
	return s, s.Port(policy.ToServer), s.Port(policy.ToClient), f, rec
}
