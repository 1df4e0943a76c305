package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
)

func TestHoldSeats(t *testing.T) {
	t.Parallel()
	s := given(t, onSale()...)

	accepted, err := s.unit.HoldSeats(ctx, envelope(ann, "key"), HoldSeats{
		UserID: ann, ConcertID: theConcert, AdmissionID: annsTurn, PerformanceID: thePerformance, Seats: []int{8, 7},
	})

	require.NoError(t, err)
	id := domain.ReservationID(mintedID(1))
	s.then(holdOf(ann, id, 7, 8)...)
	require.Equal(t, Accepted[Reservation]{
		Answer: Reservation{
			ReservationID: id, UserID: ann, ConcertID: theConcert, PerformanceID: thePerformance, Date: "2027-05-01",
			Seats: []int{7, 8}, Price: 9000, State: reservation.StatusHeld, ExpiresAt: noon.Add(holdTime),
		},
		Position: 5,
	}, accepted)
}

func TestHoldSeatsWithoutAnAdmission(t *testing.T) {
	t.Parallel()
	s := given(t, onSale()...)
	_, err := s.unit.HoldSeats(ctx, Envelope{}, HoldSeats{UserID: ann, PerformanceID: thePerformance, Seats: []int{50}})
	require.NoError(t, err)
	s.then(holdOf(ann, domain.ReservationID(mintedID(1)), 50)...)
}

func TestHoldSeatsRefusals(t *testing.T) {
	t.Parallel()
	spent := admission.Spent{AdmissionID: annsTurn, UserID: ann, ConcertID: theConcert, PaymentID: "payment"}
	givenUp := admission.GivenUp{AdmissionID: annsTurn, UserID: ann, ConcertID: theConcert}
	soldToBob := join(holdOf(bob, bobsHold, 7), paymentOf(bob, bobsHold, "payment", 0, 7))
	for name, test := range map[string]struct {
		given []domain.Event
		at    time.Time
		seats []int
		code  domain.Code
		named []int
	}{
		"no seats":                      {onSale(), noon, nil, domain.CodeInvalidRequest, nil},
		"nine seats":                    {onSale(), noon, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, domain.CodeInvalidRequest, nil},
		"a seat twice":                  {onSale(), noon, []int{7, 8, 7}, domain.CodeInvalidRequest, nil},
		"no such performance":           {[]domain.Event{announced}, noon, []int{7}, domain.CodePerformanceNotFound, nil},
		"no such seats":                 {onSale(), noon, []int{0, 50, 51}, domain.CodeSeatNotFound, []int{0, 51}},
		"seats that no hall has":        {onSale(), noon, []int{-1, 1_000_000}, domain.CodeSeatNotFound, []int{-1, 1_000_000}},
		"started":                       {onSale(), starts, []int{7, 8}, domain.CodeSeatUnavailable, []int{7, 8}},
		"held by another":               {onSale(holdOf(bob, bobsHold, 7, 8)...), noon, []int{6, 7, 8}, domain.CodeSeatUnavailable, []int{7, 8}},
		"held until the next instant":   {onSale(holdOf(bob, bobsHold, 7)...), noon.Add(holdTime - instant), []int{7}, domain.CodeSeatUnavailable, []int{7}},
		"held by the user":              {onSale(holdOf(ann, annsHold, 7)...), noon, []int{7}, domain.CodeSeatUnavailable, []int{7}},
		"sold":                          {onSale(soldToBob...), noon.Add(time.Hour), []int{7}, domain.CodeSeatUnavailable, []int{7}},
		"some held, some sold":          {onSale(join(soldToBob, holdOf(ann, annsHold, 9))...), noon, []int{7, 8, 9}, domain.CodeSeatUnavailable, []int{7, 9}},
		"admission spent":               {onSale(spent), noon, []int{7}, domain.CodeAdmissionSpent, nil},
		"admission given up":            {onSale(givenUp), noon, []int{7}, domain.CodeNotAdmitted, nil},
		"past the limit":                {onSale(holdOf(ann, annsHold, 1, 2, 3, 4, 5, 6, 7, 8)...), noon, []int{11, 12, 13}, domain.CodeLimitExceeded, nil},
		"past the limit, and not there": {onSale(holdOf(ann, annsHold, 1, 2, 3, 4, 5, 6, 7, 8)...), noon, []int{8, 11, 12}, domain.CodeSeatUnavailable, []int{8}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := given(t, test.given...).at(test.at)
			_, err := s.unit.HoldSeats(ctx, envelope(ann, "key"), HoldSeats{
				UserID: ann, ConcertID: theConcert, AdmissionID: annsTurn, PerformanceID: thePerformance, Seats: test.seats,
			})
			refusal := refusalOf(t, test.code, err)
			require.Equal(t, test.named, refusal.Seats)
			s.then()
		})
	}
}

