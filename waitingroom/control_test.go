package waitingroom_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// stock is what a concert with small settings has to sell.
func (h *house) stock(seats, sold int64) waitingroom.Stock {
	return waitingroom.Stock{ConcertID: h.concert, Seats: seats, Sold: sold, Settings: small}
}

func (h *house) requireClosed(rooms *waitingroom.Rooms, place waitingroom.Place) {
	h.t.Helper()
	_, err := rooms.Look(h.t.Context(), place)
	require.Equal(h.t, domain.CodeQueueClosed, domain.CodeOf(err), "%v", err)
	_, _, err = rooms.Join(h.t.Context(), newUser(), h.concert, nowhere, small)
	require.Equal(h.t, domain.CodeQueueClosed, domain.CodeOf(err), "%v", err)
}

func (h *house) closure(rooms *waitingroom.Rooms) waitingroom.Closure {
	h.t.Helper()
	status, opened, err := rooms.StatusOf(h.t.Context(), h.concert)
	require.NoError(h.t, err)
	require.True(h.t, opened)
	return status.Closure
}

func TestWhatIsSoldOutClosesAndMoreSeatsOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, other := h.instance(), h.instance()
	views := h.crowd(rooms, 4, small)

	require.NoError(t, other.Stock(t.Context(), h.stock(50, 49)))
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[3].Place).Phase, "a seat is left")

	require.NoError(t, other.Stock(t.Context(), h.stock(50, 50)))
	h.refresh(rooms)
	h.requireClosed(rooms, views[3].Place)

	require.NoError(t, other.Stock(t.Context(), h.stock(80, 50)))
	h.refresh(rooms)
	require.Equal(t, int64(1), h.look(rooms, views[3].Place).Position, "another date: everybody stands where they stood")
}

// closings are the ways in which a queue closes and opens again.
var closings = map[string]struct {
	closes, opens func(*house, *waitingroom.Rooms) error
}{
	"by hand": {
		closes: func(h *house, r *waitingroom.Rooms) error { return r.CloseQueue(h.t.Context(), h.concert) },
		opens:  func(h *house, r *waitingroom.Rooms) error { return r.ReopenQueue(h.t.Context(), h.concert) },
	},
	"sold out": {
		closes: func(h *house, r *waitingroom.Rooms) error { return r.Stock(h.t.Context(), h.stock(50, 50)) },
		opens:  func(h *house, r *waitingroom.Rooms) error { return r.Stock(h.t.Context(), h.stock(80, 50)) },
	},
}

// Whoever has been called keeps the turn through a closure of any length,
// whether somebody reads the room meanwhile or not, and has the whole grace
// when the queue opens.
func TestATurnThatWasCalledOutlivesAClosure(t *testing.T) {
	t.Parallel()
	for name, closing := range closings {
		for _, read := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, read meanwhile %v", name, read), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				rooms := h.instance()
				views := h.crowd(rooms, 3, waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute})
				require.NoError(t, rooms.Leave(t.Context(), views[0].Place)) // calls the second
				h.clock.Advance(30 * time.Second)
				require.NoError(t, closing.closes(h, rooms))
				for range 10 {
					h.clock.Advance(time.Minute)
					if read {
						h.refresh(rooms)
						h.requireClosed(rooms, views[1].Place)
					}
				}
				require.NoError(t, closing.opens(h, rooms))
				require.Equal(t, int64(1), h.inside(t.Context(), rooms), "the one who was called")
				h.clock.Advance(44 * time.Second)
				h.refresh(rooms)
				require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[2].Place).Phase)
				require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[1].Place).Phase)
			})
		}
	}
}

// A closure gives nobody a turn back whose grace had ended before it, and none
// to whoever gave up during it.
func TestAClosureRevivesNoTurn(t *testing.T) {
	t.Parallel()
	for name, pass := range map[string]func(*house, *waitingroom.Rooms, waitingroom.Place) error{
		"over before it closed": func(h *house, r *waitingroom.Rooms, _ waitingroom.Place) error {
			h.clock.Advance(45 * time.Second)
			return r.CloseQueue(h.t.Context(), h.concert)
		},
		"given up while it was closed": func(h *house, r *waitingroom.Rooms, called waitingroom.Place) error {
			require.NoError(h.t, r.CloseQueue(h.t.Context(), h.concert))
			h.clock.Advance(time.Minute)
			return r.Leave(h.t.Context(), called)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			rooms := h.instance()
			views := h.crowd(rooms, 3, waitingroom.Settings{Capacity: 1, Session: 5 * time.Minute})
			require.NoError(t, rooms.Leave(t.Context(), views[0].Place)) // calls the second
			require.NoError(t, pass(h, rooms, views[1].Place))
			require.NoError(t, rooms.ReopenQueue(t.Context(), h.concert))
			require.Equal(t, waitingroom.PhaseEnded, h.look(rooms, views[1].Place).Phase)
			require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[2].Place).Phase)
			require.Equal(t, int64(1), h.inside(t.Context(), rooms))
		})
	}
}

