// Package jsonspan walks JSON text (RFC 8259) as spans of bytes: it decodes nothing
// and allocates nothing.
//
//   - [Checker] says whether bytes that come in pieces are one well-formed text.
//   - [Scanner] pulls tokens out of a text held whole.
//   - [Cursor] says, for growing offsets, which scalar stands there and its JSON Pointer.
//   - [AppendQuote] and [AppendUnquote] write and read the inside of a string.
//
// Scanner and Cursor take the strings' insides on trust. A text from outside goes
// through a Checker as well.
package jsonspan

import "fmt"

// A SyntaxError says where a text stops being well-formed JSON, and why.
// It never quotes the text.
type SyntaxError struct {
	Offset int64 // of the first byte that cannot stand where it does; the length of the text if it ends too soon
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("jsonspan: %s at offset %d", e.Reason, e.Offset)
}

// A Kind is a kind of token.
type Kind uint8

const (
	Invalid Kind = iota // no token: the text's end, or an error
	ObjectStart
	ObjectEnd
	ArrayStart
	ArrayEnd
	Name // of a member, with its quotes
	String
	Number
	True
	False
	Null
)

var kindNames = [...]string{"invalid", "{", "}", "[", "]", "name", "string", "number", "true", "false", "null"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Scalar reports whether k is a string, a number or a literal, but not a name.
func (k Kind) Scalar() bool { return k >= String && k <= Null }

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
