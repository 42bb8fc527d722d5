package main

import (
	"context"
	"crypto/rand"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/internal/proxy"
	"github.com/mcpveil/mcpveil/internal/session"
)

func stdioCommand(s streams) *cobra.Command {
	var flags common
	cmd := &cobra.Command{
		Use:   "stdio [flags] -- COMMAND ARG…",
		Short: "run a stdio MCP server behind the filter",
		Long: `stdio starts COMMAND and stands between it and the client on standard input and output. In a
client's configuration it takes the server's place:

  "command": "mcpveil", "args": ["stdio", "--", "npx", "-y", "some-mcp-server"]

What the server writes to standard error is filtered too. At the end, what was done is summed up
on standard error: counts by entity and action, never a value.`,
		Example: `  mcpveil stdio -- npx -y @modelcontextprotocol/server-filesystem /srv/customers
  mcpveil stdio --reveal send_mail:EMAIL_ADDRESS@/to -- ./crm-server
  mcpveil stdio --config /etc/mcpveil.yaml -- ./crm-server`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misused("stdio: which server? Say mcpveil stdio -- COMMAND ARG…")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runStdio(cmd.Context(), &flags, args, s)
		},
	}
	flags.register(cmd)
	cmd.Flags().SetInterspersed(false) // what follows COMMAND is COMMAND's
	return cmd
}

func runStdio(ctx context.Context, flags *common, args []string, s streams) error {
	v, sess, err := start(ctx, flags, s)
	if err != nil {
		return err
	}
	defer v.close()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	v.watch(watching, flags, sess, nil)
	code, err := proxy.Stdio(ctx, proxy.StdioOptions{
		Command: args[0], Args: args[1:], Env: os.Environ(),
		Stdin: s.in, Stdout: s.out, Stderr: s.err,
		Session:    sess,
		MaxMessage: int(v.config.Limits.MaxMessage), DrainTimeout: time.Duration(v.config.Limits.Drain),
	})
	v.summary(s.err)
	switch {
	case err != nil:
		return &exitError{exitTrouble, err}
	case code != 0:
		return &exitError{code: code}
	}
	return nil
}

// start makes what the flags ask for work, with a session for whoever started us.
func start(ctx context.Context, flags *common, s streams) (*veil, *session.Session, error) {
	c, err := flags.load()
	if err != nil {
		return nil, nil, err
	}
	v, err := newVeil(ctx, c, s.err)
	if err != nil {
		return nil, nil, err
	}
	sess, err := session.New(&v.session, v.peer(principal(c)))
	if err != nil {
		v.close()
		return nil, nil, &exitError{exitConfig, err}
	}
	return v, sess, nil
}

// peer is principal in a new conversation.
func (v *veil) peer(principal string) session.Peer {
	return session.Peer{Tenant: v.config.Tenant, Principal: principal, Subject: v.config.Subject, ID: rand.Text()}
}
