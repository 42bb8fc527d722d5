// Package schema knows what a replacement must fit: it keeps the JSON Schemas that a server
// advertises for its tools in tools/list, and answers for a JSON Pointer into a tool's
// arguments or structured result what stands there.
//
// It reads as much of JSON Schema 2020-12 as a scalar's shape asks for: type, format, enum,
// const, pattern, lengths and limits, properties, patternless additionalProperties, items, prefixItems,
// allOf, and the first branch of anyOf and oneOf that says anything. References are followed
// inside the schema only, never over the network.
package schema

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

const (
	maxTools = 4096    // a server that lists more gets no shapes for the rest
	maxBytes = 8 << 20 // of schemas kept
	maxDepth = 64      // of references and combinators followed for one pointer
)

// A Cache holds the schemas of one server's tools. It is safe for concurrent use.
// The zero Cache is empty and ready for use.
type Cache struct {
	mu    sync.RWMutex
	tools map[string]*tool
	bytes int
}

type tool struct {
	input, output *node
	headers       map[string]string // x-mcp-header name → JSON Pointer into the arguments
	bytes         int
}

// NewCache returns an empty Cache.
func NewCache() *Cache { return &Cache{} }

// A node is the part of a JSON Schema that is looked at. A schema may also be true or false,
// which say nothing of a shape.
type node struct {
	Type             types            `json:"type"`
	Format           string           `json:"format"`
	Enum             []any            `json:"enum"`
	Const            *json.RawMessage `json:"const"`
	Pattern          string           `json:"pattern"`
	MaxLength        *int             `json:"maxLength"`
	MinLength        *limit           `json:"minLength"`
	Minimum          *limit           `json:"minimum"`
	Maximum          *limit           `json:"maximum"`
	ExclusiveMinimum *limit           `json:"exclusiveMinimum"`
	ExclusiveMaximum *limit           `json:"exclusiveMaximum"`
	MultipleOf       *limit           `json:"multipleOf"`
	Properties       map[string]*node `json:"properties"`
	Additional       *node            `json:"additionalProperties"`
	Items            *node            `json:"items"`
	Prefix           []*node          `json:"prefixItems"`
	AllOf            []*node          `json:"allOf"`
	AnyOf            []*node          `json:"anyOf"`
	OneOf            []*node          `json:"oneOf"`
	Ref              string           `json:"$ref"`
	Defs             map[string]*node `json:"$defs"`
	Old              map[string]*node `json:"definitions"`
	Header           string           `json:"x-mcp-header"`

	compile sync.Once
	re      *regexp.Regexp // Pattern, once it was asked for; nil if it cannot be read
}

func (n *node) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '{' { // true, false, or what is no schema: says nothing
		return nil
	}
	type plain node
	return json.Unmarshal(b, (*plain)(n))
}

// types is a schema's "type": one name or a list of them.
type types []string

func (t *types) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = types{one}
		return nil
	}
	var many []string
	_ = json.Unmarshal(b, &many) // anything else is no type: says nothing
	*t = many
	return nil
}

// A limit is a number that bounds something; NaN if it is none, such as draft 4's exclusiveMinimum: nothing is within it then.
type limit float64

func (l *limit) UnmarshalJSON(b []byte) error {
	var f float64
	if json.Unmarshal(b, &f) != nil {
		f = math.NaN()
	}
	*l = limit(f)
	return nil
}

// Learn reads a tools/list result message, as the server sent it. What cannot be read is
// left out: a tool without a known schema has no shapes.
func (c *Cache) Learn(_ policy.Site, msg []byte) {
	var m struct {
		Result struct {
			Tools []json.RawMessage `json:"tools"`
		} `json:"result"`
	}
	if json.Unmarshal(msg, &m) != nil {
		return
	}
	for _, raw := range m.Result.Tools {
		var t struct {
			Name         string `json:"name"`
			InputSchema  *node  `json:"inputSchema"`
			OutputSchema *node  `json:"outputSchema"`
		}
		if json.Unmarshal(raw, &t) != nil || t.Name == "" {
			continue
		}
		headers := map[string]string{}
		collectHeaders(t.InputSchema, "", headers, maxDepth)
		c.keep(t.Name, &tool{input: t.InputSchema, output: t.OutputSchema, headers: headers, bytes: len(raw)})
	}
}

func (c *Cache) keep(name string, t *tool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tools == nil {
		c.tools = make(map[string]*tool)
	}
	if old := c.tools[name]; old != nil {
		c.bytes -= old.bytes
		delete(c.tools, name)
	}
	if len(c.tools) >= maxTools || c.bytes+t.bytes > maxBytes {
		return
	}
	c.tools[name] = t
	c.bytes += t.bytes
}

func (c *Cache) tool(name string) *tool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.tools[name]
}

// HeaderParams returns the JSON Pointers, into a tool's arguments, of those that its schema mirrors
// into Mcp-Param-* headers, by the part of the header's name behind "Mcp-Param-". It is not to be changed.
func (c *Cache) HeaderParams(name string) map[string]string {
	if t := c.tool(name); t != nil {
		return t.headers
	}
	return nil
}

func collectHeaders(n *node, pointer string, dst map[string]string, depth int) {
	if n == nil || depth == 0 {
		return
	}
	for name, p := range n.Properties {
		if p == nil {
			continue
		}
		at := pointer + "/" + escapeToken(name)
		if p.Header != "" {
			dst[p.Header] = at
		}
		collectHeaders(p, at, dst, depth-1)
	}
}

