package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headerTimeout = 10 * time.Second // for a request's headers
	idleTimeout   = 2 * time.Minute  // of a connection between requests
	maxHeader     = 64 << 10
)

// drainKey is the key of a context that ends when the server is to end.
type drainKey struct{}

// Serve serves h on l until ctx ends, and closes l. Calls under way may then take as long as drain;
// streams that have no end of their own are ended at once. The error is nil if ctx ended.
func Serve(ctx context.Context, l net.Listener, h http.Handler, drain time.Duration) error {
	// A client may hold a stream open for days: there is no limit to how long an answer
	// takes, only to how long one write does.
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.WithoutCancel(ctx), drainKey{}, ctx)
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // it would repeat what peers sent
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("proxy: serving HTTP: %w", err)
	case <-ctx.Done():
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := srv.Shutdown(late)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	<-failed
	if err != nil {
		return fmt.Errorf("proxy: shutting down HTTP: %w", err)
	}
	return nil
}
