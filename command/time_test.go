package command_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// contest is what became of a seat whose holder pays about when the hold ends.
type contest struct {
	paid   bool
	paidAt time.Time
	taken  bool
}

// Around the end of a hold its holder pays, the sweeper sweeps and somebody
// else wants the seat. Whoever is first by the store's clock, it is one of the
// two who gets the seat; the check of the log after the test sees to the rest.
func TestPaymentAgainstExpiry(t *testing.T) {
	t.Parallel()
	const seats, length = 50, 400 * time.Millisecond
	c := newCluster(t, instances, command.Settings{HoldDuration: length})
	_, performance := c.performance(seats)

	contests, errs := race(seats, func(i int) (contest, error) {
		user := c.richUser(100)
		held := c.hold(user, performance, i+1)
		var result contest
		var all sync.WaitGroup
		all.Go(func() {
			// Half before the end, half after: a stimulus, nothing waits for it.
			<-time.After(time.Duration(float64(length) * (0.5 + rand.Float64())))
			paid, err := c.unit(i).Pay(t.Context(), by(user, "pay"), command.Pay{UserID: user, ReservationID: held.ReservationID})
			if err != nil && domain.CodeOf(err) != domain.CodeHoldExpired {
				t.Error(err)
			}
			result.paid, result.paidAt = err == nil, paid.Answer.PaidAt
		})
		all.Go(func() { result.taken = c.takeWhenFree(i+1, performance, held.ExpiresAt) })
		all.Wait()
		if result.paid && !result.paidAt.Before(held.ExpiresAt) {
			t.Errorf("paid at %s, the hold ended at %s", result.paidAt, held.ExpiresAt)
		}
		return result, nil
	})

	outcomes(t, errs)
	paid := 0
	for i, result := range contests {
		require.NotEqual(t, result.paid, result.taken, "seat %d", i+1)
		if result.paid {
			paid++
		}
	}
	t.Logf("%d of %d paid in time", paid, seats)
}

// takeWhenFree tries to hold a seat again and again until it succeeds or is
// refused by a clock that has passed the end of the hold: then the seat is sold.
func (c *cluster) takeWhenFree(number int, performance domain.PerformanceID, end time.Time) bool {
	user := newUser()
	for attempt := 0; ; attempt++ {
		late := c.log.Clock().After(end.Add(50 * time.Millisecond))
		_, err := c.unit(attempt).HoldSeats(c.t.Context(), by(user, newID()), command.HoldSeats{
			UserID: user, PerformanceID: performance, Seats: []int{number},
		})
		switch code := domain.CodeOf(err); {
		case err == nil:
			return true
		case code != domain.CodeSeatUnavailable:
			c.t.Error(err)
			return false
		case late:
			return false
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestTheSweeperOfEveryInstanceAtOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t, instances, command.Settings{HoldDuration: time.Millisecond, MaxLiveHolds: 1000})
	_, performance := c.performance(100)
	user := newUser()
	var due []domain.ReservationID
	for number := 1; number <= 100; number++ {
		due = append(due, c.hold(user, performance, number).ReservationID)
	}
	list := func(ctx context.Context, _ int) ([]domain.ReservationID, error) { return due, ctx.Err() }

	ctx, stop := context.WithCancel(t.Context())
	var sweepers sync.WaitGroup
	for _, unit := range c.units {
		sweepers.Go(func() { unit.ExpireHolds(ctx, list, 10*time.Millisecond, slog.New(slog.DiscardHandler)) })
	}
	for _, id := range due {
		require.Eventually(t, func() bool { return len(c.stream(reservation.Stream(id))) == 2 }, 10*time.Second, 5*time.Millisecond)
	}
	stop()
	sweepers.Wait()

	for i, id := range due {
		require.Equal(t, []string{reservation.TypeHeld, reservation.TypeExpired}, c.stream(reservation.Stream(id)))
		require.Equal(t, []string{seat.TypeHeld, seat.TypeReleased}, c.stream(seat.Stream(performance, i+1)))
	}
}

// An instance that starts in the middle of a sale knows what the others have
// done: its limits, its refusals and its payments rest on the whole log.
func TestAnInstanceThatJoinsLater(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, command.Settings{MaxLiveHolds: 4})
	_, performance := c.performance(50)
	user := c.richUser(1000)
	first, second := c.hold(user, performance, 1, 2), c.hold(user, performance, 3)
	_, err := c.unit(1).CancelReservation(t.Context(), by(user, ""), command.CancelReservation{
		UserID: user, ReservationID: second.ReservationID,
	})
	require.NoError(t, err)

	fresh := c.join()
	_, err = fresh.HoldSeats(t.Context(), by(user, ""), command.HoldSeats{UserID: user, PerformanceID: performance, Seats: []int{3, 4, 5}})
	require.Equal(t, domain.CodeLimitExceeded, domain.CodeOf(err))
	_, err = fresh.HoldSeats(t.Context(), by(user, ""), command.HoldSeats{UserID: user, PerformanceID: performance, Seats: []int{2, 3}})
	require.Equal(t, domain.CodeSeatUnavailable, domain.CodeOf(err))
	_, err = fresh.CancelReservation(t.Context(), by(user, ""), command.CancelReservation{UserID: user, ReservationID: second.ReservationID})
	require.Equal(t, domain.CodeAlreadyCancelled, domain.CodeOf(err))
	paid, err := fresh.Pay(t.Context(), by(user, ""), command.Pay{UserID: user, ReservationID: first.ReservationID})
	require.NoError(t, err)
	require.Equal(t, domain.Money(800), paid.Answer.Balance)
	_, err = c.unit(0).HoldSeats(t.Context(), by(user, ""), command.HoldSeats{UserID: user, PerformanceID: performance, Seats: []int{3, 4, 5, 6}})
	require.NoError(t, err, "nothing is on hold any more")
}

// What is recorded for a hold: one append, the reservation first, under the
// user's tag, with where it came from.
func TestWhatAHoldRecords(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, command.Settings{})
	_, performance := c.performance(50)
	user := newUser()
	accepted, err := c.unit(0).HoldSeats(t.Context(), by(user, "key"), command.HoldSeats{
		UserID: user, PerformanceID: performance, Seats: []int{9, 7, 8},
	})
	require.NoError(t, err)
	events, err := c.log.Read(t.Context(), accepted.Position-4, 10)
	require.NoError(t, err)
	require.Len(t, events, 4)
	for i, want := range []struct{ stream, wireType, tag string }{
		{reservation.Stream(accepted.Answer.ReservationID), reservation.TypeHeld, holds.Tag(user)},
		{seat.Stream(performance, 7), seat.TypeHeld, ""},
		{seat.Stream(performance, 8), seat.TypeHeld, ""},
		{seat.Stream(performance, 9), seat.TypeHeld, ""},
	} {
		require.Equal(t, want.stream, events[i].Stream)
		require.Equal(t, want.wireType, events[i].Type)
		require.Equal(t, want.tag, events[i].Tag)
		require.Equal(t, accepted.Answer.ExpiresAt, events[i].RecordedAt.Add(5*time.Minute))
		metadata, err := events[i].DecodeMetadata()
		require.NoError(t, err)
		require.Equal(t, eventstore.Metadata{Actor: "user:" + string(user), Command: "hold_seats", Correlation: "test"}, metadata)
	}
}
