package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

// The turns below end a minute after noon.
var turnEnds = noon.Add(time.Minute)

func TestATurnLastsUntilItsEndByTheStoresClock(t *testing.T) {
	t.Parallel()
	hold := HoldSeats{
		UserID: ann, ConcertID: theConcert, AdmissionID: annsTurn, AdmittedUntil: turnEnds,
		PerformanceID: thePerformance, Seats: []int{1},
	}
	pay := annPays
	pay.AdmittedUntil = turnEnds
	cancel := CancelReservation{UserID: ann, AdmissionID: annsTurn, AdmittedUntil: turnEnds}
	for name, test := range map[string]struct {
		at   time.Time
		code domain.Code
	}{
		"the instant before": {turnEnds.Add(-instant), ""},
		"at the end":         {turnEnds, domain.CodeNotAdmitted},
		"later":              {turnEnds.Add(time.Second), domain.CodeNotAdmitted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := paying(t).at(test.at)
			held, err := s.unit.HoldSeats(ctx, envelope(ann, "hold"), hold)
			require.Equal(t, test.code, domain.CodeOf(err))

			cancelled := cancel
			cancelled.ReservationID = annsHold
			if test.code == "" {
				cancelled.ReservationID = held.Answer.ReservationID
			}
			_, err = s.unit.CancelReservation(ctx, envelope(ann, "cancel"), cancelled)
			require.Equal(t, test.code, domain.CodeOf(err))

			_, err = s.unit.Pay(ctx, envelope(ann, "pay"), pay)
			require.Equal(t, test.code, domain.CodeOf(err))
		})
	}
}

func TestARequestIsAnsweredAgainAfterTheTurn(t *testing.T) {
	t.Parallel()
	pay := annPays
	pay.AdmittedUntil = turnEnds
	s := paying(t)
	first, err := s.unit.Pay(ctx, envelope(ann, "key"), pay)
	require.NoError(t, err)

	s.at(turnEnds.Add(time.Hour))
	again, err := s.unit.Pay(ctx, envelope(ann, "key"), pay)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, first.Answer, again.Answer)
	require.Equal(t, first.Position, again.Position)
}
