package waitingroom_test

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

func (h *house) watch(rooms *waitingroom.Rooms, place waitingroom.Place) *waitingroom.Watcher {
	h.t.Helper()
	watcher, err := rooms.Watch(h.t.Context(), place)
	require.NoError(h.t, err)
	h.t.Cleanup(watcher.Close)
	return watcher
}

func TestStreamAndPollAgree(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	one := waitingroom.Settings{Capacity: 1, Session: time.Minute}
	views := h.crowd(rooms, 5, one)
	watcher := h.watch(rooms, views[4].Place)

	for {
		polled := h.look(rooms, views[4].Place)
		streamed, err := watcher.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, polled, streamed)
		if streamed.Phase != waitingroom.PhaseWaiting {
			break
		}
		// The next one goes in, stays to the end, and the others move up.
		h.clock.Advance(one.Session)
		h.refresh(rooms)
		for _, v := range views[1:4] {
			h.look(rooms, v.Place)
		}
	}
	_, err := watcher.Next(t.Context())
	require.ErrorIs(t, err, io.EOF)
}

func TestWatchersCostNoStore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, commands := h.counted()
	views := h.crowd(rooms, 200, waitingroom.Settings{Capacity: 1, Session: time.Hour})
	h.refresh(rooms)
	before := commands.Load()

	var first, ended sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for _, v := range views[1:] {
		watcher := h.watch(rooms, v.Place)
		first.Add(1)
		ended.Go(func() {
			view, err := watcher.Next(ctx)
			first.Done()
			if err != nil || view.Phase != waitingroom.PhaseWaiting {
				t.Errorf("%+v, %v", view, err)
			}
			if _, err = watcher.Next(ctx); err != context.Canceled { //nolint:errorlint // exactly the context's error
				t.Errorf("nothing has changed, but %v", err)
			}
		})
	}
	first.Wait()
	for range 10 {
		h.refresh(rooms)
	}
	stop()
	ended.Wait()
	require.Equal(t, before+10, commands.Load())
	require.Equal(t, int64(199), rooms.Counters().Watchers)
}

func TestAWatcherHearsOfTheTurnAtTheNextRefresh(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, other := h.instance(), h.instance()
	views := h.crowd(rooms, 3, small)
	watcher := h.watch(rooms, views[2].Place)
	_, err := watcher.Next(t.Context())
	require.NoError(t, err)

	heard := make(chan waitingroom.View, 1)
	go func() {
		view, err := watcher.Next(t.Context())
		if err != nil {
			t.Error(err)
		}
		heard <- view
	}()
	require.NoError(t, other.Leave(t.Context(), views[0].Place))
	h.refresh(rooms)
	view := <-heard
	require.Equal(t, waitingroom.PhaseAdmitted, view.Phase)
	require.Equal(t, view, h.look(rooms, view.Place))
}

func TestAWatcherIsNotToldEveryStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 400, waitingroom.Settings{Capacity: 1, Session: time.Hour})
	watcher := h.watch(rooms, views[399].Place)
	first, err := watcher.Next(t.Context())
	require.NoError(t, err)
	require.Greater(t, first.PollAfter, 4*time.Second)

	// Three leave within the poll interval: one event when it is over.
	heard := make(chan waitingroom.View, 1)
	go func() {
		view, err := watcher.Next(t.Context())
		if err != nil {
			t.Error(err)
		}
		heard <- view
	}()
	place := views[0].Place
	for i := range 3 {
		require.NoError(t, rooms.Leave(t.Context(), place))
		h.refresh(rooms)
		place = h.look(rooms, views[i+1].Place).Place
		h.clock.Advance(time.Second)
	}
	require.Empty(t, heard)
	h.clock.Advance(first.PollAfter)
	h.refresh(rooms)
	require.Equal(t, first.Position-3, (<-heard).Position)
}

func TestHeartbeatsDoNotDisturbAStream(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 3, small)
	watcher := h.watch(rooms, views[2].Place)
	_, err := watcher.Next(t.Context())
	require.NoError(t, err)
	for range 3 {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now())
		_, err = watcher.Next(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		cancel()
	}
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	view, err := watcher.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, waitingroom.PhaseAdmitted, view.Phase)
}

func TestAWatcherOutlivesRedis(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 3, small)
	watcher := h.watch(rooms, views[2].Place)
	_, err := watcher.Next(t.Context())
	require.NoError(t, err)
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))

	h.redis.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = watcher.Next(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded, "the turn has come, but nobody can say so")

	h.redis.Restart()
	require.Eventually(t, func() bool { return rooms.Refresh(t.Context()) == nil }, 10*time.Second, 5*time.Millisecond)
	heard := make(chan error, 1)
	go func() {
		view, err := watcher.Next(t.Context())
		for err == nil && view.Phase == waitingroom.PhaseWaiting {
			view, err = watcher.Next(t.Context())
		}
		heard <- err
	}()
	require.Eventually(t, func() bool {
		h.clock.Advance(time.Second)
		h.refresh(rooms)
		return len(heard) == 1
	}, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, <-heard)
}

func TestWatchersOfAClosedQueueAreTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 3, small)
	watcher := h.watch(rooms, views[2].Place)
	_, err := watcher.Next(t.Context())
	require.NoError(t, err)
	require.NoError(t, rooms.CloseQueue(t.Context(), h.concert))
	_, err = watcher.Next(t.Context())
	require.Equal(t, domain.CodeQueueClosed, domain.CodeOf(err))
}

func TestWatchersOfWhatIsDecided(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	inside := h.join(rooms, newUser(), small)
	nowhereToBe := waitingroom.Place{ConcertID: domain.ConcertID(newUser()), UserID: newUser(), Number: 1}
	for _, expected := range []waitingroom.View{inside, {Place: nowhereToBe, Phase: waitingroom.PhaseEnded}} {
		watcher := h.watch(rooms, expected.Place)
		view, err := watcher.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, expected, view)
		_, err = watcher.Next(t.Context())
		require.ErrorIs(t, err, io.EOF)
	}
}

func TestWatchersAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance(func(o *waitingroom.Options) { o.MaxWatchers = 2 })
	views := h.crowd(rooms, 5, small)
	one, _ := h.watch(rooms, views[2].Place), h.watch(rooms, views[3].Place)
	_, err := rooms.Watch(t.Context(), views[4].Place)
	require.Equal(t, domain.CodeRateLimited, domain.CodeOf(err))
	one.Close()
	h.watch(rooms, views[4].Place)
}
