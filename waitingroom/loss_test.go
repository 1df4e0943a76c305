package waitingroom_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

func (h *house) flush() {
	h.t.Helper()
	require.NoError(h.t, h.client.FlushAll(h.t.Context()).Err())
}

// Twice FLUSHALL and twice kill -9 in one sale.
func TestASaleSurvivesTheLossOfRedis(t *testing.T) {
	t.Parallel()
	s := newSale(newHouse(t), 3, waitingroom.Settings{Capacity: 30, Session: 2 * time.Minute})
	s.arrive(500, 4*time.Minute)
	for _, at := range []time.Duration{40 * time.Second, 3 * time.Minute} {
		s.after(at, func() { s.flush(); s.lose() })
	}
	for _, at := range []time.Duration{90 * time.Second, 5 * time.Minute} {
		s.after(at, func() { s.redis.Kill(); s.away = true })
		s.after(at+4*time.Second, func() { s.comeBack(); s.lose(); s.away = false })
	}
	s.until(time.Hour, func() bool { return s.admitted == 500 })

	var losses int
	require.NoError(t, s.pool.QueryRow(t.Context(), `SELECT count(*) FROM holdfast_waiting.losses`).Scan(&losses))
	require.Equal(t, 4, losses, "each loss is noted once, whoever noticed it")
}

// comeBack starts Redis again and waits until every instance has noticed.
func (s *sale) comeBack() {
	s.redis.Restart()
	for _, rooms := range s.instances {
		require.Eventually(s.t, func() bool { return rooms.Refresh(s.t.Context()) == nil }, 5*time.Second, 5*time.Millisecond,
			"the room works again within seconds")
	}
}

func TestWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 4, small)
	h.refresh(rooms)
	before := h.look(rooms, views[3].Place)

	h.redis.Kill()
	require.Error(t, rooms.Refresh(t.Context()))
	require.Equal(t, before, h.look(rooms, views[3].Place), "who waits is answered from memory")
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[0].Place).Phase, "who is inside asks nobody")
	refused := func(err error) {
		t.Helper()
		require.Equal(t, domain.CodeQueueUnavailable, domain.CodeOf(err))
		retry, ok := errors.AsType[*waitingroom.RetryError](err)
		require.True(t, ok)
		require.Positive(t, retry.After)
		require.Error(t, retry.Cause)
	}
	_, _, err := rooms.Join(t.Context(), newUser(), h.concert, nowhere, small)
	refused(err)
	refused(rooms.Leave(t.Context(), views[0].Place))
	require.NoError(t, rooms.CloseQueue(t.Context(), h.concert), "kept, and brought to Redis when it is back")
	_, err = h.instance().Look(t.Context(), views[3].Place)
	refused(err)

	h.redis.Restart()
	h.refresh(rooms)
	view, _, err := rooms.Join(t.Context(), newUser(), h.concert, nowhere, small)
	require.Equal(t, domain.CodeQueueClosed, domain.CodeOf(err), "%+v: closed while Redis was away", view)
}

func TestNumbersGoOnAboveTheCeilingAfterALoss(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, other := h.instance(), h.instance()
	h.crowd(rooms, 5, small)
	for loss := range int64(3) {
		h.flush()
		view := h.join(other, newUser(), small)
		require.Equal(t, 20_000*(loss+1)+1, view.Number)
	}
}

func TestWhoIsInsideStillCountsAfterALoss(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, other := h.instance(), h.instance()
	views := h.crowd(rooms, 5, small)
	h.flush()
	for range 20 {
		h.clock.Advance(500 * time.Millisecond)
		h.refresh(rooms)
		require.Equal(t, int64(2), h.inside(t.Context(), rooms))
		require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[2].Place).Phase)
		require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[3].Place).Phase)
	}
	require.Equal(t, views[0].Place, h.join(other, views[0].UserID, small).Place, "joining again finds the same admission")

	require.NoError(t, other.Spent(t.Context(), views[0].Place))
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[2].Place).Phase)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[3].Place).Phase)

	h.clock.AdvanceTo(views[1].ExpiresAt)
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[3].Place).Phase)
}

func TestATurnThatWasCalledOutlivesALoss(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	one := waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute}
	views := h.crowd(rooms, 3, one)
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	h.clock.Advance(2 * time.Second)
	h.refresh(rooms) // calls the second, and saves a checkpoint
	h.flush()
	h.refresh(rooms)

	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[1].Place).Phase)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[2].Place).Phase)
	h.refresh(rooms)
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[2].Place).Phase)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[1].Place).Phase)
}

