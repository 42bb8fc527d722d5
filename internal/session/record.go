package session

import (
	"fmt"
	"time"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// write writes the record of a message that may go on as out. If it cannot be written, the message does not.
func (p *Port) write(route *mcpwire.Route, msg, out []byte) error {
	if p.s.opts.Sink == nil {
		return nil
	}
	r := &p.record
	r.Outcome = audit.Passed
	if v := (Verdict{Out: out}); v.Changed(msg) {
		r.Outcome = audit.Rewritten
	}
	p.fill(route, len(out))
	p.access(route)
	if err := p.hand(); err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	return nil
}

// hand gives the record to where it belongs: to the Group, whose Commit says whether it was written, or to the Sink.
func (p *Port) hand() error {
	switch {
	case p.records != nil:
		p.records.Add(&p.record)
	case p.s.opts.Sink != nil:
		return p.s.opts.Sink.Write(&p.record)
	}
	return nil
}

// writeStreamed is write for a message that streamed, of which all but the last byte has gone out.
func (p *Port) writeStreamed(route *mcpwire.Route, out int64) error {
	if p.s.opts.Sink == nil {
		return nil
	}
	p.record.Outcome = audit.Passed
	for i := range p.found {
		if a := p.found[i].Action; a != policy.Pass && p.found[i].Outcome == "done" {
			p.record.Outcome = audit.Rewritten
		}
	}
	p.fill(route, int(out))
	p.access(route)
	if err := p.s.opts.Sink.Write(&p.record); err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	return nil
}

// fill sets what every record has. The method and name are those of p.call.
func (p *Port) fill(route *mcpwire.Route, out int) {
	r := &p.record
	if route.Kind != 0 {
		r.Kind = route.Kind.String()
	}
	r.Method, r.Name = p.clean(p.call.Site.Method), p.clean(p.call.Site.Name)
	r.Found = p.found
	if len(p.alarms) > 0 {
		r.Alarms, r.MissedAlarms = p.alarms, p.missed
		r.Principal = p.clean(p.call.Site.Principal)
	}
	r.BytesOut = int64(out)
	r.Took = time.Since(r.Time)
	p.ended = r.Time.Add(r.Took)
}

// clean returns s for a record: without what the detector finds in it, nor what was opened in the call.
func (p *Port) clean(s string) string {
	if k := p.call.Known; s != "" && k.Len() > 0 && (k.In(s) || k.In(unescape(s))) {
		return "[cleaned]"
	}
	return p.names.clean(p.engine.Detector, s)
}

var outcomes = [...]string{redact.Done: "done", redact.Forged: "forged", redact.Kept: "kept", redact.Protected: "protected", redact.Allowed: "allowed", redact.Opaque: "opaque"}

// count adds up events by what they have in common.
func (p *Port) count(events []redact.Event) {
next:
	for i := range events {
		e := &events[i]
		if e.Alarm != redact.NoAlarm {
			p.alarm(e)
		}
		c := audit.Count{Action: e.Decision.Action, N: 1}
		if int(e.Outcome) < len(outcomes) {
			c.Outcome = outcomes[e.Outcome]
		}
		if e.Finding.Rule != nil {
			c.Entity = e.Finding.Rule.Entity
		}
		if e.Decision.Rule != nil {
			c.Rule = e.Decision.Rule.Name
		}
		for j := range p.found {
			f := &p.found[j]
			if f.Entity == c.Entity && f.Action == c.Action && f.Outcome == c.Outcome && f.Rule == c.Rule {
				f.N++
				continue next
			}
		}
		p.found = append(p.found, c)
	}
}

// maxAlarms is how many alarms a record has.
const maxAlarms = 16

// alarm enters what e says in the record, with others of its kind at its place. The elements of an array are one place.
func (p *Port) alarm(e *redact.Event) {
	a := audit.Alarm{Event: e.Alarm.String(), Path: anyIndex(e.Pointer), N: 1}
	if e.Finding.Rule != nil {
		a.Entity = e.Finding.Rule.Entity
	}
	if e.Decision.Rule != nil {
		a.Rule = e.Decision.Rule.Name
	}
	for i := range p.alarms {
		if o := &p.alarms[i]; o.Event == a.Event && o.Entity == a.Entity && o.Path == a.Path && o.Rule == a.Rule {
			o.N++
			return
		}
	}
	if len(p.alarms) == maxAlarms {
		p.missed++
		return
	}
	p.alarms = append(p.alarms, a)
}

// maxParams is how many argument names an access record has.
const maxParams = 64

// access adds the access record of a call to a tool whose use is logged.
func (p *Port) access(route *mcpwire.Route) {
	if route.Kind != mcpwire.Request || !route.IsTool() || p.d != policy.ToServer || !p.logged(p.call.Site.Name) {
		return
	}
	if p.record.Streamed {
		p.record.Access = &audit.Access{Tool: p.record.Name, ContainsPII: len(p.found) > 0}
		return
	}
	a := &audit.Access{Tool: p.record.Name, ContainsPII: len(p.found) > 0}
	p.spans = mcpwire.Names(p.spans[:0], p.msg, mcpwire.Member(p.msg, route.Params, "arguments"))
	for _, s := range p.spans[:min(len(p.spans), maxParams)] {
		a.Params = append(a.Params, p.clean(string(s.Of(p.msg))))
	}
	p.record.Access = a
}

// logged reports whether the use of a tool is logged. The first rule that matches it holds.
func (p *Port) logged(tool string) bool {
	for i := range p.engine.Tools {
		t := &p.engine.Tools[i]
		for _, g := range t.Names {
			if policy.Glob(g, tool) {
				return t.LogAccess
			}
		}
	}
	return false
}
