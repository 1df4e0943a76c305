package eventstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// Another client sits on the append lock. Commands fail within the time-out,
// refusals of a writer alone need no lock and do not, and everything works
// again when the lock is free.
func TestAHeldLockTimesOut(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	s := openStore(t, databaseURL, settings{writer: eventstore.WriterOptions{Timeout: 700 * time.Millisecond}})
	_, err := order{id: "first", writes: []string{"s"}, keyed: true}.insist(t.Context(), s)
	require.NoError(t, err)
	lock := holdLock(t, databaseURL)

	eventually(t, "a refusal", func() bool {
		_, err := s.writer.Append(t.Context(), eventstore.Commit{Expect: map[string]eventstore.Version{"s": 9}})
		_, conflict := errors.AsType[*eventstore.ConflictError](err)
		return conflict
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for range 2 { // with the connection as it was, and with a new one
		_, err = appended(ctx, s, "s")
		require.ErrorIs(t, err, eventstore.ErrUnavailable)
		require.NoError(t, ctx.Err(), "the writer gives up by itself")
	}
	lock.release(t)
	eventually(t, "the store to be available", func() bool {
		_, err := appended(t.Context(), s, "s")
		return err == nil
	})
	requireLength(t, s.log, 2)
}

// The caller's own deadline counts as well, wherever the command is.
func TestTheCallersDeadlineCounts(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	s := openStore(t, databaseURL, settings{writer: eventstore.WriterOptions{GroupLimit: 1}})
	mustAppend(t, s, "s", "1")
	lock := holdLock(t, databaseURL)
	ctx, cancel := context.WithCancel(t.Context())
	const callers = 20 // in flight, in the open group, in the queue, and before it
	failures := make(chan error, callers)
	for range callers {
		go func() { _, err := appended(ctx, s, "s"); failures <- err }()
	}
	awaitLockQueue(t, lock)
	cancel()
	for range callers {
		err := <-failures
		require.ErrorIs(t, err, eventstore.ErrUnavailable)
		require.ErrorIs(t, err, context.Canceled)
	}
	lock.release(t)
	mustAppend(t, s, "s", "2")
	// What was in flight, waited behind it, or was next when its caller left may
	// have been recorded.
	require.LessOrEqual(t, head(t, s.log).Position, eventstore.Position(5))
}

// A client of ours that is stopped between taking the lock and committing must
// not stop the others for longer than its time-out: the server ends it.
func TestAStalledWriterIsEndedByTheServer(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	stalls := openStore(t, databaseURL, settings{writer: eventstore.WriterOptions{Timeout: 700 * time.Millisecond}})
	other := openStore(t, databaseURL, settings{})
	_, err := order{id: "first", writes: []string{"s"}, keyed: true}.insist(t.Context(), stalls)
	require.NoError(t, err)
	mustAppend(t, other, "s", "2")

	stalled, goOn := make(chan struct{}), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		_, err := stalls.writer.Execute(t.Context(), eventstore.Command[state]{Decide: func(tx *eventstore.Tx[state]) error {
			found, err := tx.Load("s")
			if err != nil {
				return err
			}
			if found.Count == 2 { // decided again, under the lock
				stalled <- struct{}{}
				<-goOn
			}
			tx.Append(note("s", "late"))
			return nil
		}})
		failed <- err
	}()
	<-stalled
	receipt := mustAppend(t, other, "s", "3")
	require.EqualValues(t, 3, receipt.Events[0].Version)
	close(goOn)
	require.ErrorIs(t, <-failed, eventstore.ErrUnavailable)
	eventually(t, "the stalled writer to recover", func() bool {
		_, err := appended(t.Context(), stalls, "s")
		return err == nil
	})
	requireLength(t, other.log, 4)
}
