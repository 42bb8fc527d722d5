package redact

import "github.com/mcpveil/mcpveil/detect"

// A Locator is a Transformer for policy.Decrypt that opens more than tokens: what stands for values because a schema wanted
// something of its shape. That begins with nothing that a rule could look for, so it finds it itself.
type Locator interface {
	Transformer

	// Locate appends to dst what stands for a value in c's scope and begins in text[from:to); the rest of text, the inside of a
	// JSON message, is context. Of each finding the rule is sealed, its entity that of the value, and its ID LocatedRule. It
	// costs next to nothing where nothing in that scope has such a stand-in.
	Locate(dst []detect.Finding, c *Call, text []byte, from, to int) []detect.Finding
}

const (
	// LocatedRule is the ID of rules of what a [Locator] finds.
	LocatedRule = "mcpveil.surrogate"

	// MaxLocated is how many bytes of it there are at most, with one on either side.
	MaxLocated = 96
)
