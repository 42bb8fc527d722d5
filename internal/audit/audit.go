// Package audit records what was done to each message: where it stood, what was found, what
// became of it. A record holds entities, rule names, counts, sizes and cleaned names, never a value.
package audit

import (
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
)

// An Outcome says what became of a message.
type Outcome uint8

const (
	Passed    Outcome = 1 + iota // sent on as it came
	Rewritten                    // sent on with values replaced
	Blocked                      // kept back by the policy
	Refused                      // kept back as unreadable, ambiguous or too long
	Failed                       // kept back since filtering failed: no key, no record
)

func (o Outcome) String() string {
	return [...]string{"", "passed", "rewritten", "blocked", "refused", "failed"}[min(int(o), 5)]
}

// A Record says what was done to one message, or to one element of a batch.
// It is valid during the call of [Sink.Write] only: a sink copies what it keeps.
type Record struct {
	Time      time.Time
	Session   string // random, ours; "" on stdio
	Direction policy.Direction
	Server    string // as the configuration names it
	Kind      string // request, notification, response, error; "" if it could not be read
	Method    string // cleaned
	Name      string // tool, prompt or URI; cleaned
	Found     []Count
	BytesIn   int64
	BytesOut  int64
	Took      time.Duration
	Outcome   Outcome
	Reason    string  // why it was refused or failed, or what was skipped; no value
	Unmatched bool    // a response to no request we know
	Streamed  bool    // too long to be held; filtered as it went by
	Access    *Access // for tools with log_access
}

// A Count is how often one thing was done to values of one entity in a message.
type Count struct {
	Entity  detect.Entity
	Rule    string // the policy rule that decided; "" if none did
	Action  policy.Action
	Outcome string // "done", "kept", "forged", "protected"
	N       int
}

// An Access is the record of a call of a tool whose use is logged.
type Access struct {
	Tool        string
	Params      []string // names of the arguments, cleaned
	ContainsPII bool
}

// A Sink takes records. It is safe for concurrent use. If Write fails, the message the record is
// about does not pass.
type Sink interface {
	Write(*Record) error
}

// NewLog returns a Sink that writes one JSON line a record to w, those of a level below level
// left out: messages in which nothing was found are Debug, others Info, refused ones Warn, failed ones Error.
func NewLog(w io.Writer, level slog.Leveler) Sink { panic("audit: not yet") }

// Multi returns a Sink that writes to all of sinks, in order, and fails with the first that fails.
func Multi(sinks ...Sink) Sink { return multi(sinks) }

type multi []Sink

func (m multi) Write(r *Record) error {
	var errs []error
	for _, s := range m {
		errs = append(errs, s.Write(r))
	}
	return errors.Join(errs...)
}

// Counts is a Sink that adds records up, for the summary at the end of a run.
// The zero Counts is ready for use.
type Counts struct{}

// Write adds r. It never fails.
func (c *Counts) Write(r *Record) error { panic("audit: not yet") }

// A Summary is what Counts has added up.
type Summary struct {
	Messages map[Outcome]int64
	BytesIn  int64
	BytesOut int64
	Took     time.Duration // time spent in filtering
	Found    []Total       // in order of direction, entity, action
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
func (c *Counts) Summary() Summary { panic("audit: not yet") }

// WriteTo prints the summary as a few lines of text for a person.
func (s Summary) Print(w io.Writer) error { panic("audit: not yet") }
