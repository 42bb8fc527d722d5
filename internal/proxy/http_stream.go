package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
)

// An eventStream writes events to a client, and a comment when there was none for long. It is safe for concurrent use.
type eventStream struct {
	mu    sync.Mutex
	w     http.ResponseWriter
	rc    *http.ResponseController
	every time.Duration
	err   error

	timer  *time.Timer // nil if there are no comments, or not yet
	opened bool        // the headers were sent
	unsent int         // bytes of events that were written, but may not have been sent
	limit  bool        // a write may take so long and no longer
}

var errStreamClosed = errors.New("proxy: event stream is closed")

var keepAlive = []byte(": keep-alive\n\n")

func newEventStream(w http.ResponseWriter, every time.Duration) *eventStream {
	return &eventStream{w: w, rc: http.NewResponseController(w), every: every}
}

// write sends b, whole events, to the client, and what was held.
func (s *eventStream) write(b []byte) error {
	if s == nil {
		return errStreamClosed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(b)
	s.flush()
	return s.err
}

// hold is write, but that b may not be sent before send is called, or the handler returns.
func (s *eventStream) hold(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(b)
	return s.err
}

// send sends what is held, the headers too.
func (s *eventStream) send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsent > 0 || !s.opened {
		s.flush()
	}
}

// sendEvents is send, but for headers alone.
func (s *eventStream) sendEvents() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsent > 0 {
		s.flush()
	}
}

// certainlyHeld is how much net/http holds of a response before it writes any of it.
const certainlyHeld = 2 << 10

func (s *eventStream) put(b []byte) {
	if s.err != nil || len(b) == 0 {
		return
	}
	if s.unsent += len(b); s.unsent > certainlyHeld {
		s.setLimit(s.unsent)
	}
	_, s.err = s.w.Write(b)
}

func (s *eventStream) flush() {
	if s.err != nil {
		return
	}
	s.setLimit(s.unsent)
	if err := s.rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.err = err
		return
	}
	s.opened, s.unsent = true, 0
	switch {
	case s.every <= 0:
	case s.timer == nil:
		s.timer = time.AfterFunc(s.every, func() { s.write(keepAlive) })
	default:
		s.timer.Reset(s.every)
	}
}

// setLimit lets the client take its time to accept n bytes.
func (s *eventStream) setLimit(n int) {
	s.limit = true
	s.rc.SetWriteDeadline(time.Now().Add(writeTimeout(n))) // a test's recorder has none
}

// writeTimeout is how long a client may take to accept n bytes.
func writeTimeout(n int) time.Duration {
	return time.Minute + time.Duration(n>>15)*time.Second
}

// close ends writing. The handler may return then, which sends what is held.
func (s *eventStream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errStreamClosed
	if s.timer != nil {
		s.timer.Stop()
	}
	if s.limit {
		s.rc.SetWriteDeadline(time.Time{})
	}
}

// events relays a stream of messages, event by event.
func (x *exchange) events(resp *http.Response) {
	out := newEventStream(x.w, x.p.opts.KeepAlive)
	in, told := x.watch.body(resp, out.send)
	body, done, err := decoded(in, resp.Header)
	if err != nil {
		x.failCall(http.StatusBadGateway, "the upstream server's Content-Encoding is none of identity, gzip, zstd, deflate")
		return
	}
	defer done()
	x.copyHeader(resp, true)
	h := x.w.Header()
	h.Set("X-Accel-Buffering", "no")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache, no-transform")
	}
	x.w.WriteHeader(resp.StatusCode)
	defer out.close()
	rel := &relay{x: x, out: out, holds: told}
	defer rel.end()
	rel.send(x.firstEvent())
	events := mcpwire.NewEventReader(body, int(x.p.opts.MaxMessage)+eventSlack)
	defer events.Release()
	for {
		ev, err := events.Next()
		if err != nil {
			rel.stop(err)
			return
		}
		if !rel.event(&ev) {
			return
		}
	}
}

// eventSlack is for an event's lines beside its data.
const eventSlack = 4 << 10

// firstEvent returns what of a batch was refused, as an event, or nothing.
func (x *exchange) firstEvent() []byte {
	if x.reply == nil {
		return nil
	}
	return mcpwire.AppendEvent(nil, x.reply)
}

// A relay is the state of a stream that is relayed.
type relay struct {
	x         *exchange
	out       *eventStream
	holds     bool // out is told to send before a read that waits
	buf       []byte
	cut       bool   // the last event has no blank line behind it
	resumable bool   // an event had an id: the client can ask for what it missed
	answered  bool   // the request of the exchange has its answer
	legacyID  string // under which the stream is known, if it is one of HTTP+SSE
}