func TestAnInstanceThatIsBehindOpensAndClosesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms, behind := h.instance(), h.instance()
	h.crowd(rooms, 4, small)
	require.NoError(t, rooms.Stock(t.Context(), h.stock(50, 50)))
	require.NoError(t, behind.Stock(t.Context(), h.stock(50, 12)))
	require.Equal(t, waitingroom.SoldOut, h.closure(rooms), "the other has not read of the last payments")

	require.NoError(t, rooms.Stock(t.Context(), h.stock(80, 50)))
	require.NoError(t, behind.Stock(t.Context(), h.stock(50, 50)))
	require.Equal(t, waitingroom.Open, h.closure(rooms), "the other has not read of the other date")
}

// Several readers of one history tell of it, each at its own pace and as often
// as it likes. Whatever the order, what is so at the end is what counts.
func TestWhoeverTellsOfTheStockInWhateverOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	rapid.Check(t, func(rt *rapid.T) {
		own := *h
		own.concert = domain.ConcertID(uuid.NewString())
		h := &own
		h.join(rooms, newUser(), small)
		history := []waitingroom.Stock{h.stock(0, 0)}
		for range rapid.IntRange(1, 12).Draw(rt, "events") {
			last := history[len(history)-1]
			if last.Sold == last.Seats || rapid.Bool().Draw(rt, "another date") {
				history = append(history, h.stock(last.Seats+2, last.Sold))
			} else {
				history = append(history, h.stock(last.Seats, last.Sold+1))
			}
		}
		var read [3]int
		for range rapid.IntRange(0, 20).Draw(rt, "tellings") {
			reader := rapid.IntRange(0, 2).Draw(rt, "reader")
			read[reader] = rapid.IntRange(read[reader], len(history)-1).Draw(rt, "read")
			require.NoError(rt, rooms.Stock(t.Context(), history[read[reader]]))
		}
		last := history[len(history)-1]
		require.NoError(rt, rooms.Stock(t.Context(), last))
		require.NoError(rt, rooms.Stock(t.Context(), history[read[0]]))
		want := waitingroom.Open
		if last.SoldOut() {
			want = waitingroom.SoldOut
		}
		require.Equal(rt, want, h.closure(rooms))
		require.NoError(rt, rooms.Refresh(t.Context()))
		_, _, err := rooms.Join(t.Context(), newUser(), h.concert, nowhere, small)
		require.Equal(rt, last.SoldOut(), domain.CodeOf(err) == domain.CodeQueueClosed, "Redis has it too: %v", err)
	})
}

func TestASoldOutConcertThatNobodyHasJoined(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.NoError(t, h.instance().Stock(t.Context(), h.stock(50, 12)))
	_, opened, err := h.instance().StatusOf(t.Context(), h.concert)
	require.NoError(t, err)
	require.False(t, opened, "what is on sale needs no room before somebody joins")

	require.NoError(t, h.instance().Stock(t.Context(), h.stock(50, 50)))
	_, _, err = h.instance().Join(t.Context(), newUser(), h.concert, nowhere, small)
	require.Equal(t, domain.CodeQueueClosed, domain.CodeOf(err))
	require.Error(t, h.instance().Stock(t.Context(), waitingroom.Stock{ConcertID: h.concert}), "a room needs settings")
}

// Whatever is decided while Redis is away is so when it is back.
func TestDecisionsDoNotWaitForRedis(t *testing.T) {
	t.Parallel()
	for name, decide := range map[string]func(*house, *waitingroom.Rooms) error{
		"sold out":  func(h *house, r *waitingroom.Rooms) error { return r.Stock(h.t.Context(), h.stock(50, 50)) },
		"closed":    func(h *house, r *waitingroom.Rooms) error { return r.CloseQueue(h.t.Context(), h.concert) },
		"configure": func(h *house, r *waitingroom.Rooms) error { return r.Configure(h.t.Context(), h.concert, larger) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			rooms, stranger := h.instance(), h.instance() // one knows the room, one does not
			views := h.crowd(rooms, 5, small)
			h.redis.Kill()
			require.NoError(t, decide(h, stranger))
			require.NoError(t, decide(h, rooms), "deciding the same again is no other decision")
			h.redis.Restart()

			h.refresh(rooms)
			if name == "configure" {
				for _, v := range views {
					h.look(rooms, v.Place) // after a loss, people show themselves
				}
				h.refresh(rooms) // notes them
				h.refresh(rooms) // hears who was called
				for i, want := range []waitingroom.Phase{
					waitingroom.PhaseAdmitted, waitingroom.PhaseAdmitted, waitingroom.PhaseAdmitted,
					waitingroom.PhaseAdmitted, waitingroom.PhaseWaiting,
				} {
					require.Equal(t, want, h.look(rooms, views[i].Place).Phase, "number %d", i+1)
				}
				return
			}
			h.requireClosed(rooms, views[4].Place)
		})
	}
}

