package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
)

// An exchange is one HTTP request and its response. It belongs to the goroutine that serves it.
type exchange struct {
	p         *httpProxy
	w         http.ResponseWriter
	r         *http.Request
	client    http.Header // r's
	principal string
	target    *url.URL

	live      *liveSession
	sessionID string // as the client sent it; "" for none
	known     bool   // live is remembered under sessionID
	streamID  string // of the HTTP+SSE transport, ours; "" on Streamable HTTP

	// Of the message in the request's body.
	id     []byte // nil for a notification, an answer, a batch, and for what could not be read
	method string
	name   string
	reply  []byte // what of a batch was refused, to go with the answer

	sent  http.Header // what the upstream got
	watch watch       // of what it sends
}

// A fault is an answer of our own that ends an exchange.
type fault struct {
	status  int
	code    int
	message string // holds no value
}

// fail answers with a JSON-RPC error, also where HTTP alone would do: a client that
// finds none takes us for a server of the other era.
func (x *exchange) fail(f fault) {
	x.p.log.LogAttrs(x.r.Context(), slog.LevelWarn, "http exchange failed",
		slog.Int("status", f.status), slog.Int("code", f.code), slog.String("reason", f.message))
	x.writeJSON(f.status, mcpwire.AppendError(nil, x.id, f.code, "mcpveil: "+f.message))
}

func (x *exchange) writeJSON(status int, body []byte) {
	h := x.w.Header()
	h.Set("Content-Type", "application/json")
	x.writeBody(status, body)
}

// writeBody ends the response. The headers must be in place, but the length.
func (x *exchange) writeBody(status int, body []byte) {
	if len(body) > 0 {
		x.w.Header().Set("Content-Length", itoa(len(body)))
	}
	x.w.WriteHeader(status)
	if len(body) > 0 {
		x.w.Write(body) // if the client is gone, nobody is left to tell
	}
}

// post takes a message to the server, and what it answers to the client.
func (x *exchange) post() {
	body := x.p.budget.held()
	var up port
	use := newLease(func() {
		body.free()
		if up != nil {
			up.Release()
		}
	})
	defer use.done()

	if f := x.readRequest(body); f != nil {
		x.fail(*f)
		return
	}
	if f := x.attach(); f != nil {
		x.fail(*f)
		return
	}
	ctx := x.r.Context()
	up = x.live.portal.Port(policy.ToServer)
	v := up.Forward(ctx, body.bytes)
	x.note(&v)
	if v.Out == nil {
		x.refused(&v)
		return
	}
	x.reply = v.Reply
	x.sent = x.upstreamHeader(!sameBytes(v.Out, body.bytes))
	if f := x.mirror(x.sent, body.bytes, &v); f != nil {
		x.fail(*f)
		x.endCall()
		return
	}
	resp, err := x.send(x.watch.context(ctx), http.MethodPost, x.target, x.sent, v.Out, use)
	if err != nil {
		x.upstreamFailed(err)
		return
	}
	defer resp.Body.Close()
	x.answer(resp)
}

// bodiless takes a GET, DELETE or OPTIONS to the server: the stream of a session, its
// end, or a browser's question whether it may ask.
func (x *exchange) bodiless() {
	if f := x.attach(); f != nil {
		x.fail(*f)
		return
	}
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	if drain, ok := ctx.Value(drainKey{}).(context.Context); ok {
		defer context.AfterFunc(drain, cancel)() // such a stream has no end of its own
	}
	x.sent = x.upstreamHeader(true)
	resp, err := x.send(x.watch.context(ctx), x.r.Method, x.target, x.sent, nil, nil)
	if err != nil {
		x.upstreamFailed(err)
		return
	}
	defer resp.Body.Close()
	x.answer(resp)
}

