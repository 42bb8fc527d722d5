package redact

import (
	"context"
	"slices"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/namebook"
	"github.com/mcpveil/mcpveil/internal/view"
	"github.com/mcpveil/mcpveil/policy"
)

// NOTE: a pass goes through one message. Rewriter gives it the message whole, Writer
// window by window, and both get the same bytes out, since nothing depends on where a
// window ends:
//
//	gather   appends candidates: from the bytes, from decoded views, from known values
//	place    puts a candidate into its scalar: a piece, with its pointer and decision
//	finish   settles a cluster of pieces that overlap, and replaces
//
// All offsets are from the start of the message. buf is the message from base on, and
//
//	base ≤ copied ≤ cur.Pos() ≤ settled ≤ base+len(buf)
//
// copied is what of the message is already in out, or was replaced; before settled no
// further candidate will start.
//
// Limits that make a window suffice: a value, or a cluster of values that overlap, has
// at most maxValue bytes, or is replaced by its label to the end of its string; the
// nested levels of JSON around a value are looked for in history bytes before it.
const (
	maxValue = 16 << 10
	history  = 4 << 10
	snap     = 12 // the longest escape: a start inside it moves to its start
)

type pass struct {
	*Filter
	ctx       context.Context
	call      *Call
	decider   *policy.Decider // of site, if decided
	site      policy.Site
	byPath    bool                            // decider looks at pointers
	decisions map[decisionKey]policy.Decision // of decider, if not
	recent    [recentDecisions]recentDecision // of them
	decided   bool                            // for this message
	known     *knownIndex                     // nil if there is nothing to look for

	buf   []byte
	base  int
	final bool // buf ends where the message ends
	hides bool // escapes in buf may hide something
	odd   bool // something else may: see view.Odd

	unread *jsonspan.Checker // for buf, before anything in it is placed; nil if its grammar is right

	scanned int              // the bytes before were looked at
	across  []detect.Finding // that began before and end behind, as they were found
	echoed  int
	names   *namebook.Table // as the message finds them; nil if there are none
	named   int             // names were looked for in the bytes before
	met     [][]byte        // names that stand in this message
	walk    walker
	stack   *view.Stack // while it is in use
	tmp     []detect.Finding
	cands   []detect.Finding // candidates, whose scalars are not known yet; sorted
	cur     jsonspan.Cursor

	scalar  scalar
	nesting nesting
	cluster []piece
	start   int // of the cluster
	end     int
	chosen  []piece // what finish makes of the cluster
	group   []int   // pieces of the cluster that are replaced as one
	bound   int     // start of the next chosen piece

	out      []byte  // the message's beginning up to copied, as rewritten; what Writer has not written yet
	stream   *stream // what only a Writer's pass has, or nil
	copied   int
	changed  bool
	skipping bool // the rest of the string at copied is left out
	text     []byte
	other    []byte
	plain    []byte // the text in base64
	dull     dull
	chains   map[view.Chain][]detect.View
	array    view.Fold
	places   []int
	repl     []byte
	memo     memo
	events   []Event
	cleaned  map[string]detect.Entity // tokens of pointers, and what was found in them
	pointers map[string]string        // pointers, and what they are in events
	strings  strings.Builder          // the newest pointers of events, one after the other
	remember bool                     // pointers are worth to be remembered

	// What only a pass has whose text stands in base64 in another's.
	depth       int    // in how many others
	prefix      []byte // pointer of the scalar there
	prefixClean string // and for events
	inner       Call
	quoted      []byte // the text as a string
	check       jsonspan.Checker
}

// A scalar is where the last piece was placed.
type scalar struct {
	start     int // -1 for none
	kind      jsonspan.Kind
	pointer   []byte
	shape     *Shape
	delta     int // by how many characters it has grown so far
	protected bool
	cleaned   string // pointer for events, if isClean
	isClean   bool
}

// reset makes p ready for another message.
func (p *pass) reset(ctx context.Context, f *Filter, c *Call) {
	p.Filter, p.ctx, p.call, p.decided, p.known = f, ctx, c, false, nil
	if c.Site.Direction == policy.ToClient {
		p.known = c.Known.index()
	}
	p.buf, p.base, p.final, p.unread = nil, 0, false, nil
	p.odd = false
	p.depth, p.prefix, p.prefixClean = 0, p.prefix[:0], ""
	p.scanned, p.echoed, p.across = 0, 0, p.across[:0]
	p.names, p.named = c.Names.table(), 0
	p.walk.reset()
	p.cands, p.cluster = p.cands[:0], p.cluster[:0]
	p.cur.Reset()
	p.scalar.start, p.nesting.start = -1, -1
	p.out, p.copied, p.changed, p.skipping = p.out[:0], 0, false, false
	p.memo.reset()
	p.dull.forget()
	clear(p.events) // they hold pointers
	p.events = p.events[:0]
}

// at returns the bytes from offset on.
func (p *pass) at(offset int) []byte { return p.buf[offset-p.base:] }

// span returns the bytes of [start, end).
func (p *pass) span(start, end int) []byte { return p.buf[start-p.base : end-p.base] }

func (p *pass) limit() int { return p.base + len(p.buf) }

