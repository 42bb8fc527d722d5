package mcpwire

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// A Route is what must be known of a message before its content is looked at.
// Its slices alias the message, except where one was written with escapes.
type Route struct {
	Kind    Kind
	ID      []byte // as it stands in the message, quotes included; nil if there is none or it is null
	Method  []byte // decoded; nil in a response
	Name    []byte // decoded: params.name, params.uri or params.taskId, as the method has it, or the name or uri of params.ref; nil if none
	Version []byte // protocol version the message itself states (params._meta, initialize's params or result); nil if none

	Params Span // value of params
	Result Span // value of result
	Error  Span // value of error
	NameAt Span // where Name stands, quotes included
	Text   Span // of a notification that brings a piece of a text: params.message of progress, params.data of a log
	Logger Span // params.logger of notifications/message

	Target []byte // params.requestId of notifications/cancelled, as it stands
	Task   []byte // in a response: result.taskId or result.task.taskId, decoded
	Token  []byte // params._meta.progressToken, or params.progressToken of notifications/progress, as it stands
}

// IsTool reports whether r is a call of a tool.
func (r *Route) IsTool() bool { return string(r.Method) == "tools/call" }

// A RouteError says why a message could not be routed. It holds no bytes of it but its id.
type RouteError struct {
	Code    int    // CodeParse or CodeInvalidRequest
	Offset  int    // where in the message
	Reason  string // "member id stands twice"
	ID      []byte // the message's id as it stands, where exactly one was read; nil if not
	Answer  bool   // it has a result or an error and no method, as far as it could be read
	Foreign bool   // the message has no member of JSON-RPC's at all, or is no object
}

func (e *RouteError) Error() string {
	return fmt.Sprintf("mcpwire: %s at offset %d", e.Reason, e.Offset)
}

// Members of the message itself.
const (
	inRPC = iota
	inID
	inMethod
	inParams
	inResult
	inError
	numTop
)

var topNames = newNameSet("jsonrpc", "id", "method", "params", "result", "error")

// Members of params that routing or policy depends on, for some methods or all.
const (
	inMeta = iota
	inName
	inURI
	inTaskID
	inRef
	inArguments
	inArgument
	inContext
	inInputs
	inRequestID
	inToken
	inVersion
	inMessage
	inData
	inLogger
	numParams
)

var paramNames = newNameSet("_meta", "name", "uri", "taskId", "ref", "arguments", "argument", "context",
	"inputResponses", "requestId", "progressToken", "protocolVersion", "message", "data", "logger")

// routing tells which members of params must be unambiguous, and which holds the name.
func routing(method []byte) (mask uint, name int) {
	const meta = 1 << inMeta
	switch string(method) {
	case "tools/call", "prompts/get":
		return meta | 1<<inName | 1<<inArguments | 1<<inInputs, inName
	case "resources/read":
		return meta | 1<<inURI | 1<<inInputs, inURI
	case "resources/subscribe", "resources/unsubscribe", "resources/directory/read", "skills/get", "notifications/resources/updated":
		return meta | 1<<inURI, inURI
	case "tasks/get", "tasks/result", "tasks/cancel", "tasks/update", "notifications/tasks", "notifications/tasks/status":
		return meta | 1<<inTaskID | 1<<inInputs, inTaskID
	case "completion/complete":
		return meta | 1<<inRef | 1<<inArgument | 1<<inContext, inRef
	case "notifications/cancelled":
		return meta | 1<<inRequestID, -1
	case "notifications/progress":
		return meta | 1<<inToken, -1
	case "initialize":
		return meta | 1<<inVersion, -1
	}
	return meta, -1
}

// Named reports whether a message of that method has a name: see [Route].
func Named(method []byte) bool {
	_, name := routing(method)
	return name >= 0
}

