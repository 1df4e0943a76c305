package waitingroom_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

func TestASaleAdmitsEverybodyInOrderWithinTheCapacity(t *testing.T) {
	t.Parallel()
	s := newSale(newHouse(t), 3, waitingroom.Settings{Capacity: 40, Session: 2 * time.Minute})
	s.arrive(600, 30*time.Second)
	s.until(time.Hour, func() bool { return s.admitted == 600 })
	require.Equal(t, 40, s.peak)
}

func TestThoseWhoVanishDoNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	s := newSale(newHouse(t), 2, waitingroom.Settings{Capacity: 20, Session: 2 * time.Minute})
	s.arrive(150, 10*time.Second, func(g *guest) { g.vanishes = s.random.IntN(3) == 0 })
	faithful := func() (n int) {
		for _, g := range s.guests {
			if !g.vanishes && !g.turnAt.IsZero() {
				n++
			}
		}
		return n
	}
	var staying int
	for _, g := range s.guests {
		if !g.vanishes {
			staying++
		}
	}
	s.until(time.Hour, func() bool { return faithful() == staying })
}

// Real goroutines on three instances, and somebody who keeps counting.
func TestTheCapacityHoldsAtEveryMoment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	settings := waitingroom.Settings{Capacity: 7, Session: time.Hour}
	instances := []*waitingroom.Rooms{h.instance(), h.instance(), h.instance()}
	h.crowd(instances[0], 1, settings)

	ctx, stop := context.WithCancel(t.Context())
	var samples, most atomic.Int64
	var watcher, crowd sync.WaitGroup
	watcher.Go(func() {
		for ctx.Err() == nil {
			most.Store(max(most.Load(), h.inside(t.Context(), instances[0])))
			samples.Add(1)
		}
	})
	var inside, exceeded atomic.Int64
	for i := range 120 {
		crowd.Go(func() {
			rooms := instances[i%3]
			view, _, err := rooms.Join(t.Context(), newUser(), h.concert, nowhere, settings)
			for err == nil && view.Phase == waitingroom.PhaseWaiting {
				if err = rooms.Refresh(t.Context()); err == nil {
					view, err = rooms.Look(t.Context(), view.Place)
				}
			}
			if err != nil || view.Phase != waitingroom.PhaseAdmitted {
				t.Errorf("%+v, %v", view, err)
				return
			}
			if inside.Add(1) > int64(settings.Capacity) {
				exceeded.Add(1)
			}
			inside.Add(-1)
			if err := rooms.Leave(t.Context(), view.Place); err != nil {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	stop()
	watcher.Wait()
	require.Zero(t, exceeded.Load())
	require.LessOrEqual(t, most.Load(), int64(settings.Capacity))
	require.Greater(t, samples.Load(), int64(100))
}

func TestATurnThatIsNotTakenUpGoesToTheNext(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	one := waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute}
	views := h.crowd(rooms, 3, one)
	inside, absent, next := views[0], views[1], views[2]
	require.NoError(t, rooms.Leave(t.Context(), inside.Place))
	h.refresh(rooms)

	h.clock.Advance(44 * time.Second)
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, next.Place).Phase)

	h.clock.Advance(time.Second)
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, next.Place).Phase)
	require.Equal(t, waitingroom.PhaseEnded, h.look(rooms, absent.Place).Phase)

	again := h.join(rooms, absent.UserID, one)
	require.Equal(t, int64(4), again.Number, "whoever lost the turn queues again")
	require.NotEqual(t, absent.AdmissionID, again.AdmissionID)
}

func TestEveryWayOutGivesThePlaceBackAtOnce(t *testing.T) {
	t.Parallel()
	one := waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute}
	for name, end := range map[string]func(*house, *waitingroom.Rooms, waitingroom.Place) error{
		"given up": func(h *house, r *waitingroom.Rooms, p waitingroom.Place) error { return r.Leave(h.t.Context(), p) },
		"given up with the earlier token": func(h *house, r *waitingroom.Rooms, p waitingroom.Place) error {
			p.AdmittedUntil = time.Time{}
			return r.Leave(h.t.Context(), p)
		},
		"spent": func(h *house, r *waitingroom.Rooms, p waitingroom.Place) error { return r.Spent(h.t.Context(), p) },
		"spent, number unknown": func(h *house, r *waitingroom.Rooms, p waitingroom.Place) error {
			p.Number = 0
			return r.Spent(h.t.Context(), p)
		},
		"ended": func(h *house, r *waitingroom.Rooms, _ waitingroom.Place) error {
			h.clock.Advance(one.Session)
			return r.Refresh(h.t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			rooms, other := h.instance(), h.instance()
			views := h.crowd(rooms, 2, one)
			h.refresh(rooms, other)
			require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[1].Place).Phase)

			for range 2 { // twice is as good as once
				require.NoError(t, end(h, other, views[0].Place))
			}
			h.refresh(rooms)
			require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[1].Place).Phase)
		})
	}
}

func TestWhoLeavesWhileWaitingIsPassedWithoutWaiting(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	one := waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute}
	views := h.crowd(rooms, 4, one)
	for _, v := range views[1:3] {
		require.NoError(t, rooms.Leave(t.Context(), v.Place))
		require.NoError(t, rooms.Leave(t.Context(), v.Place))
	}
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[3].Place).Phase)
	require.Equal(t, waitingroom.PhaseEnded, h.look(rooms, views[1].Place).Phase)

	left, err := h.client.Exists(t.Context(), rooms.BucketKey(h.concert, views[1].UserID)).Result()
	require.NoError(t, err)
	require.Zero(t, left, "Redis keeps nothing of who has left")

	again := h.join(rooms, views[1].UserID, one)
	require.Equal(t, int64(5), again.Number)
}