// readRequest reads the body of a POST, without its content encoding.
func (x *exchange) readRequest(dst *held) *fault {
	tooLong := &fault{http.StatusRequestEntityTooLarge, mcpwire.CodeTooLarge, "the request is longer than may be held"}
	limit := x.p.opts.MaxMessage
	if x.r.ContentLength > limit {
		x.drain()
		return tooLong
	}
	if !isUTF8(x.client.Get("Content-Type")) {
		return &fault{http.StatusUnsupportedMediaType, mcpwire.CodeInvalidRequest, "the request's charset is not UTF-8"}
	}
	rc := http.NewResponseController(x.w)
	if rc.SetReadDeadline(time.Now().Add(bodyTimeout)) == nil {
		defer rc.SetReadDeadline(time.Time{})
	}
	var in io.Reader = x.r.Body
	size := x.r.ContentLength
	if encoded(x.client) {
		in, size = io.LimitReader(in, limit+1), -1
	}
	body, done, err := decoded(in, x.client)
	if err == nil {
		defer done()
		err = dst.read(body, size, limit)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTooLong), errors.Is(err, errBomb):
		x.drain()
		return tooLong
	case errors.Is(err, errNoRoom):
		x.drain()
		return &fault{http.StatusServiceUnavailable, mcpwire.CodeBusy, "too many long messages are under way: try again"}
	case errors.Is(err, errEncoding):
		return &fault{http.StatusUnsupportedMediaType, mcpwire.CodeInvalidRequest,
			"the request's Content-Encoding is none of identity, gzip, zstd, deflate"}
	}
	return &fault{http.StatusBadRequest, mcpwire.CodeParse, "the request's body could not be read"}
}

// drain reads on a little, and drops it: a client that is still sending when the connection closes
// would not see the answer.
func (x *exchange) drain() {
	http.NewResponseController(x.w).SetReadDeadline(time.Now().Add(drainTime))
	io.CopyN(io.Discard, x.r.Body, drainSize)
}

var noSession = &fault{http.StatusNotFound, mcpwire.CodeInvalidRequest, "no such session: initialize again"}

// attach finds the session of the exchange, or makes one. A session that is not remembered,
// after a restart of ours for instance, is taken up as it is: what came before is not
// known of it, so everything in it is scanned under the rules that name no tool.
func (x *exchange) attach() *fault {
	if isLegacy(x.r) {
		return x.attachLegacy(x.r.URL.Query().Get(legacyParam))
	}
	if !mcpwire.Modern([]byte(x.client.Get(mcpwire.HeaderVersion))) {
		x.sessionID = x.client.Get(mcpwire.HeaderSession)
	}
	if x.sessionID != "" {
		if x.live = x.p.sessions.get(x.sessionID); x.live != nil {
			if x.live.principal != x.principal {
				return noSession
			}
			x.known = true
			return nil
		}
	}
	x.live = &liveSession{portal: x.p.newSession(x.principal), principal: x.principal}
	return nil
}

// note keeps what the answer will need of the message.
func (x *exchange) note(v *session.Verdict) {
	if v.Route.Kind == mcpwire.Request {
		x.id = v.Route.ID
	}
	x.method, x.name = string(v.Route.Method), string(v.Route.Name)
}

// refused answers a message of which nothing goes on.
func (x *exchange) refused(v *session.Verdict) {
	switch {
	case v.Reply != nil && x.streamID != "":
		x.live.stream.write(mcpwire.AppendEvent(nil, v.Reply))
		x.w.WriteHeader(http.StatusAccepted)
	case v.Reply != nil:
		status := v.Status
		if status == 0 {
			status = http.StatusOK
		}
		x.writeJSON(status, v.Reply)
	case v.Class == session.OK, v.Class == session.Blocked:
		x.w.WriteHeader(http.StatusAccepted) // a notification: nobody waits for an answer
	default:
		status := v.Status
		if status < 400 {
			status = http.StatusBadRequest
		}
		x.fail(fault{status, classCode(v.Class), "the message was refused"})
	}
}

