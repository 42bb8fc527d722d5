package proxy

import (
	"io"

	"github.com/mcpveil/mcpveil/internal/lend"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
)

// streamFrom is the length from which a message streams, where the policy allows it.
const streamFrom = 4 << 20

// streamHead is what is read of a body that says that it is so long before it is asked whether it may.
const streamHead = 64 << 10

// lines reads messages, one a line, and says which of them are to stream.
type lines struct {
	*mcpwire.Reader
	port *session.Port
	max  int
	held []byte // the message last returned, if it has a buffer of its own
}

// newLines returns lines of r, for port. A message that may not stream is held up to max bytes, 64 MiB if that is 0.
func newLines(port *session.Port, r io.Reader, max int) *lines {
	if max <= 0 {
		max = defaultMaxMessage
	}
	return &lines{Reader: mcpwire.NewReader(r, min(max, streamFrom)), port: port, max: max}
}

// next returns the next message. If whole is false, it is the head of one that is to stream, or to be refused as too long: Rest reads
// what follows. It is valid until the next call of next.
func (l *lines) next() (line []byte, whole bool, err error) {
	lend.Put(l.held)
	l.held = nil
	line, err = l.Next()
	switch {
	case err != mcpwire.ErrTooLong:
		return line, err == nil, err
	case len(line) == l.max || l.port.Streams(line):
		return line, false, nil
	}
	// The policy must see all of it, or its head does not tell how it is to be judged.
	return l.hold(line)
}

// hold returns head and what follows it, or as much of it as may be held and a byte more.
func (l *lines) hold(head []byte) (line []byte, whole bool, err error) {
	l.held = append(lend.Get(2 * len(head))[:0], head...)
	rest := l.Rest()
	for len(l.held) <= l.max {
		if len(l.held) == cap(l.held) {
			longer := append(lend.Get(2 * len(l.held))[:0], l.held...)
			lend.Put(l.held)
			l.held = longer
		}
		n, err := rest.Read(l.held[len(l.held):min(cap(l.held), l.max+1)])
		l.held = l.held[:len(l.held)+n]
		if err == io.EOF {
			return l.held, true, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	return l.held, false, nil
}
