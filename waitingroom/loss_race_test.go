package waitingroom_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/waitingroom"
)

// Joins from three instances, while somebody flushes Redis again and again:
// every number is drawn once, and an answer given is an order kept.
func TestNumbersStayInOrderWhileRedisIsFlushed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	instances := []*waitingroom.Rooms{h.instance(), h.instance(), h.instance()}
	h.crowd(instances[0], 1, small)

	const flushes, perFlush = 8, 150
	var joined, highest atomic.Int64
	var numbers sync.Map
	var group sync.WaitGroup
	for caller := range 12 {
		group.Go(func() {
			for joined.Load() < flushes*perFlush {
				before := highest.Load()
				view, _, err := instances[caller%3].Join(t.Context(), newUser(), h.concert, nowhere, small)
				if err != nil {
					t.Error(err)
					return
				}
				if _, twice := numbers.LoadOrStore(view.Number, true); twice {
					t.Errorf("number %d was drawn twice", view.Number)
				}
				if view.Number <= before {
					t.Errorf("inversion: %d was drawn after %d had been answered", view.Number, before)
				}
				for now := highest.Load(); view.Number > now && !highest.CompareAndSwap(now, view.Number); {
					now = highest.Load()
				}
				joined.Add(1)
			}
		})
	}
	for flush := range int64(flushes) {
		require.Eventually(t, func() bool { return joined.Load() >= flush*perFlush || t.Failed() }, 30*time.Second, time.Millisecond)
		h.flush()
	}
	group.Wait()
}

// Redis is lost once more while a room is being restored, before each of the
// scripts that write it.
func TestARoomIsNotRestoredIntoAnotherLoss(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"restore", "open"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			views := h.crowd(h.instance(), 3, small)
			h.flush()
			var once sync.Once
			rooms := h.meddled(meddler{before: func(name string) {
				if name == script {
					once.Do(h.flush)
				}
			}})
			next := h.join(rooms, newUser(), small)
			require.Equal(t, int64(40_001), next.Number, "the block of the attempt that failed is not used")
			require.Equal(t, int64(2), h.inside(t.Context(), rooms), "both inside are restored")
			require.Equal(t, views[0].Place, h.join(rooms, views[0].UserID, small).Place)
		})
	}
}

// Another instance restores the room while this one is about to: before it has
// looked, and after it has announced itself in a Redis that was lost again.
func TestOnlyOneInstanceRestoresARoom(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"before", "after"} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.crowd(h.instance(), 3, small)
			h.flush()
			faster := h.instance()
			var once sync.Once
			overtake := func(name string) {
				if name == "find" {
					once.Do(func() { h.flush(); h.join(faster, newUser(), small) })
				}
			}
			meddling := meddler{before: overtake}
			if moment == "after" {
				meddling = meddler{after: overtake}
			}
			slow := h.meddled(meddling)
			require.Equal(t, int64(20_002), h.join(slow, newUser(), small).Number)
			require.Equal(t, int64(20_003), h.join(faster, newUser(), small).Number)
		})
	}
}

// Redis is lost and restored between a claim and its note in Postgres: the
// claim is void, and nobody is let in on top of it.
func TestAClaimThatRedisForgotIsVoid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.instance()
	one := waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute}
	views := h.crowd(other, 3, one)
	require.NoError(t, other.Leave(t.Context(), views[0].Place))
	var once sync.Once
	rooms := h.meddled(meddler{after: func(name string) {
		if name == "claim" {
			once.Do(func() { h.flush(); h.refresh(other) })
		}
	}})
	view := h.look(rooms, views[1].Place)
	require.Equal(t, waitingroom.PhaseWaiting, view.Phase)
	require.Zero(t, h.inside(t.Context(), other))

	h.refresh(rooms)
	h.look(rooms, views[1].Place)
	h.look(rooms, views[2].Place)
	h.refresh(rooms, other)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(other, views[2].Place).Phase)
	h.clock.Advance(time.Minute)
	h.refresh(rooms, other)
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[1].Place).Phase)
	require.Equal(t, int64(1), h.inside(t.Context(), other))
}

// A server that comes back with what it had on disk has forgotten the numbers
// since: what it holds counts for nothing.
func TestAStaleSnapshotCountsAsALoss(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	server := startRedis(t, "--save", "", "--dbfilename", "dump.rdb")
	rooms := h.on(server.url())
	early := h.crowd(rooms, 5, small)
	h.clock.Advance(2 * time.Second)
	h.refresh(rooms)
	require.NoError(t, connect(t, server.url()).Save(t.Context()).Err())
	late := h.crowd(rooms, 5, small)

	server.kill()
	server.start()
	require.Eventually(t, func() bool { return rooms.Refresh(t.Context()) == nil }, 10*time.Second, 5*time.Millisecond)
	next := h.join(rooms, newUser(), small)
	require.Equal(t, int64(20_001), next.Number)
	statuses, err := rooms.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(1), statuses[0].Losses)

	// Everybody is still in order.
	for _, v := range slices.Concat(early[2:], late) {
		h.look(rooms, v.Place)
	}
	h.refresh(rooms)
	require.NoError(t, rooms.Leave(t.Context(), early[0].Place))
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, early[2].Place).Phase)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, early[3].Place).Phase)
	require.True(t, strings.HasPrefix(string(h.look(rooms, late[4].Place).Phase), "wait"))
}
