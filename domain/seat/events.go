package seat

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Wire names.
const (
	TypeHeld     = "seat.held.v1"
	TypeReleased = "seat.released.v1"
	TypeSold     = "seat.sold.v1"
)

// Event is [Held], [Released] or [Sold].
type Event interface {
	domain.Event
	evolve(s State, at time.Time) State
}

// Held says that a reservation has the seat until the time at which this was
// recorded plus HoldMs.
type Held struct {
	PerformanceID domain.PerformanceID `json:"performanceId"`
	Seat          int                  `json:"seat"`
	ReservationID domain.ReservationID `json:"reservationId"`
	UserID        domain.UserID        `json:"userId"`
	// Price is what the seat costs whoever holds it, whatever happens to prices.
	Price domain.Money `json:"price"`
	// HoldMs is the length of the hold in milliseconds.
	HoldMs int64 `json:"holdMs"`
}

// Type implements [domain.Event].
func (Held) Type() string { return TypeHeld }

// Released says that the seat is available again.
type Released struct {
	PerformanceID domain.PerformanceID `json:"performanceId"`
	Seat          int                  `json:"seat"`
	ReservationID domain.ReservationID `json:"reservationId"`
	Reason        Reason               `json:"reason"`
}

// Type implements [domain.Event].
func (Released) Type() string { return TypeReleased }

// Reason says why a seat was released.
type Reason string

// Reasons, by their wire names.
const (
	ReasonCancelled Reason = "cancelled"
	ReasonExpired   Reason = "expired"
)

// Sold says that the seat belongs to the user. Nothing follows it.
type Sold struct {
	PerformanceID domain.PerformanceID `json:"performanceId"`
	Seat          int                  `json:"seat"`
	ReservationID domain.ReservationID `json:"reservationId"`
	UserID        domain.UserID        `json:"userId"`
	PaymentID     domain.PaymentID     `json:"paymentId"`
	Price         domain.Money         `json:"price"`
}

// Type implements [domain.Event].
func (Sold) Type() string { return TypeSold }