var larger = waitingroom.Settings{Capacity: 4, Session: time.Minute}

// Redis is there all the time, and the instance that decides cannot reach it,
// or ends before it does. Another instance that reads the room settles it.
func TestAnotherInstanceSettlesWhatOneCouldNotTell(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 5, small)
	cut := h.on("redis://127.0.0.1:1")

	require.NoError(t, cut.Configure(t.Context(), h.concert, larger))
	h.refresh(rooms)
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[3].Place).Phase, "nobody has told this Redis")
	require.NoError(t, rooms.Settle(t.Context()))
	require.Equal(t, waitingroom.PhaseAdmitted, h.look(rooms, views[3].Place).Phase)

	require.NoError(t, cut.Stock(t.Context(), h.stock(50, 50)))
	require.NoError(t, rooms.Settle(t.Context()))
	h.requireClosed(rooms, views[4].Place)
	require.NoError(t, rooms.Settle(t.Context()), "settled")
}

// Two operators change a room at once. The one whose change Postgres took last
// has it, in Redis too, though the other one's script arrives later.
func TestChangesThatOvertakeEachOtherEndAsDecided(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	quick := h.instance()
	h.crowd(quick, 5, small)
	var once sync.Once
	slow := h.meddled(meddler{before: func(script string) {
		if script == "configure" {
			once.Do(func() {
				require.NoError(t, quick.Configure(context.WithoutCancel(t.Context()), h.concert, larger))
			})
		}
	}})
	require.NoError(t, slow.Configure(t.Context(), h.concert, waitingroom.Settings{Capacity: 1, Session: time.Minute}))
	h.refresh(quick)
	require.Equal(t, int64(4), h.inside(t.Context(), quick), "called or inside")
	status, _, err := slow.StatusOf(t.Context(), h.concert)
	require.NoError(t, err)
	require.Equal(t, int64(4), status.Capacity)
}

func TestWhatOperatorsCloseAndWhatIsSoldOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	views := h.crowd(rooms, 4, small)
	sorry := func() string {
		t.Helper()
		_, err := rooms.Look(t.Context(), views[3].Place)
		require.Equal(t, domain.CodeQueueClosed, domain.CodeOf(err))
		return err.Error()
	}
	require.NoError(t, rooms.CloseQueue(t.Context(), h.concert))
	require.Contains(t, sorry(), "organiser")
	_, _, err := rooms.Join(t.Context(), newUser(), h.concert, nowhere, small)
	require.ErrorContains(t, err, "organiser")

	require.NoError(t, rooms.Stock(t.Context(), h.stock(50, 50)))
	require.Contains(t, sorry(), "sold out")
	require.NoError(t, rooms.ReopenQueue(t.Context(), h.concert))
	require.Contains(t, sorry(), "sold out", "there is nothing to open it for")

	require.NoError(t, rooms.CloseQueue(t.Context(), h.concert))
	require.NoError(t, rooms.Stock(t.Context(), h.stock(60, 50)))
	require.Contains(t, sorry(), "organiser", "more seats do not undo what an operator has done")
	require.NoError(t, rooms.ReopenQueue(t.Context(), h.concert))
	require.Equal(t, waitingroom.PhaseWaiting, h.look(rooms, views[3].Place).Phase)
}

func TestDecisionsNeedPostgres(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	h.crowd(rooms, 3, small)
	h.pool.Close()
	for name, err := range map[string]error{
		"configure": rooms.Configure(t.Context(), h.concert, larger),
		"close":     rooms.CloseQueue(t.Context(), h.concert),
		"stock":     rooms.Stock(t.Context(), h.stock(1, 1)),
		"settle":    rooms.Settle(t.Context()),
	} {
		require.Equal(t, domain.CodeQueueUnavailable, domain.CodeOf(err), name)
	}
	_, _, err := rooms.StatusOf(t.Context(), h.concert)
	require.Equal(t, domain.CodeQueueUnavailable, domain.CodeOf(err))
}
