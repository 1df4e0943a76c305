package seat

import (
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Available reports whether the seat can be held at the given time.
func (s State) Available(now time.Time) bool {
	return s.Status == StatusAvailable || s.Status == StatusHeld && !now.Before(s.Ends)
}

// HeldBy reports whether the reservation is the last that held the seat and
// nothing has ended that hold but, perhaps, the clock.
func (s State) HeldBy(reservation domain.ReservationID) bool {
	return s.Status == StatusHeld && s.ReservationID == reservation
}

// Claim is a reservation's wish for seats of a performance.
type Claim struct {
	PerformanceID domain.PerformanceID
	ReservationID domain.ReservationID
	UserID        domain.UserID
	// Price is that of one seat.
	Price domain.Money
	// Length of the hold, in whole milliseconds.
	Length time.Duration
}

// Hold holds all of the numbered seats or none; states are theirs, in the
// same order. It refuses with seat_unavailable and names every seat that
// somebody has, which may be the claimant: a seat is held once, by one
// reservation.
func Hold(now time.Time, claim Claim, numbers []int, states []State) ([]Held, error) {
	var taken []int
	for i, s := range states {
		if !s.Available(now) {
			taken = append(taken, numbers[i])
		}
	}
	if len(taken) > 0 {
		return nil, domain.RefuseSeats(domain.CodeSeatUnavailable, taken,
			"Held or sold: {seats}. Choose from the available seats, or try again in case a hold ends.")
	}
	held := make([]Held, len(numbers))
	for i, number := range numbers {
		held[i] = Held{
			PerformanceID: claim.PerformanceID,
			Seat:          number,
			ReservationID: claim.ReservationID,
			UserID:        claim.UserID,
			Price:         claim.Price,
			HoldMs:        claim.Length.Milliseconds(),
		}
	}
	return held, nil
}

// Sell sells the seat to the reservation that holds it. That the hold is
// live has been decided on the reservation, whose end is the same, so a seat
// that another one has is a fault of the program or of the log.
func (s State) Sell(
	now time.Time, performance domain.PerformanceID, number int, reservation domain.ReservationID, payment domain.PaymentID,
) (Sold, error) {
	if !s.HeldBy(reservation) || s.Available(now) {
		return Sold{}, fmt.Errorf("seat %d of performance %s is not held by reservation %s, which is live", number, performance, reservation)
	}
	return Sold{
		PerformanceID: performance,
		Seat:          number,
		ReservationID: reservation,
		UserID:        s.UserID,
		PaymentID:     payment,
		Price:         s.Price,
	}, nil
}

// Release gives the seat back, and reports false if the reservation does not
// hold it any more: after the end of a hold somebody else may have taken it.
func (s State) Release(
	performance domain.PerformanceID, number int, reservation domain.ReservationID, reason Reason,
) (Released, bool) {
	if !s.HeldBy(reservation) {
		return Released{}, false
	}
	return Released{PerformanceID: performance, Seat: number, ReservationID: reservation, Reason: reason}, true
}
