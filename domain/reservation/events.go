package reservation

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Wire names.
const (
	TypeHeld      = "reservation.held.v1"
	TypeConfirmed = "reservation.confirmed.v1"
	TypeCancelled = "reservation.cancelled.v1"
	TypeExpired   = "reservation.expired.v1"
)

// Event is [Held], [Confirmed], [Cancelled] or [Expired]. Each one repeats
// what the reservation is for, so that it can be answered from and read on
// its own.
type Event interface {
	domain.Event
	evolve(s State, at time.Time) State
}

// Held says that the user has the seats until the time at which this was
// recorded plus HoldMs.
type Held struct {
	ReservationID domain.ReservationID `json:"reservationId"`
	UserID        domain.UserID        `json:"userId"`
	ConcertID     domain.ConcertID     `json:"concertId"`
	PerformanceID domain.PerformanceID `json:"performanceId"`
	// Date is the performance's local date, as 2006-01-02.
	Date string `json:"date"`
	// Seats are one to eight numbers in ascending order.
	Seats []int `json:"seats"`
	// Price is that of all seats together.
	Price domain.Money `json:"price"`
	// HoldMs is the length of the hold in milliseconds.
	HoldMs int64 `json:"holdMs"`
}

// Type implements [domain.Event].
func (Held) Type() string { return TypeHeld }

// Ends returns the end of a hold that was recorded at the given time.
func (e Held) Ends(recordedAt time.Time) time.Time {
	return recordedAt.Add(time.Duration(e.HoldMs) * time.Millisecond)
}

// Confirmed says that the reservation was paid: the seats are the user's.
type Confirmed struct {
	ReservationID domain.ReservationID `json:"reservationId"`
	UserID        domain.UserID        `json:"userId"`
	ConcertID     domain.ConcertID     `json:"concertId"`
	PerformanceID domain.PerformanceID `json:"performanceId"`
	Date          string               `json:"date"`
	Seats         []int                `json:"seats"`
	PaymentID     domain.PaymentID     `json:"paymentId"`
	// Amount is what was paid: the price of the reservation.
	Amount domain.Money `json:"amount"`
	// Balance is what the payment left in the wallet.
	Balance domain.Money `json:"balance"`
	// AdmissionID is the turn under which it was paid, empty if none was needed.
	AdmissionID domain.AdmissionID `json:"admissionId"`
}

// Type implements [domain.Event].
func (Confirmed) Type() string { return TypeConfirmed }

// Cancelled says that the user gave the seats back before the hold ended.
type Cancelled Ended

// Type implements [domain.Event].
func (Cancelled) Type() string { return TypeCancelled }

// Expired says that the hold ended by the clock, at ExpiresAt; it is recorded
// some time after that.
type Expired Ended

// Type implements [domain.Event].
func (Expired) Type() string { return TypeExpired }

// Ended is the shape of the events that end a reservation without a payment.
type Ended struct {
	ReservationID domain.ReservationID `json:"reservationId"`
	UserID        domain.UserID        `json:"userId"`
	ConcertID     domain.ConcertID     `json:"concertId"`
	PerformanceID domain.PerformanceID `json:"performanceId"`
	Date          string               `json:"date"`
	Seats         []int                `json:"seats"`
	Price         domain.Money         `json:"price"`
	// ExpiresAt is the end that the hold had by the clock.
	ExpiresAt time.Time `json:"expiresAt"`
}
