// Package reservation holds the rules of one hold on one to eight seats and
// what becomes of it: it is confirmed by a payment, cancelled by its user, or
// it expires. Exactly one of these ends it.
//
// A hold ends by the clock. From its end on it can be neither paid nor
// cancelled, whether or not anybody has recorded an [Expired]; that event
// only makes the end visible.
package reservation

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Category is the first part of the names of all reservation streams.
const Category = "reservation"

// Stream names the stream of a reservation.
func Stream(id domain.ReservationID) string { return Category + "-" + string(id) }

// Status is what was last recorded about a reservation, by its public name.
// It does not know the time: a reservation that stands as held may have ended.
type Status string

// A reservation without events has the status "".
const (
	StatusHeld      Status = "held"
	StatusConfirmed Status = "confirmed"
	StatusCancelled Status = "cancelled"
	StatusExpired   Status = "expired"
)

// State is a reservation. The zero State is one that does not exist.
type State struct {
	Status        Status
	ID            domain.ReservationID
	UserID        domain.UserID
	ConcertID     domain.ConcertID
	PerformanceID domain.PerformanceID
	// Date is the performance's local date, as 2006-01-02.
	Date string
	// Seats are in ascending order. They are shared between states: read only.
	Seats []int
	// Price is that of all seats together.
	Price domain.Money
	// Ends is when the hold ends: from this time on it is no more.
	Ends time.Time
	// PaymentID is the payment that confirmed it, if one did.
	PaymentID domain.PaymentID
}

// Window implements [domain.State].
func (s State) Window(now time.Time) (from, until time.Time) {
	if s.Status != StatusHeld {
		return time.Time{}, time.Time{}
	}
	return domain.WindowAround(now, s.Ends)
}

// Evolve returns the state after an event that was recorded at the given time.
func (s State) Evolve(e Event, at time.Time) State { return e.evolve(s, at) }

func (e Held) evolve(_ State, at time.Time) State {
	return State{
		Status:        StatusHeld,
		ID:            e.ReservationID,
		UserID:        e.UserID,
		ConcertID:     e.ConcertID,
		PerformanceID: e.PerformanceID,
		Date:          e.Date,
		Seats:         e.Seats,
		Price:         e.Price,
		Ends:          e.Ends(at),
	}
}

func (e Confirmed) evolve(s State, _ time.Time) State {
	s.Status = StatusConfirmed
	s.PaymentID = e.PaymentID
	return s
}

func (e Cancelled) evolve(s State, _ time.Time) State {
	s.Status = StatusCancelled
	return s
}

func (e Expired) evolve(s State, _ time.Time) State {
	s.Status = StatusExpired
	return s
}
