// Package seat holds the rules of one seat of one performance: it is
// available, or held by one reservation until a time, or sold.
//
// A hold ends by the clock. From its end on the seat may be held again,
// whether or not anybody has recorded a [Released]; that event only makes the
// end visible. The latest event of a seat alone gives its state.
package seat

import (
	"strconv"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Category is the first part of the names of all seat streams.
const Category = "seat"

// Stream names the stream of a seat.
func Stream(performance domain.PerformanceID, number int) string {
	return Category + "-" + string(performance) + "-" + strconv.Itoa(number)
}

// Status is what was last recorded about a seat. It does not know the time:
// ask [State.Available] whether a seat can be had.
type Status uint8

// A seat without events is StatusAvailable.
const (
	StatusAvailable Status = iota
	StatusHeld
	StatusSold
)

// State is a seat as its latest event left it. The zero State is a seat that
// nobody has ever held.
type State struct {
	Status Status
	// ReservationID is who holds or has bought the seat; empty if available.
	ReservationID domain.ReservationID
	// UserID is whose reservation that is.
	UserID domain.UserID
	// Price is what it costs that user.
	Price domain.Money
	// Ends is when the hold ends: from this time on it is no more. Only a
	// held seat has it.
	Ends time.Time
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
		ReservationID: e.ReservationID,
		UserID:        e.UserID,
		Price:         e.Price,
		Ends:          at.Add(time.Duration(e.HoldMs) * time.Millisecond),
	}
}

func (e Released) evolve(State, time.Time) State { return State{} }

func (e Sold) evolve(State, time.Time) State {
	return State{Status: StatusSold, ReservationID: e.ReservationID, UserID: e.UserID, Price: e.Price}
}
