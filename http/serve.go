package http

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
	// readHeaderLimit is what net/http reads of headers at all, in bytes.
	// Between the configured limit and this one the answer is a problem
	// detail, beyond it net/http's own 431.
	readHeaderLimit = 128 << 10
	// writeSlack is how much longer than the deadline of a request a slow
	// client may take to read the answer.
	writeSlack = 15 * time.Second
)

func (s *Server) newHTTPServer() *http.Server {
	return &http.Server{
		Handler:           s.echo,
		ReadHeaderTimeout: s.config.HeaderTimeout,
		ReadTimeout:       s.config.ReadTimeout,
		WriteTimeout:      s.config.ReadTimeout + s.config.Timeout + writeSlack,
		IdleTimeout:       s.config.IdleTimeout,
		MaxHeaderBytes:    readHeaderLimit,
		ErrorLog:          slog.NewLogLogger(s.config.Logger.Handler(), slog.LevelDebug),
	}
}

// Serve accepts connections until [Server.Shutdown], and then returns nil.
// The listener is closed when it returns.
func (s *Server) Serve(listener net.Listener) error {
	if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve http: %w", err)
	}
	return nil
}

// Shutdown stops accepting connections, ends streams, and waits for requests
// that are being served until ctx ends; then it closes what is left. It may be
// called more than once.
func (s *Server) Shutdown(ctx context.Context) error {
	s.drain.Do(func() { close(s.draining) })
	err := s.server.Shutdown(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("shut down http: %w", err), s.server.Close())
	}
	return nil
}
