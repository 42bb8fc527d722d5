package eval

import (
	"cmp"
	"context"
	"slices"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A Hit is a finding in a text. It is no longer a finding of the detector's: it says where in the text,
// whatever the text was decoded to.
type Hit struct {
	Start, End int // in bytes of the text
	Entity     detect.Entity
	Rule       string
	Score      float32
}

// A Finder finds what a filter would find in texts, each the value of a string in a message, without a name that
// speaks for it: what the bytes show, and what stands behind an encoding. It is for one goroutine.
type Finder struct {
	det      *detect.Detector
	rewriter *redact.Rewriter // under a policy that passes everything: it sees what is hidden

	found []detect.Finding // reused
	msg   []byte
	back  view.View
}

// maxMessage is the longest text that can be looked at, with its escapes.
const maxMessage = 1 << 30

// NewFinder returns a Finder for det.
func NewFinder(det *detect.Detector) (*Finder, error) {
	pass, err := policy.New([]policy.Rule{{Name: "eval", Action: policy.Pass}})
	if err != nil {
		return nil, err
	}
	f, err := redact.New(det, pass, nil, &redact.Options{MaxMessage: maxMessage})
	if err != nil {
		return nil, err
	}
	return &Finder{det: det, rewriter: f.NewRewriter()}, nil
}

// Find appends the findings in text, which must be valid UTF-8, to dst, in order, those that overlap included.
func (f *Finder) Find(dst []Hit, text string) ([]Hit, error) {
	from := len(dst)
	f.found = f.det.Append(f.found[:0], detect.Text{Raw: []byte(text), Final: true})
	for i := range f.found {
		dst = appendHit(dst, &f.found[i], f.found[i].Start, f.found[i].End)
	}
	f.msg = append(jsonspan.AppendQuote(append(f.msg[:0], '"'), text), '"')
	if _, err := f.rewriter.Rewrite(context.Background(), &redact.Call{Site: policy.Site{Direction: policy.ToClient}}, f.msg); err != nil {
		return dst[:from], err
	}
	if events := f.rewriter.Events(); len(events) > 0 {
		f.back.Decode(f.msg[1 : len(f.msg)-1])
		for i := range events {
			e := &events[i].Finding
			dst = appendHit(dst, e, f.back.At(e.Start-1), f.back.At(e.End-1))
		}
	}
	return settle(dst, from), nil
}

func appendHit(dst []Hit, f *detect.Finding, start, end int) []Hit {
	if f.Rule.Sealed || start >= end {
		return dst
	}
	return append(dst, Hit{start, end, f.Rule.Entity, f.Rule.ID, f.Score})
}

// settle puts hits[from:] in order, each reading of the same bytes once, as its best rule has it.
func settle(hits []Hit, from int) []Hit {
	part := hits[from:]
	slices.SortStableFunc(part, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Entity, b.Entity), cmp.Compare(b.Score, a.Score), cmp.Compare(a.Rule, b.Rule))
	})
	part = slices.CompactFunc(part, func(a, b Hit) bool {
		return a.Start == b.Start && a.End == b.End && a.Entity == b.Entity
	})
	return hits[:from+len(part)]
}
