package audit

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
)

// Counts is a Sink that adds records up, for the summary at the end of a run.
// The zero Counts is ready for use. It holds as many totals as there are entities, actions and outcomes,
// however much traffic there is.
type Counts struct {
	mu    sync.Mutex
	sum   Summary
	found map[kind]int64
	alarm map[string]int64
	other map[kind]Differences
}

// A kind is what a Total counts.
type kind struct {
	direction policy.Direction
	entity    detect.Entity
	action    policy.Action
	outcome   string
}

// Write adds r. It never fails.
func (c *Counts) Write(r *Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.found == nil {
		c.found, c.other, c.alarm = make(map[kind]int64), make(map[kind]Differences), make(map[string]int64)
	}
	c.sum.Messages[min(int(r.Outcome), len(c.sum.Messages)-1)]++
	c.sum.BytesIn += r.BytesIn
	c.sum.BytesOut += r.BytesOut
	c.sum.Took += r.Took
	for _, f := range r.Found {
		c.found[kind{r.Direction, f.Entity, f.Action, f.Outcome}] += int64(f.N)
	}
	for i := range r.Alarms {
		c.alarm[r.Alarms[i].Event] += int64(r.Alarms[i].N)
	}
	for _, d := range r.Shadow {
		k := kind{direction: r.Direction, entity: d.Entity}
		sum := c.other[k]
		sum.Direction, sum.Entity = r.Direction, d.Entity
		sum.WouldFind += int64(d.WouldFind)
		sum.WouldMiss += int64(d.WouldMiss)
		c.other[k] = sum
	}
	if r.ShadowFailed {
		c.sum.ShadowFailed++
	}
	return nil
}

// A Summary is what Counts has added up.
type Summary struct {
	Messages [Failed + 1]int64 // by Outcome
	BytesIn  int64
	BytesOut int64
	Took     time.Duration // time spent in filtering
	Found    []Total       // in order of direction, entity, action, outcome
	Alarms   []Alarms      // in order of event

	Shadow       []Differences // in order of direction, entity
	ShadowFailed int64         // messages that the shadow rules could not read
}

// Differences are how often the shadow rules would find values of one entity that the others did not, and
// the other way round.
type Differences struct {
	Direction            policy.Direction
	Entity               detect.Entity
	WouldFind, WouldMiss int64
}

// Alarms are how often there was a security event: see [Alarm].
type Alarms struct {
	Event string
	N     int64
}

// A Total is how often one thing was done to values of one entity.
type Total struct {
	Direction policy.Direction
	Entity    detect.Entity
	Action    policy.Action
	Outcome   string
	N         int64
}

// Summary returns what was added up so far.
func (c *Counts) Summary() Summary {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.sum
	s.Found = make([]Total, 0, len(c.found))
	for k, n := range c.found {
		s.Found = append(s.Found, Total{k.direction, k.entity, k.action, k.outcome, n})
	}
	slices.SortFunc(s.Found, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Entity, b.Entity),
			cmp.Compare(a.Action, b.Action), cmp.Compare(a.Outcome, b.Outcome))
	})
	for e, n := range c.alarm {
		s.Alarms = append(s.Alarms, Alarms{e, n})
	}
	slices.SortFunc(s.Alarms, func(a, b Alarms) int { return cmp.Compare(a.Event, b.Event) })
	s.Shadow = slices.SortedFunc(maps.Values(c.other), func(a, b Differences) int {
		return cmp.Or(cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Entity, b.Entity))
	})
	return s
}

// Total returns the number of messages.
func (s Summary) Total() (n int64) {
	for _, m := range s.Messages {
		n += m
	}
	return n
}

// Print writes the summary for a person: a line on the messages, then one for each thing that was done.
func (s Summary) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "mcpveil: %d messages, %d bytes in, %d out, %v in the filter", s.Total(), s.BytesIn, s.BytesOut, s.Took.Round(time.Microsecond))
	for o := Blocked; o <= Failed; o++ {
		if n := s.Messages[o]; n > 0 {
			fmt.Fprintf(&b, ", %d %v", n, o)
		}
	}
	b.WriteByte('\n')
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, t := range s.Found {
		done := t.Action.String()
		if t.Outcome != "done" {
			done += " (" + t.Outcome + ")"
		}
		fmt.Fprintf(table, "  %v\t%s\t%s\t%d\n", t.Direction, t.Entity, done, t.N)
	}
	for _, a := range s.Alarms {
		fmt.Fprintf(table, "  alarm\t%s\t\t%d\n", a.Event, a.N)
	}
	for _, d := range s.Shadow {
		if d.WouldFind > 0 {
			fmt.Fprintf(table, "  %v\t%s\tshadow would find\t%d\n", d.Direction, d.Entity, d.WouldFind)
		}
		if d.WouldMiss > 0 {
			fmt.Fprintf(table, "  %v\t%s\tshadow would miss\t%d\n", d.Direction, d.Entity, d.WouldMiss)
		}
	}
	if s.ShadowFailed > 0 {
		fmt.Fprintf(table, "  shadow could not read\t%d messages\n", s.ShadowFailed)
	}
	table.Flush()
	_, err := io.WriteString(w, b.String())
	return err
}