func TestAPerformanceOfAnotherConcertIsNotFound(t *testing.T) {
	t.Parallel()
	s := given(t, onSale()...)
	_, err := s.unit.HoldSeats(ctx, envelope(ann, "key"), HoldSeats{
		UserID: ann, ConcertID: otherConcert, AdmissionID: annsTurn, PerformanceID: thePerformance, Seats: []int{7},
	})
	requireRefused(t, domain.CodePerformanceNotFound, err)
	s.then()
}

func TestASeatIsFreeAtTheEndOfItsHoldWhoeverTidiesUp(t *testing.T) {
	t.Parallel()
	end := noon.Add(holdTime)
	for name, facts := range map[string][]domain.Event{
		"nobody": {},
		"the sweeper": {
			reservation.Expired(endOf(bob, bobsHold, noon, 7)), released(bobsHold, 7, seat.ReasonExpired),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := given(t, onSale(holdOf(bob, bobsHold, 7)...)...).and(end, facts...)
			accepted, err := s.unit.HoldSeats(ctx, Envelope{}, HoldSeats{UserID: ann, PerformanceID: thePerformance, Seats: []int{7}})
			require.NoError(t, err)
			require.Equal(t, end.Add(holdTime), accepted.Answer.ExpiresAt)
			s.then(holdOf(ann, domain.ReservationID(mintedID(1)), 7)...)
		})
	}
}

func TestTheLimitCountsLiveHoldsOnly(t *testing.T) {
	t.Parallel()
	eight := []int{1, 2, 3, 4, 5, 6, 7, 8} // of at most ten
	end := noon.Add(holdTime)
	for name, test := range map[string]struct {
		at   time.Time
		then []domain.Event
		more []int
		code domain.Code
	}{
		"up to the limit":          {noon, nil, []int{11, 12}, ""},
		"the instant before":       {end.Add(-instant), nil, []int{11, 12, 13}, domain.CodeLimitExceeded},
		"ended by the clock":       {end, nil, []int{11, 12, 13}, ""},
		"cancelled":                {noon, []domain.Event{reservation.Cancelled(endOf(ann, annsHold, noon, eight...))}, []int{11, 12, 13}, ""},
		"paid":                     {noon, paymentOf(ann, annsHold, "payment", 0, eight...), []int{11, 12, 13}, ""},
		"expired":                  {end, []domain.Event{reservation.Expired(endOf(ann, annsHold, noon, eight...))}, []int{11, 12, 13}, ""},
		"another's is not counted": {noon, holdOf(bob, bobsHold, 21, 22, 23), []int{11, 12}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := given(t, onSale(holdOf(ann, annsHold, eight...)...)...).and(test.at, test.then...)
			_, err := s.unit.HoldSeats(ctx, Envelope{}, HoldSeats{UserID: ann, PerformanceID: thePerformance, Seats: test.more})
			if test.code != "" {
				requireRefused(t, test.code, err)
				return
			}
			require.NoError(t, err)
		})
	}
}

// What a rush costs: an accepted hold fetches all it reads in one look-up, and
// a refusal never comes to read anything of the user's own.
func TestHoldSeatsNamesWhatItReads(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(holdOf(bob, bobsHold, 9)...)...)
	_, err := s.unit.HoldSeats(ctx, Envelope{}, HoldSeats{
		UserID: ann, ConcertID: theConcert, AdmissionID: annsTurn, PerformanceID: thePerformance, Seats: []int{8, 7},
	})
	require.NoError(t, err)
	require.Equal(t, 1, s.log.lookups)
	require.Equal(t, []string{
		seat.Stream(thePerformance, 7), seat.Stream(thePerformance, 8),
		"performance-" + string(thePerformance), "admission-" + string(annsTurn),
	}, s.log.last.Streams)
	require.Equal(t, []string{"holds-" + string(ann)}, s.log.last.Tags)

	h := hold{HoldSeats: HoldSeats{PerformanceID: thePerformance}, numbers: []int{-7, 0, 1, 100_000, 100_001}}
	require.Equal(t, []string{
		seat.Stream(thePerformance, 1), seat.Stream(thePerformance, 100_000), "performance-" + string(thePerformance),
	}, h.streams(), "numbers that no performance has are not looked up")
}
