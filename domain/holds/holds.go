// Package holds holds the rule that keeps one user from blocking a sale: how
// many seats a user may have on hold at a time, over all performances.
//
// It has no events of its own. Its state is made from the reservation events
// that carry the user's tag.
package holds

import (
	"slices"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Category is the first part of all tags of this package.
const Category = "holds"

// Tag names the events that a user's holds are made from.
func Tag(user domain.UserID) string { return Category + "-" + string(user) }

// Hold is one reservation that has not been ended by an event.
type Hold struct {
	ReservationID domain.ReservationID
	// Seats is how many there are in it.
	Seats int
	// Ends is when it ends by the clock.
	Ends time.Time
}

// State is a user's holds. The zero State has none.
type State struct {
	// holds are shared between states and never changed in place.
	holds []Hold
}

// Window implements [domain.State]: the answer changes when a hold ends.
func (s State) Window(now time.Time) (from, until time.Time) {
	for _, h := range s.holds {
		if !now.Before(h.Ends) {
			if h.Ends.After(from) {
				from = h.Ends
			}
		} else if until.IsZero() || h.Ends.Before(until) {
			until = h.Ends
		}
	}
	return from, until
}

// Open returns the state after a hold was recorded at the given time. Holds
// that had ended by then are forgotten: time does not go back.
func (s State) Open(h Hold, at time.Time) State {
	return State{holds: append(s.without("", at), h)}
}

// Close returns the state after the end of a hold was recorded at the given
// time, whatever ended it.
func (s State) Close(id domain.ReservationID, at time.Time) State {
	return State{holds: s.without(id, at)}
}

// without copies the holds that are live at a time, except the named one.
func (s State) without(id domain.ReservationID, at time.Time) []Hold {
	kept := make([]Hold, 0, len(s.holds)+1)
	return slices.DeleteFunc(append(kept, s.holds...), func(h Hold) bool {
		return h.ReservationID == id || !at.Before(h.Ends)
	})
}

// Seats returns how many seats the user has on hold at the given time.
func (s State) Seats(now time.Time) int {
	seats := 0
	for _, h := range s.holds {
		if now.Before(h.Ends) {
			seats += h.Seats
		}
	}
	return seats
}

// Allow refuses with limit_exceeded if that many more seats would take the
// user past the limit.
func (s State) Allow(now time.Time, more, limit int) error {
	held := s.Seats(now)
	if held+more <= limit {
		return nil
	}
	return domain.Refuse(domain.CodeLimitExceeded,
		"You hold %d seats and asked for %d more; at most %d may be held at a time. "+
			"Pay for a reservation, cancel one, or wait until one ends.", held, more, limit)
}
