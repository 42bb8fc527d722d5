package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/policy"
)

func record() *audit.Record {
	return &audit.Record{
		Time: time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC), Direction: policy.ToClient, Kind: "response", Method: "tools/call", Name: "crm_lookup",
		Found:   []audit.Count{{Entity: "EMAIL_ADDRESS", Rule: "default", Action: policy.Encrypt, Outcome: "done", N: 2}, {Entity: "IBAN_CODE", Action: policy.Pass, Outcome: "kept", N: 1}},
		BytesIn: 10, BytesOut: 20, Took: 1500 * time.Nanosecond, Outcome: audit.Rewritten,
	}
}

func TestLog(t *testing.T) {
	var out bytes.Buffer
	r := record()
	r.Access = &audit.Access{Tool: "crm_lookup", Params: []string{"id"}, ContainsPII: true}
	if err := audit.NewLog(&out, nil).Write(r); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
		t.Fatalf("Write wrote %q (%v), want one line of JSON", out.String(), err)
	}
	want := map[string]any{
		"time": "2026-11-22T15:00:00Z", "level": "INFO", "msg": "message", "direction": "to-client", "kind": "response",
		"method": "tools/call", "name": "crm_lookup", "outcome": "rewritten", "bytes_in": 10.0, "bytes_out": 20.0, "us": 1.0,
		"found": []any{
			map[string]any{"entity": "EMAIL_ADDRESS", "action": "encrypt", "rule": "default", "n": 2.0},
			map[string]any{"entity": "IBAN_CODE", "action": "pass", "outcome": "kept", "n": 1.0},
		},
		"access": map[string]any{"tool": "crm_lookup", "params": []any{"id"}, "contains_pii": true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Write wrote (-want +got)\n%s", diff)
	}
}

func TestLogLevel(t *testing.T) {
	var out bytes.Buffer
	log := audit.NewLog(&out, slog.LevelWarn)
	r := record()
	if n := testing.AllocsPerRun(100, func() { log.Write(r) }); n != 0 || out.Len() > 0 {
		t.Errorf("Write of what is below the level allocates %v times and writes %q, want neither", n, out.String())
	}
	r.Outcome, r.Reason = audit.Refused, "member id stands twice"
	log.Write(r)
	if !strings.Contains(out.String(), `"level":"WARN"`) || !strings.Contains(out.String(), "stands twice") {
		t.Errorf("Write of a refused message wrote %q, want a warning with its reason", out.String())
	}
}

type failing struct{ err error }

func (f failing) Write(*audit.Record) error { return f.err }

func TestErrors(t *testing.T) {
	full := errors.New("disk full")
	if err := audit.NewLog(writer{full}, nil).Write(record()); !errors.Is(err, full) {
		t.Errorf("Write to a full disk = %v, want its error", err)
	}
	var c audit.Counts
	if err := audit.Multi(failing{full}, &c).Write(record()); !errors.Is(err, full) {
		t.Errorf("Multi.Write = %v, want the error of its first sink", err)
	}
	if c.Summary().Total() != 1 {
		t.Errorf("Multi.Write left the second sink out")
	}
}

type writer struct{ err error }

func (w writer) Write([]byte) (int, error) { return 0, w.err }

func TestCounts(t *testing.T) {
	var c audit.Counts
	for range 3 {
		c.Write(record())
	}
	blocked := record()
	blocked.Outcome, blocked.Direction = audit.Blocked, policy.ToServer
	c.Write(blocked)
	var out strings.Builder
	if err := c.Summary().Print(&out); err != nil {
		t.Fatal(err)
	}
	want := `mcpveil: 4 messages, 40 bytes in, 80 out, 6µs in the filter, 1 blocked
  to-server  EMAIL_ADDRESS  encrypt      2
  to-server  IBAN_CODE      pass (kept)  1
  to-client  EMAIL_ADDRESS  encrypt      6
  to-client  IBAN_CODE      pass (kept)  3
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("Print wrote (-want +got)\n%s", diff)
	}
	r := record()
	if n := testing.AllocsPerRun(100, func() { c.Write(r) }); n != 0 {
		t.Errorf("Counts.Write allocates %v times, want 0", n)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// Who is not told that a record was not written cannot keep the message back.
func TestLogSaysThatItFailed(t *testing.T) {
	if err := audit.NewLog(fullDisk{}, nil).Write(record()); err == nil {
		t.Error("Write to a full disk is no error")
	}
}
