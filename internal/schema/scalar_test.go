package schema_test

import (
	"fmt"
	"testing"

	"github.com/mcpveil/mcpveil/internal/schema"
	"github.com/mcpveil/mcpveil/policy"
)

// TestMisfit: which keyword a text does not meet; "" for none, "-" where nothing is asked that a token could miss.
func TestMisfit(t *testing.T) {
	for _, tt := range []struct{ schema, text, want string }{
		{`{"type":"string"}`, "x", "-"},
		{`{"type":"string","format":"email"}`, "x", "-"},
		{`{"type":"string","minLength":0}`, "x", "-"},
		{`{"type":"string","minLength":3}`, "한국", "minLength"},
		{`{"type":"string","minLength":3}`, "한국어", ""},
		{`{"type":"string","minLength":"3"}`, "한국어", "minLength"},
		{`{"type":"string","maxLength":3}`, "한국어", ""},
		{`{"type":"string","maxLength":2}`, "한국어", "maxLength"},
		{`{"type":"string","pattern":"^\\+[1-9][0-9]{6,14}$"}`, "+999123456789012", ""},
		{`{"type":"string","pattern":"^\\+[1-9][0-9]{6,14}$"}`, "pii-phone-2qqqqqqqqqqqqqqqqqq", "pattern"},
		{`{"type":"string","pattern":"^\\d{4}$"}`, "٣٣٣٣", "pattern"},
		{`{"type":"string","pattern":"^(?=.*x)x$"}`, "x", "pattern"}, // look-around: nothing that can be told to fit
		{`{"type":"string","pattern":"("}`, "(", "pattern"},
		{`{"enum":["a","b",5]}`, "a", ""},
		{`{"enum":["a","b",5]}`, "5", "enum"},
		{`{"const":"x"}`, "y", "const"},
		{`{"const":"x"}`, "x", ""},
		{`{"type":"integer","enum":[4,5]}`, "5", ""},
		{`{"type":"integer","enum":[4,5]}`, "6", "enum"},
		{`{"type":"integer"}`, "999123456789012", ""},
		{`{"type":"integer"}`, "9991234567890123", "type"}, // more than a double holds
		{`{"type":"integer"}`, "pii-x", "type"},
		{`{"type":"integer","maximum":1e11}`, "999123456789", "maximum"},
		{`{"type":"integer","minimum":1e12}`, "999123456789", "minimum"},
		{`{"type":"number","exclusiveMinimum":5}`, "5", "exclusiveMinimum"},
		{`{"type":"number","exclusiveMaximum":5}`, "5", "exclusiveMaximum"},
		{`{"type":"number","exclusiveMaximum":5}`, "4.5", ""},
		{`{"type":"number","minimum":1,"exclusiveMinimum":true}`, "5", "exclusiveMinimum"},
		{`{"type":"integer","multipleOf":5}`, "12", "multipleOf"},
		{`{"type":"integer","multipleOf":5}`, "15", ""},
		{`{"type":"integer","multipleOf":0}`, "15", "multipleOf"},
		{`{"type":"string","format":"date"}`, "9123-04-05", ""},
		{`{"type":"string","format":"date"}`, "9123-13-05", "format date"},
		{`{"type":"string","format":"date-time"}`, "9123-04-05T06:07:08Z", ""},
		{`{"type":"string","format":"date-time"}`, "9123-04-05", "format date-time"},
		{`{"type":"string","format":"time"}`, "06:07:08Z", "format time"},
		{`{"type":"string","format":"uuid"}`, "70696900-0000-8000-8000-000000000000", ""},
		{`{"type":"string","format":"uuid"}`, "70696900-0000-8000-8000-00000000000", "format uuid"},
		{`{"type":"string","format":"ipv4"}`, "240.1.2.3", ""},
		{`{"type":"string","format":"ipv4"}`, "2001:db8::1", "format ipv4"},
		{`{"type":"string","format":"ipv6"}`, "2001:db8::1", ""},
		{`{"type":"string","format":"ipv6"}`, "2001:db8::1%eth0", "format ipv6"},
		{`{"type":"string","format":"uri"}`, "https://pii.invalid/qpzry9x8gf2t", ""},
		{`{"type":"string","format":"uri"}`, "pii.invalid", "format uri"},
		{`{"type":"string","format":"hostname"}`, "qpzry9x8gf2t.pii.invalid", ""},
		{`{"type":"string","format":"hostname"}`, "a b", "format hostname"},
		{`{"type":"string","format":"email","maxLength":5}`, "x@y.z", ""},
		{`{"type":"string","format":"email","maxLength":5}`, "xx y", "format email"},
		{`{"type":"string","format":"unheard-of"}`, "x", ""},
		{`{"allOf":[{"type":"string","minLength":2},{"pattern":"^a"}]}`, "b.", "pattern"},
		{`{"anyOf":[{"type":"string","pattern":"^a$"},{"type":"string","pattern":"^b$"}]}`, "b", ""},
		{`{"oneOf":[{"type":"string","pattern":"^a$"},{"type":"null"}]}`, "b", "type"},
		{`{"$ref":"#/$defs/d"}`, "b", "pattern"},
		{`{"$ref":"#/$defs/d"}`, "dd", ""},
		{`{"maxLength":9,"$ref":"#/$defs/loop"}`, "b", "$ref"},
	} {
		c := schema.NewCache()
		c.Learn(policy.Site{}, fmt.Appendf(nil, `{"result":{"tools":[{"name":"t","outputSchema":{"$defs":{"d":{"type":"string","pattern":"^d+$"},"loop":{"$ref":"#/$defs/loop"}},"properties":{"a":%s}}}]}}`, tt.schema))
		s := c.Shape(policy.Site{Direction: policy.ToClient, Method: "tools/call", Name: "t"}, []byte("/result/structuredContent/a"))
		got := "-"
		if s != nil && s.Misfit != nil {
			got = s.Misfit([]byte(tt.text))
		}
		if got != tt.want {
			t.Errorf("%s: %q misses %q, want %q", tt.schema, tt.text, got, tt.want)
		}
	}
}
