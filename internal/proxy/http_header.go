package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
)

// A headerPlace says how far a header goes.
type headerPlace uint8

const (
	everywhere headerPlace = iota
	hop                    // between neighbours (RFC 9110, 7.6.1, and what is used so)
	ofBody                 // of a body's bytes, which are others once it is rewritten
	ofCoding               // of how the body came to us
	ofRequest              // not sent to the server: the body is not sent in parts, nor asked for so
	ofAnswer               // not sent to the client: it leads around us
)

var headerPlaces = map[string]headerPlace{
	"Connection": hop, "Proxy-Connection": hop, "Keep-Alive": hop, "Proxy-Authenticate": hop, "Proxy-Authorization": hop,
	"Te": hop, "Trailer": hop, "Transfer-Encoding": hop, "Upgrade": hop,
	"Etag": ofBody, "Digest": ofBody, "Content-Digest": ofBody, "Repr-Digest": ofBody, "Content-Md5": ofBody, "Accept-Ranges": ofBody,
	"Content-Range": ofBody, "Last-Modified": ofBody,
	"Content-Length": ofCoding, "Content-Encoding": ofCoding,
	"Expect": ofRequest, "Range": ofRequest, "If-Range": ofRequest, "Accept-Encoding": ofRequest,
	"Alt-Svc": ofAnswer, "Refresh": ofAnswer, "Location": ofAnswer,
}

