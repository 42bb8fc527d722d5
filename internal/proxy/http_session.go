package proxy

import (
	"container/list"
	"net/url"
	"sync"
	"time"
)

// A liveSession is a session that goes over several exchanges.
type liveSession struct {
	portal    portal
	principal string

	// Of the HTTP+SSE transport only.
	endpoint *url.URL     // where the client's messages go
	stream   *eventStream // where the server's come
}

// A sessionTable remembers sessions by id: so many, and each for so long after its last
// use, or for ever if idle is 0. It is safe for concurrent use.
type sessionTable struct {
	mu    sync.Mutex
	max   int
	idle  time.Duration
	byID  map[string]*list.Element
	order list.List // of *sessionEntry, last used first
}

type sessionEntry struct {
	id   string
	s    *liveSession
	used time.Time
}

func newSessionTable(max int, idle time.Duration) *sessionTable {
	return &sessionTable{max: max, idle: idle, byID: make(map[string]*list.Element)}
}

// get returns the session of that id, or nil.
func (t *sessionTable) get(id string) *liveSession {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire()
	e := t.byID[id]
	if e == nil {
		return nil
	}
	entry := e.Value.(*sessionEntry)
	entry.used = time.Now()
	t.order.MoveToFront(e)
	return entry.s
}

// put remembers s, in place of what had that id.
func (t *sessionTable) put(id string, s *liveSession) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(id)
	t.byID[id] = t.order.PushFront(&sessionEntry{id: id, s: s, used: time.Now()})
	t.expire()
	for t.order.Len() > t.max {
		t.remove(t.order.Back().Value.(*sessionEntry).id)
	}
}

// drop forgets a session.
func (t *sessionTable) drop(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(id)
}

func (t *sessionTable) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.order.Len()
}

// expire forgets what was not used for too long. The caller holds mu.
func (t *sessionTable) expire() {
	if t.idle <= 0 {
		return
	}
	for e := t.order.Back(); e != nil && time.Since(e.Value.(*sessionEntry).used) > t.idle; e = t.order.Back() {
		t.remove(e.Value.(*sessionEntry).id)
	}
}

// remove forgets a session. The caller holds mu.
func (t *sessionTable) remove(id string) {
	if e := t.byID[id]; e != nil {
		t.order.Remove(e)
		delete(t.byID, id)
	}
}