// scan looks at the bytes. It returns up to where it has.
func (p *pass) scan() int {
	to := p.limit()
	if !p.final {
		to -= p.after
	}
	if to <= p.scanned {
		return p.scanned
	}
	from := max(p.base, p.scanned-p.before-snap)
	shift(p.across, -from)
	old := len(p.cands)
	p.cands = p.det.Append(p.cands, detect.Text{Raw: p.at(from), Escaped: true, From: p.scanned - from, To: to - from, Final: p.final, Seen: true, Before: p.across})
	shift(p.across, from)
	p.across = slices.DeleteFunc(p.across, func(f detect.Finding) bool { return f.End <= to })
	text, found := p.at(from), p.cands[old:]
	for i := range found {
		f := &found[i]
		escape := afterEscape(text, f.Start)
		f.Start, f.End = f.Start+from, f.End+from
		if f.End > to && !p.final {
			p.across = append(p.across, *f)
		}
		f.Start += escape
	}
	if p.locator != nil {
		old := len(p.cands)
		p.cands = p.locator.Locate(p.cands, p.call, text, p.scanned-from, to-from)
		shift(p.cands[old:], from)
	}
	p.scanned = to
	return to
}

func shift(found []detect.Finding, by int) {
	for i := range found {
		found[i].Start += by
		found[i].End += by
	}
}

// afterEscape returns how far text[at] is from the end of the escape \uXXXX in whose digits
// it stands, or 0. To the eye of who reads bytes, what follows such an escape begins inside
// it; a view shows the truth, but a nested escape must not be cut through either.
func afterEscape(text []byte, at int) int {
	for k := 1; k <= 4 && k < at; k++ {
		if text[at-k] == 'u' && text[at-k-1] == '\\' && jsonspan.IsHex4(text[at-k+1:]) {
			return 5 - k
		}
	}
	return 0
}

// echo looks for known values in the bytes. It returns up to where it has.
func (p *pass) echo() int {
	to := p.limit()
	if p.known == nil {
		return to
	}
	if !p.final {
		to -= p.known.reach + 1
	}
	if to <= p.echoed {
		return p.echoed
	}
	from := max(p.base, p.echoed-snap)
	s := p.known.search(p.at(from), p.echoed-from, to-from, true)
	for i, f := s.next(); f != nil; i, f = s.next() {
		start, end := f.span(s.text, i)
		p.cands = append(p.cands, f.candidate(from+start, from+end))
	}
	p.echoed = to
	return p.echoed
}

func (f *form) candidate(start, end int) detect.Finding {
	return detect.Finding{Rule: f.rule, Start: start, End: end, Score: 1}
}

// sort puts the candidates in an order that does not depend on how they were found,
// and drops what the bytes and a view, or two views, both show.
func (p *pass) sort() {
	sorted, twice := true, false
	for i := 1; i < len(p.cands) && sorted; i++ {
		a, b := &p.cands[i-1], &p.cands[i]
		if a.Start < b.Start {
			continue // as nearly all are
		}
		sorted, twice = order(a, b) <= 0, twice || same(a, b)
	}
	if !sorted {
		slices.SortStableFunc(p.cands, func(a, b detect.Finding) int { return order(&a, &b) })
	}
	if !sorted || twice {
		p.cands = slices.CompactFunc(p.cands, func(a, b detect.Finding) bool { return same(&a, &b) })
	}
}

func order(a, b *detect.Finding) int {
	switch {
	case a.Start != b.Start:
		return a.Start - b.Start
	case a.End != b.End:
		return b.End - a.End
	case a.Rule != b.Rule:
		if c := strings.Compare(a.Rule.ID, b.Rule.ID); c != 0 {
			return c
		}
	}
	// A rule may know an encoding itself: then its decoded value is the one that is meant.
	if x, y := reveals(a.Views), reveals(b.Views); x != y {
		if x {
			return -1
		}
		return 1
	}
	return len(a.Views) - len(b.Views)
}

// reveals reports whether views are of an encoding, and not of letters that were written as they
// are meant.
func reveals(views []detect.View) bool {
	return slices.ContainsFunc(views, func(v detect.View) bool {
		return v == detect.Percent || v == detect.HTML || v == detect.QuotedPrintable
	})
}

// same reports whether a and b are of one rule, and so of one known value, and one place.
func same(a, b *detect.Finding) bool {
	return a.Rule == b.Rule && a.Start == b.Start && a.End == b.End
}

// run deals with the message as far as the window allows. It returns up to where no
// further candidate can start.
func (p *pass) run() (settled int, err error) {
	settled = min(p.scan(), p.echo())
	if p.hides || p.odd || p.known != nil || p.stream != nil {
		settled = min(settled, p.walkViews())
		p.dropStack()
	}
	settled = min(settled, p.recall())
	if !p.final {
		settled = min(settled, p.limit()-maxValue-1)
	}
	p.sort()
	if p.unread != nil && len(p.cands) > 0 {
		if err := p.unread.CheckRest(p.buf, p.maxDepth); err != nil {
			return settled, syntaxError(err)
		}
		p.unread = nil
	}
	n := 0
	for n < len(p.cands) && p.cands[n].Start < settled {
		c := &p.cands[n]
		n++
		rest, err := p.place(c)
		if err != nil {
			return settled, err
		}
		if rest < c.End { // what of it does not stand in the scalar it starts in
			i := n
			for i < len(p.cands) && p.cands[i].Start < rest {
				i++
			}
			r := *c
			r.Start = rest
			p.cands = slices.Insert(p.cands, i, r)
		}
	}
	p.cands = slices.Delete(p.cands, 0, n)
	if len(p.cluster) > 0 && (p.final || p.end <= settled-snap) {
		err = p.finish()
	}
	return settled, err
}
