package mcpwire

import (
	"bytes"
	"errors"
	"io"
)

// ErrEventTooLong says that a server-sent event did not end within the limit.
var ErrEventTooLong = errors.New("mcpwire: server-sent event over the limit")

// An Event is one server-sent event, with all that stands around it as it came:
// the Raw of all events of a stream, one after the other, are the stream.
//
// Its slices are valid until the next call of [EventReader.Next].
type Event struct {
	Raw  []byte // from the first byte of its first line to the end of the blank line that ends it
	Data []byte // its data lines, joined by newlines; meaningful if HasData
	Name []byte // the value of its last event line; nil for none

	HasData  bool // it has a data line, if only an empty one
	Comments bool // it has comment lines with more than blanks in them
	// Odd says that another reader may see other lines, or lines that this one does
	// not know: a bare CR as an end of line, an unknown field, a line without a colon.
	// Such an event must not be passed as it came: see [Event.Append].
	Odd bool
}

// An EventReader splits a stream into events as its bytes come. Lines end with CR,
// LF or CRLF. It is for one goroutine at a time.
//
// NOTE: buf[start:scan] has been split into lines, of which none was blank;
// buf[scan:look] holds no end of line; buf[look:end] was not looked at yet.
// 0 ≤ start ≤ scan ≤ look ≤ end ≤ len(buf).
type EventReader struct {
	src io.Reader
	max int
	buf []byte
	err error // of src, met when buf is used up

	start, scan, look, end int

	nextLF int  // where the next LF at or after look stands; -1 for none before end; see known
	known  bool // nextLF is right
	bom    bool // a byte order mark may follow: nothing was read yet
	lf     bool // a CR ended the last event, and the LF that may belong to it was not there yet

	data  []byte // joined data, where one line does not do
	event Event
	lines int // data lines in event
}

const (
	firstEventBuffer = 4 << 10
	keptEventBuffer  = 1 << 20 // a buffer above this is given back once it is empty
)

// NewEventReader returns a reader of the events in src, each of max bytes at most.
func NewEventReader(src io.Reader, max int) *EventReader {
	return &EventReader{src: src, max: max, bom: true}
}

// Next returns the next event. A stream's last event may lack its blank line; it is
// returned like the others, since some readers take it for one. At the end, the
// error is io.EOF; any other is of the source, or [ErrEventTooLong].
//
// Next does not wait for more than an event's last byte.
func (r *EventReader) Next() (Event, error) {
	r.drop()
	for {
		line, eol, ok := r.line()
		if !ok {
			if err := r.fill(); err != nil {
				return Event{}, err
			}
			if r.err != nil && r.look == r.end { // no more to come
				return r.last()
			}
			continue
		}
		if r.lf && len(line) == 0 && eol == eolLF {
			r.lf = false // the late half of a CRLF: passed on by itself
			r.event.Raw = r.buf[r.start:r.scan]
			return r.event, nil
		}
		r.lf = false
		if len(line) == 0 {
			r.lf = eol == eolCR && r.scan == r.end
			return r.take(), nil
		}
		r.field(line)
	}
}

// drop forgets the event last returned.
func (r *EventReader) drop() {
	r.start = r.scan
	r.event = Event{}
	r.lines = 0
	r.data = r.data[:0]
	if r.start == r.end {
		r.start, r.scan, r.look, r.end, r.known = 0, 0, 0, 0, false
		if len(r.buf) > keptEventBuffer {
			r.buf = nil
		}
	}
	if cap(r.data) > keptEventBuffer {
		r.data = nil
	}
}

type eol uint8

const (
	eolNone eol = iota // the stream's end
	eolLF
	eolCR
	eolCRLF
)

// line returns the next line without its end, and moves scan past both.
func (r *EventReader) line() ([]byte, eol, bool) {
	lf := r.findLF()
	stop := r.end
	if lf >= 0 {
		stop = lf
	}
	if i := bytes.IndexByte(r.buf[r.look:stop], '\r'); i >= 0 {
		return r.lineCR(r.look + i)
	}
	r.look = stop
	if lf < 0 {
		return nil, eolNone, false
	}
	line := r.buf[r.scan:lf]
	r.advance(lf + 1)
	return line, eolLF, true
}

// lineCR is line for one whose end is the CR at cr.
func (r *EventReader) lineCR(cr int) ([]byte, eol, bool) {
	line := r.buf[r.scan:cr]
	switch {
	case cr+1 < r.end && r.buf[cr+1] == '\n':
		r.advance(cr + 2)
		return line, eolCRLF, true
	case cr+1 == r.end && r.err == nil && len(line) > 0:
		// An LF may follow, and nothing is lost by waiting: the event goes on anyway.
		r.look = cr
		return nil, eolNone, false
	}
	r.event.Odd = true
	r.advance(cr + 1)
	return line, eolCR, true
}

func (r *EventReader) advance(to int) {
	r.scan, r.look = to, to
	if r.nextLF < to {
		r.known = false
	}
}

// findLF returns where the next LF stands, or -1. It looks at every byte once.
func (r *EventReader) findLF() int {
	if r.known {
		return r.nextLF
	}
	r.known, r.nextLF = true, -1
	if i := bytes.IndexByte(r.buf[r.look:r.end], '\n'); i >= 0 {
		r.nextLF = r.look + i
	}
	return r.nextLF
}

// fill reads once more from the source. It returns an error only if there is
// nothing left to return an event from.
func (r *EventReader) fill() error {
	if r.err != nil {
		if r.start == r.end || r.err != io.EOF {
			return r.err
		}
		return nil
	}
	if r.end-r.start >= r.max {
		return ErrEventTooLong
	}
	if r.end == len(r.buf) {
		r.room()
	}
	n, err := r.src.Read(r.buf[r.end:])
	if r.known && r.nextLF < 0 && n > 0 {
		if i := bytes.IndexByte(r.buf[r.end:r.end+n], '\n'); i >= 0 {
			r.nextLF = r.end + i
		}
	}
	r.end += n
	if err != nil {
		r.err = err
	}
	if r.err != nil && r.err != io.EOF {
		return r.err
	}
	if r.start == r.end && r.err != nil {
		return r.err
	}
	return nil
}

// room makes place behind end.
func (r *EventReader) room() {
	buf := r.buf
	if r.end-r.start > len(r.buf)/2 || len(r.buf) == 0 {
		buf = make([]byte, min(max(2*len(r.buf), firstEventBuffer), max(r.max+1, firstEventBuffer)))
	}
	n := copy(buf, r.buf[r.start:r.end])
	moved := r.start
	if r.lines > 0 && len(r.data) == 0 { // Data and Name alias the buffer
		r.event.Data = rebase(buf, r.buf, r.event.Data)
	}
	r.event.Name = rebase(buf, r.buf, r.event.Name)
	r.buf = buf
	r.start, r.scan, r.look, r.end = 0, r.scan-moved, r.look-moved, n
	if r.known && r.nextLF >= 0 {
		r.nextLF -= moved
	}
}
