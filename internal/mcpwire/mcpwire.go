// Package mcpwire knows how MCP messages lie on the wire: lines, JSON-RPC envelopes, batches,
// error replies, and which members of a message belong to the protocol. It decodes no content:
// what it returns are spans of the message it was given.
package mcpwire

// A Kind is what a JSON-RPC message is.
type Kind uint8

const (
	Request       Kind = 1 + iota // a method and an id
	Notification                  // a method, no id
	Response                      // a result
	ErrorResponse                 // an error
)

func (k Kind) String() string {
	switch k {
	case Request:
		return "request"
	case Notification:
		return "notification"
	case Response:
		return "response"
	case ErrorResponse:
		return "error"
	}
	return "unknown"
}

// A Span is msg[From:To]; the zero Span is none.
type Span struct{ From, To int }

// Of returns the bytes of s in msg, or nil if s is none.
func (s Span) Of(msg []byte) []byte {
	if s.To == 0 {
		return nil
	}
	return msg[s.From:s.To]
}

// Codes of the errors that mcpveil answers with.
const (
	CodeParse          = -32700 // not JSON
	CodeInvalidRequest = -32600 // no JSON-RPC message, or one that two readers could read differently
	CodeMethodNotFound = -32601
	CodeInvalidParams  = -32602
	CodeInternal       = -32603
	CodeHeaderMismatch = -32020 // a header differs from the body it mirrors (2026-07-28)

	// Codes of our own, outside the range that JSON-RPC reserves.
	CodeBlocked     = 1001 // the policy keeps the message back
	CodeTooLarge    = 1002 // longer than may be held, where the policy must see the whole
	CodeUnavailable = 1003 // filtering failed (no key, no record): nothing passes unfiltered
	CodePeerGone    = 1004 // the server ended, or what it answered could not be read
	CodeBusy        = 1005 // too many calls outstanding
)

// ModernVersion is the first protocol version without sessions and handshake. Versions are
// dates and compare as strings.
const ModernVersion = "2026-07-28"

// Modern reports whether a protocol version is of the stateless era.
func Modern(version []byte) bool { return string(version) >= ModernVersion }
