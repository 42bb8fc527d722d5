package mcpwire

import (
	"errors"
	"io"
)

// ErrTooLong is returned by [Reader.Next] beside the head of a line longer than the limit.
var ErrTooLong = errors.New("mcpwire: line is longer than may be held")

// A Reader cuts a stream into lines, each of them one message.
// It is for one goroutine at a time.
type Reader struct{}

// NewReader returns a Reader of r. Lines longer than max bytes are not held whole;
// max 0 means 64 MiB.
func NewReader(r io.Reader, max int) *Reader { panic("mcpwire: not yet") }

// Next returns the next line without its newline; blank lines are skipped. A carriage return before the newline is
// left in place: it is white space to JSON. The slice is valid until the next call.
//
// For a line longer than the limit Next returns its head and [ErrTooLong]; [Reader.Rest] then
// reads what follows the head, up to the newline. Whatever of it is not read is dropped by the
// next call of Next. At the end of the stream the error is io.EOF; a last line without a newline
// is returned as any other.
func (r *Reader) Next() ([]byte, error) { panic("mcpwire: not yet") }

// Rest reads what follows the head of a line that was too long. See [Reader.Next].
func (r *Reader) Rest() io.Reader { panic("mcpwire: not yet") }
