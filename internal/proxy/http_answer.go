package proxy

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
)

// maxText is the longest body that is no message: an error page, say. Of a longer one nothing passes.
const maxText = 1 << 20

// maxSessionID is the longest session id that is remembered; some are tokens with claims in them.
const maxSessionID = 8 << 10

// answer takes the upstream's response to the client. What it cannot inspect does not pass.
func (x *exchange) answer(resp *http.Response) {
	x.remember(resp)
	kind, ok := contentKind(resp)
	switch {
	case resp.StatusCode < 200:
		x.failCall(http.StatusBadGateway, "the upstream server wants another protocol")
	case resp.StatusCode >= 300 && resp.StatusCode < 400 && resp.StatusCode != http.StatusNotModified:
		x.failCall(http.StatusBadGateway, "the upstream server redirects: configure the URL it redirects to")
	case !ok:
		x.failCall(http.StatusBadGateway, "the upstream server's charset is not UTF-8")
	case kind == kindNone:
		x.empty(resp)
	case kind == kindEvents && resp.StatusCode < 300:
		x.events(resp)
	case kind == kindJSON:
		x.message(resp)
	case resp.StatusCode == http.StatusOK && x.r.Method != http.MethodOptions:
		if isEmpty(resp.Body) {
			x.empty(resp)
			return
		}
		x.failCall(http.StatusBadGateway, "the upstream server's answer is neither JSON nor an event stream")
	default:
		x.text(resp)
	}
}

// isEmpty reports whether nothing comes of a body. It spoils one that is not.
func isEmpty(body io.Reader) bool {
	n, err := io.ReadFull(body, make([]byte, 1))
	return n == 0 && err == io.EOF
}

type bodyKind uint8

const (
	kindOther bodyKind = iota
	kindNone
	kindJSON
	kindEvents
)

