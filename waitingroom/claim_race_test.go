package waitingroom_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/waitingroom"
)

// A client polls through two instances at the moment of its turn. Both claims
// are one admission, with one end, and take one place.
func TestTwoInstancesClaimOneTurn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one := waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute}
	second := h.instance()
	views := h.crowd(second, 3, one)
	var once sync.Once
	var other waitingroom.View
	for _, when := range []string{"before", "after"} {
		t.Log("the other one claims", when)
		require.NoError(t, second.Leave(t.Context(), views[0].Place))
		once = sync.Once{}
		claim := func(script string) {
			if script == "claim" {
				once.Do(func() {
					h.clock.Advance(3 * time.Second) // the claims are not of the same second
					var err error
					other, err = second.Look(context.WithoutCancel(t.Context()), views[1].Place)
					require.NoError(t, err)
				})
			}
		}
		first := h.meddled(meddler{before: claim})
		if when == "after" {
			first = h.meddled(meddler{after: claim})
		}
		view := h.look(first, views[1].Place)
		require.Equal(t, waitingroom.PhaseAdmitted, view.Phase)
		require.Equal(t, other.Place, view.Place, "one end, whoever says it")
		require.Equal(t, int64(1), h.inside(t.Context(), second))
		require.Equal(t, waitingroom.PhaseWaiting, h.look(first, views[2].Place).Phase)
		views = append(views[1:], h.join(second, newUser(), one))
		views[0] = view
	}
}

// A turn is claimed and the answer is lost, together with Redis. Asking again
// gives the admission that Postgres has noted, with the same end.
func TestALostAnswerOutlivesRedis(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 3, waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute})
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	claimed := h.look(rooms, views[1].Place) // the client never hears of it
	require.Equal(t, waitingroom.PhaseAdmitted, claimed.Phase)

	h.redis.Kill()
	h.redis.Restart()
	h.clock.Advance(10 * time.Second)
	fresh := h.instance()
	require.Equal(t, waitingroom.PhaseWaiting, h.look(fresh, views[2].Place).Phase)
	view, _, err := fresh.Join(t.Context(), views[1].UserID, h.concert, nowhere, small)
	require.NoError(t, err)
	require.Equal(t, claimed.Place, view.Place, "joining again finds it too")
	require.Equal(t, int64(1), h.inside(t.Context(), fresh))
}

// Somebody leaves a queue while an operator keeps it closed. When it opens,
// the place is passed.
func TestLeavingAClosedQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 3, waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute})
	require.NoError(t, rooms.CloseQueue(t.Context(), h.concert))
	require.NoError(t, rooms.Leave(t.Context(), views[1].Place))
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	require.NoError(t, rooms.ReopenQueue(t.Context(), h.concert))
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[2].Place).Phase)
	require.Equal(t, waitingroom.PhaseEnded, h.look(rooms, views[1].Place).Phase)
}
