package performance

import (
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// TypeScheduled is a wire name.
const TypeScheduled = "performance.scheduled.v1"

// Event is [Scheduled].
type Event interface {
	domain.Event
	evolve(s State, at time.Time) State
}

// Scheduled says that a concert is played at a time and its seats are on sale.
type Scheduled struct {
	PerformanceID domain.PerformanceID `json:"performanceId"`
	ConcertID     domain.ConcertID     `json:"concertId"`
	StartsAt      time.Time            `json:"startsAt"`
	// TimeZone is the IANA name of the zone at the venue.
	TimeZone string `json:"timeZone"`
	// Date is the day of StartsAt in TimeZone, as 2006-01-02. It is recorded
	// because the rules of a zone change.
	Date  string `json:"date"`
	Seats Seats  `json:"seats"`
}

// Type implements [domain.Event].
func (Scheduled) Type() string { return TypeScheduled }

// Seats are numbered from 1 to Count and all cost Price.
type Seats struct {
	Count int          `json:"count"`
	Price domain.Money `json:"price"`
}
