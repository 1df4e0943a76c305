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
			_, err := s.unit.HoldSeats(ctx, envelope(ann, "hold"), hold)
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
