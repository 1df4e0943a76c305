package command

import (
	"context"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Who and what the scenarios are about.
const (
	theConcert     domain.ConcertID     = "018f4e9a-0001-7000-8000-000000000001"
	otherConcert   domain.ConcertID     = "018f4e9a-0001-7000-8000-000000000002"
	thePerformance domain.PerformanceID = "018f4e9a-0002-7000-8000-000000000001"
	ann            domain.UserID        = "018f4e9a-0004-7000-8000-00000000000a"
	bob            domain.UserID        = "018f4e9a-0004-7000-8000-00000000000b"
	annsTurn       domain.AdmissionID   = "018f4e9a-0007-7000-8000-00000000000a"
	annsHold       domain.ReservationID = "018f4e9a-0003-7000-8000-00000000000a"
	bobsHold       domain.ReservationID = "018f4e9a-0003-7000-8000-00000000000b"

	price    domain.Money = 4500
	holdTime              = 5 * time.Minute
	instant               = time.Microsecond // the resolution of the store's clock
)

var (
	noon   = time.Date(2027, time.April, 1, 12, 0, 0, 0, time.UTC)
	starts = time.Date(2027, time.May, 1, 18, 0, 0, 0, time.UTC)

	settings = Settings{HoldDuration: holdTime, MaxLiveHolds: 10, MaxBalance: 100_000, Currency: "EUR"}

	announced = concert.Announced{
		ConcertID: theConcert, Title: "Nachtmusik", Venue: "Halle", Currency: "EUR",
		Queue: concert.Queue{Capacity: 100, SessionSeconds: 600},
	}
	scheduled = performance.Scheduled{
		PerformanceID: thePerformance, ConcertID: theConcert, StartsAt: starts, TimeZone: "Europe/Berlin",
		Date: "2027-05-01", Seats: performance.Seats{Count: 50, Price: price},
	}
)

// scenario is a test in three steps: given facts, when a command, then facts.
type scenario struct {
	t    require.TestingT
	log  *memory
	unit *Unit
	ids  int
	seen int // events before the command
}

// given starts a scenario at noon with facts that were recorded then.
func given(t require.TestingT, facts ...domain.Event) *scenario {
	s := &scenario{t: t, log: newMemory(t, noon)}
	unit, err := New(nil, settings, func() string {
		s.ids++
		return mintedID(s.ids)
	})
	require.NoError(t, err)
	unit.execute = s.log.execute
	s.unit = unit
	return s.and(noon, facts...)
}

// mintedID is the nth id that a scenario's commands make.
func mintedID(n int) string { return fmt.Sprintf("018f4e9a-0009-7000-8000-%012d", n) }

// and adds facts that were recorded at a time, which becomes the present.
func (s *scenario) and(at time.Time, facts ...domain.Event) *scenario {
	s.log.now = at
	for _, e := range facts {
		payload, err := domain.EncodeEvent(e)
		require.NoError(s.t, err)
		stream, tag := placeOf(s.t, e)
		s.log.append([]eventstore.NewEvent{{Stream: stream, Type: e.Type(), Tag: tag, Payload: payload}})
	}
	s.seen = len(s.log.events)
	return s
}

// at moves the clock.
func (s *scenario) at(now time.Time) *scenario {
	s.log.now = now
	return s
}

// then compares the events of the commands since the facts.
func (s *scenario) then(want ...domain.Event) {
	var got []domain.Event
	for _, e := range s.log.events[s.seen:] {
		fact := decodeEvent(s.t, e)
		got = append(got, fact)
		stream, tag := placeOf(s.t, fact)
		require.Equal(s.t, stream, e.Stream)
		require.Equal(s.t, tag, e.Tag)
	}
	require.Equal(s.t, want, got)
	s.seen = len(s.log.events)
}

// placeOf returns the stream and the tag of an event.
func placeOf(t require.TestingT, e domain.Event) (stream, tag string) {
	switch e := e.(type) {
	case concert.Announced:
		return concert.Stream(e.ConcertID), ""
	case performance.Scheduled:
		return performance.Stream(e.PerformanceID), ""
	case seat.Held:
		return seat.Stream(e.PerformanceID, e.Seat), ""
	case seat.Released:
		return seat.Stream(e.PerformanceID, e.Seat), ""
	case seat.Sold:
		return seat.Stream(e.PerformanceID, e.Seat), ""
	case reservation.Held:
		return reservation.Stream(e.ReservationID), holds.Tag(e.UserID)
	case reservation.Confirmed:
		return reservation.Stream(e.ReservationID), holds.Tag(e.UserID)
	case reservation.Cancelled:
		return reservation.Stream(e.ReservationID), holds.Tag(e.UserID)
	case reservation.Expired:
		return reservation.Stream(e.ReservationID), holds.Tag(e.UserID)
	case wallet.Charged:
		return wallet.Stream(e.UserID), ""
	case wallet.Debited:
		return wallet.Stream(e.UserID), ""
	case admission.Spent:
		return admission.Stream(e.AdmissionID), ""
	case admission.GivenUp:
		return admission.Stream(e.AdmissionID), ""
	case user.Forgotten:
		return user.Stream(e.UserID), ""
	}
	require.FailNow(t, "no stream for this event", "%T", e)
	return "", ""
}

func decodeEvent(t require.TestingT, e eventstore.Event) domain.Event {
	var fact domain.Event
	var err error
	switch category(e.Stream) {
	case concert.Category:
		fact, err = concert.Decode(e.Type, e.Payload)
	case performance.Category:
		fact, err = performance.Decode(e.Type, e.Payload)
	case seat.Category:
		fact, err = seat.Decode(e.Type, e.Payload)
	case reservation.Category:
		fact, err = reservation.Decode(e.Type, e.Payload)
	case wallet.Category:
		fact, err = wallet.Decode(e.Type, e.Payload)
	case admission.Category:
		fact, err = admission.Decode(e.Type, e.Payload)
	case user.Category:
		fact, err = user.Decode(e.Type, e.Payload)
	}
	require.NoError(t, err)
	return fact
}

// The facts of a hold that a user has on seats of the performance, in the
// order in which they are recorded.
func holdOf(holder domain.UserID, id domain.ReservationID, seats ...int) []domain.Event {
	facts := []domain.Event{reservation.Held{
		ReservationID: id, UserID: holder, ConcertID: theConcert, PerformanceID: thePerformance, Date: "2027-05-01",
		Seats: seats, Price: price * domain.Money(len(seats)), HoldMs: holdTime.Milliseconds(),
	}}
	for _, n := range seats {
		facts = append(facts, seat.Held{
			PerformanceID: thePerformance, Seat: n, ReservationID: id, UserID: holder, Price: price,
			HoldMs: holdTime.Milliseconds(),
		})
	}
	return facts
}

// The facts of a payment of such a hold, without an admission.
func paymentOf(buyer domain.UserID, id domain.ReservationID, payment domain.PaymentID, balance domain.Money, seats ...int) []domain.Event {
	amount := price * domain.Money(len(seats))
	facts := []domain.Event{
		reservation.Confirmed{
			ReservationID: id, UserID: buyer, ConcertID: theConcert, PerformanceID: thePerformance, Date: "2027-05-01",
			Seats: seats, PaymentID: payment, Amount: amount, Balance: balance,
		},
		wallet.Debited{PaymentID: payment, ReservationID: id, UserID: buyer, Amount: amount, Balance: balance},
	}
	for _, n := range seats {
		facts = append(facts, seat.Sold{
			PerformanceID: thePerformance, Seat: n, ReservationID: id, UserID: buyer, PaymentID: payment, Price: price,
		})
	}
	return facts
}

// endOf is the shape of the end of such a hold.
func endOf(holder domain.UserID, id domain.ReservationID, heldAt time.Time, seats ...int) reservation.Ended {
	return reservation.Ended{
		ReservationID: id, UserID: holder, ConcertID: theConcert, PerformanceID: thePerformance, Date: "2027-05-01",
		Seats: seats, Price: price * domain.Money(len(seats)), ExpiresAt: heldAt.Add(holdTime),
	}
}

// charged is the fact that Ann has this much money.
func charged(balance domain.Money) wallet.Charged {
	return wallet.Charged{ChargeID: "018f4e9a-0006-7000-8000-000000000001", UserID: ann, Amount: balance, Balance: balance}
}

func released(id domain.ReservationID, number int, reason seat.Reason) seat.Released {
	return seat.Released{PerformanceID: thePerformance, Seat: number, ReservationID: id, Reason: reason}
}

// join joins lists of facts.
func join(lists ...[]domain.Event) (all []domain.Event) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// onSale are the facts of a performance whose seats are on sale.
func onSale(more ...domain.Event) []domain.Event {
	return append([]domain.Event{announced, scheduled}, more...)
}

func requireRefused(t require.TestingT, code domain.Code, err error) {
	refusal := refusalOf(t, code, err)
	require.NotEmpty(t, refusal.Detail)
}

// refusalOf checks the code of a refusal and returns it.
func refusalOf(t require.TestingT, code domain.Code, err error) *domain.Error {
	require.Error(t, err)
	refusal, ok := err.(*domain.Error) //nolint:errorlint // refusals are handed on as they are
	require.True(t, ok, "%v is not a refusal", err)
	require.Equal(t, code, refusal.Code)
	return refusal
}

func envelope(sender domain.UserID, key string) Envelope {
	return Envelope{Actor: "user:" + string(sender), IdempotencyKey: key, Correlation: "request-1"}
}

var ctx = context.Background()
