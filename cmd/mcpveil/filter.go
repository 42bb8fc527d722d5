package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/internal/proxy"
	"github.com/mcpveil/mcpveil/policy"
)

func filterCommand(s streams) *cobra.Command {
	var flags common
	var direction string
	cmd := &cobra.Command{
		Use:   "filter --direction to-client|to-server",
		Short: "filter JSON-RPC messages from standard input to standard output",
		Long: `filter takes JSON-RPC messages, one a line, from standard input to standard output. Nothing is known
of what a response answers, so every scalar of it is scanned, under the rules that name no tool.

A message that does not pass leaves an error response in its place, and the exit code is 1.`,
		Example: `  mcpveil filter --direction to-client < traffic.jsonl > safe.jsonl`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if direction == "" {
				return misused("filter: which way do the messages go? Say --direction to-client or --direction to-server")
			}
			d, err := policy.ParseDirection(direction)
			if err != nil {
				return misused("filter: --direction is neither to-client nor to-server")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return runFilter(ctx, &flags, d, s)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&direction, "direction", "", "which way the messages go: to-client or to-server")
	return cmd
}

func runFilter(ctx context.Context, flags *common, d policy.Direction, s streams) error {
	v, sess, err := start(ctx, flags, s)
	if err != nil {
		return err
	}
	defer v.close()
	done := make(chan error, 1)
	go func() {
		done <- proxy.Filter(ctx, proxy.FilterOptions{
			Direction: d, In: s.in, Out: s.out, Session: sess,
			MaxMessage: int(v.config.Limits.MaxMessage),
		})
	}()
	select {
	case err = <-done:
	case <-ctx.Done(): // a read of standard input cannot be interrupted: it is left behind
		select {
		case err = <-done:
		case <-time.After(time.Second):
			err = ctx.Err()
		}
	}
	v.summary(s.err)
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	case errors.Is(err, proxy.ErrRefused):
		return &exitError{exitFound, err}
	case err != nil:
		return &exitError{exitTrouble, err}
	}
	return nil
}
