package mcpwire

import "strconv"

// AppendError appends a JSON-RPC error response. id is as it stood in the request; if nil, the
// response has none. message is ours and holds no value. No newline is added.
func AppendError(dst, id []byte, code int, message string) []byte {
	dst = appendHead(dst, id)
	dst = append(dst, `"error":{"code":`...)
	dst = strconv.AppendInt(dst, int64(code), 10)
	dst = append(dst, `,"message":`...)
	dst = appendQuoted(dst, message)
	return append(dst, "}}"...)
}

// AppendToolError appends the answer to a tools/call that ends the call as a failed tool would:
// a result with isError and text. modern adds the resultType that the stateless era wants.
// There is no structuredContent: a client would hold it against the tool's schema.
func AppendToolError(dst, id []byte, text string, modern bool) []byte {
	dst = appendHead(dst, id)
	dst = append(dst, `"result":{`...)
	if modern {
		dst = append(dst, `"resultType":"complete",`...)
	}
	dst = append(dst, `"content":[{"type":"text","text":`...)
	dst = appendQuoted(dst, text)
	return append(dst, `}],"isError":true}}`...)
}

func appendHead(dst, id []byte) []byte {
	dst = append(dst, `{"jsonrpc":"2.0",`...)
	if id != nil {
		dst = append(dst, `"id":`...)
		dst = append(dst, id...)
		dst = append(dst, ',')
	}
	return dst
}

// appendQuoted appends s, a text of ours, as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
