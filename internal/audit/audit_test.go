package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// Alarms are in the line, and a warning where they are not what happens every day.
func TestLogAlarms(t *testing.T) {
	for _, tt := range []struct {
		alarm audit.Alarm
		level string
	}{
		{audit.Alarm{Event: "denied", Entity: "EMAIL_ADDRESS", Path: "/to", N: 1}, "INFO"},
		{audit.Alarm{Event: "denied", Entity: "EMAIL_ADDRESS", Path: "/to", Rule: "never", N: 1}, "WARN"},
		{audit.Alarm{Event: "honeytoken", Entity: "EMAIL_ADDRESS", Path: "/to", N: 2}, "WARN"},
	} {
		var out, batch bytes.Buffer
		r := record()
		r.Alarms, r.MissedAlarms, r.Principal = []audit.Alarm{tt.alarm}, 3, "jo"
		if err := audit.NewLog(&out, nil).Write(r); err != nil {
			t.Fatal(err)
		}
		b := audit.NewBatch(audit.NewLog(&batch, nil))
		b.Add(r)
		if _, err := b.Flush(); err != nil || batch.String() != out.String() {
			t.Errorf("a batch writes %s (%v), want %s", batch.String(), err, out.String())
		}
		want := map[string]any{"event": tt.alarm.Event, "entity": "EMAIL_ADDRESS", "path": "/to", "n": float64(tt.alarm.N)}
		if tt.alarm.Rule != "" {
			want["rule"] = tt.alarm.Rule
		}
		var got map[string]any
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%v in %s", err, out.String())
		}
		if diff := cmp.Diff([]any{want}, got["alarms"]); diff != "" || got["level"] != tt.level || got["principal"] != "jo" || got["missed_alarms"] != 3.0 {
			t.Errorf("%+v wrote %s, want it at %s (-want +got)\n%s", tt.alarm, out.String(), tt.level, diff)
		}
		var c audit.Counts
		c.Write(r)
		out.Reset()
		c.Summary().Print(&out)
		if want := fmt.Sprintf("  alarm      %s", tt.alarm.Event); !strings.Contains(out.String(), want) {
			t.Errorf("the summary is %q, want a line with %q", out.String(), want)
		}
	}
}

// Who is not told that a record was not written cannot keep the message back.
func TestLogSaysThatItFailed(t *testing.T) {
	if err := audit.NewLog(fullDisk{}, nil).Write(record()); err == nil {
		t.Error("Write to a full disk is no error")
	}
}

// The log's lines are those of slog's own handler.
func TestLogIsSlog(t *testing.T) {
	nasty := "q\"uo\\te\n\t\r\x01 \x7f < > & é 漢 \u2028 \xff end"
	east := time.FixedZone("", 9*3600)
	for _, r := range []*audit.Record{
		record(),
		{Time: time.Date(2026, 1, 2, 3, 4, 5, 678900000, east), Outcome: audit.Passed, Kind: "request", Session: "s", Server: "crm"},
		{Time: time.Date(2026, 1, 2, 3, 4, 5, 1, time.UTC), Outcome: audit.Failed, Reason: nasty, Method: nasty, Name: nasty, Server: nasty,
			Unmatched: true, Streamed: true, Found: []audit.Count{{Entity: "A<B", Rule: nasty, Action: policy.Mask, Outcome: "done", N: 1 << 40}},
			Access: &audit.Access{Tool: nasty, Params: []string{nasty, ""}}},
		{Outcome: audit.Blocked},
	} {
		var got, want bytes.Buffer
		if err := audit.NewLog(&got, nil).Write(r); err != nil {
			t.Fatal(err)
		}
		a := []slog.Attr{}
		text := func(key, value string) {
			if value != "" {
				a = append(a, slog.String(key, value))
			}
		}
		text("session", r.Session)
		text("direction", r.Direction.String())
		text("server", r.Server)
		text("kind", r.Kind)
		text("method", r.Method)
		text("name", r.Name)
		text("outcome", r.Outcome.String())
		text("reason", r.Reason)
		if len(r.Found) > 0 {
			type found struct {
				Entity  string `json:"entity"`
				Action  string `json:"action"`
				Outcome string `json:"outcome,omitempty"`
				Rule    string `json:"rule,omitempty"`
				N       int    `json:"n"`
			}
			var list []found
			for _, c := range r.Found {
				list = append(list, found{string(c.Entity), c.Action.String(), strings.TrimPrefix(c.Outcome, "done"), c.Rule, c.N})
			}
			a = append(a, slog.Any("found", list))
		}
		if r.Unmatched {
			a = append(a, slog.Bool("unmatched", true))
		}
		if r.Streamed {
			a = append(a, slog.Bool("streamed", true))
		}
		if r.Access != nil {
			a = append(a, slog.Group("access", slog.String("tool", r.Access.Tool), slog.Any("params", r.Access.Params), slog.Bool("contains_pii", r.Access.ContainsPII)))
		}
		a = append(a, slog.Int64("bytes_in", r.BytesIn), slog.Int64("bytes_out", r.BytesOut), slog.Int64("us", r.Took.Microseconds()))
		level := slog.LevelInfo
		switch r.Outcome {
		case audit.Blocked:
			level = slog.LevelWarn
		case audit.Failed:
			level = slog.LevelError
		}
		rec := slog.NewRecord(r.Time, level, "message", 0)
		rec.AddAttrs(a...)
		if err := slog.NewJSONHandler(&want, nil).Handle(t.Context(), rec); err != nil {
			t.Fatal(err)
		}
		// The characters that slog escapes though JSON does not ask for it may stand as they are.
		plain := strings.NewReplacer(`\u2028`, "\u2028", `\ufffd`, "\ufffd").Replace(want.String())
		if diff := cmp.Diff(plain, got.String()); diff != "" {
			t.Errorf("the log's line (-slog +ours)\n%s", diff)
		}
		if !json.Valid(got.Bytes()) {
			t.Errorf("the line is no JSON: %s", got.String())
		}
	}
}