// ParseRoute reads the envelope of msg, one JSON-RPC message: its kind, id, method and name.
// It checks the grammar of the message's own members and of those of params, result and error,
// and refuses what two readers could read differently: a routing member that stands there
// twice or in another case, or a NUL in a name. Any error is a [*RouteError].
//
// It does not allocate unless a name is written with escapes or the message is refused.
func ParseRoute(msg []byte) (Route, error) {
	p := router{msg: msg}
	p.message()
	if p.reason == "" {
		return p.route, nil
	}
	return Route{}, p.refusal()
}

func (p *router) refusal() error {
	e := &RouteError{Code: p.code, Offset: p.at, Reason: p.reason, Foreign: p.foreign}
	e.ID, e.Answer = findID(p.msg)
	return e
}

// A router is ParseRoute at work. Once reason is set, nothing else counts.
type router struct {
	msg     []byte
	route   Route
	reason  string
	code    int
	at      int
	foreign bool

	top    [numTop]Span
	params [numParams]Span
	bad    uint // members of params that stand twice, or in another spelling
	badAt  int

	late      bool // nothing is to be read early: for tests, which compare
	hasParams bool // params, bad and badAt were read early
	hasResult bool // and so was result
	result    [3]Span
}

func (p *router) fail(code, at int, reason string) {
	if p.reason == "" {
		p.code, p.at, p.reason = code, at, reason
	}
}

// message is the whole of it, in order.
func (p *router) message() {
	i := skipSpace(p.msg, 0)
	switch {
	case bytes.HasPrefix(p.msg, []byte("\xef\xbb\xbf")):
		p.fail(CodeParse, 0, "byte order mark before the message")
	case i == len(p.msg):
		p.fail(CodeParse, i, "empty message")
	case p.msg[i] != '{':
		p.foreign = true
		end, reason := skipValue(p.msg, i)
		if reason == "" && skipSpace(p.msg, end) == len(p.msg) {
			p.fail(CodeInvalidRequest, i, "message is not an object")
		} else {
			p.fail(CodeParse, i, "message is not JSON")
		}
	default:
		p.members(i)
	}
	if p.reason == "" {
		p.envelope()
	}
	if p.reason == "" && p.top[inMethod].To > 0 {
		p.request()
	}
	if p.reason == "" {
		p.answer()
	}
}

// members reads the message's own members.
func (p *router) members(at int) {
	w := walk(p.msg, at)
	foreign := true
	for {
		var m member
		n, exact, nul := -1, false, false
		ok, reason := w.head(&m)
		if ok {
			n, exact, nul = lookup(m.key.Of(p.msg), topNames)
			reason = w.value(&m, p.early(n, exact, w.pos))
		}
		if reason != "" {
			p.fail(CodeParse, w.pos, reason)
			return
		}
		if !ok {
			break
		}
		switch {
		case nul:
			p.fail(CodeInvalidRequest, m.key.From, "NUL in a member name")
		case n < 0:
		case !exact:
			p.fail(CodeInvalidRequest, m.key.From, "member "+topNames.names[n]+" in another spelling")
		case p.top[n].To > 0:
			p.fail(CodeInvalidRequest, m.key.From, "member "+topNames.names[n]+" stands twice")
		default:
			p.top[n] = m.value
		}
		foreign = foreign && n < 0
	}
	if end := skipSpace(p.msg, w.pos); end != len(p.msg) {
		p.fail(CodeParse, end, "bytes after the message")
	}
	// A lone "id" or "error" is no sign of JSON-RPC; many rows have them.
	p.foreign = p.reason == "" && (foreign || p.top[inRPC].To == 0 && p.top[inMethod].To == 0 && p.top[inResult].To == 0)
}

