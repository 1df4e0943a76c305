package waitingroom_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

var small = waitingroom.Settings{Capacity: 2, Session: 5 * time.Minute}

func TestNumbersAreDrawnInTheOrderOfTheRequests(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	instances := []*waitingroom.Rooms{h.instance(), h.instance(), h.instance()}
	const joins, callers = 10_000, 30

	// Each join takes a ticket before it is sent and another after it is
	// answered. If one was answered before the other was sent, it was earlier.
	type joined struct{ sent, answered, number int64 }
	results := make([]joined, joins)
	var tickets, next atomic.Int64
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for i := next.Add(1) - 1; i < joins; i = next.Add(1) - 1 {
				sent := tickets.Add(1)
				view, fresh, err := instances[caller%len(instances)].Join(t.Context(), newUser(), h.concert, nowhere, small)
				if err != nil || !fresh {
					t.Errorf("join %d: fresh %v, %v", i, fresh, err)
					return
				}
				results[i] = joined{sent, tickets.Add(1), view.Number}
			}
		})
	}
	group.Wait()

	numbers := make([]int64, joins)
	for i, r := range results {
		numbers[i] = r.number
	}
	slices.Sort(numbers)
	require.Equal(t, int64(1), numbers[0])
	require.Equal(t, int64(joins), numbers[joins-1])
	require.Len(t, slices.Compact(numbers), joins, "a number was drawn twice")

	bySent, byAnswered := slices.Clone(results), slices.Clone(results)
	slices.SortFunc(bySent, func(a, b joined) int { return int(a.sent - b.sent) })
	slices.SortFunc(byAnswered, func(a, b joined) int { return int(a.answered - b.answered) })
	var answered int
	var highest int64
	for _, r := range bySent {
		for ; answered < joins && byAnswered[answered].answered < r.sent; answered++ {
			highest = max(highest, byAnswered[answered].number)
		}
		require.Greater(t, r.number, highest, "inversion: an earlier request has a higher number")
	}
}

func TestJoiningAgainGivesTheSamePlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, other := h.instance(), h.instance()
	h.crowd(one, 3, small)
	user := newUser()
	first, fresh, err := one.Join(t.Context(), user, h.concert, nowhere, small)
	require.NoError(t, err)
	require.True(t, fresh)
	h.crowd(one, 3, small)

	again, fresh, err := other.Join(t.Context(), user, h.concert, nowhere, small)
	require.NoError(t, err)
	require.False(t, fresh)
	require.Equal(t, first.Place, again.Place)
	require.Equal(t, int64(4), again.Number)
}

func TestOneUserJoiningManyTimesAtOnceGetsOneNumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	instances := []*waitingroom.Rooms{h.instance(), h.instance()}
	h.crowd(instances[0], 2, small)
	user := newUser()

	var group sync.WaitGroup
	var fresh atomic.Int64
	var places sync.Map
	for i := range 64 {
		group.Go(func() {
			view, first, err := instances[i%2].Join(t.Context(), user, h.concert, nowhere, small)
			if err != nil {
				t.Error(err)
			}
			if first {
				fresh.Add(1)
			}
			places.Store(view.Place, true)
		})
	}
	group.Wait()
	require.Equal(t, int64(1), fresh.Load())
	var distinct int
	places.Range(func(any, any) bool { distinct++; return true })
	require.Equal(t, 1, distinct)
}

func TestAdmissionIdsFollowFromThePlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	seen := map[domain.AdmissionID]bool{}
	for _, view := range h.crowd(rooms, 20, small) {
		_, ok := domain.ParseID[domain.AdmissionID](string(view.AdmissionID))
		require.True(t, ok, "%q is not an id", view.AdmissionID)
		require.False(t, seen[view.AdmissionID])
		seen[view.AdmissionID] = true
	}
}

func TestAnEmptyRoomAdmitsAtTheDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	views := h.crowd(h.instance(), 4, small)
	require.Equal(t, []waitingroom.Phase{"admitted", "admitted", "waiting", "waiting"}, phases(views))
	require.Equal(t, h.clock.Now().Add(small.Session), views[0].ExpiresAt)
	require.Equal(t, views[0].ExpiresAt, views[0].AdmittedUntil)
	require.Equal(t, int64(0), views[2].Position)
	require.Equal(t, int64(1), views[3].Position)
}

func TestNumbersGoOnWhenABlockIsUsedUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tight := func(o *waitingroom.Options) { o.Block = 7 }
	instances := []*waitingroom.Rooms{h.instance(tight), h.instance(tight)}
	var group sync.WaitGroup
	var numbers sync.Map
	for i := range 100 {
		group.Go(func() {
			view, _, err := instances[i%2].Join(t.Context(), newUser(), h.concert, nowhere, small)
			if err != nil {
				t.Error(err)
			}
			numbers.Store(view.Number, true)
		})
	}
	group.Wait()
	for n := range int64(100) {
		_, drawn := numbers.Load(n + 1)
		require.True(t, drawn, "number %d is missing", n+1)
	}
	var ceiling int64
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT ceiling FROM holdfast_waiting.rooms`).Scan(&ceiling))
	require.GreaterOrEqual(t, ceiling, int64(100))
	require.LessOrEqual(t, ceiling, int64(114), "racing instances reserved the same block twice")
}

func TestJoinRefusesNonsense(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	for name, settings := range map[string]waitingroom.Settings{
		"negative capacity": {Capacity: -1, Session: time.Minute},
		"no session":        {Capacity: 1},
		"a short session":   {Capacity: 1, Session: 999 * time.Millisecond},
	} {
		_, _, err := rooms.Join(t.Context(), newUser(), h.concert, nowhere, settings)
		require.ErrorContains(t, err, "waiting room needs", name)
	}
	_, _, err := rooms.Join(t.Context(), "somebody", h.concert, nowhere, small)
	require.ErrorContains(t, err, `user id "somebody"`)
}