// A writer that takes so many bytes.
type room struct {
	bytes.Buffer
	left   int
	writes int
}

func (w *room) Write(p []byte) (int, error) {
	w.writes++
	n := min(len(p), w.left)
	w.left -= n
	w.Buffer.Write(p[:n])
	if n < len(p) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

// A batch is written at once, and says how many of its records are written, whole.
func TestLogBatch(t *testing.T) {
	var one bytes.Buffer
	audit.NewLog(&one, nil).Write(record())
	size := one.Len()
	for _, test := range []struct{ left, n int }{{0, 0}, {size - 1, 0}, {size, 1}, {size + 1, 1}, {3*size - 1, 2}, {3 * size, 4}, {1 << 20, 4}} {
		w := &room{left: test.left}
		var said []error
		var counts audit.Counts
		level := slog.LevelInfo
		sink := audit.OnError(audit.Multi(audit.NewLog(w, &leveler{&level}), &counts), func(err error) { said = append(said, err) })
		b := audit.NewBatch(sink)
		for range 3 {
			b.Add(record())
		}
		level = slog.LevelError
		b.Add(record()) // below the level: nothing to write
		if w.writes != 0 {
			t.Fatalf("Add writes")
		}
		n, err := b.Flush()
		if n != test.n || (err != nil) != (n < 4) || w.writes != 1 {
			t.Errorf("with room for %d bytes Flush = %d, %v, in %d writes, want %d in one", test.left, n, err, w.writes, test.n)
		}
		if (len(said) == 1) != (err != nil) {
			t.Errorf("OnError said %v of %v", said, err)
		}
		w.left = 1 << 20
		if n, err := b.Flush(); n != 0 || err != nil || w.writes != 1 {
			t.Errorf("Flush of nothing = %d, %v", n, err)
		}
		level = slog.LevelInfo
		b.Add(record())
		if n, err := b.Flush(); n != 1 || err != nil {
			t.Errorf("Flush with room again = %d, %v", n, err)
		}
		// What was torn keeps nobody from reading what comes after it.
		if lines := strings.SplitAfter(w.String(), "\n"); lines[len(lines)-2] != one.String() {
			t.Errorf("with room for %d bytes the last line is %q, want %q", test.left, lines[len(lines)-2], one.String())
		}
	}
}

// A line that could not be written whole is ended before the next one.
func TestLogTorn(t *testing.T) {
	w := &room{left: 10}
	sink := audit.NewLog(w, nil)
	if err := sink.Write(record()); err == nil {
		t.Fatal("Write without room: no error")
	}
	w.left = 0
	if err := sink.Write(record()); err == nil {
		t.Fatal("Write without any room: no error")
	}
	w.left = 1 << 20
	if err := sink.Write(record()); err != nil {
		t.Fatal(err)
	}
	var line map[string]any
	if lines := strings.Split(w.String(), "\n"); len(lines) != 3 || json.Unmarshal([]byte(lines[1]), &line) != nil {
		t.Errorf("the log is %q, want what was torn and a line", w)
	}
}

type leveler struct{ l *slog.Level }

func (l *leveler) Level() slog.Level { return *l.l }

// A Sink that knows no batches gets its records one by one, up to the first that fails.
func TestBatchOneByOne(t *testing.T) {
	s := &few{left: 2}
	b := audit.NewBatch(s)
	for range 4 {
		b.Add(record())
	}
	if n, err := b.Flush(); n != 2 || err == nil || s.asked != 3 {
		t.Errorf("Flush = %d, %v, with %d records written, want 2 and an error", n, err, s.asked)
	}
	s.left = 1
	b.Add(record())
	if n, err := b.Flush(); n != 1 || err != nil {
		t.Errorf("the next Flush = %d, %v, want 1", n, err)
	}
	var c audit.Counts
	b = audit.NewBatch(audit.Multi(&few{left: 1}, &c, &few{left: 9}))
	b.Add(record())
	b.Add(record())
	if n, err := b.Flush(); n != 1 || err == nil {
		t.Errorf("Flush of several sinks = %d, %v, want what all of them took: 1", n, err)
	}
}

type few struct{ left, asked int }

func (f *few) Write(*audit.Record) error {
	f.asked++
	if f.left--; f.left < 0 {
		return errors.New("disk full")
	}
	return nil
}
