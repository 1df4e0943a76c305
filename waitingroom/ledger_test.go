package waitingroom_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

func TestMigrateMayRunManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := waitingroom.Migrate(t.Context(), url); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.NoError(t, waitingroom.Migrate(t.Context(), url))
	require.ErrorContains(t, waitingroom.Migrate(t.Context(), "postgres://%"), "database address")
}

func TestPostgresFollowsWithinASecond(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, other := h.instance(), h.instance()
	views := h.crowd(rooms, 10, small)
	h.refresh(other)
	stored := func() (serving, issued, sessions int64) {
		require.NoError(t, h.pool.QueryRow(t.Context(), `
			SELECT serving, issued, (SELECT count(*) FROM holdfast_waiting.sessions) FROM holdfast_waiting.rooms`).
			Scan(&serving, &issued, &sessions))
		return serving, issued, sessions
	}
	h.clock.Advance(time.Second)
	h.refresh(rooms, other)
	serving, issued, sessions := stored()
	require.Equal(t, []int64{2, 10, 2}, []int64{serving, issued, sessions})

	// The third has the turn and has not taken it up: it is not settled.
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	h.clock.Advance(time.Second)
	h.refresh(other, rooms)
	serving, _, sessions = stored()
	require.Equal(t, []int64{2, 1}, []int64{serving, sessions})

	h.look(rooms, views[2].Place)
	h.clock.Advance(time.Second)
	h.refresh(other, rooms)
	serving, _, sessions = stored()
	require.Equal(t, []int64{3, 2}, []int64{serving, sessions})

	// Sessions that have ended are taken away.
	h.clock.Advance(small.Session)
	h.refresh(rooms)
	_, _, sessions = stored()
	require.Zero(t, sessions)
}

func TestWhilePostgresIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 4, small)
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	_, err := h.pool.Exec(t.Context(), `ALTER TABLE holdfast_waiting.sessions RENAME TO away`)
	require.NoError(t, err)

	_, err = rooms.Look(t.Context(), views[2].Place)
	require.ErrorContains(t, err, "queue_unavailable", "an admission that cannot be noted is not handed out")
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[3].Place).Phase)
	require.Equal(t, waitingroom.PhaseWaiting, h.join(rooms, newUser(), small).Phase, "joining needs no Postgres")

	_, err = h.pool.Exec(t.Context(), `ALTER TABLE holdfast_waiting.away RENAME TO sessions`)
	require.NoError(t, err)
	view := h.look(rooms, views[2].Place)
	require.Equal(t, waitingroom.PhaseAdmitted, view.Phase)
	require.Equal(t, int64(2), h.inside(t.Context(), rooms))
}

func TestStatus(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, other := h.instance(), h.instance()
	statuses, err := rooms.Status(t.Context())
	require.NoError(t, err)
	require.Empty(t, statuses)

	views := h.crowd(rooms, 9, small)
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	statuses, err = other.Status(t.Context())
	require.NoError(t, err)
	require.Len(t, statuses, 1)
	require.InDelta(t, 1, statuses[0].RatePerMinute, 0.01, "one, and half of what is likely in five minutes")
	statuses[0].RatePerMinute = 0
	require.Equal(t, waitingroom.Status{
		ConcertID: h.concert, Waiting: 6, Called: 1, Active: 1, Capacity: 2, Serving: 3, Issued: 9, Session: small.Session, Reachable: true,
	}, statuses[0])

	h.clock.Advance(2 * time.Second)
	h.refresh(rooms)
	h.redis.Kill()
	statuses, err = h.instance().Status(t.Context())
	require.NoError(t, err)
	statuses[0].RatePerMinute = 0
	require.Equal(t, waitingroom.Status{ConcertID: h.concert, Capacity: 2, Serving: 2, Issued: 9, Session: small.Session}, statuses[0])

	h.pool.Close()
	_, err = rooms.Status(t.Context())
	require.ErrorContains(t, err, "queue_unavailable")
}
