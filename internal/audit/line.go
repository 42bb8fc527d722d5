package audit

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/mcpveil/mcpveil/policy"
)

// A printer writes records as lines. Most of a line is what the line before it in its direction said, and the same second: of
// that it keeps the text. It is for one goroutine at a time.
type printer struct {
	stamp stamp
	heads [2]head
}

// A head is the part of a line that says where a message stood and what became of it.
type head struct {
	level                         slog.Level
	direction                     policy.Direction
	outcome                       Outcome
	session, server, method, name string
	kind                          string
	text                          []byte // nil: none yet
}

// line appends what r says. Members that say nothing are left out.
func (p *printer) line(dst []byte, level slog.Level, r *Record) []byte {
	dst = append(dst, '{')
	if !r.Time.IsZero() {
		dst = append(dst, `"time":"`...)
		dst = p.stamp.append(dst, r.Time)
		dst = append(dst, `",`...)
	}
	h := &p.heads[0]
	if r.Direction == policy.ToClient {
		h = &p.heads[1]
	}
	if h.text == nil || !h.of(level, r) {
		h.set(level, r)
	}
	dst = append(dst, h.text...)
	return appendRest(dst, r)
}

func (h *head) of(level slog.Level, r *Record) bool {
	return h.method == r.Method && h.name == r.Name && h.kind == r.Kind && h.outcome == r.Outcome && h.level == level &&
		h.direction == r.Direction && h.session == r.Session && h.server == r.Server
}

func (h *head) set(level slog.Level, r *Record) {
	*h = head{level: level, direction: r.Direction, outcome: r.Outcome, session: r.Session, server: r.Server,
		method: r.Method, name: r.Name, kind: r.Kind, text: h.text[:0]}
	b := append(h.text, `"level":"`...)
	b = append(b, level.String()...)
	b = append(b, `","msg":"message"`...)
	b = appendText(b, `,"session":`, r.Session)
	b = appendText(b, `,"direction":`, r.Direction.String())
	b = appendText(b, `,"server":`, r.Server)
	b = appendText(b, `,"kind":`, r.Kind)
	b = appendText(b, `,"method":`, r.Method)
	b = appendText(b, `,"name":`, r.Name)
	h.text = appendText(b, `,"outcome":`, r.Outcome.String())
}

// A stamp writes times as time.RFC3339Nano, those of one second from the same text.
type stamp struct {
	second int64
	in     *time.Location
	text   []byte // of that second, without a fraction; nil: none yet
}

// dateLen is where the fraction of a second stands.
const dateLen = len("2006-01-02T15:04:05")

func (s *stamp) append(dst []byte, t time.Time) []byte {
	if second := t.Unix(); s.text == nil || second != s.second || t.Location() != s.in {
		if y := t.Year(); y < 0 || y > 9999 { // the date is of another length
			return t.AppendFormat(dst, time.RFC3339Nano)
		}
		s.second, s.in = second, t.Location()
		s.text = t.AppendFormat(s.text[:0], time.RFC3339)
	}
	dst = append(dst, s.text[:dateLen]...)
	if ns := t.Nanosecond(); ns != 0 {
		var digits [10]byte
		n := len(digits)
		for i := n - 1; i > 0; i-- {
			digits[i] = byte('0' + ns%10)
			ns /= 10
		}
		digits[0] = '.'
		for digits[n-1] == '0' {
			n--
		}
		dst = append(dst, digits[:n]...)
	}
	return append(dst, s.text[dateLen:]...)
}

// appendRest appends what is different from record to record, and ends the line.
func appendRest(dst []byte, r *Record) []byte {
	dst = appendText(dst, `,"reason":`, r.Reason)
	if len(r.Found) > 0 {
		dst = appendFound(append(dst, `,"found":`...), r.Found)
	}
	if len(r.Alarms) > 0 {
		dst = appendAlarms(append(dst, `,"alarms":`...), r.Alarms)
		if r.MissedAlarms > 0 {
			dst = strconv.AppendInt(append(dst, `,"missed_alarms":`...), int64(r.MissedAlarms), 10)
		}
		dst = appendText(dst, `,"principal":`, r.Principal)
	}
	if r.Unmatched {
		dst = append(dst, `,"unmatched":true`...)
	}
	if r.Streamed {
		dst = append(dst, `,"streamed":true`...)
	}
	if r.Access != nil {
		dst = appendAccess(append(dst, `,"access":`...), r.Access)
	}
	if len(r.Shadow) > 0 {
		dst = appendShadow(append(dst, `,"shadow":`...), r.Shadow)
	}
	if r.ShadowFailed {
		dst = append(dst, `,"shadow_failed":true`...)
	}
	dst = strconv.AppendInt(append(dst, `,"bytes_in":`...), r.BytesIn, 10)
	dst = strconv.AppendInt(append(dst, `,"bytes_out":`...), r.BytesOut, 10)
	dst = strconv.AppendInt(append(dst, `,"us":`...), int64(r.Took/time.Microsecond), 10)
	return append(dst, "}\n"...)
}
