package session

import (
	"time"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
)

// FailOutstanding forgets the requests that wait for an answer going in the Port's direction and
// appends to dst an error response for each, to be sent that way: after an unreadable line, or
// when the peer that owes the answers is gone. Code is one of mcpwire's. It may be called at any
// time, by any goroutine.
func (p *Port) FailOutstanding(dst [][]byte, code int, reason string) [][]byte {
	return p.s.fail(dst, p.d, time.Time{}, code, reason)
}

// FailOlder is FailOutstanding for requests that were sent by then, subscriptions left out.
func (p *Port) FailOlder(dst [][]byte, then time.Time, code int, reason string) [][]byte {
	return p.s.fail(dst, p.d, then, code, reason)
}

func (s *Session) fail(dst [][]byte, d policy.Direction, then time.Time, code int, reason string) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table(opposite(d))
	var calls []*call
	t.each(func(c *call) {
		if then.IsZero() || c.state == waiting && !c.since.After(then) {
			calls = append(calls, c)
		}
	})
	for _, c := range calls {
		dst = append(dst, mcpwire.AppendError(nil, c.raw, code, reason))
		c.shared = true
		t.leave(c, maxLate)
	}
	return dst
}

// Unsent takes back a request of that route which Forward let on but which could not be sent, and
// returns an error response for it, nil if it was answered meanwhile or was none.
func (p *Port) Unsent(r *mcpwire.Route, code int, reason string) []byte {
	if r.Kind != mcpwire.Request || p.oneWay {
		return nil
	}
	if !p.takeBack(r.ID) {
		return nil
	}
	return mcpwire.AppendError(nil, r.ID, code, reason)
}

// takeBack forgets a request that was let on but will not be sent. It returns false if it does not wait
// for an answer any more. In a pipe nothing waits.
func (p *Port) takeBack(id []byte) bool {
	if p.oneWay {
		return true
	}
	p.id = mcpwire.AppendID(p.id[:0], id)
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	t := p.s.table(p.d)
	c := t.get(p.id)
	if c == nil || c.state != waiting && c.state != endless {
		return false
	}
	c.shared = true
	t.leave(c, 0)
	return true
}
