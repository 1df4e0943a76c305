package wallet

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Wire names.
const (
	TypeCharged = "wallet.charged.v1"
	TypeDebited = "wallet.debited.v1"
)

// Event is [Charged] or [Debited]. Each carries the balance after it.
type Event interface {
	domain.Event
	evolve(s State, at time.Time) State
}

// Charged says that the user put money in.
type Charged struct {
	ChargeID domain.ChargeID `json:"chargeId"`
	UserID   domain.UserID   `json:"userId"`
	Amount   domain.Money    `json:"amount"`
	Balance  domain.Money    `json:"balance"`
}

// Type implements [domain.Event].
func (Charged) Type() string { return TypeCharged }

// Debited says that a payment took money out.
type Debited struct {
	PaymentID     domain.PaymentID     `json:"paymentId"`
	ReservationID domain.ReservationID `json:"reservationId"`
	UserID        domain.UserID        `json:"userId"`
	Amount        domain.Money         `json:"amount"`
	Balance       domain.Money         `json:"balance"`
}

// Type implements [domain.Event].
func (Debited) Type() string { return TypeDebited }
