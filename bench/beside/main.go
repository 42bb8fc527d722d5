// Command beside is what mcpveil is measured against, in a process's place: a bare copy of what passes, and mcpveil's own loops
// without a rule to look for. It is a program of its own, as mcpveil is: one that was also the client or the
// server would run on their caches and branch predictions, a tenth or more of a short call's time.
//
//	beside bare-stdio BUFFER COMMAND ARG…
//	beside bare-http URL
//	beside off-stdio COMMAND ARG…
//	beside off-http URL
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/proxy"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "beside: %v\n", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("want a role and its arguments")
	}
	switch role, args := args[0], args[1:]; role {
	case "bare-stdio":
		return bareStdio(args)
	case "bare-http":
		return bareHTTP(args[0])
	case "off-stdio":
		return offStdio(args)
	case "off-http":
		return offHTTP(args[0])
	}
	return errors.New("no such role")
}

// serve serves h on the loopback interface as mcpveil would, until it is killed.
func serve(h http.Handler) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "listening on http://%s/\n", ln.Addr())
	return proxy.Serve(context.Background(), ln, h, time.Second)
}

// offSession is a session without a rule to look for: what the transport, the session and the records cost.
func offSession() (*session.Session, error) {
	det, err := detect.New(nil, nil)
	if err != nil {
		return nil, err
	}
	pol, err := policy.New([]policy.Rule{{Name: "pass", Action: policy.Pass}})
	if err != nil {
		return nil, err
	}
	filter, err := redact.New(det, pol, nil, nil)
	if err != nil {
		return nil, err
	}
	sink := audit.Multi(audit.NewLog(os.Stderr, nil), new(audit.Counts))
	return session.New(&session.Options{Engine: session.Engine{Filter: filter, Policy: pol, Detector: det}, Sink: sink}, session.Peer{Principal: "bench"})
}
