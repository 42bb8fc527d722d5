package audit

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// NewLog returns a Sink that writes one JSON line a record to w, as slog's JSON handler would: each with one
// call of w.Write, or those of a [Batch] with one. Those of a level below level are left out: messages that
// passed are Info, those blocked or refused and those with alarms beyond the routine Warn, those that failed Error. A nil level is Info.
func NewLog(w io.Writer, level slog.Leveler) Sink {
	if level == nil {
		level = slog.LevelInfo
	}
	return &log{level: level, w: w}
}

type log struct {
	level slog.Leveler

	mu      sync.Mutex
	w       io.Writer
	torn    bool // the last line was not written whole
	buf     []byte
	printer printer
}

// put writes whole lines, and returns how many bytes of them were written. Behind a line that was torn
// they begin on one of their own: what is torn is of a message that did not pass, but they must be read.
func (l *log) put(lines []byte) (n int, err error) {
	if l.torn {
		if _, err := l.w.Write([]byte{'\n'}); err != nil {
			return 0, fmt.Errorf("audit: log: %w", err)
		}
		l.torn = false
	}
	if n, err = l.w.Write(lines); err != nil {
		l.torn = n > 0 && lines[n-1] != '\n'
		return n, fmt.Errorf("audit: log: %w", err)
	}
	return n, nil
}

func (l *log) Write(r *Record) error {
	level := levelOf(r)
	if level < l.level.Level() {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = l.printer.line(l.buf[:0], level, r)
	_, err := l.put(l.buf)
	return err
}

func (l *log) NewBatch() Batch { return &logBatch{l: l} }

// A logBatch holds lines.
type logBatch struct {
	l       *log
	buf     []byte
	ends    []int // of each record's line in buf; of one that is left out, that of the line before
	printer printer
}

func (b *logBatch) Add(r *Record) {
	if level := levelOf(r); level >= b.l.level.Level() {
		b.buf = b.printer.line(b.buf, level, r)
	}
	b.ends = append(b.ends, len(b.buf))
}

func (b *logBatch) Flush() (n int, err error) {
	n = len(b.ends)
	if len(b.buf) > 0 {
		b.l.mu.Lock()
		var wrote int
		wrote, err = b.l.put(b.buf)
		b.l.mu.Unlock()
		if err != nil {
			for n > 0 && b.ends[n-1] > wrote {
				n--
			}
		}
	}
	b.buf, b.ends = b.buf[:0], b.ends[:0]
	return n, err
}

func levelOf(r *Record) slog.Level {
	switch r.Outcome {
	case Passed, Rewritten:
		for i := range r.Alarms {
			if !r.Alarms[i].Routine() {
				return slog.LevelWarn
			}
		}
		return slog.LevelInfo
	case Blocked, Refused:
		return slog.LevelWarn
	}
	return slog.LevelError
}

// appendFound appends what was found. An outcome is left out where it is "done", a rule where there is none.
func appendFound(dst []byte, counts []Count) []byte {
	for i := range counts {
		c, sep := &counts[i], byte(',')
		if i == 0 {
			sep = '['
		}
		dst = append(dst, sep)
		dst = appendQuoted(append(dst, `{"entity":`...), string(c.Entity))
		dst = appendQuoted(append(dst, `,"action":`...), c.Action.String())
		if c.Outcome != "done" {
			dst = appendText(dst, `,"outcome":`, c.Outcome)
		}
		dst = appendText(dst, `,"rule":`, c.Rule)
		dst = append(strconv.AppendInt(append(dst, `,"n":`...), int64(c.N), 10), '}')
	}
	return append(dst, ']')
}

// appendAlarms appends security events.
func appendAlarms(dst []byte, all []Alarm) []byte {
	for i := range all {
		a, sep := &all[i], byte(',')
		if i == 0 {
			sep = '['
		}
		dst = append(dst, sep)
		dst = appendQuoted(append(dst, `{"event":`...), a.Event)
		dst = appendQuoted(append(dst, `,"entity":`...), string(a.Entity))
		dst = appendText(dst, `,"path":`, a.Path)
		dst = appendText(dst, `,"rule":`, a.Rule)
		dst = append(strconv.AppendInt(append(dst, `,"n":`...), int64(a.N), 10), '}')
	}
	return append(dst, ']')
}

// appendShadow appends what the shadow rules would find differently.
func appendShadow(dst []byte, all []Difference) []byte {
	for i := range all {
		d, sep := &all[i], byte(',')
		if i == 0 {
			sep = '['
		}
		dst = append(dst, sep)
		dst = appendQuoted(append(dst, `{"entity":`...), string(d.Entity))
		dst = appendQuoted(append(dst, `,"path":`...), d.Path)
		if d.WouldFind > 0 {
			dst = strconv.AppendInt(append(dst, `,"would_find":`...), int64(d.WouldFind), 10)
		}
		if d.WouldMiss > 0 {
			dst = strconv.AppendInt(append(dst, `,"would_miss":`...), int64(d.WouldMiss), 10)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendAccess(dst []byte, a *Access) []byte {
	dst = appendQuoted(append(dst, `{"tool":`...), a.Tool)
	dst = append(dst, `,"params":[`...)
	for i, p := range a.Params {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendQuoted(dst, p)
	}
	dst = strconv.AppendBool(append(dst, `],"contains_pii":`...), a.ContainsPII)
	return append(dst, '}')
}

// appendText appends a member, unless its value is empty.
func appendText(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return appendQuoted(append(dst, name...), value)
}

// appendQuoted appends s as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	return append(jsonspan.AppendQuote(append(dst, '"'), s), '"')
}
