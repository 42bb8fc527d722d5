package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes. mcpveil stdio returns the server's own beside them.
const (
	exitOK      = 0
	exitFound   = 1 // the answer is no: scan found something, filter refused a message, the demo was not verified
	exitConfig  = 2 // the command line, the configuration or a pack is wrong; nothing was started
	exitTrouble = 3 // it could not be done: no key, no Vault, no file, no server

	exitInterrupted = 130 // as a shell says of a program that SIGINT ended
)

// An exitError ends the program with a code. Without an error it ends it in silence.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func misused(format string, args ...any) error {
	return &exitError{exitConfig, fmt.Errorf(format, args...)}
}

const about = `mcpveil stands between an MCP client and an MCP server. Personal data and credentials on their
way to the model are sealed: the model works with tokens, and a tool that may have a real value
gets it back.

  mcpveil demo                                   see it work, with nothing installed
  mcpveil stdio -- COMMAND ARG…                  in front of a stdio server, in a client's configuration
  mcpveil http --upstream https://host/mcp       in front of a Streamable-HTTP server
  mcpveil scan FILE…                             what would be found in these files

Without --config a safe default holds: what a tool returns is encrypted with a key of this user's
on this machine, credentials in it are redacted, and tokens are opened for no tool but those
that --reveal names.`

const exitCodes = `
Exit codes:
  0  fine
  1  the answer is no: something was found (scan), a message did not pass (filter), a pack is not right (patterns check),
     the demo was not verified
  2  the command line, the configuration or a pack is wrong; nothing was started
  3  it could not be done: no key, no Vault, no file, no server
  70  mcpveil itself failed: please report what it says
  130  interrupted
mcpveil stdio ends with the exit code of the server, or 128 and the number of the signal that ended
it; with 1 where the server ended with 0 and owed answers.
`

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	root := rootCommand(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	e, ok := errors.AsType[*exitError](err)
	if !ok { // cobra's own: an unknown command or flag, too few arguments
		e = &exitError{exitConfig, fmt.Errorf("%w\nRun 'mcpveil --help' for usage", err)}
	}
	if e.err != nil {
		fmt.Fprintln(s.err, "mcpveil: "+strings.TrimPrefix(e.err.Error(), "mcpveil: "))
	}
	return e.code
}

func rootCommand(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "mcpveil",
		Short:         "seal personal data on its way to the model, open it on its way to the tool",
		Long:          about,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetUsageTemplate(strings.TrimRight(root.UsageTemplate(), "\n") + "\n" + exitCodes)
	root.AddCommand(
		demoCommand(s), demoServerCommand(s), stdioCommand(s), httpCommand(s), filterCommand(s),
		scanCommand(s), checkCommand(s), patternsCommand(s), keysCommand(s), revealCommand(s), versionCommand(s),
	)
	return root
}
