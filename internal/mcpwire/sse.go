package mcpwire

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/mcpveil/mcpveil/internal/lend"
)

// ErrEventTooLong says that a server-sent event did not end within the limit.
var ErrEventTooLong = errors.New("mcpwire: server-sent event over the limit")

// An Event is one server-sent event, with all that stands around it as it came:
// the Raw of all events of a stream, one after the other, are the stream.
//
// Its slices are valid until the next call of [EventReader.Next].
type Event struct {
	Raw  []byte // from the first byte of its first line to the end of the blank line that ends it
	Data []byte // its data lines, joined by newlines; nil if it has none, not nil if they are empty
	Name []byte // the value of its last event line; nil for none
	Text bool   // it has comments that say something
	ID   bool   // it has an id, from which the stream can be resumed: a cursor that must come back as it was
	Cut  bool   // the stream ended before the blank line: some readers take such an event, others drop it

	// Named says that an event line of it, not only the last, says something else than "message".
	Named bool

	// Odd says that another reader may see other lines here, or lines that this one
	// does not know: a bare CR as an end of line, an unknown field. Such an event must
	// not be passed as it came: [Event.Append] writes it so that all readers agree.
	Odd bool

	first bool // it begins the stream
}

const (
	firstEventBuffer = 4 << 10
	keptEventBuffer  = 1 << 20 // a buffer above this is given back once it is empty: a stream may be silent for days
	smallPooled      = 16 << 10
	mostPooled       = 64 << 10 // longer ones are package lend's
)

// An EventReader splits a stream into events as its bytes come. Lines end with CR,
// LF or CRLF. It is for one goroutine at a time.
//
// NOTE: buf[start:scan] is lines of the event to come, none of them blank;
// buf[scan:look] is the beginning of a line.
// 0 ≤ start ≤ scan ≤ look ≤ end ≤ len(buf).
type EventReader struct {
	src io.Reader
	max int
	buf []byte
	err error // of src

	start, scan, look, end int

	late  bool // a CR ended the last event, and it was not yet known whether an LF belongs to it
	first bool // nothing was returned yet
	data  []byte
}

// NewEventReader returns a reader of the events in src, each of max bytes at most.
func NewEventReader(src io.Reader, max int) *EventReader {
	return &EventReader{src: src, max: max, first: true}
}

// smallEvents and largeEvents hold *[]byte, as long as their capacity: buffers of readers that are done, for those to come.
var smallEvents, largeEvents sync.Pool

// pooled returns the pool for buffers of that size, nil if they are lent elsewhere or too short.
func pooled(size int) *sync.Pool {
	switch {
	case size < firstEventBuffer || size > mostPooled:
		return nil
	case size < smallPooled:
		return &smallEvents
	}
	return &largeEvents
}

// eventBuffer returns a buffer of at least that size.
func eventBuffer(size int) []byte {
	pool := pooled(size)
	if pool == nil {
		return lend.Get(size)
	}
	if b, ok := pool.Get().(*[]byte); ok {
		if len(*b) >= size {
			return *b
		}
		pool.Put(b)
	}
	return make([]byte, size)
}

// release gives the buffer back.
func (r *EventReader) release() {
	buf := r.buf[:cap(r.buf)]
	r.buf = nil
	if pool := pooled(len(buf)); pool != nil {
		pool.Put(&buf)
	} else {
		lend.Put(buf)
	}
}

// Release gives the reader's buffer back. Neither it nor its last event may be used after.
func (r *EventReader) Release() {
	r.release()
	*r = EventReader{err: io.EOF}
}

// Next returns the next event. A stream's last event may lack its blank line; it is
// returned like the others, since some readers take it for one. At the end, the
// error is io.EOF; any other is the source's, or [ErrEventTooLong].
//
// Next does not wait for more than an event's last byte: an LF that comes late, after
// the CR that ended an event, is an event by itself, without data.
func (r *EventReader) Next() (Event, error) {
	r.start = r.scan
	if r.start == r.end && len(r.buf) > keptEventBuffer {
		r.release()
		r.start, r.scan, r.look, r.end = 0, 0, 0, 0
	}
	for {
		size, whole := r.line()
		switch {
		case !whole && r.err == nil:
			if r.end-r.start > r.max {
				return Event{}, ErrEventTooLong
			}
			r.fill()
		case !whole && r.err != io.EOF:
			return Event{}, r.err
		case !whole && r.start == r.end:
			return Event{}, io.EOF
		case !whole:
			r.scan, r.look = r.end, r.end
			ev, err := r.take()
			ev.Cut = true
			return ev, err
		case size == 0:
			return r.take()
		}
	}
}

