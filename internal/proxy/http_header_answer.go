package proxy

import (
	"log/slog"
	"net/http"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
)

// freeHeaders pass to the client as they are: HTTP, browsers or MCP would not work without
// them, or with another value. A session id is opaque, and must come back as it was. A challenge has
// addresses in it that clients follow.
var freeHeaders = map[string]bool{
	mcpwire.HeaderSession: true, mcpwire.HeaderVersion: true,
	"Allow": true, "Cache-Control": true, "Date": true, "Retry-After": true, "Vary": true, "Www-Authenticate": true, "X-Accel-Buffering": true,
	"Access-Control-Allow-Credentials": true, "Access-Control-Allow-Headers": true, "Access-Control-Allow-Methods": true,
	"Access-Control-Allow-Origin": true, "Access-Control-Allow-Private-Network": true, "Access-Control-Expose-Headers": true, "Access-Control-Max-Age": true,
}

// freeTypes are content types in which there is nothing to find.
var freeTypes = map[string]bool{
	"application/json": true, "application/json; charset=utf-8": true, "text/event-stream": true, "text/event-stream; charset=utf-8": true,
	"text/plain": true, "text/plain; charset=utf-8": true, "text/html": true, "text/html; charset=utf-8": true,
}

// copyHeader puts the headers of the upstream's response in place, but what
// says of the body's bytes what does not hold any more, what leads around us, and what
// holds something that would not pass in the body.
func (x *exchange) copyHeader(resp *http.Response, changed bool) {
	h := resp.Header
	changed = changed || encoded(h)
	dropNamed(h, h)
	to := x.w.Header()
	for name, values := range h {
		switch place := headerPlaces[name]; {
		case place == ofRequest || place == everywhere:
		case place == ofBody && !changed:
		default:
			continue
		}
		switch {
		case freeHeaders[name]:
		case name == "Content-Type":
			values = x.contentType(resp, values)
		default:
			values = x.cleanValues(name, values)
		}
		if len(values) > 0 {
			to[name] = values
		}
	}
}

// contentType returns the content type that was inspected, or what it comes to if its
// parameters are not to pass.
func (x *exchange) contentType(resp *http.Response, values []string) []string {
	if len(values) == 0 || freeTypes[values[0]] || x.passes([]byte(values[0])) {
		return values[:min(len(values), 1)]
	}
	x.keptBack("Content-Type")
	switch kind, _ := contentKind(resp); kind {
	case kindJSON:
		return []string{"application/json"}
	case kindEvents:
		return []string{"text/event-stream"}
	}
	return []string{"application/octet-stream"}
}

// cleanValues returns the values of a header that may pass. They are looked at as members of that
// name, which may say what a value is. What is in a cookie its name does not say, and each
// cookie stands for itself.
func (x *exchange) cleanValues(name string, values []string) []string {
	clean := values[:0]
	for _, v := range values {
		if !utf8.ValidString(v) {
			continue
		}
		text := []byte(v)
		if name != "Set-Cookie" {
			text = append(append(quote([]byte(name)), ':'), quote(text)...)
		}
		if x.passes(text) {
			clean = append(clean, v)
		}
	}
	if len(clean) < len(values) {
		x.keptBack(name)
	}
	return clean
}

// keptBack logs that a header did not pass whole: by its name, unless there is something in that too.
func (x *exchange) keptBack(name string) {
	if !x.passes([]byte(name)) {
		name = "***"
	}
	x.p.log.LogAttrs(x.r.Context(), slog.LevelWarn, "http header kept back", slog.String("header", name))
}

// passes reports whether text, of the upstream's, may pass to the client as it is: both as what belongs
// to no call and as part of this one's answer. If not, a record is written where the first is so.
func (x *exchange) passes(text []byte) bool {
	down := x.live.portal.Port(policy.ToClient)
	defer down.Release()
	out, err := down.Text(x.r.Context(), x.method, "", text)
	if err != nil || !sameBytes(out, text) {
		return false
	}
	if x.name == "" {
		return true
	}
	quoted := quote(text)
	out, _, err = down.Rewrite(x.r.Context(), x.method, x.name, quoted)
	return err == nil && sameBytes(out, quoted)
}
