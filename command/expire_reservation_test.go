package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
)

func TestExpireReservation(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(holdOf(ann, annsHold, 7, 8)...)...).at(noon.Add(holdTime))

	accepted, err := s.unit.ExpireReservation(ctx, Envelope{}, ExpireReservation{ReservationID: annsHold})

	require.NoError(t, err)
	s.then(
		reservation.Expired(endOf(ann, annsHold, noon, 7, 8)),
		released(annsHold, 7, seat.ReasonExpired),
		released(annsHold, 8, seat.ReasonExpired),
	)
	require.Equal(t, reservation.StatusExpired, accepted.Answer.State)
	require.Equal(t, noon.Add(holdTime), accepted.Answer.ExpiresAt)
}

func TestExpireReservationLeavesSeatsToWhoeverHasThemNow(t *testing.T) {
	t.Parallel()
	end := noon.Add(holdTime)
	s := given(t, onSale(holdOf(ann, annsHold, 7, 8)...)...).and(end, holdOf(bob, bobsHold, 8, 9)...)
	_, err := s.unit.ExpireReservation(ctx, Envelope{}, ExpireReservation{ReservationID: annsHold})
	require.NoError(t, err)
	s.then(
		reservation.Expired(endOf(ann, annsHold, noon, 7, 8)),
		released(annsHold, 7, seat.ReasonExpired),
	)
}

func TestExpireReservationRefusals(t *testing.T) {
	t.Parallel()
	end := noon.Add(holdTime)
	ended := endOf(ann, annsHold, noon, 7, 8)
	for name, test := range map[string]struct {
		then []domain.Event
		at   time.Time
		id   domain.ReservationID
		code domain.Code
	}{
		"no such reservation": {nil, end, bobsHold, domain.CodeReservationNotFound},
		"running":             {nil, end.Add(-instant), annsHold, domain.CodeConflict},
		"paid":                {paymentOf(ann, annsHold, "payment", 0, 7, 8), end, annsHold, domain.CodeAlreadyConfirmed},
		"cancelled":           {[]domain.Event{reservation.Cancelled(ended)}, end, annsHold, domain.CodeAlreadyCancelled},
		"expired":             {[]domain.Event{reservation.Expired(ended)}, end, annsHold, domain.CodeHoldExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := given(t, onSale(holdOf(ann, annsHold, 7, 8)...)...).and(test.at, test.then...)
			_, err := s.unit.ExpireReservation(ctx, Envelope{}, ExpireReservation{ReservationID: test.id})
			requireRefused(t, test.code, err)
			s.then()
		})
	}
}
