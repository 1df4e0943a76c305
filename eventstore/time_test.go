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

var errHoldEnded = errors.New("the hold has ended")

// confirm notes on a stream that its hold still lasts, or refuses.
func confirm(ctx context.Context, s store, stream string) (eventstore.Receipt, error) {
	return s.writer.Execute(ctx, eventstore.Command[state]{Decide: func(tx *eventstore.Tx[state]) error {
		found, err := tx.Load(stream)
		if err != nil {
			return err
		}
		if !tx.Now().Before(found.HeldUntil) {
			return errHoldEnded
		}
		tx.Append(note(stream, "confirmed"))
		return nil
	}})
}

// Short holds follow each other as fast as they can, and while each lasts it is
// confirmed as often as possible. By the recorded times, to the microsecond, no
// hold begins before the one before it has ended, and nothing is confirmed at
// or after the end.
func TestDecisionsFlipExactlyWhenTheirTimeComes(t *testing.T) {
	t.Parallel()
	for name, writers := range map[string]int{"alone": 1, "in company": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stores := openStores(t, writers, settings{})
			holdAndConfirm(t, stores, 150)
		})
	}
}

func holdAndConfirm(t *testing.T, stores []store, holds int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				_, err := confirm(t.Context(), stores[i%len(stores)], "seat")
				if err != nil && !errors.Is(err, errHoldEnded) {
					t.Errorf("confirm: %v", err)
					return
				}
			}
		})
	}
	for accepted := 0; accepted < holds; {
		o := order{writes: []string{"seat"}, hold: time.Duration(1+rand.IntN(1_500)) * time.Microsecond}
		_, err := o.run(t.Context(), stores[0])
		if _, refused := errors.AsType[*refusal](err); !refused {
			require.NoError(t, err)
			accepted++
		}
	}
	cancel()
	all.Wait()

	var now state
	confirmed := 0
	for _, e := range readAll(t, stores[0].log) {
		switch e.Type {
		case held:
			require.False(t, e.RecordedAt.Before(now.HeldUntil), "hold at %s before the end at %s", e.RecordedAt, now.HeldUntil)
		case noted:
			require.True(t, e.RecordedAt.Before(now.HeldUntil), "confirmed at %s, after the end at %s", e.RecordedAt, now.HeldUntil)
			confirmed++
		}
		var err error
		now, err = fold(now, e)
		require.NoError(t, err)
	}
	t.Logf("%d holds, %d confirmations", holds, confirmed)
	require.Greater(t, confirmed, 10)
}

// Whatever a process believes about the time, what it decides is right by the
// store's clock.
func TestAWrongEstimateOfTheTimeChangesNothing(t *testing.T) {
	t.Parallel()
	for name, writers := range map[string]int{"alone": 1, "in company": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.New(t)
			observer := openLog(t, databaseURL, eventstore.Options{})
			stores := make([]store, writers)
			for i := range stores {
				stores[i] = openStore(t, databaseURL, settings{})
			}
			ctx, cancel := context.WithCancel(t.Context())
			var skewing sync.WaitGroup
			for _, s := range stores {
				skewing.Go(func() {
					for ctx.Err() == nil {
						s.log.Skew(time.Duration(rand.IntN(7_200)-3_600) * time.Second)
						runtime.Gosched()
					}
				})
			}
			c := newCrowd(t, 8, stores, observer.log)
			for range 400 {
				c.send(order{writes: []string{[]string{"a", "b/x", "c/x"}[rand.IntN(3)]}, hold: time.Duration(1+rand.IntN(3_000)) * time.Microsecond})
			}
			outcomes := c.wait()
			cancel()
			skewing.Wait()
			p := retrace(t, observer.log)
			p.judge(t, outcomes)
			require.Greater(t, len(p.events), 20)
			require.Less(t, len(p.events), 400, "nothing was refused")
		})
	}
}

// The server's clock has been an hour ahead, and was put right. Time in the log
// stands still until it has caught up, and everybody agrees what time it is.
func TestTimeDoesNotRunBackwards(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	var ahead time.Time
	require.NoError(t, owner(t, databaseURL).QueryRow(t.Context(), `
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		VALUES (1, 1, now() + '1 hour', 'ahead', 'noted.v1', '{}', '{}') RETURNING recorded_at`).Scan(&ahead))
	stores := []store{openStore(t, databaseURL, settings{}), openStore(t, databaseURL, settings{})}
	for i := range 6 {
		s := stores[i/2%2] // alone and in company
		receipt := mustAppend(t, s, "s", "later")
		require.Equal(t, ahead.UTC(), receipt.Events[0].RecordedAt)
		require.Equal(t, ahead.UTC(), head(t, s.log).Now)
		require.False(t, s.log.Clock().Before(ahead))
	}
}

// Clock answers from what was heard last, without asking.
// The wait for the lock comes before the time of recording, alone and in
// company, so that no event is recorded before one that was there first.
func TestEventsAreRecordedAfterTheWaitForTheLock(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	s, other := openStore(t, databaseURL, settings{}), openStore(t, databaseURL, settings{})
	mustAppend(t, s, "s", "1")
	for range 3 {
		lock := holdLock(t, databaseURL)
		type answer struct {
			receipt eventstore.Receipt
			err     error
		}
		appending := make(chan answer, 1)
		go func() {
			receipt, err := appended(t.Context(), s, "s")
			appending <- answer{receipt, err}
		}()
		awaitLockQueue(t, lock)
		var released time.Time
		require.NoError(t, lock.conn.QueryRow(t.Context(), `SELECT clock_timestamp()`).Scan(&released))
		lock.release(t)
		got := <-appending
		require.NoError(t, got.err)
		require.False(t, got.receipt.Events[0].RecordedAt.Before(released))
		mustAppend(t, other, "s", "between") // from here on there is company
	}
}

func TestClockFollowsTheStore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	before := head(t, s.log).Now
	estimate := s.log.Clock()
	mustAppend(t, s, "s", "1")
	after := head(t, s.log).Now
	require.False(t, estimate.Before(before), "estimated %s, told %s", estimate, before)
	require.False(t, estimate.After(after), "estimated %s, told %s", estimate, after)
	require.Equal(t, estimate, estimate.Truncate(time.Microsecond))
	require.Equal(t, time.UTC, estimate.Location())
}
