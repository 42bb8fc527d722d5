package audit

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// NewLog returns a Sink that writes one JSON line a record to w, each with one call of w.Write. Those of
// a level below level are left out: messages that passed are Info, those blocked or refused Warn, those
// that failed Error. A nil level is Info.
func NewLog(w io.Writer, level slog.Leveler) Sink {
	if level == nil {
		level = slog.LevelInfo
	}
	l := &log{level: level, handler: slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})}
	l.lines.New = func() any { return new(line) }
	return l
}

type log struct {
	level   slog.Leveler
	handler slog.Handler
	lines   sync.Pool
}

// A line holds what making one log line needs, so that it is made but once.
type line struct{ attrs []slog.Attr }

func (l *log) Write(r *Record) error {
	level := levelOf(r.Outcome)
	if level < l.level.Level() {
		return nil
	}
	buf := l.lines.Get().(*line)
	defer l.lines.Put(buf)
	buf.attrs = appendAttrs(buf.attrs[:0], r)
	out := slog.NewRecord(r.Time, level, "message", 0)
	out.AddAttrs(buf.attrs...)
	if err := l.handler.Handle(context.Background(), out); err != nil {
		return fmt.Errorf("audit: log: %w", err)
	}
	return nil
}

func levelOf(o Outcome) slog.Level {
	switch o {
	case Passed, Rewritten:
		return slog.LevelInfo
	case Blocked, Refused:
		return slog.LevelWarn
	}
	return slog.LevelError
}

// appendAttrs appends what r says. Members that say nothing are left out.
func appendAttrs(a []slog.Attr, r *Record) []slog.Attr {
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
		a = append(a, slog.Any("found", found(r.Found)))
	}
	if r.Unmatched {
		a = append(a, slog.Bool("unmatched", true))
	}
	if r.Streamed {
		a = append(a, slog.Bool("streamed", true))
	}
	if r.Access != nil {
		a = append(a, slog.Group("access", slog.String("tool", r.Access.Tool),
			slog.Any("params", r.Access.Params), slog.Bool("contains_pii", r.Access.ContainsPII)))
	}
	return append(a, slog.Int64("bytes_in", r.BytesIn), slog.Int64("bytes_out", r.BytesOut),
		slog.Int64("us", int64(r.Took/time.Microsecond)))
}

// logged is a Count as the log shows it.
type logged struct {
	Entity  string `json:"entity"`
	Action  string `json:"action"`
	Outcome string `json:"outcome,omitempty"` // unless done
	Rule    string `json:"rule,omitempty"`
	N       int    `json:"n"`
}

func found(counts []Count) []logged {
	list := make([]logged, 0, len(counts))
	for _, c := range counts {
		l := logged{string(c.Entity), c.Action.String(), c.Outcome, c.Rule, c.N}
		if l.Outcome == "done" {
			l.Outcome = ""
		}
		list = append(list, l)
	}
	return list
}
