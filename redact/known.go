package redact

// A Known holds the values that were opened during a call, so that the call's answer can be
// searched for them. It is safe for concurrent use.
type Known struct{}
