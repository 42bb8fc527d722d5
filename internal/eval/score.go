package eval

import (
	"cmp"
	"maps"
	"slices"

	"github.com/mcpveil/mcpveil/detect"
)

// A Scorer holds findings against labels, text by text. It is for one goroutine.
type Scorer struct {
	labels   *Labels
	scored   map[detect.Entity]bool
	leaveOut func(Span, string) bool
	mistake  func(Mistake)

	texts, bytes  int
	by            map[detect.Entity]*Entity
	strong, exact Tally // only the strongest counts
	labelled      map[string]int
}

// NewScorer returns a Scorer of those entities.
func NewScorer(labels *Labels, entities []detect.Entity) *Scorer {
	s := &Scorer{labels: labels, scored: map[detect.Entity]bool{}, by: map[detect.Entity]*Entity{}, labelled: map[string]int{}}
	for _, e := range entities {
		s.scored[e] = true
		s.by[e] = &Entity{Entity: e}
	}
	return s
}

// LeaveOut leaves spans out of the score for which f, given a span and what stands there, is true.
func (s *Scorer) LeaveOut(f func(span Span, value string) bool) { s.leaveOut = f }

// OnMistake has f called with each miss and each false hit.
func (s *Scorer) OnMistake(f func(Mistake)) { s.mistake = f }

// A Tally counts what was found.
type Tally struct {
	Right  int `json:"right"`  // findings that match, and spans that are matched
	False  int `json:"false"`  // findings that do not
	Missed int `json:"missed"` // spans that are not
}

// Precision is the share of findings that are right; 1 where there are none.
func (t Tally) Precision() float64 { return share(t.Right, t.Right+t.False) }

// Recall is the share of spans that are found; 1 where there are none.
func (t Tally) Recall() float64 { return share(t.Right, t.Right+t.Missed) }

