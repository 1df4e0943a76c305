package http_test

import (
	"context"
	"net"
	nethttp "net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/http"
)

// pipes is a listener whose connections are pipes in memory, so that a server
// and its time-outs run in a bubble, where time is its own.
type pipes struct {
	accepted  chan net.Conn
	closed    chan struct{}
	closeOnce sync.Once
}

func newPipes() *pipes {
	return &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements [net.Listener].
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.accepted:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (p *pipes) Close() error {
	p.closeOnce.Do(func() { close(p.closed) })
	return nil
}

// Addr implements [net.Listener].
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.accepted <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inTime is a server with its real time-outs, which pass at once.
type inTime struct {
	*testing.T
	*harness

	client *nethttp.Client
}

// listenInTime runs a test against a server in a bubble.
func listenInTime(t *testing.T, test func(l inTime), change ...func(*http.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h, listener := newHarness(t, change...), newPipes()
		served := make(chan error, 1)
		go func() { served <- h.server.Serve(listener) }()
		transport := &nethttp.Transport{DialContext: listener.dial}
		t.Cleanup(func() {
			transport.CloseIdleConnections()
			ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
			defer cancel()
			require.NoError(t, h.server.Shutdown(ctx))
			require.NoError(t, <-served)
		})
		test(inTime{T: t, harness: h, client: &nethttp.Client{Transport: transport}})
	})
}

func (l inTime) get(path, token, accept string) *nethttp.Response {
	l.Helper()
	r, err := nethttp.NewRequestWithContext(l.Context(), nethttp.MethodGet, "http://holdfast"+path, nethttp.NoBody)
	require.NoError(l, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", accept)
	answer, err := l.client.Do(r)
	require.NoError(l, err)
	require.Equal(l, nethttp.StatusOK, answer.StatusCode)
	return answer
}

// slowly is a log that takes its time for each page.
type slowly struct {
	http.EventLog

	took time.Duration
}

func (l slowly) Read(ctx context.Context, after int64, limit int) ([]http.LoggedEvent, error) {
	time.Sleep(l.took)
	return l.EventLog.Read(ctx, after, limit)
}
