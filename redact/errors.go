package redact

import "errors"

// ErrNotOurs is returned by a Transformer that opens tokens for what only looks like
// one: nothing of it can be trusted. See [Transformer].
var ErrNotOurs = errors.New("redact: not a token of ours")

// ErrNoToken is returned by a Transformer that seals for a value that it has no token for, such as a very long one.
// A label stands in its place then.
var ErrNoToken = errors.New("redact: no token for this value")