// dropNamed takes out of h the headers that h0's Connection names: they are between neighbours, too.
func dropNamed(h, h0 http.Header) {
	for _, list := range h0["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
}

// upstreamHeader returns the headers of the request to the upstream. Their values are the client's, and must not be written to.
func (x *exchange) upstreamHeader(changed bool) http.Header {
	changed = changed || encoded(x.client)
	h := make(http.Header, len(x.client)+2)
	for name, values := range x.client {
		switch headerPlaces[name] {
		case everywhere, ofAnswer:
			h[name] = values
		case ofBody:
			if !changed {
				h[name] = values
			}
		}
	}
	dropNamed(h, x.client)
	h["Accept-Encoding"] = identity
	if _, ok := h["User-Agent"]; !ok {
		h["User-Agent"] = nil // and not that of Go's client
	}
	return h
}

var identity = []string{"identity"}

// mirror brings the headers that mirror the body in step with what became of it. A header
// that does not mirror it is the server's to refuse, unless it holds what would not have
// passed in the body.
func (x *exchange) mirror(h http.Header, body []byte, v *session.Verdict) *fault {
	var args *arguments
	for name := range h {
		if !strings.HasPrefix(name, "Mcp-") || name == mcpwire.HeaderVersion || name == mcpwire.HeaderSession {
			continue
		}
		value, ok := mcpwire.DecodeHeader(h.Get(name))
		if !ok {
			return mismatch("is not the base64 it claims to be", name)
		}
		switch param, isParam := strings.CutPrefix(name, mcpwire.HeaderParamPrefix); {
		case name == mcpwire.HeaderMethod && value == string(v.Route.Method):
			continue
		case name == mcpwire.HeaderName && v.Route.Name != nil && value == string(v.Route.Name):
			if sameBytes(v.Out, body) {
				continue
			}
			route, err := mcpwire.ParseRoute(v.Out)
			if err != nil {
				return mismatch("mirrors a body that cannot be read", name)
			}
			h.Set(name, mcpwire.EncodeHeader(string(route.Name)))
			continue
		case isParam:
			if args == nil {
				args = x.arguments(body, v.Out)
			}
			now, found, sure := args.mirrored(param, value)
			if !sure {
				return mismatch("mirrors one of several arguments, and nothing tells which: list the tools first", name)
			}
			if found {
				if now != value {
					h.Set(name, mcpwire.EncodeHeader(now))
				}
				continue
			}
		}
		if !x.clean(value) {
			return mismatch("differs from the body, and holds what the policy does not let pass as it is", name)
		}
	}
	return nil
}

// mismatch is the answer to a header that is not what the body says. Its name is the client's: only
// the names that the protocol fixes are repeated.
func mismatch(why, name string) *fault {
	if strings.HasPrefix(name, mcpwire.HeaderParamPrefix) {
		name = mcpwire.HeaderParamPrefix + "*"
	} else if name != mcpwire.HeaderMethod && name != mcpwire.HeaderName {
		name = "Mcp-*"
	}
	return &fault{http.StatusBadRequest, mcpwire.CodeHeaderMismatch, fmt.Sprintf("a header %s %s", name, why)}
}

// clean reports whether nothing would be done about value in the body.
func (x *exchange) clean(value string) bool {
	up := x.live.portal.Port(policy.ToServer)
	defer up.Release()
	quoted := quote([]byte(value))
	out, _, err := up.Rewrite(x.r.Context(), x.method, x.name, quoted)
	return err == nil && sameBytes(out, quoted)
}

// quote returns text as a JSON string. What is not UTF-8 becomes U+FFFD.
func quote(text []byte) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // an escape would be one more thing to look through
	if err := enc.Encode(string(text)); err != nil {
		panic("proxy: internal error: a string does not encode")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// arguments holds the scalars of a call's arguments before and after the filter.
// The filter changes scalars and names, never how many there are or in what order.
type arguments struct {
	before, after []scalar
	schema        map[string]string // pointer by header, if known
}

// A scalar is one of a call's arguments, as a header would have it.
type scalar struct {
	pointer, name string
	value         string
	number        bool
}

func (x *exchange) arguments(before, after []byte) *arguments {
	a := &arguments{before: scalars(before), after: scalars(after)}
	if x.p.opts.HeaderParams != nil && x.method == "tools/call" {
		a.schema = x.p.opts.HeaderParams(x.name)
	}
	return a
}

// mirrored returns what value, of the header for param, is to be after the filter. found says that
// it mirrors an argument, sure that there is no doubt as to which.
func (a *arguments) mirrored(param, value string) (now string, found, sure bool) {
	if len(a.before) != len(a.after) {
		return "", false, false
	}
	byValue, byName := -1, -1
	sure = true
	for i, s := range a.before {
		if !s.mirroredBy(value) {
			continue
		}
		if pointer, ok := schemaPointer(a.schema, param); ok {
			if s.pointer == pointer {
				return a.now(i, value), true, true
			}
			continue
		}
		if strings.EqualFold(s.name, param) {
			if byName >= 0 && a.after[byName].value != a.after[i].value {
				return "", true, false
			}
			byName = i
		}
		if byValue >= 0 && a.after[byValue].value != a.after[i].value {
			sure = false
		}
		byValue = i
	}
	switch {
	case byName >= 0:
		return a.now(byName, value), true, true
	case byValue >= 0 && sure:
		return a.now(byValue, value), true, true
	}
	return "", byValue >= 0, sure
}

// now returns what a header of that value, which mirrors scalar i, is to be.
func (a *arguments) now(i int, value string) string {
	if a.before[i].value == a.after[i].value {
		return value // a number may be spelled otherwise
	}
	return a.after[i].value
}

func schemaPointer(schema map[string]string, param string) (string, bool) {
	for name, pointer := range schema {
		if strings.EqualFold(name, param) {
			return pointer, true
		}
	}
	return "", false
}

// mirroredBy reports whether a header of that value mirrors s. Numbers compare as numbers.
func (s *scalar) mirroredBy(value string) bool {
	if s.value == value || !s.number {
		return s.value == value
	}
	a, err := strconv.ParseFloat(s.value, 64)
	b, err2 := strconv.ParseFloat(value, 64)
	return err == nil && err2 == nil && a == b
}

// scalars lists the scalars of params.arguments in msg, in order; nothing if there are none.
func scalars(msg []byte) []scalar {
	var call, params map[string]json.RawMessage
	if json.Unmarshal(msg, &call) != nil || json.Unmarshal(call["params"], &params) != nil {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(params["arguments"]))
	dec.UseNumber()
	var w scalarWalker
	for {
		tok, err := dec.Token()
		if err != nil {
			return w.found
		}
		w.token(tok)
	}
}

// A scalarWalker follows the tokens of a JSON text.
type scalarWalker struct {
	found []scalar
	stack []level
}

// A level is an object or array that is open.
type level struct {
	pointer string
	object  bool
	wantKey bool
	key     string
	index   int
}

func (w *scalarWalker) token(tok json.Token) {
	var top *level
	if len(w.stack) > 0 {
		top = &w.stack[len(w.stack)-1]
	}
	if top != nil && top.object && top.wantKey && tok != json.Delim('}') {
		top.key, _ = tok.(string)
		top.wantKey = false
		return
	}
	s := scalar{}
	if top != nil {
		s.name = top.key
		if !top.object {
			s.name = itoa(top.index)
		}
		s.pointer = top.pointer + "/" + pointerEscape.Replace(s.name)
	}
	switch tok := tok.(type) {
	case json.Delim:
		if tok == '{' || tok == '[' {
			w.stack = append(w.stack, level{pointer: s.pointer, object: tok == '{', wantKey: tok == '{'})
			return
		}
		w.stack = w.stack[:len(w.stack)-1]
		w.next()
		return
	case string:
		s.value = tok
	case json.Number:
		s.value, s.number = tok.String(), true
	case bool:
		s.value = strconv.FormatBool(tok)
	default: // null mirrors nothing, but has its place
		s.value = "\x00null"
	}
	w.found = append(w.found, s)
	w.next()
}

// next goes on behind a value.
func (w *scalarWalker) next() {
	if len(w.stack) > 0 {
		top := &w.stack[len(w.stack)-1]
		top.wantKey = top.object
		top.index++
	}
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")