func TestLookingAgainGivesTheSameAdmission(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, other := h.instance(), h.instance()
	first := h.join(rooms, newUser(), small)
	require.Equal(t, waitingroom.PhaseAdmitted, first.Phase)
	h.clock.Advance(time.Minute)

	waiting := first.Place
	waiting.AdmittedUntil = time.Time{}
	for _, r := range []*waitingroom.Rooms{rooms, other} {
		again := h.look(r, waiting)
		require.Equal(t, first.Place, again.Place)
		require.Equal(t, waitingroom.PhaseAdmitted, again.Phase)
		require.Equal(t, first.Place, h.join(r, first.UserID, small).Place)
	}

	h.clock.AdvanceTo(first.ExpiresAt)
	require.Equal(t, waitingroom.PhaseEnded, h.look(rooms, first.Place).Phase)
	require.Equal(t, waitingroom.PhaseEnded, h.look(rooms, waiting).Phase)
	require.Equal(t, waitingroom.PhaseEnded, h.look(other, waiting).Phase)
}

func TestTheCapacityChangesWhileTheRoomRuns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, other := h.instance(), h.instance()
	views := h.crowd(rooms, 6, waitingroom.Settings{Capacity: 2, Session: 5 * time.Minute})
	admitted := func() (n int) {
		h.refresh(rooms)
		for i := range views {
			views[i] = h.look(rooms, views[i].Place)
			if views[i].Phase == waitingroom.PhaseAdmitted {
				n++
			}
		}
		return n
	}
	require.Equal(t, 2, admitted())

	require.NoError(t, other.Configure(t.Context(), h.concert, waitingroom.Settings{Capacity: 4, Session: time.Minute}))
	require.Equal(t, 4, admitted())
	require.Equal(t, h.clock.Now().Add(time.Minute), views[3].ExpiresAt, "the length of sessions changes too")
	require.Equal(t, h.clock.Now().Add(5*time.Minute), views[1].ExpiresAt, "a session under way keeps its end")

	require.NoError(t, other.Configure(t.Context(), h.concert, waitingroom.Settings{Capacity: 3, Session: time.Minute}))
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[4].Place).Phase, "three are inside: nobody is called")
	require.NoError(t, rooms.Leave(t.Context(), views[1].Place))
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[4].Place).Phase)

	// What somebody believes who joins later does not count.
	h.join(other, newUser(), waitingroom.Settings{Capacity: 100, Session: time.Minute})
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[5].Place).Phase)
}

func TestCapacityZeroHoldsEverybodyAtTheDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	require.NoError(t, rooms.Configure(t.Context(), h.concert, waitingroom.Settings{Session: time.Minute}))
	view := h.join(rooms, newUser(), small)
	require.Equal(t, waitingroom.PhaseWaiting, view.Phase)
	require.Equal(t, waitingroom.LongestWait, view.EstimatedWait)

	require.NoError(t, rooms.Configure(t.Context(), h.concert, small))
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, view.Place).Phase)
}

func TestASoldOutConcertClosesItsQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, other := h.instance(), h.instance()
	views := h.crowd(rooms, 4, small)
	h.refresh(rooms, other)
	require.NoError(t, other.CloseQueue(t.Context(), h.concert))
	h.refresh(rooms)

	refused := func(_ any, err error) {
		t.Helper()
		require.Equal(t, domain.CodeQueueClosed, domain.CodeOf(err))
	}
	refused(rooms.Look(t.Context(), views[2].Place))
	_, _, err := rooms.Join(t.Context(), newUser(), h.concert, nowhere, small)
	refused(nil, err)
	_, _, err = rooms.Join(t.Context(), views[2].UserID, h.concert, nowhere, small)
	refused(nil, err)

	// A turn that has come and was not taken up is not taken up any more.
	require.NoError(t, rooms.ReopenQueue(t.Context(), h.concert))
	require.NoError(t, other.Leave(t.Context(), views[1].Place))
	require.NoError(t, other.CloseQueue(t.Context(), h.concert))
	h.refresh(rooms)
	refused(rooms.Look(t.Context(), views[2].Place))

	// Those inside stay to their end, and their places go to nobody.
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[0].Place).Phase)
	require.Equal(t, views[0].Place, h.join(rooms, views[0].UserID, small).Place)
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	h.refresh(rooms)
	refused(rooms.Look(t.Context(), views[2].Place))

	require.NoError(t, rooms.ReopenQueue(t.Context(), h.concert))
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[2].Place).Phase)
	require.Equal(t, int64(0), h.look(rooms, views[3].Place).Position)
}

func TestClosingAQueueThatNeverOpened(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	require.NoError(t, rooms.CloseQueue(t.Context(), h.concert))
	require.NoError(t, rooms.Leave(t.Context(), waitingroom.Place{ConcertID: h.concert, UserID: newUser(), Number: 1}))
	require.NoError(t, rooms.Spent(t.Context(), waitingroom.Place{ConcertID: h.concert, UserID: newUser(), AdmissionID: domain.AdmissionID(newUser())}))
	view := h.look(rooms, waitingroom.Place{ConcertID: h.concert, UserID: newUser(), Number: 1})
	require.Equal(t, waitingroom.PhaseEnded, view.Phase)
}
