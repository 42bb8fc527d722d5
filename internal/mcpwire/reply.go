package mcpwire

// AppendError appends a JSON-RPC error response. id is as it stood in the request; if nil, the
// response has none. message is ours and holds no value. No newline is added.
func AppendError(dst, id []byte, code int, message string) []byte { panic("mcpwire: not yet") }

// AppendToolError appends the answer to a tools/call that ends the call as a failed tool would:
// a result with isError and text. modern adds the resultType that the stateless era wants.
func AppendToolError(dst, id []byte, text string, modern bool) []byte { panic("mcpwire: not yet") }
