package session

import (
	"bytes"
	"hash/maphash"
	"time"

	"github.com/mcpveil/mcpveil/redact"
)

// A call is a request and what its answer must be judged by.
type call struct {
	id     []byte // as mcpwire.AppendID writes it
	raw    []byte // as it stood in the request
	token  []byte // its progress token, as it stood there
	method string
	name   string
	tool   bool // a tools/call
	modern bool // it states a protocol version of the stateless era
	since  time.Time
	state  state
	shared bool  // a task or another goroutine may hold it: not to be used again
	next   *call // another of the same hash
	known  *redact.Known
	origin *call // for a request about a task: the call that began it
}

// of returns the call whose content an answer to c holds.
func (c *call) of() *call {
	if c.origin != nil {
		return c.origin
	}
	return c
}

type state uint8

const (
	pending state = iota // on its way through the filter: nobody can answer it yet
	waiting              // for its answer
	endless              // waiting, and may for ever: a subscription
	late                 // cancelled or answered: its answer may come still
	gone                 // not in the table
)

// A table holds the requests of one direction. The session's mutex guards it.
type table struct {
	byHash  map[uint64]*call
	total   int           // pending, waiting and endless
	waiting int           // waiting
	idle    chan struct{} // to be closed when waiting gets to 0; nil if nobody asked
	ring    []*call       // late ones, oldest first
	free    []*call
	tasks   map[string]*call // by task id: the calls that began them
	recent  []string         // ids of tasks, oldest first
}

var seed = maphash.MakeSeed()

// get returns the call with that id, or nil.
func (t *table) get(id []byte) *call {
	for c := t.byHash[maphash.Bytes(seed, id)]; c != nil; c = c.next {
		if bytes.Equal(c.id, id) {
			return c
		}
	}
	return nil
}

// put adds c as pending. Its id must not be in the table.
func (t *table) put(c *call) {
	if t.byHash == nil {
		t.byHash = make(map[uint64]*call)
	}
	h := maphash.Bytes(seed, c.id)
	c.next = t.byHash[h]
	t.byHash[h] = c
	c.state = pending
	t.total++
}

// enter makes a pending call one that can be answered.
func (t *table) enter(c *call, forever bool) {
	if c.state != pending {
		return
	}
	if c.state = waiting; forever {
		c.state = endless
		return
	}
	t.waiting++
}

// leave ends the waiting of c, which stays in the table as late if keep.
func (t *table) leave(c *call, keep int) {
	if c.state == gone || c.state == late {
		return
	}
	if c.state == waiting {
		t.waiting--
		t.signal()
	}
	t.total--
	if keep == 0 {
		t.remove(c)
		return
	}
	c.state = late
	for len(t.ring) >= keep {
		t.remove(t.ring[0])
	}
	t.ring = append(t.ring, c)
}

// remove takes c out of the table. A late one goes out of the ring as well.
func (t *table) remove(c *call) {
	if c.state == late {
		for i, l := range t.ring {
			if l == c {
				t.ring = append(t.ring[:i], t.ring[i+1:]...)
				break
			}
		}
	}
	h := maphash.Bytes(seed, c.id)
	p := t.byHash[h]
	if p == c {
		if c.next == nil {
			delete(t.byHash, h)
		} else {
			t.byHash[h] = c.next
		}
	}
	for ; p != nil; p = p.next {
		if p.next == c {
			p.next = c.next
		}
	}
	c.next = nil
	c.state = gone
}

// signal tells those who wait for the table to be idle that it is.
func (t *table) signal() {
	if t.waiting == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// evict makes room by forgetting calls that have waited too long, and reports whether there is any.
func (t *table) evict(now time.Time) bool {
	for _, c := range t.byHash {
		for ; c != nil; c = c.next {
			if (c.state == waiting || c.state == endless) && now.Sub(c.since) > stale {
				c.shared = true
				t.leave(c, 0)
				return true
			}
		}
	}
	return false
}

// each calls f for each call that can be answered.
func (t *table) each(f func(*call)) {
	for _, c := range t.byHash {
		for ; c != nil; c = c.next {
			if c.state == waiting || c.state == endless {
				f(c)
			}
		}
	}
}

const maxFree = 64

// take returns a call to be filled in.
func (t *table) take() *call {
	if n := len(t.free); n > 0 {
		c := t.free[n-1]
		t.free = t.free[:n-1]
		return c
	}
	return &call{known: new(redact.Known)}
}

// give takes back a call that nobody holds.
func (t *table) give(c *call) {
	if c.shared || c.state != gone || len(t.free) >= maxFree || cap(c.id)+cap(c.raw)+cap(c.token) > 4096 {
		return
	}
	known := c.known
	known.Reset()
	*c = call{id: c.id[:0], raw: c.raw[:0], token: c.token[:0], known: known}
	t.free = append(t.free, c)
}

// began remembers that c was answered with a task.
func (t *table) began(id []byte, c *call) {
	c.shared = true
	if t.tasks == nil {
		t.tasks = make(map[string]*call)
	}
	if _, have := t.tasks[string(id)]; !have {
		if len(t.recent) >= maxTasks {
			delete(t.tasks, t.recent[0])
			t.recent = t.recent[1:]
		}
		t.recent = append(t.recent, string(id))
	}
	t.tasks[string(id)] = c
}
