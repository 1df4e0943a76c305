// Package redistest gives a test a real Redis server of its own, which the
// test may kill and start again.
package redistest

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/holdfast-dev/holdfast/internal/devstack"
)

// Server is a private, empty redis-server on the loopback interface that keeps
// nothing on disk. Its methods take turns.
type Server struct {
	tb     testing.TB
	server *devstack.Redis
}

// New starts a server that ends with the test. Where no redis-server is
// installed the test is skipped, because a stand-in would prove nothing, but
// under CI (the variable CI is set) it fails.
func New(tb testing.TB) *Server {
	tb.Helper()
	server, err := devstack.StartRedis(tb.Context(), tb.TempDir())
	if errors.Is(err, devstack.ErrNotInstalled) && os.Getenv("CI") == "" {
		tb.Skipf("redistest: %v", err)
	}
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Errorf("redistest: %v", err)
		}
	})
	return &Server{tb: tb, server: server}
}

// Addr is the server's host and port, the same after a restart.
func (s *Server) Addr() string { return s.server.Addr() }

// URL is the server's address in the form that REDIS_URL has.
func (s *Server) URL() string { return "redis://" + s.server.Addr() + "/0" }

// Kill ends the server by SIGKILL; clients find their connections cut.
func (s *Server) Kill() { s.server.Kill() }

// Restart starts an empty server on the same address, whether or not the one
// before has been killed, and returns once it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := s.server.Restart(ctx); err != nil {
		s.tb.Fatalf("redistest: %v", err)
	}
}
