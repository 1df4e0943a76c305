package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// sweeping is a log on which the end of every hold can be recorded once, and
// a list of due holds that is as far behind as the test wants.
type sweeping struct {
	mu       sync.Mutex
	due      []domain.ReservationID
	keep     bool // the list does not hear of what is recorded
	listErr  error
	storeErr error
	// broken are at the front of the list for ever.
	broken   map[domain.ReservationID]bool
	recorded map[domain.ReservationID]int
	running  atomic.Int64
	most     atomic.Int64
	lists    int
}

func (s *sweeping) list(_ context.Context, limit int) ([]domain.ReservationID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists++
	page := slices.Clone(s.due[:min(limit, len(s.due))])
	if !s.keep {
		s.due = slices.Concat(slices.DeleteFunc(slices.Clone(page), func(id domain.ReservationID) bool { return !s.broken[id] }), s.due[len(page):])
	}
	return page, s.listErr
}

func (s *sweeping) unit(t *testing.T) *Unit {
	t.Helper()
	unit, err := New(nil, settings, nil)
	require.NoError(t, err)
	unit.execute = func(_ context.Context, cmd eventstore.Command[domain.State], _ decision) (eventstore.Receipt, error) {
		for now := s.running.Add(1); now > s.most.Load(); {
			s.most.Store(now)
		}
		time.Sleep(time.Millisecond) // of the bubble's time
		defer s.running.Add(-1)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.storeErr != nil {
			return eventstore.Receipt{}, s.storeErr
		}
		id := domain.ReservationID(cmd.Streams[0][len(reservation.Category)+1:])
		if s.broken[id] {
			return eventstore.Receipt{}, errors.New("event 7 cannot be read")
		}
		s.recorded[id]++
		if s.recorded[id] > 1 {
			return eventstore.Receipt{}, domain.Refuse(domain.CodeHoldExpired, "The hold ended.")
		}
		payload, err := domain.EncodeEvent(reservation.Expired{ReservationID: id})
		return eventstore.Receipt{Events: []eventstore.Event{{Type: reservation.TypeExpired, Payload: payload}}}, err
	}
	return unit
}

func someHolds(n int) []domain.ReservationID {
	ids := make([]domain.ReservationID, n)
	for i := range ids {
		ids[i] = domain.ReservationID(fmt.Sprintf("hold-%d", i))
	}
	return ids
}

// sweepFor runs the sweeper for a time, of the bubble's.
func sweepFor(t *testing.T, s *sweeping, interval, span time.Duration) {
	t.Helper()
	s.recorded = map[domain.ReservationID]int{}
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	s.unit(t).ExpireHolds(ctx, s.list, interval, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded, "it runs until it is stopped")
}

func TestExpireHoldsRecordsEveryEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sweeping{due: someHolds(3*sweepPage + 7)}
		sweepFor(t, s, time.Minute, 30*time.Second)
		require.Len(t, s.recorded, 3*sweepPage+7, "full pages follow each other at once")
		require.Equal(t, 4, s.lists)
		require.Equal(t, int64(sweepers), s.most.Load(), "as many at a time as it may, and no more")
	})
}

func TestExpireHoldsComesBackEveryInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sweeping{}
		sweepFor(t, s, time.Second, 10*time.Second+500*time.Millisecond)
		require.Equal(t, 11, s.lists)
	})
}

func TestExpireHoldsDoesNotSpinOnAListThatIsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sweeping{due: someHolds(sweepPage), keep: true}
		sweepFor(t, s, time.Second, 5*time.Second+500*time.Millisecond)
		require.Len(t, s.recorded, sweepPage)
		require.Equal(t, 7, s.lists, "twice at first, then once an interval")
	})
}

func TestExpireHoldsGoesOnAfterFaults(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]*sweeping{
		"of the list":  {due: someHolds(sweepPage), keep: true, listErr: errors.New("read model gone")},
		"of the store": {due: someHolds(sweepPage), keep: true, storeErr: eventstore.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sweepFor(t, broken, time.Second, 5*time.Second+500*time.Millisecond)
				require.Equal(t, 6, broken.lists, "once an interval")
			})
		})
	}
}

// Holds whose end cannot be recorded stay at the front of the list, however
// many: the others end at once all the same.
func TestExpireHoldsPassesOverWhatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	for _, broken := range []int{1, sweepPage, 3*sweepPage + 5} {
		t.Run(fmt.Sprintf("%d of them", broken), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				holds := someHolds(broken + 4*sweepPage)
				s := &sweeping{due: holds, broken: map[domain.ReservationID]bool{}}
				for _, id := range holds[:broken] {
					s.broken[id] = true
				}
				sweepFor(t, s, time.Minute, 30*time.Second)
				require.Len(t, s.recorded, 4*sweepPage, "within the first round")
			})
		})
	}
}

// What fails for every hold is not a fault of the holds.
func TestExpireHoldsEndsARoundInWhichEverythingFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sweeping{due: someHolds(2 * maxPassed), keep: true, storeErr: errors.New("permission denied")}
		sweepFor(t, s, time.Minute, 90*time.Second)
		require.Equal(t, 2*maxPassed/sweepPage, s.lists, "two rounds")
	})
}

// A list that does not answer is asked again.
func TestExpireHoldsDoesNotWaitForAListForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sweeping{due: someHolds(7), recorded: map[domain.ReservationID]int{}}
		asked := 0
		hangs := func(ctx context.Context, limit int) ([]domain.ReservationID, error) {
			asked++
			if asked == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return s.list(ctx, limit)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s.unit(t).ExpireHolds(ctx, hangs, time.Second, slog.New(slog.DiscardHandler))
		require.Len(t, s.recorded, 7)
	})
}

// The list may name holds that run longer than it believes, or that others
// have ended: the rules decide, not the list.
func TestExpireHoldsLeavesTheDecisionToTheRules(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(join(
		holdOf(ann, annsHold, 7),
		holdOf(bob, bobsHold, 8),
		[]domain.Event{reservation.Cancelled(endOf(bob, bobsHold, noon, 8))},
	)...)...)
	list := func(context.Context, int) ([]domain.ReservationID, error) {
		return []domain.ReservationID{annsHold, bobsHold, "unknown"}, nil
	}
	var mu sync.Mutex // the log in memory takes one command at a time
	execute := s.unit.execute
	s.unit.execute = func(ctx context.Context, cmd eventstore.Command[domain.State], decide decision) (eventstore.Receipt, error) {
		mu.Lock()
		defer mu.Unlock()
		return execute(ctx, cmd, decide)
	}
	sweepOnce := func() bool {
		round := sweep{unit: s.unit, due: list, logger: slog.New(slog.DiscardHandler), passed: map[domain.ReservationID]struct{}{}}
		return round.page(ctx)
	}
	require.False(t, sweepOnce())
	s.then()

	s.at(noon.Add(holdTime))
	require.False(t, sweepOnce())
	require.Len(t, s.log.events[s.seen:], 2)
	require.Equal(t, "system:expire_holds", s.log.last.Metadata.Actor)
}
