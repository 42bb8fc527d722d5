package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mcpveil/mcpveil/internal/demo"
)

func demoCommand(s streams) *cobra.Command {
	var opts demo.Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "show what mcpveil does, on a sample server with a scripted model, and verify it",
		Long: `demo starts a sample customer-data MCP server with mcpveil in front of it, each a process of its
own, and lets a scripted model look a customer up, change another and send a mail. It prints what
each side saw. All values are drawn at random at each run; no Vault is needed, and nothing stays.

Then it verifies that no real value reached the model, and that every permitted one reached the
tool. If that is not so it exits with 1.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Fault != "" && !slices.Contains(demo.Faults, opts.Fault) {
				return misused("demo: --fault: want one of %s", strings.Join(demo.Faults, ", "))
			}
			exe, err := os.Executable()
			if err != nil {
				return &exitError{exitTrouble, fmt.Errorf("demo: the program does not know its own path: %w", err)}
			}
			opts.Exe, opts.Out = exe, s.out
			opts.Width, opts.Color = terminal(s)
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			switch err := demo.Run(ctx, opts); {
			case errors.Is(err, demo.ErrNotVerified):
				return &exitError{exitFound, err}
			case err != nil:
				return &exitError{exitTrouble, err}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&opts.HTTP, "http", false, "over Streamable HTTP in place of stdio")
	cmd.Flags().StringVar(&opts.Fault, "fault", "", "break the set-up on purpose: "+strings.Join(demo.Faults, ", "))
	_ = cmd.Flags().MarkHidden("fault") // for tests: it proves that the verification can fail
	return cmd
}

// terminal returns the width of standard output and whether it takes colours.
func terminal(s streams) (width int, color bool) {
	f, ok := s.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 100, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 100
	}
	return width, os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// demoServerCommand is the sample server by itself: the demo starts it, and it can be put behind
// mcpveil by hand.
func demoServerCommand(s streams) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:    "demo-server",
		Short:  "run the demo's sample customer-data MCP server",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if err := demo.Serve(ctx, listen, s.in, s.out); err != nil {
				return &exitError{exitTrouble, err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "serve Streamable HTTP on `ADDR` in place of stdio")
	return cmd
}