// contentKind says what a response's body is, and false if in no encoding that is read here.
func contentKind(resp *http.Response) (bodyKind, bool) {
	if resp.ContentLength == 0 || resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified {
		return kindNone, true
	}
	ct := resp.Header.Get("Content-Type")
	media, _, _ := strings.Cut(ct, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	kind := kindOther
	switch {
	case media == "text/event-stream":
		kind = kindEvents
	case media == "application/json", strings.HasSuffix(media, "+json"):
		kind = kindJSON
	}
	return kind, isUTF8(ct)
}

// isUTF8 reports whether a content type names no charset, or one that is read as UTF-8.
func isUTF8(contentType string) bool {
	if !strings.Contains(contentType, ";") {
		return true
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
		return true
	}
	return false
}

// remember keeps or forgets the session, as the response says.
func (x *exchange) remember(resp *http.Response) {
	id := resp.Header.Get(mcpwire.HeaderSession)
	switch {
	case x.streamID != "":
	case x.sessionID != "" && (resp.StatusCode == http.StatusNotFound || x.r.Method == http.MethodDelete && resp.StatusCode < 300):
		x.p.sessions.drop(x.sessionID)
	case resp.StatusCode >= 300:
	case len(id) > maxSessionID:
	case id != "" && id != x.sessionID:
		x.p.sessions.put(id, x.live)
	case x.sessionID != "" && !x.known && len(x.sessionID) <= maxSessionID:
		x.p.sessions.put(x.sessionID, x.live)
	}
}

// empty relays a response without a body, such as 202 Accepted.
func (x *exchange) empty(resp *http.Response) {
	if x.reply != nil && resp.StatusCode < 300 { // of a batch, all that wanted an answer was refused
		x.copyHeader(resp, true)
		x.writeJSON(http.StatusOK, x.reply)
		return
	}
	x.settle(resp)
	x.copyHeader(resp, false)
	x.w.WriteHeader(resp.StatusCode)
}

// settle ends the call of an exchange whose response has no answer to it: but on HTTP+SSE, where the
// answer comes on the stream.
func (x *exchange) settle(resp *http.Response) {
	if x.streamID == "" || resp.StatusCode >= 400 {
		x.endCall()
	}
}

// message relays a response that is one message. One that answers an HTTP error may be any JSON.
func (x *exchange) message(resp *http.Response) {
	buf := x.p.budget.held()
	defer buf.free()
	body, done, err := decoded(resp.Body, resp.Header)
	if err != nil {
		x.failCall(http.StatusBadGateway, "the upstream server's Content-Encoding is none of identity, gzip, zstd, deflate")
		return
	}
	defer done()
	size := resp.ContentLength
	if encoded(resp.Header) {
		size = -1
	}
	down := x.live.portal.Port(policy.ToClient)
	defer down.Release()
	most := x.p.opts.MaxMessage
	short := min(most, streamFrom)
	if resp.StatusCode < 300 && size > streamFrom && most > streamHead {
		// It is so long that it streams, and its beginning mostly tells whether it may.
		if err = buf.read(body, -1, streamHead); err == errTooLong && down.Streams(buf.bytes) {
			x.long(resp, down, buf.bytes, body)
			return
		}
		if err == errTooLong {
			err = buf.more(body, size, short)
		}
	} else {
		err = buf.read(body, size, short)
	}
	if err == errTooLong && resp.StatusCode < 300 && (short == most || down.Streams(buf.bytes)) {
		x.long(resp, down, buf.bytes, body)
		return
	}
	if err == errTooLong {
		err = buf.more(body, size, most)
	}
	switch {
	case err == errTooLong && resp.StatusCode < 300:
		x.long(resp, down, buf.bytes, body)
		return
	case err == errNoRoom:
		x.failCall(http.StatusServiceUnavailable, "too many long messages are under way to hold this answer")
		return
	case err != nil:
		if x.r.Context().Err() == nil {
			x.failCall(http.StatusBadGateway, "the upstream server's answer is cut off, too long, or badly compressed")
		}
		return
	case len(bytes.TrimSpace(buf.bytes)) == 0:
		x.empty(resp)
		return
	}
	if resp.StatusCode >= 300 && !isMessage(buf.bytes) {
		x.writeText(resp, down, buf.bytes)
		return
	}
	v := down.Forward(x.r.Context(), buf.bytes)
	if v.Out == nil {
		x.failCall(http.StatusBadGateway, "the upstream server's answer cannot be inspected: "+reason(&v))
		return
	}
	out, changed := v.Out, !sameBytes(v.Out, buf.bytes)
	if isAnswer(&v) && string(v.Route.ID) != string(x.id) {
		out = bytes.Clone(out)
		x.endCall()
	}
	if x.reply != nil && resp.StatusCode < 300 {
		out, changed = joinBatches(out, x.reply), true
	}
	x.copyHeader(resp, changed)
	x.writeBody(resp.StatusCode, out)
}

func reason(v *session.Verdict) string {
	switch v.Class {
	case session.Blocked:
		return "the policy keeps it back"
	case session.TooLarge:
		return "it is too long"
	case session.Unavailable:
		return "filtering is out of order"
	}
	return "it is no JSON-RPC message, or not read alike by all readers"
}

// long relays a message that is too long to hold. Once it began, all that can be done about
// a fault is to break off, so that nobody takes what came for the whole.
func (x *exchange) long(resp *http.Response, down port, head []byte, rest io.Reader) {
	dst := &lateWriter{begin: func() io.Writer {
		x.copyHeader(resp, true)
		x.w.WriteHeader(resp.StatusCode)
		if x.reply != nil { // to the rest of the batch, which was refused
			_, _ = io.WriteString(x.w, "[")
		}
		return x.w
	}}
	v, started := down.Stream(x.r.Context(), head, rest, dst)
	switch {
	case v.Class == session.OK && x.reply != nil:
		_, _ = fmt.Fprintf(x.w, ",%s]", elements(x.reply))
	case v.Class == session.OK:
	case !started && v.Out != nil:
		x.copyHeader(resp, true)
		x.writeJSON(resp.StatusCode, v.Out)
	case !started:
		x.failCall(http.StatusBadGateway, "the upstream server's answer cannot be inspected: "+reason(&v))
	default:
		panic(http.ErrAbortHandler)
	}
}

// A lateWriter asks where to write when there is something to write.
type lateWriter struct {
	begin func() io.Writer
	w     io.Writer
}

func (l *lateWriter) Write(b []byte) (int, error) {
	if l.w == nil {
		l.w = l.begin()
	}
	return l.w.Write(b)
}

// text relays a body that is no message, scanned as text.
func (x *exchange) text(resp *http.Response) {
	buf := x.p.budget.held()
	defer buf.free()
	body, done, err := decoded(resp.Body, resp.Header)
	if err == nil {
		defer done()
		err = buf.read(body, -1, maxText)
	}
	if err != nil {
		x.failCall(x.errorStatus(resp), "the upstream server's error cannot be inspected")
		return
	}
	down := x.live.portal.Port(policy.ToClient)
	defer down.Release()
	x.writeText(resp, down, buf.bytes)
}

// errorStatus is the status of an answer of ours in place of resp's.
func (x *exchange) errorStatus(resp *http.Response) int {
	if resp.StatusCode >= 400 {
		return resp.StatusCode
	}
	return http.StatusBadGateway
}

func (x *exchange) writeText(resp *http.Response, down port, text []byte) {
	out, err := down.Text(x.r.Context(), x.method, x.name, text)
	if err != nil {
		x.failCall(x.errorStatus(resp), "the upstream server's error cannot be inspected")
		return
	}
	x.settle(resp)
	x.copyHeader(resp, !sameBytes(out, text))
	x.writeBody(resp.StatusCode, out)
}

// isMessage reports whether body is a JSON-RPC message, or may be several.
func isMessage(body []byte) bool {
	if mcpwire.IsBatch(body) {
		return true
	}
	_, err := mcpwire.ParseRoute(body)
	return err == nil
}

// joinBatches makes one batch of two, or of messages.
func joinBatches(a, b []byte) []byte {
	out := append([]byte{'['}, elements(a)...)
	out = append(out, ',')
	return append(append(out, elements(b)...), ']')
}

func elements(msg []byte) []byte {
	msg = bytes.TrimSpace(msg)
	if mcpwire.IsBatch(msg) {
		return msg[1 : len(msg)-1]
	}
	return msg
}

func itoa(n int) string { return strconv.Itoa(n) }
