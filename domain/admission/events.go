package admission

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Wire names.
const (
	TypeSpent   = "admission.spent.v1"
	TypeGivenUp = "admission.given_up.v1"
)

// Event is [Spent] or [GivenUp].
type Event interface {
	domain.Event
	evolve(s State, at time.Time) State
}

// Spent says that a payment was made under the admission.
type Spent struct {
	AdmissionID domain.AdmissionID `json:"admissionId"`
	UserID      domain.UserID      `json:"userId"`
	ConcertID   domain.ConcertID   `json:"concertId"`
	PaymentID   domain.PaymentID   `json:"paymentId"`
}

// Type implements [domain.Event].
func (Spent) Type() string { return TypeSpent }

// GivenUp says that the user left before paying.
type GivenUp struct {
	AdmissionID domain.AdmissionID `json:"admissionId"`
	UserID      domain.UserID      `json:"userId"`
	ConcertID   domain.ConcertID   `json:"concertId"`
}

// Type implements [domain.Event].
func (GivenUp) Type() string { return TypeGivenUp }
