package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
)

func TestCancelReservation(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(holdOf(ann, annsHold, 7, 8)...)...).at(noon.Add(time.Minute))

	accepted, err := s.unit.CancelReservation(ctx, envelope(ann, "key"), CancelReservation{UserID: ann, ReservationID: annsHold})

	require.NoError(t, err)
	s.then(
		reservation.Cancelled(endOf(ann, annsHold, noon, 7, 8)),
		released(annsHold, 7, seat.ReasonCancelled),
		released(annsHold, 8, seat.ReasonCancelled),
	)
	require.Equal(t, Accepted[Reservation]{
		Answer: Reservation{
			ReservationID: annsHold, UserID: ann, ConcertID: theConcert, PerformanceID: thePerformance, Date: "2027-05-01",
			Seats: []int{7, 8}, Price: 9000, State: reservation.StatusCancelled, ExpiresAt: noon.Add(holdTime),
		},
		Position: 8,
	}, accepted)
}

func TestCancelReservationRefusals(t *testing.T) {
	t.Parallel()
	end := noon.Add(holdTime)
	ended := endOf(ann, annsHold, noon, 7, 8)
	for name, test := range map[string]struct {
		then []domain.Event
		at   time.Time
		user domain.UserID
		id   domain.ReservationID
		code domain.Code
	}{
		"no such reservation":   {nil, noon, ann, bobsHold, domain.CodeReservationNotFound},
		"another's reservation": {nil, noon, bob, annsHold, domain.CodeReservationNotFound},
		"at the end":            {nil, end, ann, annsHold, domain.CodeHoldExpired},
		"paid":                  {paymentOf(ann, annsHold, "payment", 0, 7, 8), noon, ann, annsHold, domain.CodeAlreadyConfirmed},
		"cancelled":             {[]domain.Event{reservation.Cancelled(ended)}, noon, ann, annsHold, domain.CodeAlreadyCancelled},
		"cancelled, and late":   {[]domain.Event{reservation.Cancelled(ended)}, end, ann, annsHold, domain.CodeAlreadyCancelled},
		"expired":               {[]domain.Event{reservation.Expired(ended)}, end, ann, annsHold, domain.CodeHoldExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := given(t, onSale(holdOf(ann, annsHold, 7, 8)...)...).and(test.at, test.then...)
			_, err := s.unit.CancelReservation(ctx, envelope(test.user, "key"), CancelReservation{UserID: test.user, ReservationID: test.id})
			requireRefused(t, test.code, err)
			s.then()
		})
	}
}

func TestACancelledSeatIsFreeAtOnce(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(holdOf(ann, annsHold, 7)...)...)
	_, err := s.unit.CancelReservation(ctx, Envelope{}, CancelReservation{UserID: ann, ReservationID: annsHold})
	require.NoError(t, err)
	_, err = s.unit.HoldSeats(ctx, Envelope{}, HoldSeats{UserID: bob, PerformanceID: thePerformance, Seats: []int{7}})
	require.NoError(t, err)
}