// take returns buf[start:scan] as an event.
func (r *EventReader) take() (Event, error) {
	raw := r.buf[r.start:r.scan]
	if len(raw) > r.max {
		return Event{}, ErrEventTooLong
	}
	ev := Event{Raw: raw, first: r.first}
	r.first = false
	r.parse(&ev)
	return ev, nil
}

// line looks for the end of the line at scan, and moves scan behind it. It returns
// the line's length, and false if its end is not in the buffer.
func (r *EventReader) line() (size int, whole bool) {
	if r.late && r.scan < r.end {
		r.late = false
		if r.buf[r.scan] == '\n' {
			r.advance(r.scan + 1)
			return 0, true
		}
	}
	i := r.look + lineEnd(r.buf[r.look:r.end])
	r.look = i
	size = i - r.scan
	switch {
	case i == r.end:
		return 0, false
	case r.buf[i] == '\n':
		r.advance(i + 1)
	case i+1 < r.end && r.buf[i+1] == '\n':
		r.advance(i + 2)
	case i+1 < r.end || r.err != nil:
		r.advance(i + 1)
	case size == 0: // an event ends here, LF or not
		r.advance(i + 1)
		r.late = true
	default: // the event goes on anyway
		return 0, false
	}
	return size, true
}

func (r *EventReader) advance(to int) { r.scan, r.look = to, to }

// fill reads once more from the source.
func (r *EventReader) fill() {
	if r.end == len(r.buf) || r.start == r.end {
		r.room()
	}
	n, err := r.src.Read(r.buf[r.end:])
	r.end += n
	r.err = err
}

// room makes place behind end.
func (r *EventReader) room() {
	old := r.buf[r.start:r.end]
	if len(r.buf) == 0 || len(old) > len(r.buf)/2 && len(r.buf) <= r.max {
		buf := eventBuffer(max(min(2*len(r.buf), r.max+1), firstEventBuffer))
		copy(buf, old)
		r.release()
		r.buf = buf
	} else {
		copy(r.buf, old)
	}
	d := r.start
	r.start, r.scan, r.look, r.end = 0, r.scan-d, r.look-d, r.end-d
}

// parse sets what ev.Raw says.
func (r *EventReader) parse(ev *Event) {
	lines := 0
	for at := 0; at < len(ev.Raw); {
		var l sseLine
		l, at = ev.line(at)
		switch l.field {
		case fieldData:
			switch lines {
			case 0:
				ev.Data = l.value
			case 1:
				r.data = append(r.data[:0], ev.Data...)
				fallthrough
			default:
				r.data = append(append(r.data, '\n'), l.value...)
				ev.Data = r.data
			}
			lines++
		case fieldEvent:
			ev.Name = l.value
			ev.Named = ev.Named || len(l.value) > 0 && string(l.value) != "message"
		case fieldID:
			ev.ID = len(l.value) > 0
		case fieldComment:
			ev.Text = ev.Text || len(bytes.TrimSpace(l.value)) > 0
		case fieldUnknown:
			ev.Odd = true
		}
		ev.Odd = ev.Odd || l.bareCR() && l.field != fieldBlank
	}
	if cap(r.data) > keptEventBuffer && lines < 2 {
		r.data = nil
	}
}

// Append appends the event to dst with other data, and without its comments if
// comments is not set. Lines of other fields are kept as they are, bare CRs become
// LFs, and lines of unknown fields go. An event without data gets none.
func (ev *Event) Append(dst, data []byte, comments bool) []byte {
	wrote := false
	for at := 0; at < len(ev.Raw); {
		var l sseLine
		l, at = ev.line(at)
		end := l.end
		if l.bareCR() {
			end = []byte{'\n'}
		}
		switch l.field {
		case fieldData:
			if !wrote {
				dst = appendData(dst, data, end)
				wrote = true
			}
		case fieldUnknown:
		case fieldComment:
			if comments {
				dst = append(append(dst, l.text...), end...)
			}
		default:
			dst = append(append(dst, l.text...), end...)
		}
	}
	return dst
}

