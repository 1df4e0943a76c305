package replay

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Decode reads an event with the codec of its aggregate. The error names the
// event.
func Decode(e eventstore.Event) (fact domain.Event, err error) {
	switch eventstore.Category(e.Stream) {
	case seat.Category:
		fact, err = seat.Decode(e.Type, e.Payload)
	case reservation.Category:
		fact, err = reservation.Decode(e.Type, e.Payload)
	case wallet.Category:
		fact, err = wallet.Decode(e.Type, e.Payload)
	case admission.Category:
		fact, err = admission.Decode(e.Type, e.Payload)
	case performance.Category:
		fact, err = performance.Decode(e.Type, e.Payload)
	case concert.Category:
		fact, err = concert.Decode(e.Type, e.Payload)
	case user.Category:
		fact, err = user.Decode(e.Type, e.Payload)
	default:
		err = &domain.UnknownTypeError{Type: e.Type}
	}
	if err != nil {
		return nil, fmt.Errorf("position %d, stream %s at version %d: %w", e.Position, e.Stream, e.Version, err)
	}
	return fact, nil
}

// Sentence tells an event to a person, in one line. Amounts are in the minor
// unit of the currency, as they are everywhere in the log.
func Sentence(e eventstore.Event) (string, error) {
	fact, err := Decode(e)
	if err != nil {
		return "", err
	}
	switch f := fact.(type) {
	case seat.Event:
		return seatSentence(f, e.RecordedAt), nil
	case reservation.Event:
		return reservationSentence(f, e.RecordedAt), nil
	case wallet.Charged:
		return fmt.Sprintf("User %s charged the wallet with %d; it holds %d.", f.UserID, f.Amount, f.Balance), nil
	case wallet.Debited:
		return fmt.Sprintf("Payment %s took %d from the wallet of user %s for reservation %s; it holds %d.",
			f.PaymentID, f.Amount, f.UserID, f.ReservationID, f.Balance), nil
	case admission.Spent:
		return fmt.Sprintf("Admission %s of user %s to concert %s was spent on payment %s.", f.AdmissionID, f.UserID, f.ConcertID, f.PaymentID), nil
	case admission.GivenUp:
		return fmt.Sprintf("User %s gave up admission %s to concert %s.", f.UserID, f.AdmissionID, f.ConcertID), nil
	case performance.Scheduled:
		return fmt.Sprintf("Performance %s of concert %s was scheduled for %s (%s, %s) with %d seats at %d.", f.PerformanceID, f.ConcertID,
			clock(f.StartsAt), f.Date, f.TimeZone, f.Seats.Count, f.Seats.Price), nil
	case user.Forgotten:
		return fmt.Sprintf("User %s was forgotten.", f.UserID), nil
	case concert.Announced:
		return fmt.Sprintf("Concert %s was announced: %q at %q, prices in %s, %d at a time for %s.", f.ConcertID,
			f.Title, f.Venue, f.Currency, f.Queue.Capacity, f.Queue.Session()), nil
	}
	return "", fmt.Errorf("position %d: no words for %s", e.Position, e.Type)
}

func seatSentence(fact seat.Event, at time.Time) string {
	switch f := fact.(type) {
	case seat.Held:
		return fmt.Sprintf("Seat %d of performance %s is held by user %s until %s at a price of %d, reservation %s.",
			f.Seat, f.PerformanceID, f.UserID, clock(at.Add(time.Duration(f.HoldMs)*time.Millisecond)), f.Price, f.ReservationID)
	case seat.Released:
		return fmt.Sprintf("Seat %d of performance %s is available again: reservation %s was %s.", f.Seat, f.PerformanceID, f.ReservationID, f.Reason)
	case seat.Sold:
		return fmt.Sprintf("Seat %d of performance %s was sold to user %s for %d, payment %s of reservation %s.",
			f.Seat, f.PerformanceID, f.UserID, f.Price, f.PaymentID, f.ReservationID)
	}
	return fact.Type()
}

func reservationSentence(fact reservation.Event, at time.Time) string {
	switch f := fact.(type) {
	case reservation.Held:
		return fmt.Sprintf("User %s reserved %s of performance %s on %s for %d until %s, reservation %s.",
			f.UserID, seatNames(f.Seats), f.PerformanceID, f.Date, f.Price, clock(f.Ends(at)), f.ReservationID)
	case reservation.Confirmed:
		return fmt.Sprintf("Reservation %s of user %s for %s was paid with %d, payment %s.", f.ReservationID, f.UserID, seatNames(f.Seats), f.Amount, f.PaymentID)
	case reservation.Cancelled:
		return fmt.Sprintf("User %s cancelled reservation %s for %s.", f.UserID, f.ReservationID, seatNames(f.Seats))
	case reservation.Expired:
		return fmt.Sprintf("Reservation %s of user %s for %s had expired at %s.", f.ReservationID, f.UserID, seatNames(f.Seats), clock(f.ExpiresAt))
	}
	return fact.Type()
}

// seatNames writes "seat 7" or "seats 7, 8".
func seatNames(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	name := "seat "
	if len(numbers) != 1 {
		name = "seats "
	}
	return name + strings.Join(texts, ", ")
}

// clock writes a time for people, to the second.
func clock(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }
