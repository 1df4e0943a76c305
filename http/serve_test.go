package http_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/http"
)

// listening is a server on a real connection.
type listening struct {
	*harness
	address string
}

func listen(t *testing.T, change ...func(*http.Config)) listening {
	t.Helper()
	h := newHarness(t, change...)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- h.server.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		require.NoError(t, h.server.Shutdown(ctx))
		require.NoError(t, <-served)
	})
	return listening{harness: h, address: listener.Addr().String()}
}

func (l listening) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return conn
}

// quick are time-outs that a test can wait for.
func quick(c *http.Config) {
	c.HeaderTimeout = 100 * time.Millisecond
	c.ReadTimeout = 200 * time.Millisecond
	c.IdleTimeout = 150 * time.Millisecond
	c.Timeout = 100 * time.Millisecond
}

// TestSlowHeadersAreCutOff sends half a request and waits for the server to
// hang up.
func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	conn := listen(t, quick).dial(t)
	_, err := io.WriteString(conn, "GET /v1/concerts HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	require.NoError(t, err)
	_, err = io.ReadAll(conn)
	require.NoError(t, err, "closed by the server before our own deadline")
}

func TestSlowBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	l := listen(t, quick)
	conn := l.dial(t)
	_, err := fmt.Fprintf(conn, "POST /v1/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"+
		"Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"perf", l.admitted())
	require.NoError(t, err)
	answer, err := nethttp.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(t, 400, answer.StatusCode)
	require.True(t, answer.Close)
	require.Zero(t, l.commands.count())
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	conn := listen(t, quick).dial(t)
	_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(got), "HTTP/1.1 200 OK"))
}

func TestHeadersWithoutEndAreCutOff(t *testing.T) {
	t.Parallel()
	l := listen(t)
	conn := l.dial(t)
	go func() {
		_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n")
		for i := range 100_000 {
			if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", i, strings.Repeat("x", 100)); err != nil {
				return
			}
		}
	}()
	answer, err := nethttp.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, 431, answer.StatusCode)
}

// TestSlowOperationsTimeOut answers 503 for a command that takes too long.
func TestSlowOperationsTimeOut(t *testing.T) {
	t.Parallel()
	slow := make(chan struct{})
	defer close(slow)
	h := newHarness(t, quick, func(c *http.Config) {
		c.Commands = slowCommands{Commands: c.Commands, until: slow}
	})
	started := time.Now()
	answer := h.do(h.holding())
	answer.requireProblem(t, 503, "timeout")
	require.Less(t, time.Since(started), 5*time.Second)
}

// TestIdleConnectionsDoNotDisturb holds many connections open and goes on
// being served.
func TestIdleConnectionsDoNotDisturb(t *testing.T) {
	t.Parallel()
	l := listen(t)
	for range 300 {
		l.dial(t)
	}
	for range 20 {
		answer := l.raw(t, "/healthz", "", "*/*")
		require.NoError(t, answer.Body.Close())
		require.Equal(t, 200, answer.StatusCode)
	}
}

// TestShutdownWaitsForRequests lets a request that is under way finish.
func TestShutdownWaitsForRequests(t *testing.T) {
	t.Parallel()
	going, finish := make(chan struct{}), make(chan struct{})
	h := newHarness(t, func(c *http.Config) {
		c.Probes = []http.Probe{{Name: "slow", Check: func(context.Context) error {
			close(going)
			<-finish
			return nil
		}}}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- h.server.Serve(listener) }()
	status := make(chan int, 1)
	go func() {
		answer, err := nethttp.Get("http://" + listener.Addr().String() + "/readyz")
		if err == nil {
			_ = answer.Body.Close()
			status <- answer.StatusCode
		}
		close(status)
	}()
	<-going
	stopped := make(chan error, 1)
	go func() { stopped <- h.server.Shutdown(t.Context()) }()
	require.NoError(t, <-served, "no more connections are accepted")
	close(finish)
	require.NoError(t, <-stopped)
	require.Equal(t, 503, <-status, "a server that stops is not ready, and says so")
}

func TestShutdownGivesUpInTime(t *testing.T) {
	t.Parallel()
	going, finish := make(chan struct{}), make(chan struct{})
	defer close(finish)
	h := newHarness(t, func(c *http.Config) {
		c.Probes = []http.Probe{{Name: "stuck", Check: func(context.Context) error {
			close(going)
			<-finish
			return nil
		}}}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = h.server.Serve(listener) }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	<-going
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, h.server.Shutdown(ctx), context.DeadlineExceeded)
}

// raw makes a request over a connection, without looking at the answer.
func (l listening) raw(t *testing.T, path, token, accept string) *nethttp.Response {
	t.Helper()
	r, err := nethttp.NewRequestWithContext(t.Context(), nethttp.MethodGet, "http://"+l.address+path, nethttp.NoBody)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", accept)
	answer, err := nethttp.DefaultClient.Do(r)
	require.NoError(t, err)
	return answer
}
