package mcpwire

// IsBatch reports whether msg is a JSON array.
func IsBatch(msg []byte) bool {
	i := skipSpace(msg, 0)
	return i < len(msg) && msg[i] == '['
}

// SplitBatch appends to dst the elements of msg, a JSON array, as spans. It checks the array's
// own grammar only. An empty array, or one longer than max, is an error (a [*RouteError]).
func SplitBatch(dst []Span, msg []byte, max int) ([]Span, error) {
	at := skipSpace(msg, 0)
	if at == len(msg) || msg[at] != '[' {
		return dst, &RouteError{Code: CodeParse, Offset: at, Reason: "not an array"}
	}
	w := walk(msg, at)
	n := 0
	for {
		m, ok, reason := w.next()
		if reason != "" {
			return dst, &RouteError{Code: CodeParse, Offset: w.pos, Reason: reason}
		}
		if !ok {
			break
		}
		if n++; n > max {
			return dst, &RouteError{Code: CodeInvalidRequest, Offset: m.value.From, Reason: "batch is too long"}
		}
		dst = append(dst, m.value)
	}
	if end := skipSpace(msg, w.pos); end != len(msg) {
		return dst, &RouteError{Code: CodeParse, Offset: end, Reason: "bytes after the message"}
	}
	if n == 0 {
		return dst, &RouteError{Code: CodeInvalidRequest, Offset: at, Reason: "batch is empty"}
	}
	return dst, nil
}
