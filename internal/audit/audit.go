// Package audit records what was done to each message: where it stood, what was found, what
// became of it. A record holds entities, rule names, counts, sizes and cleaned names, never a value.
package audit

import (
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

var outcomeNames = [...]string{"unknown", "passed", "rewritten", "blocked", "refused", "failed"}

func (o Outcome) String() string { return outcomeNames[min(int(o), len(outcomeNames)-1)] }

// A Record says what was done to one message, or to one element of a batch.
// It is valid during the call of [Sink.Write] only: a sink copies what it keeps.
type Record struct {
	Time      time.Time
	Session   string // random, ours; "" on stdio
	Direction policy.Direction
	Server    string // as the configuration names it
	Kind      string // request, notification, response, error; "" if it could not be read
	Method    string // cleaned; a response has that of its request
	Name      string // tool, prompt or URI; cleaned
	Found     []Count
	BytesIn   int64
	BytesOut  int64
	Took      time.Duration
	Outcome   Outcome
	Reason    string  // why it was refused or failed; no value
	Unmatched bool    // an answer to no request we know: scanned under the rules that name no tool
	Streamed  bool    // too long to be held: filtered as it went by
	Access    *Access // for tools with log_access

	Alarms       []Alarm // what somebody should look into
	MissedAlarms int     // how many more there were than fit
	Principal    string  // who asked, cleaned, where there are alarms

	Shadow       []Difference // what the shadow rules would find differently
	ShadowFailed bool         // they could not read the message
}

// A Difference is what the shadow rules would find and the others did not, or the other way round, of one
// entity at one place.
type Difference struct {
	Entity    detect.Entity
	Path      string // JSON Pointer, cleaned, with * for the index of an array
	WouldFind int
	WouldMiss int
}

// A Count is how often one thing was done to values of one entity in a message.
type Count struct {
	Entity  detect.Entity
	Rule    string // the policy rule that decided; "" if none did
	Action  policy.Action
	Outcome string // "done", "kept", "forged", "protected", "allowed", as package redact means them
	N       int
}

// An Alarm is a security event: a token that should not have stood where it did. Event is
//
//	denied       a token of ours where nothing opens it; Rule is the rule that says so, "" if none speaks of it
//	budget       one that would have opened, but the principal has opened too much of late
//	honeytoken   one that nobody has a reason to open
//	foreign      one whose authentication failed: forged, or of another tenant, principal or entity
//	unknown_key  one made under a key that is not known here
//	echo         a value, opened in the call, in a member of the protocol that must not change: it went out as it was
//
// None of the tokens was opened.
type Alarm struct {
	Event  string
	Entity detect.Entity // as the token says
	Path   string        // JSON Pointer, cleaned, with * for the index of an array
	Rule   string        // of the policy
	N      int
}

// Routine reports whether a is what happens whenever a model hands a token to a tool that is not trusted with it.
func (a *Alarm) Routine() bool { return a.Event == "denied" && a.Rule == "" }

// An Access is the record of a call of a tool whose use is logged.
type Access struct {
	Tool        string   // cleaned
	Params      []string // names of the arguments, cleaned
	ContainsPII bool     // something was found in the arguments, tokens included
}

// A Sink takes records. It is safe for concurrent use. If Write fails, the message the record is
// about does not pass.
type Sink interface {
	Write(*Record) error
}

// Multi returns a Sink that writes to all of sinks in order, and fails if one fails. Those after it
// still get the record.
func Multi(sinks ...Sink) Sink { return multi(sinks) }

type multi []Sink

func (m multi) Write(r *Record) (err error) {
	for _, s := range m {
		if e := s.Write(r); e != nil && err == nil {
			err = e
		}
	}
	return err
}
