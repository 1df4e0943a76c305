// Package admission holds the rules of one turn in a waiting room: it opens
// one concert to one user for one payment.
//
// The log only knows how an admission ended. That it was given, to whom and
// until when, is what the signed token says that carries it; an admission
// without events is one that nobody has used up.
package admission

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Category is the first part of the names of all admission streams.
const Category = "admission"

// Stream names the stream of an admission.
func Stream(id domain.AdmissionID) string { return Category + "-" + string(id) }

// Status is how an admission ended.
type Status uint8

// An admission without events is StatusOpen.
const (
	StatusOpen Status = iota
	StatusSpent
	StatusGivenUp
)

// State is an admission. The zero State is one that has not ended.
type State struct {
	domain.Timeless
	Status Status
}

// Evolve returns the state after an event that was recorded at the given time.
func (s State) Evolve(e Event, at time.Time) State { return e.evolve(s, at) }

func (e Spent) evolve(State, time.Time) State { return State{Status: StatusSpent} }

func (e GivenUp) evolve(State, time.Time) State { return State{Status: StatusGivenUp} }

// Admission is what its token says of it.
type Admission struct {
	ID        domain.AdmissionID
	UserID    domain.UserID
	ConcertID domain.ConcertID
}

// Open refuses once the admission has ended: with admission_spent after a
// payment, with not_admitted after it was given up.
func (s State) Open() error {
	switch s.Status {
	case StatusSpent:
		return domain.Refuse(domain.CodeAdmissionSpent, "This admission ended with a payment. Queue again for another one.")
	case StatusGivenUp:
		return domain.Refuse(domain.CodeNotAdmitted, "This admission was given up. Queue again for another one.")
	default:
		return nil
	}
}

// Spend ends the admission by a payment. It refuses as [State.Open] does.
func (s State) Spend(a Admission, payment domain.PaymentID) (Spent, error) {
	if err := s.Open(); err != nil {
		return Spent{}, err
	}
	return Spent{AdmissionID: a.ID, UserID: a.UserID, ConcertID: a.ConcertID, PaymentID: payment}, nil
}

// GiveUp ends the admission without a payment. It refuses as [State.Open] does.
func (s State) GiveUp(a Admission) (GivenUp, error) {
	if err := s.Open(); err != nil {
		return GivenUp{}, err
	}
	return GivenUp{AdmissionID: a.ID, UserID: a.UserID, ConcertID: a.ConcertID}, nil
}
