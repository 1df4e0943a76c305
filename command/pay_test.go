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

// paying is a scenario in which Ann holds seats 7 and 8, for 9000, and has 10,000.
func paying(t *testing.T) *scenario {
	t.Helper()
	return given(t, onSale(append(holdOf(ann, annsHold, 7, 8), charged(10_000))...)...)
}

var annPays = Pay{UserID: ann, ConcertID: theConcert, AdmissionID: annsTurn, ReservationID: annsHold}

func TestPay(t *testing.T) {
	t.Parallel()
	s := paying(t).at(noon.Add(holdTime - instant))

	accepted, err := s.unit.Pay(ctx, envelope(ann, "key"), annPays)

	require.NoError(t, err)
	id := domain.PaymentID(mintedID(1))
	facts := paymentOf(ann, annsHold, id, 1000, 7, 8)
	confirmed, ok := facts[0].(reservation.Confirmed)
	require.True(t, ok)
	confirmed.AdmissionID = annsTurn
	facts[0] = confirmed
	s.then(append(facts, admission.Spent{AdmissionID: annsTurn, UserID: ann, ConcertID: theConcert, PaymentID: id})...)
	require.Equal(t, Accepted[Payment]{
		Answer: Payment{
			PaymentID: id, ReservationID: annsHold, PerformanceID: thePerformance, Seats: []int{7, 8},
			Amount: 9000, Balance: 1000, PaidAt: noon.Add(holdTime - instant),
		},
		Position: 11,
	}, accepted)
}

func TestPayWithoutAnAdmission(t *testing.T) {
	t.Parallel()
	s := paying(t)
	_, err := s.unit.Pay(ctx, Envelope{}, Pay{UserID: ann, ReservationID: annsHold})
	require.NoError(t, err)
	s.then(paymentOf(ann, annsHold, domain.PaymentID(mintedID(1)), 1000, 7, 8)...)
}

func TestPayRefusals(t *testing.T) {
	t.Parallel()
	end := noon.Add(holdTime)
	ended := endOf(ann, annsHold, noon, 7, 8)
	spent := admission.Spent{AdmissionID: annsTurn, UserID: ann, ConcertID: theConcert, PaymentID: "payment"}
	givenUp := admission.GivenUp{AdmissionID: annsTurn, UserID: ann, ConcertID: theConcert}
	other := annPays
	other.ConcertID = otherConcert
	bobs := annPays
	bobs.UserID = bob
	unknown := annPays
	unknown.ReservationID = bobsHold
	for name, test := range map[string]struct {
		then []domain.Event
		at   time.Time
		pay  Pay
		code domain.Code
	}{
		"no such reservation":          {nil, noon, unknown, domain.CodeReservationNotFound},
		"another's reservation":        {nil, noon, bobs, domain.CodeReservationNotFound},
		"another concert's admission":  {nil, noon, other, domain.CodeNotAdmitted},
		"at the end":                   {nil, end, annPays, domain.CodeHoldExpired},
		"after the end":                {nil, end.Add(time.Hour), annPays, domain.CodeHoldExpired},
		"paid":                         {append(paymentOf(ann, annsHold, "payment", 1000, 7, 8), spent), noon, annPays, domain.CodeAlreadyConfirmed},
		"cancelled":                    {[]domain.Event{reservation.Cancelled(ended)}, noon, annPays, domain.CodeAlreadyCancelled},
		"expired":                      {[]domain.Event{reservation.Expired(ended)}, end, annPays, domain.CodeHoldExpired},
		"ended, and the seat is bob's": {holdOf(bob, bobsHold, 7), end, annPays, domain.CodeHoldExpired},
		"admission spent":              {[]domain.Event{spent}, noon, annPays, domain.CodeAdmissionSpent},
		"admission given up":           {[]domain.Event{givenUp}, noon, annPays, domain.CodeNotAdmitted},
		"one short":                    {[]domain.Event{charged(8999)}, noon, annPays, domain.CodeInsufficientBalance},
		"one short, and late":          {[]domain.Event{charged(8999)}, end, annPays, domain.CodeHoldExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := paying(t).and(test.at, test.then...)
			_, err := s.unit.Pay(ctx, envelope(ann, "key"), test.pay)
			requireRefused(t, test.code, err)
			s.then()
		})
	}
}

func TestPayTheLastOfTheMoney(t *testing.T) {
	t.Parallel()
	s := paying(t).and(noon, charged(9000))
	accepted, err := s.unit.Pay(ctx, Envelope{}, Pay{UserID: ann, ReservationID: annsHold})
	require.NoError(t, err)
	require.Zero(t, accepted.Answer.Balance)
}

func TestPayAfterTheStartOfAPerformanceThatWasHeldBefore(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(charged(10_000))...).and(starts.Add(-instant), holdOf(ann, annsHold, 7)...)
	s.at(starts)
	_, err := s.unit.Pay(ctx, Envelope{}, Pay{UserID: ann, ReservationID: annsHold})
	require.NoError(t, err, "a hold is worth its whole length")
}

// A live hold whose seat is not held by it cannot be: it is a fault that must
// not be sold, nor be told to a client as a refusal.
func TestPayFailsOnALogThatContradictsItself(t *testing.T) {
	t.Parallel()
	s := paying(t).and(noon, released(annsHold, 8, seat.ReasonCancelled))
	_, err := s.unit.Pay(ctx, Envelope{}, Pay{UserID: ann, ReservationID: annsHold})
	require.ErrorContains(t, err, "pay: seat 8 of performance "+string(thePerformance)+" is not held by reservation")
	require.Empty(t, domain.CodeOf(err))
	s.then()
}

func TestPayNamesWhatItReads(t *testing.T) {
	t.Parallel()
	s := paying(t)
	_, err := s.unit.Pay(ctx, Envelope{}, annPays)
	require.NoError(t, err)
	require.Equal(t, []string{
		"reservation-" + string(annsHold), "wallet-" + string(ann), "admission-" + string(annsTurn),
	}, s.log.last.Streams)
	require.Equal(t, 2, s.log.lookups, "the seats are known once the reservation is, and fetched together")
}