// envelope checks which members stand together, and says what kind the message is.
func (p *router) envelope() {
	t := &p.top
	if v := t[inRPC].Of(p.msg); string(v) != `"2.0"` {
		p.fail(CodeInvalidRequest, t[inRPC].From, `member jsonrpc is not "2.0"`)
		return
	}
	null := p.id()
	hasID := p.route.ID != nil
	switch method, result, error := t[inMethod].To > 0, t[inResult].To > 0, t[inError].To > 0; {
	case method && (result || error):
		p.fail(CodeInvalidRequest, t[inMethod].From, "message is a request and an answer at once")
	case result && error:
		p.fail(CodeInvalidRequest, t[inError].From, "message has both result and error")
	case method && null:
		p.fail(CodeInvalidRequest, t[inID].From, "request id is null")
	case method && hasID:
		p.route.Kind = Request
	case method:
		p.route.Kind = Notification
	case result && !hasID:
		p.fail(CodeInvalidRequest, t[inResult].From, "result without an id")
	case result:
		p.route.Kind = Response
	case error:
		p.route.Kind = ErrorResponse
	default:
		p.fail(CodeInvalidRequest, 0, "message has neither method nor result nor error")
	}
	p.route.Params, p.route.Result, p.route.Error = t[inParams], t[inResult], t[inError]
}

// id reads the id, and reports whether it is null.
func (p *router) id() (null bool) {
	s := p.top[inID]
	v := s.Of(p.msg)
	switch {
	case len(v) == 0:
	case v[0] == 'n':
		return true
	case v[0] == '"' && !wellFormed(v[1:len(v)-1]):
		p.fail(CodeParse, s.From, "malformed string in id")
	case isID(v):
		p.route.ID = v
	default:
		p.fail(CodeInvalidRequest, s.From, "id is neither a string nor a number")
	}
	return false
}

// request reads method and params.
func (p *router) request() {
	r := &p.route
	r.Method = p.text(p.top[inMethod], "method")
	if p.reason != "" {
		return
	}
	if s := r.Params; s.To > 0 {
		switch p.msg[s.From] {
		case '{':
			if !p.hasParams {
				p.note(p.paramMembers(s.From))
			}
		case '[', 'n': // by position, or none: nothing in them is ours
		default:
			p.fail(CodeInvalidRequest, s.From, "params is not an object")
		}
	}
	mask, name := routing(r.Method)
	if p.bad&mask != 0 {
		p.fail(CodeInvalidRequest, p.badAt, "a routing member of params stands twice or in another spelling")
	}
	if p.reason != "" {
		return
	}
	if name == inRef {
		p.ref()
	} else if name >= 0 && p.params[name].To > 0 {
		r.NameAt = p.params[name]
		r.Name = p.text(r.NameAt, "name")
	}
	if string(r.Method) == "initialize" && p.params[inVersion].To > 0 {
		r.Version = p.text(p.params[inVersion], "protocolVersion")
	}
	switch string(r.Method) {
	case "notifications/progress":
		r.Text = p.params[inMessage]
	case "notifications/message":
		r.Text, r.Logger = p.params[inData], p.params[inLogger]
	}
	r.Target = p.params[inRequestID].Of(p.msg)
	r.Token = p.params[inToken].Of(p.msg)
	if s := p.params[inMeta]; s.To > 0 && p.msg[s.From] == '{' {
		p.meta(s.From)
	}
}

// paramMembers reads the members of params, which is the object at msg[at].
func (p *router) paramMembers(at int) walked {
	w := walk(p.msg, at)
	for {
		m, ok, reason := w.next()
		if reason != "" {
			return walked{code: CodeParse, at: w.pos, reason: reason}
		}
		if !ok {
			return walked{end: w.pos}
		}
		n, exact, nul := lookup(m.key.Of(p.msg), paramNames)
		switch {
		case nul:
			return walked{code: CodeInvalidRequest, at: m.key.From, reason: "NUL in a member name"}
		case n < 0:
		case !exact || p.params[n].To > 0:
			p.bad |= 1 << n
			p.badAt = m.key.From
		default:
			p.params[n] = m.value
		}
	}
}

