package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/internal/proxy"
	"github.com/mcpveil/mcpveil/internal/schema"
	"github.com/mcpveil/mcpveil/internal/session"
)

func httpCommand(s streams) *cobra.Command {
	var flags common
	var listen, upstream string
	cmd := &cobra.Command{
		Use:   "http --listen ADDR --upstream URL",
		Short: "run a reverse proxy in front of a Streamable-HTTP MCP server",
		Long: `http listens on ADDR and stands in front of the MCP server at URL. Clients are given this address in
place of the server's. Both eras of the protocol, JSON and event-stream answers, sessions and
resumption are understood.

SIGHUP has it read its configuration and packs anew, as "watch" in the configuration does by itself.

It has no authentication of its own yet: who reaches ADDR counts as one principal. Keep it on
loopback, or behind what authenticates.`,
		Example: `  mcpveil http --listen 127.0.0.1:8787 --upstream https://crm.example/mcp`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return runHTTP(ctx, &flags, listen, upstream, s)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&listen, "listen", "", "listen on `ADDR` ("+config.Default().HTTP.Listen+")")
	cmd.Flags().StringVar(&upstream, "upstream", "", "`URL` of the MCP server behind")
	return cmd
}

func runHTTP(ctx context.Context, flags *common, listen, upstream string, s streams) error {
	c, err := flags.load()
	if err != nil {
		return err
	}
	upstream = cmp.Or(upstream, c.HTTP.Upstream)
	if upstream == "" {
		return misused("http: which server? Say --upstream URL")
	}
	if err := config.CheckUpstream(upstream); err != nil {
		return misused("http: --upstream: %w", err)
	}
	v, err := newVeil(ctx, c, s.err)
	if err != nil {
		return err
	}
	defer v.close()
	handler, root, err := v.handler(principal(c), upstream)
	if err != nil {
		return &exitError{exitConfig, err}
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	v.watch(watching, flags, root, hangups)
	ln, err := net.Listen("tcp", cmp.Or(listen, c.HTTP.Listen))
	if err != nil {
		return &exitError{exitTrouble, fmt.Errorf("http: %w", err)}
	}
	if a, ok := ln.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		v.log.Warn("listening beyond this machine without authentication: whoever reaches the address is one principal", "address", ln.Addr().String())
	}
	u, _ := url.Parse(upstream)
	fmt.Fprintf(s.err, "mcpveil: listening on http://%s%s\n", ln.Addr(), cmp.Or(u.Path, "/"))
	err = proxy.Serve(ctx, ln, handler, time.Duration(c.Limits.Drain))
	v.summary(s.err)
	if err != nil {
		return &exitError{exitTrouble, fmt.Errorf("http: %w", err)}
	}
	return nil
}

// replay is how many answered calls an HTTP session remembers: a stream that is resumed brings answers again.
const replay = 256

// handler returns the proxy, and the session that those of its clients are made of.
func (v *veil) handler(who, upstream string) (http.Handler, *session.Session, error) {
	u, err := url.Parse(upstream)
	if err != nil {
		return nil, nil, errors.New("http: --upstream is no URL")
	}
	opts := v.session
	opts.Replay = replay
	root, err := session.New(&opts, v.peer(who))
	if err != nil {
		return nil, nil, err
	}
	schemas := v.session.Schemas.(*schema.Cache)
	h, err := proxy.HTTP(proxy.HTTPOptions{
		Upstream:       u,
		NewSession:     func(string) *session.Session { return root.For(v.peer(who)) },
		HeaderParams:   schemas.HeaderParams,
		MaxMessage:     int64(v.config.Limits.MaxMessage),
		MaxHeld:        int64(v.config.Limits.MaxHeld),
		MaxSessions:    v.config.Limits.MaxSessions,
		AllowedOrigins: v.config.HTTP.AllowedOrigins,
		AllowedHosts:   v.config.HTTP.AllowedHosts,
		Logger:         v.log,
	})
	return h, root, err
}
