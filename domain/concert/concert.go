// Package concert holds the rules of announcing a concert: a title at a
// venue, the currency of its prices, and the size of its waiting room.
package concert

import (
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Category is the first part of the names of all concert streams.
const Category = "concert"

// Stream names the stream of a concert.
func Stream(id domain.ConcertID) string { return Category + "-" + string(id) }

// Limits of an announcement. The least of every number is 1.
const (
	// MaxTextLength bounds title and venue, in characters.
	MaxTextLength = 200
	// MaxCapacity bounds how many users are admitted at a time.
	MaxCapacity = 1_000_000
	// MaxSessionSeconds bounds how long an admission lasts: a day.
	MaxSessionSeconds = 24 * 60 * 60
)

// State is a concert. The zero State is one that does not exist.
type State struct {
	domain.Timeless
	ID       domain.ConcertID
	Title    string
	Venue    string
	Currency string
	Queue    Queue
}

// Evolve returns the state after an event that was recorded at the given time.
func (s State) Evolve(e Event, at time.Time) State { return e.evolve(s, at) }

func (e Announced) evolve(State, time.Time) State {
	return State{ID: e.ConcertID, Title: e.Title, Venue: e.Venue, Currency: e.Currency, Queue: e.Queue}
}

// Exists refuses with concert_not_found unless the concert was announced.
func (s State) Exists() error {
	if s.ID == "" {
		return domain.Refuse(domain.CodeConcertNotFound, "There is no concert with this id.")
	}
	return nil
}

// Plan is a wish to announce a concert.
type Plan struct {
	Title          string
	Venue          string
	Currency       string
	Capacity       int
	SessionSeconds int
}

// Announce makes the concert. Wallets have one currency in a deployment, so
// a concert in another one could never be paid for. It refuses with
// invalid_request and names every broken field.
func Announce(id domain.ConcertID, p Plan, currency string) (Announced, error) {
	var broken []domain.FieldError
	check := func(pointer, detail string) {
		if detail != "" {
			broken = append(broken, domain.FieldError{Pointer: pointer, Detail: detail})
		}
	}
	check("/title", domain.CheckText(p.Title, MaxTextLength))
	check("/venue", domain.CheckText(p.Venue, MaxTextLength))
	if p.Currency != currency {
		check("/currency", fmt.Sprintf("must be %s, the currency of the wallets here", currency))
	}
	check("/queue/capacity", outside(p.Capacity, MaxCapacity))
	check("/queue/sessionSeconds", outside(p.SessionSeconds, MaxSessionSeconds))
	if len(broken) > 0 {
		return Announced{}, domain.Invalid(broken...)
	}
	return Announced{
		ConcertID: id,
		Title:     p.Title,
		Venue:     p.Venue,
		Currency:  p.Currency,
		Queue:     Queue{Capacity: p.Capacity, SessionSeconds: p.SessionSeconds},
	}, nil
}

// outside says what is wrong with a number that should be 1 to limit.
func outside(n, limit int) string {
	if n >= 1 && n <= limit {
		return ""
	}
	return fmt.Sprintf("must be 1 to %d", limit)
}
