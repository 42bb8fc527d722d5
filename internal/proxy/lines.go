package proxy

import (
	"bytes"
	"io"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
)

// streamFrom is the length from which a message streams, where the policy allows it.
const streamFrom = 4 << 20

// lines reads messages, one a line, and says which of them are to stream.
type lines struct {
	*mcpwire.Reader
	port *session.Port
	max  int
}

// newLines returns lines of r, for port. A message that may not stream is held up to max bytes, 64 MiB if that is 0.
func newLines(port *session.Port, r io.Reader, max int) *lines {
	if max <= 0 {
		max = defaultMaxMessage
	}
	return &lines{mcpwire.NewReader(r, min(max, streamFrom)), port, max}
}

// next returns the next message. If whole is false, it is the head of one that is to stream, or to be refused as too long: Rest reads
// what follows. It is valid until the next call of next.
func (l *lines) next() (line []byte, whole bool, err error) {
	line, err = l.Next()
	switch {
	case err != mcpwire.ErrTooLong:
		return line, err == nil, err
	case len(line) == l.max || l.port.Streams(line):
		return line, false, nil
	}
	// The policy must see all of it, or its head does not tell how it is to be judged.
	held := bytes.NewBuffer(append(make([]byte, 0, 2*len(line)), line...))
	room := int64(l.max - len(line))
	n, err := io.Copy(held, io.LimitReader(l.Rest(), room+1))
	if err != nil {
		return nil, false, err
	}
	return held.Bytes(), n <= room, nil
}
