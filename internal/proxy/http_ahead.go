package proxy

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// NOTE
//
// An event stream is sent on before its reader waits for more of it, not after each event: its headers together with the first event
// if that came with them, and the last event together with the end. That is two writes to the client fewer for an answer of one event.

// An upstreamConn is a connection to the upstream that calls back before it is read from. What came with what was read before
// is in the transport's buffer, and read without it.
type upstreamConn struct {
	*net.TCPConn
	before atomic.Pointer[func()]
}

func (c *upstreamConn) Read(p []byte) (int, error) {
	if f := c.before.Load(); f != nil {
		(*f)()
	}
	return c.TCPConn.Read(p)
}

// dialUpstream dials with d.
func dialUpstream(d *net.Dialer) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok {
			return &upstreamConn{TCPConn: tcp}, nil
		}
		return conn, err
	}
}

// A watch knows the connection of an exchange, and when it is waited for what comes on it.
type watch struct {
	conn *upstreamConn // nil if it does not call back
	wait func()        // what is called before
}

// context returns a context for the request.
func (w *watch) context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			conn := info.Conn
			if t, ok := conn.(*tls.Conn); ok {
				conn = t.NetConn()
			}
			w.conn, _ = conn.(*upstreamConn)
		},
		// Right before the end of the body is returned: what is read from then on is the next response.
		PutIdleConn: func(error) {
			if w.conn != nil {
				w.end()
			}
		},
	})
}

// end ends calling back, unless the connection is another exchange's by now.
func (w *watch) end() { w.conn.before.CompareAndSwap(&w.wait, nil) }

// body returns a reader of resp's body that calls wait before a read that may wait for the network; false if nobody
// can tell.
func (w *watch) body(resp *http.Response, wait func()) (io.Reader, bool) {
	if w.conn == nil || resp.ProtoMajor != 1 || encoded(resp.Header) { // a connection of HTTP/2 is read by another goroutine, for all
		return resp.Body, false
	}
	w.wait = wait
	return &watchedBody{w: w, body: resp.Body}, true
}

type watchedBody struct {
	w    *watch
	body io.Reader
	err  error // after which the connection may be another exchange's
}

func (b *watchedBody) Read(p []byte) (n int, err error) {
	if b.err == nil {
		b.w.conn.before.Store(&b.w.wait)
		defer b.w.end()
		n, b.err = b.body.Read(p)
	}
	return n, b.err
}