// Shape returns what stands at pointer, a JSON Pointer into the whole message at site, or
// nil if anything does. It implements [redact.Shaper].
func (c *Cache) Shape(site policy.Site, pointer []byte) *redact.Shape {
	if site.Method != "tools/call" {
		return nil
	}
	t := c.tool(site.Name)
	if t == nil {
		return nil
	}
	root, rest := t.input, ""
	ok := false
	switch site.Direction {
	case policy.ToServer:
		rest, ok = cutPrefix(string(pointer), "/params/arguments")
	case policy.ToClient:
		root = t.output
		rest, ok = cutPrefix(string(pointer), "/result/structuredContent")
	}
	if !ok || root == nil {
		return nil
	}
	r := resolver{root: root}
	n := root
	if rest != "" {
		for _, tok := range strings.Split(rest[1:], "/") {
			if n = r.child(n, unescapeToken(tok), maxDepth); n == nil {
				return nil
			}
		}
	}
	var s redact.Shape
	if !r.shape(n, &s, maxDepth) {
		return nil
	}
	if s.Closed != "" || s.MaxLen > 0 || s.Format != "" && s.Format != "email" || s.Type != "string" && s.Type != "" || r.bounded(n, maxDepth) {
		number := s.Type == "number" || s.Type == "integer"
		s.Misfit = func(text []byte) string { return r.misfit(n, string(text), number, maxDepth) }
	}
	return &s
}

// cutPrefix is strings.CutPrefix for pointers: what follows is empty or begins with a slash.
func cutPrefix(pointer, prefix string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(pointer, prefix)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// bounded reports whether n asks that a string have some length at least.
func (r resolver) bounded(n *node, depth int) bool {
	if n == nil || depth == 0 {
		return false
	}
	if n.MinLength != nil && !(*n.MinLength <= 0) {
		return true
	}
	all, any := r.parts(n)
	return slices.ContainsFunc(append(all[:len(all):len(all)], any...), func(p *node) bool { return r.bounded(p, depth-1) })
}

// A resolver walks one schema document.
type resolver struct{ root *node }

// ref returns the schema that a reference inside the document names, or nil.
func (r resolver) ref(s string) *node {
	if s == "#" {
		return r.root
	}
	for prefix, defs := range map[string]map[string]*node{"#/$defs/": r.root.Defs, "#/definitions/": r.root.Old} {
		if name, ok := strings.CutPrefix(s, prefix); ok {
			return defs[unescapeToken(name)]
		}
	}
	return nil
}

// parts returns the schemas that speak of the same value as n: those that hold together with
// it, and those of which one must.
func (r resolver) parts(n *node) (all, any []*node) {
	all = n.AllOf
	if n.Ref != "" {
		all = append([]*node{r.ref(n.Ref)}, all...)
	}
	return all, append(n.AnyOf[:len(n.AnyOf):len(n.AnyOf)], n.OneOf...)
}

// child returns the schema of the member or element named tok of what n describes, or nil.
func (r resolver) child(n *node, tok string, depth int) *node {
	if n == nil || depth == 0 {
		return nil
	}
	if p := n.Properties[tok]; p != nil {
		return p
	}
	if i, err := strconv.Atoi(tok); err == nil && i >= 0 {
		if i < len(n.Prefix) {
			return n.Prefix[i]
		}
		if n.Items != nil {
			return n.Items
		}
	}
	all, any := r.parts(n)
	for _, p := range append(all[:len(all):len(all)], any...) {
		if c := r.child(p, tok, depth-1); c != nil {
			return c
		}
	}
	return n.Additional
}

// shape adds to s what n asks of a scalar and reports whether it asks for anything.
func (r resolver) shape(n *node, s *redact.Shape, depth int) bool {
	if n == nil || depth == 0 {
		return false
	}
	said := false
	if s.Type == "" {
		if t := scalarType(n.Type); t != "" {
			s.Type, said = t, true
		}
	}
	if s.Format == "" && n.Format != "" {
		s.Format, said = n.Format, true
	}
	if n.MaxLength != nil && (s.MaxLen == 0 || *n.MaxLength < s.MaxLen) {
		s.MaxLen, said = *n.MaxLength, true
	}
	switch {
	case len(n.Enum) > 0:
		s.Closed, said = "enum", true
	case n.Const != nil:
		s.Closed, said = "const", true
	case n.Pattern != "":
		s.Closed, said = "pattern", true
	}
	all, any := r.parts(n)
	for _, p := range all {
		said = r.shape(p, s, depth-1) || said
	}
	return r.loosest(any, s, depth-1) || said
}

// loosest adds to s what the branch asks that is easiest to fit: a free string, if one is allowed.
func (r resolver) loosest(branches []*node, s *redact.Shape, depth int) bool {
	said, best := false, *s
	for _, b := range branches {
		t := *s
		if !r.shape(b, &t, depth) {
			continue
		}
		if !said || freedom(t) > freedom(best) {
			said, best = true, t
		}
	}
	*s = best
	return said
}

func freedom(s redact.Shape) int {
	n := 0
	if s.Type == "string" {
		n += 4
	}
	if s.Closed == "" {
		n += 2
	}
	if s.Format == "" && s.MaxLen == 0 {
		n++
	}
	return n
}

// scalarType returns the type a replacement must have, or "" if a string will do.
func scalarType(t types) string {
	scalar := ""
	for _, s := range t {
		switch s {
		case "string":
			return "string"
		case "number", "integer":
			scalar = s
		}
	}
	return scalar
}

func escapeToken(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

func unescapeToken(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~1", "/"), "~0", "~")
}