func TestAfterALossNobodyWaitsLongForThoseWhoAreGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 12, small)
	h.clock.Advance(2 * time.Second)
	h.refresh(rooms)
	h.flush()
	h.refresh(rooms)
	fresh := h.join(rooms, newUser(), small)
	require.Equal(t, int64(20_001), fresh.Number)
	require.Equal(t, int64(10), fresh.Position, "numbers that were never drawn are not ahead of anybody")

	// Only the last of the old ones comes back; both inside leave.
	h.look(rooms, views[11].Place)
	for _, v := range views[:2] {
		require.NoError(t, rooms.Leave(t.Context(), v.Place))
	}
	h.refresh(rooms)
	require.Zero(t, h.inside(t.Context(), rooms), "the others are still owed patience")

	h.clock.Advance(5 * time.Second)
	for range 12 { // 2,000 numbers are passed at a time
		h.refresh(rooms)
	}
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[11].Place).Phase)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, fresh.Place).Phase, "the numbers in between are owed more")

	h.clock.Advance(time.Minute)
	for range 12 {
		h.refresh(rooms)
	}
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, fresh.Place).Phase)

	// Whoever comes back too late has not lost the place: it is the next.
	next := h.join(rooms, newUser(), small)
	late := h.look(rooms, views[5].Place)
	require.Equal(t, waitingroom.PhaseWaiting, late.Phase)
	require.Equal(t, int64(0), late.Position)
	require.NoError(t, rooms.Leave(t.Context(), views[11].Place))
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, next.Place).Phase)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, late.Place).Phase)
}

// People who go on asking in front of a closed queue are back, however long it
// stays closed: when it opens, none of them is overtaken.
func TestAClosedQueueTakesNoteOfThoseWhoComeBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 10, waitingroom.Settings{Capacity: 1, Session: time.Hour})
	h.clock.Advance(2 * time.Second)
	h.refresh(rooms)
	require.NoError(t, rooms.CloseQueue(t.Context(), h.concert))
	h.flush()
	h.refresh(rooms)
	for _, v := range views[1:] {
		h.requireClosed(rooms, v.Place)
	}
	h.refresh(rooms) // notes them
	statuses, err := rooms.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(9), statuses[0].Waiting)

	h.clock.Advance(10 * time.Minute)
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	require.NoError(t, rooms.ReopenQueue(t.Context(), h.concert))
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[9].Place).Phase)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[1].Place).Phase, "nobody has to be waited for")
}

// Many clients stop asking when they hear that the queue is closed. If Redis
// was lost meanwhile, they are waited for from when it opens.
func TestAQueueThatOpensWaitsForThoseWhoDidNotAsk(t *testing.T) {
	t.Parallel()
	for name, closing := range closings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			rooms := h.instance()
			views := h.crowd(rooms, 10, waitingroom.Settings{Capacity: 1, Session: time.Hour})
			h.clock.Advance(2 * time.Second)
			h.refresh(rooms)
			require.NoError(t, closing.closes(h, rooms))
			h.flush()
			h.refresh(rooms)
			require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
			h.clock.Advance(10 * time.Minute)
			require.NoError(t, closing.opens(h, rooms))

			h.look(rooms, views[8].Place) // the first who asks is not the first in line
			h.refresh(rooms)
			h.clock.Advance(2 * time.Second)
			h.look(rooms, views[1].Place)
			h.refresh(rooms)
			h.refresh(rooms)
			require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[8].Place).Phase)
			require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[1].Place).Phase)

			require.NoError(t, rooms.Leave(t.Context(), views[1].Place))
			h.clock.Advance(5 * time.Second)
			h.refresh(rooms)
			require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[8].Place).Phase, "the others had their time")
		})
	}
}

// Redis is lost twice and nobody joins in between.
func TestWhoJoinsAfterTwoLossesHearsHowManyAreAhead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	one := waitingroom.Settings{Capacity: 1, Session: time.Hour}
	views := h.crowd(rooms, 200, one)
	for range 2 {
		h.clock.Advance(2 * time.Second)
		h.refresh(rooms) // a checkpoint
		h.flush()
		h.refresh(rooms)
		for _, v := range views[1:] {
			h.look(rooms, v.Place)
		}
		h.refresh(rooms)
	}
	h.refresh(rooms)
	next := h.join(rooms, newUser(), one)
	require.Equal(t, int64(40_001), next.Number)
	require.Equal(t, int64(199), next.Position, "everybody but the one inside")
	require.Equal(t, int64(198), h.look(rooms, views[199].Place).Position)
}

func TestNobodyStandsInTheQueueTwiceAfterALoss(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 5, small)
	h.flush()
	h.refresh(rooms)

	h.look(rooms, views[3].Place)
	h.refresh(rooms)
	require.Equal(t, views[3].Place, h.join(rooms, views[3].UserID, small).Place, "who came back is known again")

	second := h.join(rooms, views[4].UserID, small)
	require.Equal(t, int64(20_001), second.Number, "who joins before coming back gets another number")
	h.look(rooms, views[4].Place)
	h.refresh(rooms)
	require.Equal(t, views[4].Place, h.join(rooms, views[4].UserID, small).Place, "and keeps the earlier one")

	statuses, err := rooms.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(2), statuses[0].Waiting)
}

func TestSettingsOutliveALoss(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	h.crowd(rooms, 1, small)
	require.NoError(t, rooms.Configure(t.Context(), h.concert, waitingroom.Settings{Capacity: 9, Session: time.Minute}))
	h.flush()
	statuses, err := rooms.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(9), statuses[0].Capacity)
	require.Equal(t, int64(1), statuses[0].Losses)
}
