package waitingroom_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// visit goes once through everything that a room does.
func visit(t *testing.T, h *house, rooms *waitingroom.Rooms) {
	t.Helper()
	views := h.crowd(rooms, 6, small)
	require.Equal(t, waitingroom.PhaseAdmitted, views[1].Phase)
	require.Equal(t, waitingroom.PhaseWaiting, views[2].Phase)
	require.NoError(t, rooms.Leave(t.Context(), views[0].Place))
	require.NoError(t, rooms.Leave(t.Context(), views[3].Place))
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[2].Place).Phase)
	require.NoError(t, rooms.Configure(t.Context(), h.concert, waitingroom.Settings{Capacity: 3, Session: time.Minute}))
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[4].Place).Phase)
	h.clock.Advance(time.Hour)
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[5].Place).Phase)
	require.NoError(t, rooms.CloseQueue(t.Context(), h.concert))
	_, _, err := rooms.Join(t.Context(), newUser(), h.concert, nowhere, small)
	require.Equal(t, domain.CodeQueueClosed, domain.CodeOf(err))
	statuses, err := rooms.Status(t.Context())
	require.NoError(t, err)
	require.True(t, statuses[0].Reachable)
}

func TestARoomOnRedisCluster(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.on(startCluster(t, 3))
	for range 8 { // concerts are spread over the nodes
		h.concert = domain.ConcertID(uuid.NewString())
		visit(t, h, rooms)
	}
}

// The stand-in that `holdfast dev` uses where there is no redis-server.
func TestARoomOnMiniredis(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stand := miniredis.RunT(t)
	rooms := h.on("redis://" + stand.Addr())
	visit(t, h, rooms)

	h.concert = domain.ConcertID(uuid.NewString())
	views := h.crowd(rooms, 3, small)
	stand.FlushAll()
	next := h.join(rooms, newUser(), small)
	require.Equal(t, int64(20_001), next.Number)
	require.Equal(t, views[0].Place, h.join(rooms, views[0].UserID, small).Place)
}
