package waitingroom_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
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

// severable is a way to Postgres that leads nowhere while the switch is set.
func (h *house) severable() (*pgxpool.Pool, *atomic.Bool) {
	h.t.Helper()
	var away atomic.Bool
	config := h.pool.Config()
	config.PrepareConn = func(context.Context, *pgx.Conn) (bool, error) {
		if away.Load() {
			return true, errors.New("this instance does not reach Postgres")
		}
		return true, nil
	}
	pool, err := pgxpool.NewWithConfig(h.t.Context(), config)
	require.NoError(h.t, err)
	h.t.Cleanup(pool.Close)
	return pool, &away
}

// severed is an instance from which Postgres is away while the switch is set.
func (h *house) severed() (*waitingroom.Rooms, *atomic.Bool) {
	h.t.Helper()
	pool, away := h.severable()
	rooms, err := waitingroom.New(pool, connect(h.t, h.redis.URL()), h.unlimited())
	require.NoError(h.t, err)
	return rooms, away
}

func (h *house) requireUnavailable(rooms *waitingroom.Rooms, place waitingroom.Place) {
	h.t.Helper()
	_, err := rooms.Look(h.t.Context(), place)
	require.Equal(h.t, domain.CodeQueueUnavailable, domain.CodeOf(err), "%v", err)
}

// saved is the serving number of the last checkpoint.
func (h *house) saved() (serving int64) {
	h.t.Helper()
	require.NoError(h.t, h.pool.QueryRow(h.t.Context(), `SELECT serving FROM holdfast_waiting.rooms`).Scan(&serving))
	return serving
}

// A turn is claimed, and Postgres does not take the note: the owner hears that
// the place is kept. It is, though checkpoints are saved and Redis is lost
// before the owner asks again.
func TestATurnThatPostgresHasNotNotedOutlivesALoss(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	cut, away := h.severed()
	views := h.crowd(rooms, 3, waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute})
	require.Equal(t, waitingroom.PhaseWaiting, h.look(cut, views[1].Place).Phase)
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place)) // calls the second
	h.refresh(cut)
	away.Store(true)
	for range 4 { // asking again keeps it, beyond one grace too
		h.requireUnavailable(cut, views[1].Place)
		h.clock.Advance(30 * time.Second)
		h.refresh(rooms)
		require.Equal(t, int64(1), h.saved(), "not settled")
	}

	h.flush()
	h.refresh(rooms)
	for _, v := range views[1:] {
		require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, v.Place).Phase)
	}
	h.refresh(rooms) // notes them
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[2].Place).Phase)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[1].Place).Phase)
}

// A client asks through two instances, and one of them does not reach Postgres.
// What the other one hands out stands, and is the same whoever is asked later.
func TestANoteThatFailsTakesNothingFromTheOneThatDoesNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	cut, away := h.severed()
	views := h.crowd(rooms, 3, waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute})
	require.Equal(t, waitingroom.PhaseWaiting, h.look(cut, views[1].Place).Phase)
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place)) // calls the second
	h.refresh(cut)
	away.Store(true)
	h.requireUnavailable(cut, views[1].Place)
	h.clock.Advance(3 * time.Second)
	admitted := h.look(rooms, views[1].Place)
	require.Equal(t, waitingroom.PhaseAdmitted, admitted.Phase)
	h.requireUnavailable(cut, views[1].Place)

	h.clock.Advance(time.Minute) // longer than a grace
	h.refresh(rooms)
	require.Equal(t, int64(1), h.inside(t.Context(), rooms))
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[2].Place).Phase)
	require.Equal(t, int64(2), h.saved(), "settled")
	away.Store(false)
	require.Equal(t, admitted.Place, h.look(cut, views[1].Place).Place)
}

// Postgres has a session and Redis does not hear of that: the instance ended on
// the way, say. Checkpoints wait for it no longer than the grace.
func TestASessionThatIsNotKnownToBeNoted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.instance()
	views := h.crowd(other, 3, waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute})
	require.NoError(t, other.Leave(t.Context(), views[0].Place)) // calls the second
	ctx, cancel := context.WithCancel(t.Context())
	rooms := h.meddled(meddler{before: func(name string) {
		if name == "noted" {
			cancel()
		}
	}})
	admitted, err := rooms.Look(ctx, views[1].Place)
	require.NoError(t, err)
	require.Equal(t, waitingroom.PhaseAdmitted, admitted.Phase)
	require.ErrorIs(t, ctx.Err(), context.Canceled)

	h.clock.Advance(time.Second)
	h.refresh(other)
	require.Equal(t, int64(1), h.saved())
	h.clock.Advance(44 * time.Second)
	h.refresh(other)
	require.Equal(t, int64(2), h.saved())
	require.Equal(t, admitted.Place, h.look(other, views[1].Place).Place, "one session, with one end")
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