func classCode(c session.Class) int {
	switch c {
	case session.Blocked:
		return mcpwire.CodeBlocked
	case session.TooLarge:
		return mcpwire.CodeTooLarge
	case session.Unavailable:
		return mcpwire.CodeUnavailable
	case session.Busy:
		return mcpwire.CodeBusy
	}
	return mcpwire.CodeInvalidRequest
}

// copiedBody is the length up to which a request's body is copied rather than lent to the transport.
const copiedBody = 16 << 10

// send sends one request to the upstream. body is under use, which must be held during the call.
func (x *exchange) send(ctx context.Context, method string, target *url.URL, header http.Header, body []byte, use *lease) (*http.Response, error) {
	req := (&http.Request{
		Method: method,
		URL:    target,
		Host:   target.Host,
		Header: header,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if x.p.opts.PreserveHost {
		req.Host = x.r.Host
	}
	if body != nil {
		req.ContentLength = int64(len(body))
		// The transport asks for the body again only when nothing of the request was sent.
		req.GetBody = func() (io.ReadCloser, error) { return use.body(body), nil }
		if len(body) <= copiedBody {
			// What the transport knows to be in memory it writes together with the headers.
			own := bytes.Clone(body)
			req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(own)), nil }
		}
		req.Body, _ = req.GetBody()
	}
	return x.p.transport.RoundTrip(req)
}

// upstreamFailed answers a request that the upstream did not.
func (x *exchange) upstreamFailed(err error) {
	if x.r.Context().Err() != nil { // the client left
		x.endCall()
		return
	}
	// err names the upstream's address, and may hold the query: say only of what kind it is.
	message := "the upstream server cannot be reached"
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		message = "the upstream server did not answer in time"
	}
	x.failCall(http.StatusBadGateway, message)
}

// failCall ends the call that waits for an answer with an error, in the session too. If
// none waits, the exchange fails alike.
func (x *exchange) failCall(status int, message string) {
	x.p.log.LogAttrs(x.r.Context(), slog.LevelWarn, "http exchange failed",
		slog.Int("status", status), slog.Int("code", mcpwire.CodePeerGone), slog.String("reason", message))
	if msg := x.callError(message); x.streamID != "" && x.id != nil {
		x.live.stream.write(mcpwire.AppendEvent(nil, msg))
		x.w.WriteHeader(status)
	} else {
		x.writeJSON(status, msg)
	}
}

// callError returns an error response to the message in the request's body, and has the session
// wait for no other.
func (x *exchange) callError(message string) []byte {
	message = "mcpveil: " + message
	if x.id != nil {
		up := x.live.portal.Port(policy.ToServer)
		defer up.Release()
		if msg := up.Unsent(&mcpwire.Route{Kind: mcpwire.Request, ID: x.id}, mcpwire.CodePeerGone, message); msg != nil {
			return msg
		}
	}
	return mcpwire.AppendError(nil, x.id, mcpwire.CodePeerGone, message)
}

// endCall has the session forget the call of the exchange, which gets no answer or got
// it in a form that the session does not know.
func (x *exchange) endCall() {
	if x.id != nil {
		x.callError("no answer")
	}
}

// tellServer sends the server what it gets in place of an answer to its own request.
func (x *exchange) tellServer(ctx context.Context, reply []byte) {
	target := x.target
	if x.live.endpoint != nil {
		target = x.live.endpoint
	}
	header := x.sent.Clone()
	header.Set("Content-Type", "application/json")
	header.Set("Accept", "application/json, text/event-stream")
	header.Del(mcpwire.HeaderLastEvent)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	use := newLease(func() {})
	defer use.done()
	resp, err := x.send(ctx, http.MethodPost, target, header, bytes.Clone(reply), use)
	if err != nil {
		x.p.log.LogAttrs(ctx, slog.LevelWarn, "http refusal did not reach the server")
		return
	}
	resp.Body.Close()
}
