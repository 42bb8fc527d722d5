package session

import (
	"context"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A Shadow is a second set of rules that runs beside the first, to see what it would do to real traffic before it
// is trusted with it. It acts on nothing: where it finds something else than the first, the record says so.
// Messages that do not go on, and those that stream, are not compared.
type Shadow struct {
	Filter *redact.Filter // of the other rules and the same policy; its transformers leave values as they are
	Every  int            // compare one message in so many; all if zero
}

// Same is a Transformer for a Shadow: it leaves every value as it is.
var Same redact.Transformer = redact.TransformerFunc(func(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
	return append(dst, v.Text...), nil
})

// A shadow is a Port's part of a Shadow.
type shadow struct {
	rw    rewriter
	every int
	n     int // messages since the last that was compared
	diff  []audit.Difference
}

func (s *Shadow) new() *shadow {
	if s == nil {
		return nil
	}
	return &shadow{rw: s.Filter.NewRewriter(), every: max(1, s.Every)}
}

// maxDifferences is how many differences a record has.
const maxDifferences = 64

// compare lets the shadow read msg, which goes on with events, and enters what it finds differently in the record.
func (p *Port) compare(ctx context.Context, msg []byte, events []redact.Event) {
	s := p.shadow
	if s == nil {
		return
	}
	if s.n++; s.n < s.every {
		return
	}
	s.n = 0
	call := p.call
	call.Known, call.Names = nil, nil // what was opened or met is none of its business
	_, err := s.rw.Rewrite(ctx, &call, msg)
	theirs := s.rw.Events()
	if _, blocked := err.(*redact.BlockedError); err != nil && !blocked {
		p.record.ShadowFailed = true
		return
	}
	s.diff = s.diff[:0]
	// Where the shadow finds something, the first may find things in the names of members that it does not.
	s.missing(theirs, events, p.rw.Clean, func(d *audit.Difference) { d.WouldFind++ })
	if err == nil { // what it blocks it does not read to the end
		s.missing(events, theirs, s.rw.Clean, func(d *audit.Difference) { d.WouldMiss++ })
	}
	p.record.Shadow = s.diff
}

// missing counts those of a, which stand in order as those of b do, that overlap none of b of the same entity. Their places
// are those that clean returns.
func (s *shadow) missing(a, b []redact.Event, clean func(string) string, count func(*audit.Difference)) {
	from := 0
	for i := range a {
		e := &a[i]
		if e.Finding.Rule == nil || redact.FromMemory(e.Finding.Rule) {
			continue
		}
		for from < len(b) && b[from].Finding.End <= e.Finding.Start {
			from++
		}
		same := false
		for j := from; j < len(b) && b[j].Finding.Start < e.Finding.End && !same; j++ {
			same = b[j].Finding.Rule != nil && b[j].Finding.Rule.Entity == e.Finding.Rule.Entity
		}
		if same {
			continue
		}
		if d := s.at(e.Finding.Rule.Entity, anyIndex(clean(e.Pointer))); d != nil {
			count(d)
		}
	}
}

// at returns the Difference of that entity and path, a new one if need be, or nil where there are enough.
func (s *shadow) at(entity detect.Entity, path string) *audit.Difference {
	for i := range s.diff {
		if d := &s.diff[i]; d.Entity == entity && d.Path == path {
			return d
		}
	}
	if len(s.diff) == maxDifferences {
		return nil
	}
	s.diff = append(s.diff, audit.Difference{Entity: entity, Path: path})
	return &s.diff[len(s.diff)-1]
}

// anyIndex returns a JSON Pointer with a star for each index of an array, so that the elements of one are one place.
func anyIndex(pointer string) string {
	if !strings.ContainsAny(pointer, "0123456789") {
		return pointer
	}
	tokens := strings.Split(pointer, "/")
	for i, t := range tokens {
		if t != "" && strings.Trim(t, "0123456789") == "" {
			tokens[i] = "*"
		}
	}
	return strings.Join(tokens, "/")
}

// ShadowTransformers returns what a Shadow's Filter is made with, for the policy rules of the first.
func ShadowTransformers(pol *policy.Policy) redact.Transformers {
	tr := redact.Transformers{}
	for _, r := range pol.Rules() {
		if r.Action != policy.Pass && r.Action != policy.Block {
			tr[redact.Use{Action: r.Action, With: r.With}] = Same
			tr[redact.Use{Action: r.Action}] = Same
		}
	}
	return tr
}
