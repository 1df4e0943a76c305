package eventstore_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

var errTooLate = errors.New("too late")

// by appends a note to a stream if that is in time.
func by(ctx context.Context, s store, deadline time.Time, stream string) (eventstore.Receipt, error) {
	return s.writer.Execute(ctx, eventstore.Command[state]{Decide: func(tx *eventstore.Tx[state]) error {
		if !tx.Before(deadline) {
			return errTooLate
		}
		tx.Append(note(stream, ""))
		return nil
	}})
}

// A decision that asks whether it is in time is held to it by the store's
// clock, to the microsecond, whatever the process believes about the time.
func TestDeadlinesAreTheStores(t *testing.T) {
	t.Parallel()
	stores := openStores(t, 2, settings{})
	observer := openLog(t, urlOf(stores[0]), eventstore.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var skewing sync.WaitGroup
	skewing.Go(func() {
		for ctx.Err() == nil {
			stores[0].log.Skew(time.Duration(rand.IntN(20)-10) * time.Millisecond)
			runtime.Gosched()
		}
	})
	inTime := 0
	for range 30 {
		deadline := head(t, observer.log).Now.Add(5 * time.Millisecond)
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for {
					receipt, err := by(t.Context(), stores[i%2], deadline, []string{"hot", "cold"}[i/2])
					after, failed := observer.log.Head(t.Context())
					switch {
					case failed != nil:
						t.Error(failed)
					case errors.Is(err, errTooLate) && after.Now.Before(deadline):
						t.Errorf("too late for %s at %s", deadline, after.Now)
					case err == nil && !receipt.Events[0].RecordedAt.Before(deadline):
						t.Errorf("in time for %s at %s", deadline, receipt.Events[0].RecordedAt)
					}
					if err != nil {
						return
					}
					mu.Lock()
					inTime++
					mu.Unlock()
				}
			})
		}
		all.Wait()
	}
	cancel()
	skewing.Wait()
	require.Positive(t, inTime)
}

// The end is exclusive: on a log whose time stands still, at an event recorded
// in the future, one microsecond tells the difference.
func TestADeadlineIsExclusive(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	var now time.Time
	require.NoError(t, owner(t, databaseURL).QueryRow(t.Context(), `
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		VALUES (1, 1, now() + '1 hour', 'ahead', 'noted.v1', '{}', '{}') RETURNING recorded_at`).Scan(&now))
	for range 2 { // alone, in company
		s := openStore(t, databaseURL, settings{})
		for range 2 { // when it has just connected, and after that
			_, err := by(t.Context(), s, now, "s")
			require.ErrorIs(t, err, errTooLate)
			_, err = by(t.Context(), s, now.Add(time.Microsecond), "s")
			require.NoError(t, err)
		}
	}
}
