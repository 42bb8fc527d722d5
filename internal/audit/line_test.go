package audit_test

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/policy"
)

// What a log keeps of a line never gets into one that says something else: after any records it writes the line of a new log.
func TestLogLines(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	zones := []*time.Location{time.UTC, time.FixedZone("", 9*3600), time.FixedZone("", -(3*3600 + 30*60)), time.FixedZone("X", 59)}
	now := time.Date(2026, 11, 23, 23, 59, 58, 0, time.UTC)
	var alone, batched, want bytes.Buffer
	log, batch := audit.NewLog(&alone, slog.LevelInfo), audit.NewBatch(audit.NewLog(&batched, slog.LevelInfo))
	for range 5000 {
		switch r.IntN(8) {
		case 0:
			now = now.Truncate(time.Second)
		case 1:
			now = now.Add(time.Duration(r.IntN(3)) * time.Second)
		case 2:
			now = now.Add(time.Duration(1+r.IntN(9)) * 100 * time.Millisecond)
		default:
			now = now.Add(time.Duration(r.IntN(100_000)))
		}
		at := now
		switch r.IntN(50) {
		case 0:
			at = time.Date(10_000+r.IntN(2), 1, 1, 0, 0, r.IntN(2), r.IntN(2), time.UTC)
		case 1:
			at = time.Date(1969, 12, 31, 23, 59, 58, 999_000_000+r.IntN(3), time.UTC)
		case 2:
			at = time.Time{}
		}
		rec := &audit.Record{
			Time: at.In(zones[r.IntN(len(zones))]), Session: pick("one", "two", ""), Direction: policy.Direction(r.IntN(3)), Server: pick("crm", ""),
			Kind: pick("request", "response", ""), Method: pick("tools/call", "ping"), Name: pick("a", "b\n", ""),
			Outcome: audit.Outcome(1 + r.IntN(5)), BytesIn: r.Int64N(100), Took: time.Duration(r.IntN(1e6)),
		}
		if rec.Time.IsZero() {
			rec.Time = time.Time{}
		}
		if r.IntN(9) == 0 {
			rec.Reason, rec.Alarms = "why", []audit.Alarm{{Event: "tampered", Entity: "E", N: 1}}
		}
		from := want.Len()
		if err := audit.NewLog(&want, nil).Write(rec); err != nil {
			t.Fatal(err)
		}
		if stamp := `"time":"` + rec.Time.Format(time.RFC3339Nano) + `",`; !rec.Time.IsZero() && !strings.Contains(want.String()[from:], stamp) {
			t.Fatalf("no %s in %s", stamp, want.String()[from:])
		}
		if err := log.Write(rec); err != nil {
			t.Fatal(err)
		}
		batch.Add(rec)
		if r.IntN(20) == 0 {
			if _, err := batch.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := batch.Flush(); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"one by one": alone.String(), "in batches": batched.String()} {
		wants := strings.Split(want.String(), "\n")
		for i, line := range strings.Split(got, "\n") {
			if line != wants[i] {
				t.Fatalf("%s, line %d is\n%s, a new log's\n%s", name, i, line, wants[i])
			}
		}
	}
}
