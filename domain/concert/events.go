package concert

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// TypeAnnounced is a wire name.
const TypeAnnounced = "concert.announced.v1"

// Event is [Announced].
type Event interface {
	domain.Event
	evolve(s State, at time.Time) State
}

// Announced says that there is a concert. Its dates are performances.
type Announced struct {
	ConcertID domain.ConcertID `json:"concertId"`
	Title     string           `json:"title"`
	Venue     string           `json:"venue"`
	// Currency is that of all its prices, an ISO 4217 code.
	Currency string `json:"currency"`
	Queue    Queue  `json:"queue"`
}

// Type implements [domain.Event].
func (Announced) Type() string { return TypeAnnounced }

// Queue describes the waiting room of a concert.
type Queue struct {
	// Capacity is how many users may be admitted at a time.
	Capacity int `json:"capacity"`
	// SessionSeconds is how long an admission lasts.
	SessionSeconds int `json:"sessionSeconds"`
}

// Session returns how long an admission lasts.
func (q Queue) Session() time.Duration { return time.Duration(q.SessionSeconds) * time.Second }
