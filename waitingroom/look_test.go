package waitingroom_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// counted is an instance whose scripts are counted.
func (h *house) counted() (*waitingroom.Rooms, *atomic.Int64) {
	h.t.Helper()
	var scripts atomic.Int64
	return h.meddled(meddler{before: func(name string) {
		if name != "" {
			scripts.Add(1)
		}
	}}), &scripts
}

func TestLookingWhileWaitingAsksNoStore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, commands := h.counted()
	views := h.crowd(rooms, 20, small)
	h.refresh(rooms)
	before := commands.Load()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 5000 {
				if _, err := rooms.Look(t.Context(), views[2+i%18].Place); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	require.Equal(t, before, commands.Load())
	h.refresh(rooms)
	require.Equal(t, before+1, commands.Load(), "a refresh is one command")
}

func TestATurnCostsAStoreOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, commands := h.counted()
	views := h.crowd(rooms, 3, small)
	admittedBefore, over := views[0].Place, views[1].Place
	admittedBefore.AdmittedUntil, over.AdmittedUntil = time.Time{}, time.Time{}
	require.NoError(t, rooms.Leave(t.Context(), over))

	before := commands.Load()
	for range 100 {
		require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, admittedBefore).Phase)
		require.Equal(t, waitingroom.PhaseEnded, h.look(rooms, over).Phase)
	}
	require.Equal(t, before, commands.Load(), "a client that keeps asking with an old token costs no store")
}

func TestViewsWhileWaiting(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 60, waitingroom.Settings{Capacity: 10, Session: 100 * time.Second})
	h.refresh(rooms)
	last := h.look(rooms, views[59].Place)
	require.Equal(t, int64(49), last.Position)
	require.Equal(t, int64(60), last.Number)
	require.Equal(t, 333*time.Second, last.EstimatedWait.Round(time.Second), "50 places, ten in two thirds of 100 seconds")
	require.Zero(t, last.ExpiresAt)
	require.Equal(t, views[59].Place, last.Place)

	for i := 11; i < 60; i++ {
		nearer, farther := h.look(rooms, views[i-1].Place), h.look(rooms, views[i].Place)
		require.Less(t, nearer.Position, farther.Position)
		require.Less(t, nearer.EstimatedWait, farther.EstimatedWait)
	}
}

func TestRefreshesStayWithinTheirBudget(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, commands := h.counted()
	for range 100 {
		h.concert = domain.ConcertID(uuid.NewString())
		h.crowd(rooms, 1, small)
	}
	before := commands.Load()
	for range 4 { // a second of ticks
		rooms.Tick(t.Context())
	}
	require.Equal(t, int64(40), commands.Load()-before)
	require.Less(t, commands.Load()-before, int64(50))
	for range 6 {
		rooms.Tick(t.Context())
	}
	require.Equal(t, int64(100), commands.Load()-before, "each room has had its turn")
}

func TestRoomsThatNobodyAsksForAreDropped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 3, small)
	watched := h.concert
	h.concert = domain.ConcertID(uuid.NewString())
	h.crowd(rooms, 1, small)
	watcher, err := rooms.Watch(t.Context(), views[2].Place)
	require.NoError(t, err)
	require.Equal(t, 2, rooms.Known())

	h.clock.Advance(waitingroom.IdleAfter + time.Second)
	rooms.Tick(t.Context())
	require.Equal(t, 1, rooms.Known(), "a room that is watched stays")

	watcher.Close()
	watcher.Close()
	rooms.Tick(t.Context())
	require.Zero(t, rooms.Known())

	h.concert = watched
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[2].Place).Phase, "asking brings it back")
}

func TestRunRefreshesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance(func(o *waitingroom.Options) { o.Refresh = time.Millisecond; o.ReadsPerSecond = 1000 })
	views := h.crowd(rooms, 3, small)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- rooms.Run(ctx) }()
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	require.Eventually(t, func() bool { return h.look(rooms, views[2].Place).Phase == waitingroom.PhaseAdmitted },
		10*time.Second, time.Millisecond)
	stop()
	require.NoError(t, <-done)
	require.Positive(t, rooms.Counters().Refreshes)
}
