// Command mcpveil is a data-protection sidecar for the Model Context Protocol: it stands between an
// MCP client and an MCP server and seals personal data on the way to the model.
package main

import (
	"context"
	"io"
	"log"
	"os"

	"github.com/mcpveil/mcpveil/internal/crash"
)

func main() {
	defer crash.Exit()
	crash.Harden(os.Stderr)
	log.SetOutput(io.Discard) // net/http tells it what a peer sent unasked
	os.Exit(run(context.Background(), os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// The streams of one run, so that tests can have their own.
type streams struct {
	in  io.ReadCloser
	out io.WriteCloser
	err io.Writer
}
