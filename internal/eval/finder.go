package eval

import (
	"cmp"
	"slices"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/redact"
)

// A Hit is a finding in a text.
type Hit struct {
	Start, End int // in bytes of the text
	Entity     detect.Entity
	Rule       string
	Score      float32
}

// A Finder finds what a filter would in texts, each the value of a string in a message, without a name that
// speaks for it: what the bytes show, and what stands behind an encoding. It is for one goroutine.
type Finder struct {
	finder *redact.Finder
	found  []detect.Finding // reused
}

// NewFinder returns a Finder for det.
func NewFinder(det *detect.Detector) *Finder { return &Finder{finder: redact.NewFinder(det)} }

// Find appends the findings in text to dst, in order, those that overlap included; those of the same bytes and entity
// once, as the rule has it that scores best.
func (f *Finder) Find(dst []Hit, text string) []Hit {
	from := len(dst)
	f.found = f.finder.Append(f.found[:0], []byte(text))
	for i := range f.found {
		if c := &f.found[i]; !c.Rule.Sealed && c.Start < c.End {
			dst = append(dst, Hit{c.Start, c.End, c.Rule.Entity, c.Rule.ID, c.Score})
		}
	}
	part := dst[from:]
	slices.SortStableFunc(part, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Entity, b.Entity), cmp.Compare(b.Score, a.Score), cmp.Compare(a.Rule, b.Rule))
	})
	part = slices.CompactFunc(part, func(a, b Hit) bool { return a.Start == b.Start && a.End == b.End && a.Entity == b.Entity })
	return dst[:from+len(part)]
}
