// Package e2e holds tests only: the program in front of real MCP servers, with
// real clients and the official conformance suite. What they need is prepared by
// internal/testenv/prepare.
package e2e