// AppendComments appends the text of the event's comments, a line each.
func (ev *Event) AppendComments(dst []byte) []byte { return ev.appendValues(dst, fieldComment) }

// AppendNames appends the values of the event's event lines, a line each.
func (ev *Event) AppendNames(dst []byte) []byte { return ev.appendValues(dst, fieldEvent) }

func (ev *Event) appendValues(dst []byte, field sseField) []byte {
	for at := 0; at < len(ev.Raw); {
		var l sseLine
		if l, at = ev.line(at); l.field == field {
			dst = append(append(dst, l.value...), '\n')
		}
	}
	return dst
}

// AppendEvent appends a message event that carries data.
func AppendEvent(dst, data []byte) []byte {
	dst = append(dst, "event: message\n"...)
	return append(appendData(dst, data, []byte{'\n'}), '\n')
}

// appendData appends data as data lines that end with end.
func appendData(dst, data, end []byte) []byte {
	for {
		i := bytes.IndexAny(data, "\r\n")
		dst = append(dst, "data: "...)
		if i < 0 {
			return append(append(dst, data...), end...)
		}
		dst = append(append(dst, data[:i]...), '\n')
		data = data[i+1:]
	}
}

type sseField uint8

const (
	fieldUnknown sseField = iota
	fieldBlank
	fieldComment
	fieldData
	fieldEvent
	fieldID
	fieldRetry
)

// An sseLine is a line of an event.
type sseLine struct {
	text, end []byte // the line, and what ends it
	field     sseField
	value     []byte // not nil
}

func (l *sseLine) bareCR() bool { return len(l.end) == 1 && l.end[0] == '\r' }

// line returns the line that begins at Raw[at], and where the next one does. A byte
// order mark, which may stand at the beginning of a stream, is no part of it.
func (ev *Event) line(at int) (l sseLine, next int) {
	if at == 0 && ev.first && bytes.HasPrefix(ev.Raw, byteOrderMark) {
		at = len(byteOrderMark)
	}
	end := at + lineEnd(ev.Raw[at:])
	next = min(end+1, len(ev.Raw))
	if end+1 < len(ev.Raw) && ev.Raw[end] == '\r' && ev.Raw[end+1] == '\n' {
		next = end + 2
	}
	l.text, l.end = ev.Raw[at:end], ev.Raw[end:next]
	l.field, l.value = parseField(l.text)
	return l, next
}

var byteOrderMark = []byte("\xEF\xBB\xBF")

// lineEnd returns where the first CR or LF of b stands, or len(b). It never looks
// far beyond it.
func lineEnd(b []byte) int {
	for from, window := 0, 256; ; window *= 2 {
		part := b[from:min(from+window, len(b))]
		lf := bytes.IndexByte(part, '\n')
		if lf >= 0 {
			part = part[:lf]
		}
		if cr := bytes.IndexByte(part, '\r'); cr >= 0 {
			return from + cr
		}
		from += len(part)
		if lf >= 0 || from == len(b) {
			return from
		}
	}
}

// parseField splits a line as the living standard of server-sent events says.
func parseField(text []byte) (sseField, []byte) {
	name, value, found := bytes.Cut(text, []byte{':'})
	if !found {
		value = text[len(text):]
	} else if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	switch string(name) {
	case "":
		if !found {
			return fieldBlank, value
		}
		return fieldComment, value
	case "data":
		return fieldData, value
	case "event":
		return fieldEvent, value
	case "id":
		return fieldID, value
	case "retry":
		if isRetry(value) {
			return fieldRetry, value
		}
	}
	return fieldUnknown, value
}

// isRetry reports whether value is a time in milliseconds that somebody would wait, a day
// at most. Readers ignore what is no number; a longer one may be anything.
func isRetry(value []byte) bool {
	for _, c := range value {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(value) <= len("86400000")
}
