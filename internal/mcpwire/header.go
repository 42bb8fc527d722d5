package mcpwire

import (
	"encoding/base64"
	"strings"
)

// Headers of the Streamable HTTP transport, as net/http writes their names.
const (
	HeaderVersion     = "Mcp-Protocol-Version"
	HeaderSession     = "Mcp-Session-Id"
	HeaderMethod      = "Mcp-Method" // mirrors the body's method
	HeaderName        = "Mcp-Name"   // mirrors params.name, params.uri or params.taskId
	HeaderParamPrefix = "Mcp-Param-" // mirrors an argument that the tool's schema marks with x-mcp-header
	HeaderLastEvent   = "Last-Event-Id"
)

const (
	encodedPrefix = "=?base64?"
	encodedSuffix = "?="
)

// DecodeHeader returns what a mirroring header's value stands for. A value that
// claims to be encoded and is not is no value: the second result is false.
func DecodeHeader(value string) (string, bool) {
	value = strings.Trim(value, " \t")
	in, ok := strings.CutPrefix(value, encodedPrefix)
	if !ok {
		return value, true
	}
	if in, ok = strings.CutSuffix(in, encodedSuffix); !ok {
		return value, true
	}
	out, err := base64.StdEncoding.DecodeString(in)
	return string(out), err == nil
}

// EncodeHeader returns value as a mirroring header carries it: as it is where it is
// plain ASCII that nobody would trim or decode, else encoded.
func EncodeHeader(value string) string {
	if plainHeader(value) {
		return value
	}
	return encodedPrefix + base64.StdEncoding.EncodeToString([]byte(value)) + encodedSuffix
}

func plainHeader(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	if strings.Trim(s, " ") != s {
		return false
	}
	return !strings.HasPrefix(s, encodedPrefix) || !strings.HasSuffix(s, encodedSuffix)
}
