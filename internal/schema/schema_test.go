package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mcpveil/mcpveil/internal/schema"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

const list = `{"jsonrpc":"2.0","id":1,"result":{"tools":[
 {"name":"get","inputSchema":{"type":"object","properties":{
    "id":{"type":"integer","x-mcp-header":"Customer"},
    "where":{"type":"object","properties":{"region/eu":{"type":"string","x-mcp-header":"Region"}}}}},
  "outputSchema":{"type":"object","$defs":{"mail":{"type":"string","format":"email"},"loop":{"$ref":"#/$defs/loop"}},
   "properties":{
    "email":{"$ref":"#/$defs/mail"},
    "ssn":{"type":"string","pattern":"^[0-9-]+$"},
    "state":{"enum":["a","b"]},
    "kind":{"const":"x"},
    "short":{"type":"string","maxLength":12},
    "maybe":{"anyOf":[{"type":"integer"},{"type":"string"}]},
    "nullable":{"oneOf":[{"type":"null"},{"type":"number"}]},
    "either":{"type":["null","integer"]},
    "list":{"type":"array","prefixItems":[{"type":"number"}],"items":{"type":"object","properties":{"born":{"type":"string","format":"date"}}}},
    "all":{"allOf":[{"type":"string"},{"format":"uri"}]},
    "free":true,
    "loop":{"$ref":"#/$defs/loop"},
    "remote":{"$ref":"https://example.com/schema.json"}},
   "additionalProperties":{"type":"integer"}}},
 {"name":"bare"},
 {"name":5}, "no tool"]}}`

func TestShape(t *testing.T) {
	c := schema.NewCache()
	c.Learn(policy.Site{}, []byte(list))
	answer := policy.Site{Direction: policy.ToClient, Method: "tools/call", Name: "get"}
	call := policy.Site{Direction: policy.ToServer, Method: "tools/call", Name: "get"}
	const out = "/result/structuredContent"
	for _, tt := range []struct {
		site    policy.Site
		pointer string
		want    *redact.Shape
	}{
		{answer, out + "/email", &redact.Shape{Type: "string", Format: "email"}},
		{answer, out + "/ssn", &redact.Shape{Type: "string", Closed: "pattern"}},
		{answer, out + "/state", &redact.Shape{Closed: "enum"}},
		{answer, out + "/kind", &redact.Shape{Closed: "const"}},
		{answer, out + "/short", &redact.Shape{Type: "string", MaxLen: 12}},
		{answer, out + "/maybe", &redact.Shape{Type: "string"}},
		{answer, out + "/nullable", &redact.Shape{Type: "number"}},
		{answer, out + "/either", &redact.Shape{Type: "integer"}},
		{answer, out + "/list/0", &redact.Shape{Type: "number"}},
		{answer, out + "/list/3/born", &redact.Shape{Type: "string", Format: "date"}},
		{answer, out + "/all", &redact.Shape{Type: "string", Format: "uri"}},
		{answer, out + "/free", nil},
		{answer, out + "/free/deep", nil},
		{answer, out + "/loop", nil},
		{answer, out + "/remote", nil},
		{answer, out + "/unlisted", &redact.Shape{Type: "integer"}},
		{answer, "/result/content/0/text", nil},
		{answer, out + "X/email", nil},
		{call, "/params/arguments/id", &redact.Shape{Type: "integer"}},
		{call, "/params/arguments/where/region~1eu", &redact.Shape{Type: "string"}},
		{call, out + "/email", nil},
		{policy.Site{Direction: policy.ToClient, Method: "tools/call", Name: "bare"}, out + "/email", nil},
		{policy.Site{Direction: policy.ToClient, Method: "tools/call", Name: "unknown"}, out + "/email", nil},
		{policy.Site{Direction: policy.ToClient, Method: "prompts/get", Name: "get"}, out + "/email", nil},
	} {
		got := c.Shape(tt.site, []byte(tt.pointer))
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(redact.Shape{}, "Misfit")); diff != "" {
			t.Errorf("Shape(%v %s, %s): %s", tt.site.Direction, tt.site.Name, tt.pointer, diff)
		}
	}
}

func TestHeaderParams(t *testing.T) {
	c := schema.NewCache()
	c.Learn(policy.Site{}, []byte(list))
	want := map[string]string{"Customer": "/id", "Region": "/where/region~1eu"}
	if diff := cmp.Diff(want, c.HeaderParams("get")); diff != "" {
		t.Error(diff)
	}
	if got := c.HeaderParams("unknown"); len(got) != 0 {
		t.Errorf("HeaderParams(unknown) = %v, want none", got)
	}
}

// A server can neither crash nor fill the cache.
func TestLearnIsBounded(t *testing.T) {
	c := schema.NewCache()
	for _, s := range []string{"", "null", "[]", `{"result":5}`, `{"result":{"tools":{}}}`, `{"result":{"tools":[{"name":"a","inputSchema":[],"outputSchema":7}]}}`} {
		c.Learn(policy.Site{}, []byte(s))
	}
	filler := strings.Repeat("x", 1<<20)
	for i := range 20 {
		c.Learn(policy.Site{}, fmt.Appendf(nil, `{"result":{"tools":[{"name":"t%d","description":%q,"inputSchema":{"properties":{"a":{"type":"integer"}}}}]}}`, i, filler))
	}
	site := func(i int) policy.Site {
		return policy.Site{Direction: policy.ToServer, Method: "tools/call", Name: fmt.Sprintf("t%d", i)}
	}
	if c.Shape(site(0), []byte("/params/arguments/a")) == nil {
		t.Error("the first tool was not kept")
	}
	if c.Shape(site(19), []byte("/params/arguments/a")) != nil {
		t.Error("20 MB of schemas were kept, want a bound")
	}
}
