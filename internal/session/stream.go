package session

import (
	"context"
	"io"
)

// Stream takes a message too long to hold through the filter, from head, its first bytes, and
// rest, to dst. It is refused, with nothing written, where the policy may block. Out is nil either way.
// When Class is not OK and started is true, dst holds the beginning of a message that is void.
func (p *Port) Stream(ctx context.Context, head []byte, rest io.Reader, dst io.Writer) (v Verdict, started bool) {
	p.begin(head)
	return p.unreadable(head, errTooLarge), false
}
