package eventstore_test

import (
	"cmp"
	"context"
	"io"
	"math"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// line stands between a client and Postgres, and can fall silent as one does
// whose other end has lost its power: nothing arrives any more, and nobody hangs
// up. Connections that are made afterwards work.
type line struct {
	server     string
	generation atomic.Int64
	// left is how many bytes to the server are passed before it falls silent.
	left atomic.Int64
}

// newLine returns a line and the address of a database behind it.
func newLine(t *testing.T, databaseURL string) (*line, string) {
	t.Helper()
	address, err := url.Parse(databaseURL)
	require.NoError(t, err)
	query := address.Query()
	l := &line{server: address.Host}
	if folder := query.Get("host"); folder != "" {
		l.server = folder + "/.s.PGSQL." + cmp.Or(query.Get("port"), "5432")
	}
	l.left.Store(math.MaxInt64)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go l.accept(t, listener)
	address.Host = listener.Addr().String()
	query.Del("host")
	query.Del("port")
	query.Set("sslmode", "disable")
	address.RawQuery = query.Encode()
	return l, address.String()
}

func (l *line) accept(t *testing.T, listener net.Listener) {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(l.server, "/") {
		network = "unix"
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial(network, l.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		t.Cleanup(func() { _, _ = client.Close(), server.Close() })
		made := l.generation.Load()
		go l.pass(server, client, made, &l.left)
		go l.pass(client, server, made, nil)
	}
}

// pass copies until either end hangs up, which the other end is told, unless
// the line is silent.
func (l *line) pass(to io.WriteCloser, from io.Reader, made int64, left *atomic.Int64) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if left != nil {
			if rest := left.Add(-int64(n)); rest < 0 {
				_, _ = to.Write(buffer[:max(n+int(rest), 0)])
				left.Store(math.MaxInt64)
				l.silence()
			}
		}
		switch silent := l.generation.Load() != made; {
		case silent && err != nil:
			return
		case silent:
			continue
		case err != nil:
			_ = to.Close()
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// silence ends what all connections made so far have to say.
func (l *line) silence() { l.generation.Add(1) }

// A writer whose machine is gone in the middle of a COPY holds the append lock
// in a session that no time-out of the server ends. The next writer does.
func TestAWriterThatFallsSilentInsideACopyIsEnded(t *testing.T) {
	t.Parallel()
	const timeout = 700 * time.Millisecond
	databaseURL := pgtest.New(t)
	l, far := newLine(t, databaseURL)
	silent := openStore(t, far, settings{writer: eventstore.WriterOptions{Timeout: timeout}})
	other := openStore(t, databaseURL, settings{writer: eventstore.WriterOptions{Timeout: timeout}})
	mustAppend(t, silent, "s", "1")

	l.left.Store(60_000)
	_, err := silent.writer.Append(t.Context(), eventstore.Commit{Events: []eventstore.NewEvent{note("s", strings.Repeat("x", 200_000))}})
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
	eventually(t, "the other to append", func() bool {
		_, err := appended(t.Context(), other, "t")
		return err == nil
	})
	eventually(t, "the silent one to append again", func() bool {
		_, err := appended(t.Context(), silent, "s")
		return err == nil
	})
	requireLength(t, other.log, 3)
}

// Readers give up a connection that has fallen silent, and go on by another.
func TestReadersLeaveASilentConnection(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	l, far := newLine(t, databaseURL)
	reader := openLog(t, far, eventstore.Options{PollInterval: 50 * time.Millisecond, AnswerTimeout: 300 * time.Millisecond})
	writer := openStore(t, databaseURL, settings{})
	var seen atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- eventstore.NewFollowers(reader.log).Follow(ctx, 0, func(_ context.Context, page []eventstore.Event) error {
			seen.Store(int64(page[len(page)-1].Position))
			return nil
		})
	}()
	mustAppend(t, writer, "s", "1")
	eventually(t, "the first", func() bool { return seen.Load() == 1 })

	l.silence()
	mustAppend(t, writer, "s", "2", "3")
	eventually(t, "what came after the silence", func() bool { return seen.Load() == 3 })
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}
