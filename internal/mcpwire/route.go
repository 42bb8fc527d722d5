package mcpwire

// A Route is what must be known of a message before its content is looked at.
// Its slices alias the message, except where one was written with escapes.
type Route struct {
	Kind    Kind
	ID      []byte // as it stands in the message, quotes included; nil if there is none or it is null
	Method  []byte // decoded; nil in a response
	Name    []byte // decoded: params.name, params.uri or params.taskId, as the method has it, or the name or uri of params.ref; nil if none
	Version []byte // protocol version the message itself states (params._meta, or initialize's params); nil if none

	Params Span // value of params
	Result Span // value of result
	Error  Span // value of error
	NameAt Span // where Name stands, quotes included

	Target []byte // params.requestId of notifications/cancelled, as it stands
	Task   []byte // in a response: result.taskId or result.task.taskId, decoded
	Token  []byte // params._meta.progressToken, or params.progressToken of a progress notification, as it stands
}

// IsTool reports whether r is a call of a tool.
func (r *Route) IsTool() bool { return string(r.Method) == "tools/call" }

// A RouteError says why a message could not be routed. It holds no bytes of it.
type RouteError struct {
	Code   int    // CodeParse or CodeInvalidRequest
	Offset int    // where in the message
	Reason string // "duplicate member id"
	ID     []byte // the message's id as it stands, where exactly one was read; nil if not
}

func (e *RouteError) Error() string { panic("mcpwire: not yet") }

// ParseRoute reads the envelope of msg, one JSON-RPC message: its kind, id, method and name.
// It checks the grammar of the message's own members and of those of params, result and error,
// and refuses what two readers could read differently: a routing member that stands there
// twice or in another case, or a NUL in a name. Any error is a [*RouteError].
//
// It does not allocate unless a name is written with escapes or the message is refused.
func ParseRoute(msg []byte) (Route, error) { panic("mcpwire: not yet") }

// IsBatch reports whether msg is a JSON array.
func IsBatch(msg []byte) bool { panic("mcpwire: not yet") }

// SplitBatch appends to dst the elements of msg, a JSON array, as spans. It checks the array's
// own grammar only. An empty array, or one longer than max, is an error (a [*RouteError]).
func SplitBatch(dst []Span, msg []byte, max int) ([]Span, error) { panic("mcpwire: not yet") }
