package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// unowned opens a writer that the test closes itself.
func unowned(t *testing.T, s store) *eventstore.Writer[state] {
	t.Helper()
	writer, err := eventstore.NewWriter(s.log, model(), eventstore.WriterOptions{})
	require.NoError(t, err)
	return writer
}

func TestClosedWriterRefuses(t *testing.T) {
	t.Parallel()
	s := openLog(t, pgtest.New(t), eventstore.Options{})
	s.writer = unowned(t, s)
	mustAppend(t, s, "known", "1")
	require.NoError(t, closeWriter(t, s.writer))

	for name, o := range map[string]order{
		"nothing to look up":         {},
		"in memory":                  {reads: []string{"known"}, writes: []string{"known"}},
		"to be looked up":            {reads: []string{"cold"}},
		"a tag to be looked up":      {reads: []string{"tag:cold"}},
		"written without being read": {writes: []string{"cold"}},
	} {
		_, err := o.run(context.Background(), s) //nolint:usetesting // an answer is due without anybody's deadline
		require.ErrorIs(t, err, eventstore.ErrClosed, name)
	}
	_, err := s.writer.Append(context.Background(), eventstore.Commit{ //nolint:usetesting // the same
		Expect: map[string]eventstore.Version{"cold": 0},
	})
	require.ErrorIs(t, err, eventstore.ErrClosed)
	requireLength(t, s.log, 1)
}

// Commands keep coming while the writer closes. Each gets an answer, without a
// deadline to help it, and what was acknowledged is in the log.
func TestCloseAnswersEverybodyAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := openLog(t, pgtest.New(t), eventstore.Options{})
	const rounds, callers = 25, 48
	acknowledged := 0
	for round := range rounds {
		s.writer = unowned(t, s)
		mustAppend(t, s, "warm", "up")
		acknowledged++
		var mu sync.Mutex
		var all sync.WaitGroup
		running := make(chan struct{}, callers)
		for caller := range callers {
			all.Go(func() {
				running <- struct{}{}
				for i := 0; ; i++ {
					// Known, unknown and shared streams, so that the end finds
					// commands everywhere: looked up, queued, open, in flight.
					stream := []string{"warm", fmt.Sprintf("cold-%d-%d-%d", round, caller, i), "shared"}[i%3]
					_, err := appended(context.Background(), s, stream) //nolint:usetesting // the answer must come by itself
					if err != nil {
						if !errors.Is(err, eventstore.ErrClosed) {
							t.Errorf("while closing: %v", err)
						}
						return
					}
					mu.Lock()
					acknowledged++
					mu.Unlock()
				}
			})
		}
		for range callers {
			<-running
		}
		require.NoError(t, closeWriter(t, s.writer))
		answered := make(chan struct{})
		go func() { all.Wait(); close(answered) }()
		select {
		case <-answered:
		case <-time.After(patience):
			t.Fatal("callers were left without an answer by a closed writer")
		}
	}
	requireLength(t, s.log, acknowledged)
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	s := openLog(t, url, eventstore.Options{})
	s.writer = unowned(t, s)
	lock := holdLock(t, url)
	done := make(chan error, 1)
	go func() { _, err := appended(context.Background(), s, "s"); done <- err }() //nolint:usetesting // it outlives the close
	awaitLockQueue(t, lock)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.writer.Close(ctx), context.Canceled)
	lock.release(t)
	require.NoError(t, <-done, "what was taken is drained all the same")
	requireLength(t, s.log, 1)
	_, err := appended(t.Context(), s, "s")
	require.ErrorIs(t, err, eventstore.ErrClosed)
}

// Nothing is left behind by a store that was opened, used and closed, in
// company and after a lost connection too.
func TestNothingLeaks(t *testing.T) {
	url := pgtest.New(t)
	before := goleak.IgnoreCurrent()
	for range 3 {
		pool, err := eventstore.Connect(t.Context(), url, eventstore.RoleAppender)
		require.NoError(t, err)
		log, err := eventstore.Open(t.Context(), pool, eventstore.Options{AllowUnsafe: true})
		require.NoError(t, err)
		s := store{pool: pool, log: log}
		s.writer = unowned(t, s)
		mustAppend(t, s, "s", "1")
		conn := owner(t, url)
		terminate(t, conn, "%")
		_, err = appended(t.Context(), s, "other")
		if err != nil {
			require.ErrorIs(t, err, eventstore.ErrUnavailable)
		}
		require.NoError(t, conn.Close(t.Context()))
		require.NoError(t, closeWriter(t, s.writer))
		log.Close()
		pool.Close()
	}
	goleak.VerifyNone(t, before)
}