// F1 is the harmonic mean of precision and recall.
func (t Tally) F1() float64 { return share(2*t.Right, 2*t.Right+t.False+t.Missed) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

func (t *Tally) add(u Tally) {
	t.Right += u.Right
	t.False += u.False
	t.Missed += u.Missed
}

// An Entity is the score of one entity.
type Entity struct {
	Entity detect.Entity
	Half   Tally // half of the bytes, or more, are the same
	Exact  Tally // all are
}

// A Report is a score.
type Report struct {
	Texts, Bytes int
	Entities     []Entity // those that are scored, by name
	Half, Exact  Tally    // of all of them together

	// Half and Exact, if of findings that overlap only the strongest counts.
	StrongestHalf, StrongestExact Tally

	// NotScored counts the spans of each label that is not in the score.
	NotScored map[string]int
}

// PerMB returns how many n are in a million bytes of text.
func (r *Report) PerMB(n int) float64 { return float64(n) * 1e6 / float64(max(1, r.Bytes)) }

// Report returns the score so far.
func (s *Scorer) Report() *Report {
	r := &Report{Texts: s.texts, Bytes: s.bytes, StrongestHalf: s.strong, StrongestExact: s.exact, NotScored: maps.Clone(s.labelled)}
	for _, e := range slices.Sorted(maps.Keys(s.by)) {
		r.Entities = append(r.Entities, *s.by[e])
		r.Half.add(s.by[e].Half)
		r.Exact.add(s.by[e].Exact)
	}
	return r
}

// A Mistake is a span that was missed, or a finding that is wrong. It holds text, for who owns it.
type Mistake struct {
	Record *Record
	Miss   bool          // else it is a false hit
	Entity detect.Entity // missed, or wrongly found
	Start  int           // in bytes of the text
	End    int
	Labels []string // of the spans there
	Found  []Hit    // of the findings there
}

// A truth is a span that is scored, or left out.
type truth struct {
	Span
	entity detect.Entity // "" if it is left out
}

// Add holds hits, the findings in rec's text, against rec's spans.
func (s *Scorer) Add(rec *Record, hits []Hit) {
	s.texts++
	s.bytes += len(rec.Text)
	var want, out []truth
	for _, sp := range rec.Spans {
		e, ok := s.labels.Entity(sp.Label)
		switch {
		case ok && (e == "" || s.leaveOut != nil && s.leaveOut(sp, rec.Text[sp.Start:sp.End])):
			out = append(out, truth{sp, ""})
			s.labelled[sp.Label]++
		case ok && s.scored[e]:
			want = append(want, truth{sp, e})
		default:
			s.labelled[sp.Label]++
		}
	}
	scored := slices.DeleteFunc(slices.Clone(hits), func(h Hit) bool { return !s.scored[h.Entity] })
	missed, wrong := s.match(want, out, scored, half, func(e detect.Entity) *Tally { return &s.by[e].Half })
	s.match(want, out, scored, exactly, func(e detect.Entity) *Tally { return &s.by[e].Exact })

	strong := slices.DeleteFunc(strongest(hits), func(h Hit) bool { return !s.scored[h.Entity] })
	s.match(want, out, strong, half, func(detect.Entity) *Tally { return &s.strong })
	s.match(want, out, strong, exactly, func(detect.Entity) *Tally { return &s.exact })

	if s.mistake == nil {
		return
	}
	for _, t := range missed {
		s.mistake(s.describe(rec, hits, Mistake{Miss: true, Entity: t.entity, Start: t.Start, End: t.End}))
	}
	for _, h := range wrong {
		s.mistake(s.describe(rec, hits, Mistake{Entity: h.Entity, Start: h.Start, End: h.End}))
	}
}

func (s *Scorer) describe(rec *Record, hits []Hit, m Mistake) Mistake {
	m.Record = rec
	for _, sp := range rec.Spans {
		if sp.Start < m.End && m.Start < sp.End {
			m.Labels = append(m.Labels, sp.Label)
		}
	}
	for _, h := range hits {
		if h.Start < m.End && m.Start < h.End {
			m.Found = append(m.Found, h)
		}
	}
	return m
}

// Two spans match by half if they have half of their bytes in common; exactly, if all. Both return how
// much they have in common; 0 if they do not match.
func half(aStart, aEnd, bStart, bEnd int) float64 {
	common, all := min(aEnd, bEnd)-max(aStart, bStart), max(aEnd, bEnd)-min(aStart, bStart)
	if common <= 0 || 2*common < all {
		return 0
	}
	return float64(common) / float64(all)
}

func exactly(aStart, aEnd, bStart, bEnd int) float64 {
	if aStart == bStart && aEnd == bEnd {
		return 1
	}
	return 0
}

// match counts in what tally returns, and returns what was missed and what is wrong.
func (s *Scorer) match(want, out []truth, hits []Hit, alike func(int, int, int, int) float64, tally func(detect.Entity) *Tally) (missed []truth, wrong []Hit) {
	type pair struct {
		span, hit int
		alike     float64
	}
	var pairs []pair
	for i, t := range want {
		for j, h := range hits {
			if t.entity == h.Entity {
				if a := alike(t.Start, t.End, h.Start, h.End); a > 0 {
					pairs = append(pairs, pair{i, j, a})
				}
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.alike, a.alike) })
	found, right := make([]bool, len(want)), make([]bool, len(hits))
	var taken []Hit // the findings that match, and later those that are wrong
	for _, p := range pairs {
		if !found[p.span] && !right[p.hit] {
			found[p.span], right[p.hit] = true, true
			taken = append(taken, hits[p.hit])
			tally(want[p.span].entity).Right++
		}
	}
	for i, t := range want {
		if !found[i] {
			missed = append(missed, t)
			tally(t.entity).Missed++
		}
	}
	var rest []Hit
	for j, h := range hits {
		if !right[j] && !leftOut(out, h) {
			rest = append(rest, h)
		}
	}
	slices.SortStableFunc(rest, stronger)
	for _, h := range rest {
		if !slices.ContainsFunc(taken, h.overlaps) {
			taken = append(taken, h)
			wrong = append(wrong, h)
			tally(h.Entity).False++
		}
	}
	slices.SortStableFunc(wrong, func(a, b Hit) int { return cmp.Compare(a.Start, b.Start) })
	return missed, wrong
}

// leftOut reports whether half of h's bytes stand in a span that is left out.
func leftOut(out []truth, h Hit) bool {
	for _, t := range out {
		if common := min(t.End, h.End) - max(t.Start, h.Start); common > 0 && 2*common >= h.End-h.Start {
			return true
		}
	}
	return false
}

func (h Hit) overlaps(o Hit) bool { return h.Start < o.End && o.Start < h.End }

// stronger orders findings by what holds where they overlap: the higher score, then the longer, then the first.
func stronger(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.End-b.Start, a.End-a.Start), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Rule, b.Rule))
}

// strongest leaves of findings that overlap the strongest.
func strongest(hits []Hit) (kept []Hit) {
	hits = slices.Clone(hits)
	slices.SortStableFunc(hits, stronger)
	for _, h := range hits {
		if !slices.ContainsFunc(kept, h.overlaps) {
			kept = append(kept, h)
		}
	}
	return kept
}

// Entities returns the entities that the labels of records mean and that rules find, by name.
func Entities(records []Record, labels *Labels) []detect.Entity {
	seen := map[detect.Entity]bool{}
	for i := range records {
		for _, sp := range records[i].Spans {
			if e, ok := labels.Entity(sp.Label); ok && e != "" && labels.Known(e) {
				seen[e] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
