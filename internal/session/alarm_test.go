package session

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/audit"
)

// The record of a message says who did what should not be done, where, and no more of it than a record can hold.
func TestAlarms(t *testing.T) {
	det, err := detect.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, up, _, _, rec := open(t, Options{Engine: Engine{Detector: det}})
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":"ALARM"}}}`))
	r := rec.last()
	if r.Principal != "jo" || r.Name != "a" || len(r.Alarms) != maxAlarms || r.MissedAlarms != 5 {
		t.Errorf("the record is of %s, tool %s, %d alarms and %d missed, want jo, a, %d and 5", r.Principal, r.Name, len(r.Alarms), r.MissedAlarms, maxAlarms)
	}
	want := []audit.Alarm{
		{Event: "foreign", Entity: "EMAIL_ADDRESS", Path: "/params/arguments/to/*", Rule: "seal", N: 10},
		{Event: "denied", Entity: "EMAIL_ADDRESS", Path: "/params/x10y", Rule: "seal", N: 1},
	}
	if diff := cmp.Diff(want, r.Alarms[:2]); diff != "" {
		t.Errorf("alarms (-want +got)\n%s", diff)
	}
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a","arguments":{}}}`))
	if r := rec.last(); len(r.Alarms) > 0 || r.Principal != "" {
		t.Errorf("the next record has %d alarms of %q", len(r.Alarms), r.Principal)
	}
}

// However much is opened, what the calls that are not answered had opened is looked for in what belongs to none of them.
func TestMuchOpened(t *testing.T) {
	s, up, down, f, _ := open(t, Options{})
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":"OPEN"}}`))
	for i := range maxRecent {
		s.recent.Add("PERSON", fmt.Appendf(nil, "somebody %d", i))
	}
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b","arguments":"ANOTHER"}}`))
	down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"notifications/message","params":{}}`))
	known := f.seen[len(f.seen)-1].Known
	if !known.In("Zebulon") || !known.In("Barnabas") || known.In("somebody 7") || known.Len() != 2 {
		t.Errorf("a notification knows %d values, want those of the two calls that wait", known.Len())
	}
}
