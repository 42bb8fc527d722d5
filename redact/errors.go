package redact

import "errors"

// ErrNotOurs is returned by a Transformer that opens tokens for what only looks like
// one: nothing of it can be trusted. See [Transformer].
var ErrNotOurs = errors.New("redact: not a token of ours")
