package sale

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Concert is a concert as it is listed.
type Concert struct {
	ID       domain.ConcertID
	Title    string
	Venue    string
	Currency string
	// QueueCapacity is how many users may be admitted at a time.
	QueueCapacity int
	// Session is how long an admission lasts.
	Session time.Duration
}

// Performance is one date of a concert. It never changes.
type Performance struct {
	ID        domain.PerformanceID
	ConcertID domain.ConcertID
	// Date is the local one in TimeZone, as 2006-01-02.
	Date     string
	StartsAt time.Time
	TimeZone string
	// SeatCount is how many seats there are, numbered from 1.
	SeatCount int
	// SeatPrice is the price of each seat.
	SeatPrice domain.Money
}

// State is what can be said of a seat at a moment.
type State uint8

// A seat whose hold has ended is Available.
const (
	Available State = iota
	Held
	Sold
)

// String returns the wire name: "available", "held" or "sold".
func (s State) String() string {
	switch s {
	case Held:
		return "held"
	case Sold:
		return "sold"
	default:
		return "available"
	}
}

// Change is what an event makes of one seat.
type Change struct {
	// Seat is its number, from 1.
	Seat  int
	State State
	// Until is the end of the hold if State is Held. The seat is available
	// again from this moment on.
	Until time.Time
}
