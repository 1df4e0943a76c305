package waitingroom_test

import (
	"context"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

const million = 1_000_000

// The memory of Redis goes by how full the buckets are. A part of them, as
// full as a million people make them, tells what all of them take.
func TestAMillionPeopleFitIntoSixtyMegabytes(t *testing.T) {
	t.Parallel()
	const part = 16
	h := newHouse(t)
	rooms := h.instance()
	h.crowd(rooms, 10, small)
	before := h.usedMemory()

	fill(t, h, rooms, million/part, func(user domain.UserID) bool {
		return waitingroom.Bucket(user) < waitingroom.BucketCount/part
	})
	used := (h.usedMemory() - before) * part
	t.Logf("a million people: %.1f MB", float64(used)/1e6)
	require.Less(t, used, int64(60_000_000))

	bucket := rooms.BucketKey(h.concert, waitingroom.UsersIn(0, 1)[0])
	encoding, err := h.client.ObjectEncoding(t.Context(), bucket).Result()
	require.NoError(t, err)
	require.Equal(t, "listpack", encoding)
}

// People come and go. What they leave behind does not pile up.
func TestMemoryFollowsThoseWhoWaitNotThoseWhoCame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	passing := waitingroom.Settings{Capacity: 1000, Session: time.Second}
	h.crowd(rooms, 1, passing)
	users := waitingroom.UsersIn(0, 300)
	bucket := rooms.BucketKey(h.concert, users[0])
	for _, user := range users {
		h.join(rooms, user, passing)
		h.clock.Advance(2 * time.Second) // the session ends by itself
		h.refresh(rooms)
	}
	entries, err := h.client.HLen(t.Context(), bucket).Result()
	require.NoError(t, err)
	require.Less(t, entries, int64(100))
	life, err := h.client.TTL(t.Context(), bucket).Result()
	require.NoError(t, err)
	require.Positive(t, life, "and what is left is not kept for ever")
}

// fill joins n users of a kind, on several connections.
func fill(t testing.TB, h *house, rooms *waitingroom.Rooms, n int64, kind func(domain.UserID) bool) {
	t.Helper()
	var joined atomic.Int64
	var group sync.WaitGroup
	ctx := context.WithoutCancel(t.Context())
	for range 16 {
		group.Go(func() {
			for joined.Add(1) <= n {
				user := newUser()
				for !kind(user) {
					user = newUser()
				}
				if _, _, err := rooms.Join(ctx, user, h.concert, nowhere, small); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

var usedMemory = regexp.MustCompile(`used_memory:(\d+)`)

func (h *house) usedMemory() int64 {
	h.t.Helper()
	info, err := h.client.Info(h.t.Context(), "memory").Result()
	require.NoError(h.t, err)
	used, err := strconv.ParseInt(usedMemory.FindStringSubmatch(info)[1], 10, 64)
	require.NoError(h.t, err)
	return used
}
