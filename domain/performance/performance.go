// Package performance holds the rules of one date of a concert: when it is
// played, and which seats it offers at which price.
package performance

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Category is the first part of the names of all performance streams.
const Category = "performance"

// Stream names the stream of a performance.
func Stream(id domain.PerformanceID) string { return Category + "-" + string(id) }

// State is a performance. The zero State is one that does not exist.
type State struct {
	ID        domain.PerformanceID
	ConcertID domain.ConcertID
	StartsAt  time.Time
	// Date is the local day of StartsAt, as 2006-01-02.
	Date  string
	Seats Seats
}

// Window implements [domain.State]: seats are offered until the start.
func (s State) Window(now time.Time) (from, until time.Time) {
	return domain.WindowAround(now, s.StartsAt)
}

// Evolve returns the state after an event that was recorded at the given time.
func (s State) Evolve(e Event, at time.Time) State { return e.evolve(s, at) }

func (e Scheduled) evolve(State, time.Time) State {
	return State{ID: e.PerformanceID, ConcertID: e.ConcertID, StartsAt: e.StartsAt, Date: e.Date, Seats: e.Seats}
}

// Offer refuses unless the performance offers all of the numbered seats at
// the given time to somebody who is admitted to the concert; an empty concert
// stands for any. The refusals are, in this order:
//
//   - performance_not_found, also for one of another concert: an admission
//     opens one concert and shows nothing of the others;
//   - seat_not_found, naming every number that is not one of its seats;
//   - seat_unavailable, naming all of the seats, once it has started: to
//     whoever asks, that is a seat that cannot be had.
func (s State) Offer(now time.Time, concert domain.ConcertID, numbers []int) error {
	if s.ID == "" || concert != "" && concert != s.ConcertID {
		return domain.Refuse(domain.CodePerformanceNotFound, "There is no performance with this id.")
	}
	var unknown []int
	for _, n := range numbers {
		if n < 1 || n > s.Seats.Count {
			unknown = append(unknown, n)
		}
	}
	if len(unknown) > 0 {
		return domain.RefuseSeats(domain.CodeSeatNotFound, unknown,
			"Not a seat of this performance: {seats}. Its seats are listed with its date.")
	}
	if !now.Before(s.StartsAt) {
		return domain.RefuseSeats(domain.CodeSeatUnavailable, numbers,
			"The performance has started, so it no longer sells {seats}.")
	}
	return nil
}