// event relays one event. It returns false if the stream ends with it.
func (r *relay) event(ev *mcpwire.Event) bool {
	x := r.x
	if ev.Cut && len(ev.Data) > 0 && !json.Valid(ev.Data) {
		return true // the end of the stream says what becomes of the call
	}
	r.resumable = r.resumable || ev.ID
	if ev.Named && !x.passes(ev.AppendNames(nil)) {
		if len(ev.Data) == 0 {
			r.keptBack("its name holds what is not to pass")
			return true
		}
		return r.unread("its name holds what is not to pass")
	}
	if len(ev.Data) == 0 { // comments, a priming event
		return r.write(ev, ev.Data)
	}
	if string(ev.Name) == "endpoint" && x.r.Method == http.MethodGet {
		return r.endpoint(ev)
	}
	r.out.sendEvents() // this one may take its time
	down := x.live.portal.Port(policy.ToClient)
	defer down.Release()
	v := down.Forward(x.r.Context(), ev.Data)
	if v.Reply != nil && !mcpwire.Modern([]byte(x.client.Get(mcpwire.HeaderVersion))) {
		r.out.send()
		x.tellServer(x.r.Context(), v.Reply)
	}
	if isAnswer(&v) && string(v.Route.ID) == string(x.id) {
		r.answered = true
	}
	switch {
	case v.Out != nil:
		return r.write(ev, v.Out)
	case v.Class == session.Malformed:
		return r.unread(reason(&v))
	}
	r.keptBack(reason(&v))
	return true
}

// unread ends what an event that is kept back unread may have been the answer to: nothing tells
// which it was, it has no id that could be trusted. It returns false if the stream ends with it.
func (r *relay) unread(why string) bool {
	switch {
	case r.x.id != nil && !r.answered:
		r.fail("the upstream server's answer cannot be inspected: " + why)
		return false
	case r.legacyID != "":
		return r.failAll("an answer of the upstream server cannot be inspected: " + why)
	}
	r.keptBack(why)
	return true
}

func (r *relay) keptBack(why string) {
	r.x.p.log.LogAttrs(r.x.r.Context(), slog.LevelWarn, "http event kept back", slog.String("reason", why))
}

// failAll ends all calls whose answers come on this stream: any of them may have been answered by
// what could not be read.
func (r *relay) failAll(message string) bool {
	down := r.x.live.portal.Port(policy.ToClient)
	defer down.Release()
	for _, msg := range down.FailOutstanding(nil, mcpwire.CodePeerGone, "mcpveil: "+message) {
		if r.out.write(mcpwire.AppendEvent(nil, msg)) != nil {
			return false
		}
	}
	return true
}

func isAnswer(v *session.Verdict) bool {
	return v.Route.Kind == mcpwire.Response || v.Route.Kind == mcpwire.ErrorResponse
}

// write sends ev on with data in the place of its own: as it came, if data is its own, and nobody
// could read more in it than was inspected.
func (r *relay) write(ev *mcpwire.Event, data []byte) bool {
	r.cut = ev.Cut
	comments := true
	if ev.Text {
		comments = r.x.passes(ev.AppendComments(nil))
	}
	if sameBytes(data, ev.Data) && comments && !ev.Odd {
		return r.send(ev.Raw) == nil
	}
	r.buf = ev.Append(r.buf[:0], data, comments)
	err := r.send(r.buf)
	if cap(r.buf) > keptBodySize {
		r.buf = nil
	}
	return err == nil
}

// send sends b, at the latest before more is waited for.
func (r *relay) send(b []byte) error {
	if r.holds {
		return r.out.hold(b)
	}
	return r.out.write(b)
}

// fail ends the call that the stream was to answer, unless it was answered.
func (r *relay) fail(message string) {
	if r.x.id == nil || r.answered {
		return
	}
	r.answered = true
	r.x.p.log.LogAttrs(r.x.r.Context(), slog.LevelWarn, "http call failed",
		slog.Int("code", mcpwire.CodePeerGone), slog.String("reason", message))
	var b []byte
	if r.cut { // or both would be read as one
		b = append(b, "\n\n"...)
	}
	r.out.write(mcpwire.AppendEvent(b, r.x.callError(message)))
}

// stop ends the stream after err. A call that has no answer, and cannot get it by
// resuming the stream, fails.
func (r *relay) stop(err error) {
	if err != io.EOF {
		r.out.send()
	}
	switch {
	case r.x.r.Context().Err() != nil || errors.Is(err, context.Canceled): // the client left, or we close
		if !r.resumable && !r.answered {
			r.x.endCall()
		}
	case errors.Is(err, mcpwire.ErrEventTooLong):
		r.fail("an event of the upstream server is longer than may be held")
	case !r.resumable:
		r.fail("the upstream server ended before it answered")
	case err != io.EOF:
		r.out.close()
		r.end()
		panic(http.ErrAbortHandler) // the client sees the break as we do, and resumes
	}
}