var (
	metaNames   = newNameSet("io.modelcontextprotocol/protocolVersion", "progressToken")
	refNames    = newNameSet("name", "uri")
	resultNames = newNameSet("taskId", "task", "protocolVersion")
	taskNames   = newNameSet("taskId")
	noNames     = newNameSet()
)

// meta reads params._meta.
func (p *router) meta(at int) {
	found := p.mustPick(at, metaNames, true)
	if found[0].To > 0 {
		p.route.Version = p.text(found[0], "protocolVersion")
	}
	if found[1].To > 0 {
		p.route.Token = found[1].Of(p.msg)
	}
}

// ref reads params.ref of completion/complete: {"type":"ref/prompt","name":…} or {…,"uri":…}.
func (p *router) ref() {
	s := p.params[inRef]
	if s.To == 0 || p.msg[s.From] != '{' {
		return
	}
	found := p.mustPick(s.From, refNames, true)
	for _, f := range found {
		if f.To > 0 {
			p.route.NameAt = f
			p.route.Name = p.text(f, "name")
			return
		}
	}
}

// answer checks the grammar of result or error, and reads a task's id.
func (p *router) answer() {
	r := &p.route
	if s := r.Error; s.To > 0 {
		if p.msg[s.From] != '{' {
			p.fail(CodeInvalidRequest, s.From, "error is not an object")
			return
		}
		p.mustPick(s.From, noNames, false)
	}
	if s := r.Result; s.To > 0 && p.msg[s.From] == '{' {
		found := p.result
		if !p.hasResult {
			found = p.mustPick(s.From, resultNames, false)
		}
		if f := found[2]; f.To > 0 && p.msg[f.From] == '"' {
			r.Version = p.text(f, "protocolVersion")
		}
		if found[0].To == 0 && found[1].To > 0 && p.msg[found[1].From] == '{' {
			found = p.mustPick(found[1].From, taskNames, false)
		}
		if f := found[0]; f.To > 0 && p.msg[f.From] == '"' {
			r.Task = p.text(f, "taskId")
		}
	}
}

// pick walks the object at msg[at] and returns the values of up to three members. One that
// stands twice is refused; so is, if strict, one in another spelling.
func (p *router) pick(at int, names *nameSet, strict bool) (found [3]Span, how walked) {
	w := walk(p.msg, at)
	for {
		m, ok, reason := w.next()
		if reason != "" {
			return found, walked{code: CodeParse, at: w.pos, reason: reason}
		}
		if !ok {
			return found, walked{end: w.pos}
		}
		n, exact, nul := lookup(m.key.Of(p.msg), names)
		switch {
		case nul && strict:
			return found, walked{code: CodeInvalidRequest, at: m.key.From, reason: "NUL in a member name"}
		case n < 0 || !exact && !strict:
		case !exact || found[n].To > 0:
			return found, walked{code: CodeInvalidRequest, at: m.key.From, reason: "member " + names.names[n] + " stands twice or in another spelling"}
		default:
			found[n] = m.value
		}
	}
}

// text returns the string at s, decoded.
func (p *router) text(s Span, what string) []byte {
	v := s.Of(p.msg)
	if len(v) < 2 || v[0] != '"' {
		p.fail(CodeInvalidRequest, s.From, what+" is not a string")
		return nil
	}
	v = v[1 : len(v)-1]
	if bytes.IndexByte(v, '\\') >= 0 {
		d, ok := appendUnquoted(make([]byte, 0, len(v)), v)
		if !ok {
			p.fail(CodeParse, s.From, "malformed escape in "+what)
			return nil
		}
		v = d
	}
	for _, c := range v {
		if c < ' ' || c == 0x7f {
			p.fail(CodeInvalidRequest, s.From, "control character in "+what)
			return nil
		}
	}
	if !utf8.Valid(v) {
		p.fail(CodeParse, s.From, "invalid UTF-8 in "+what)
		return nil
	}
	return v
}
