package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// never is longer than any test lasts.
const never = time.Hour

// waitingFor starts to wait for the log to grow beyond a position.
func waitingFor(t *testing.T, log *eventstore.Log, after eventstore.Position) <-chan error {
	t.Helper()
	woken := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	go func() {
		defer cancel()
		woken <- log.Wait(ctx, after)
	}()
	return woken
}

func TestWaitReturnsAtOnceIfThereIsMore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustAppend(t, s, "s", "1", "2")
	require.NoError(t, s.log.Wait(t.Context(), 1))
	require.ErrorIs(t, s.log.Wait(closedContext(t), 1), context.Canceled)
	require.ErrorIs(t, s.log.Wait(closedContext(t), 2), context.Canceled)
}

func TestWaitWakesOnAnAppendOfItsOwnProcess(t *testing.T) {
	t.Parallel()
	s := openStore(t, pgtest.New(t), settings{log: eventstore.Options{PollInterval: never}})
	woken := waitingFor(t, s.log, 0)
	mustAppend(t, s, "s", "1")
	require.NoError(t, <-woken)
}

func TestWaitWakesOnAnAppendOfAnotherProcess(t *testing.T) {
	t.Parallel()
	for name, writers := range map[string]int{"alone": 1, "in company": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			writing := openStores(t, writers, settings{})
			reader := openLog(t, urlOf(writing[0]), eventstore.Options{PollInterval: never})
			for i := range 20 {
				woken := waitingFor(t, reader.log, eventstore.Position(i))
				mustAppend(t, writing[i%writers], "s", "1")
				require.NoError(t, <-woken)
			}
		})
	}
}

func TestWaitEndsWithThePollInterval(t *testing.T) {
	t.Parallel()
	reader := openLog(t, pgtest.New(t), eventstore.Options{PollInterval: time.Millisecond})
	for range 10 {
		require.NoError(t, <-waitingFor(t, reader.log, 0))
	}
}

func TestManyWaitForTheSame(t *testing.T) {
	t.Parallel()
	s := openStore(t, pgtest.New(t), settings{log: eventstore.Options{PollInterval: never}})
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if err := s.log.Wait(t.Context(), 0); err != nil {
				t.Error(err)
			}
		})
	}
	mustAppend(t, s, "s", "1")
	all.Wait()
}

// Somebody notifies a head that the log does not have. Readers must not run in
// circles for longer than a poll interval.
func TestAFalseNotificationPasses(t *testing.T) {
	t.Parallel()
	s := openStore(t, pgtest.New(t), settings{log: eventstore.Options{PollInterval: 100 * time.Millisecond}})
	mustAppend(t, s, "s", "1")
	conn := owner(t, urlOf(s))
	for _, payload := range []string{"1000000", "", "x", "-5", "99999999999999999999999"} {
		_, err := conn.Exec(t.Context(), `SELECT pg_notify('holdfast_log', $1)`, payload)
		require.NoError(t, err)
	}
	require.NoError(t, <-waitingFor(t, s.log, 999_999), "the notification is believed at first")
	eventually(t, "waits to take time again", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		return errors.Is(s.log.Wait(ctx, 1), context.DeadlineExceeded)
	})
	woken := waitingFor(t, s.log, 1)
	mustAppend(t, s, "s", "2")
	require.NoError(t, <-woken)
}

// followed collects what Follow hands over.
type followed struct {
	mu     sync.Mutex
	events []eventstore.Event
}

func (f *followed) handle(_ context.Context, page []eventstore.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, page...)
	return nil
}

func (f *followed) upTo(t *testing.T, n int) []eventstore.Event {
	t.Helper()
	eventually(t, "the follower", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return len(f.events) >= n
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.events
}

// Everybody's connections are cut again and again, the listening one among
// them. The followers see every event once and in order all the same.
func TestFollowSurvivesLostConnections(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	s := openStore(t, databaseURL, settings{})
	reader := openLog(t, databaseURL, eventstore.Options{PollInterval: 10 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	var fromStart, fromTen followed
	ended := make(chan error, 2)
	go func() { ended <- reader.log.Follow(ctx, 0, fromStart.handle) }()
	go func() { ended <- reader.log.Follow(ctx, 10, fromTen.handle) }()

	conn := owner(t, databaseURL)
	const n = 40
	for i := range n {
		terminate(t, conn, "holdfast%")
		_, err := order{id: fmt.Sprintf("order-%d", i), writes: []string{"s"}, keyed: true}.insist(t.Context(), s)
		require.NoError(t, err)
	}
	require.Equal(t, readAll(t, s.log), fromStart.upTo(t, n))
	require.Equal(t, fromStart.events[10:], fromTen.upTo(t, n-10))
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestFollowHandsOverLongLogsInPages(t *testing.T) {
	t.Parallel()
	s, all := filled(t, 2_500)
	enough := errors.New("enough")
	var pages []int
	var next eventstore.Position = 1
	err := s.log.Follow(t.Context(), 0, func(_ context.Context, page []eventstore.Event) error {
		require.Equal(t, next, page[0].Position)
		next += eventstore.Position(len(page))
		pages = append(pages, len(page))
		if int(next) > len(all) {
			return enough
		}
		return nil
	})
	require.Equal(t, enough, err)
	require.Equal(t, []int{1_000, 1_000, 500}, pages)
}
