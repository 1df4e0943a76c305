package performance

import (
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Limits of a schedule. The least of every number is 1.
const (
	// MaxSeats bounds the seats of one performance.
	MaxSeats = 100_000
	// MaxPrice bounds the price of a seat, so that the price of the largest
	// reservation is still money.
	MaxPrice = domain.MaxMoney / domain.MaxSeats
)

// resolution is that of the store's times; a start is cut to it.
const resolution = time.Microsecond

// endOfTime bounds the start: every time and local date of it has four digits
// for the year.
var endOfTime = time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC)

// Plan is a wish to schedule a performance of a concert that exists.
type Plan struct {
	ConcertID domain.ConcertID
	StartsAt  time.Time
	// Zone is the time zone at the venue, nil if the one that was asked for
	// does not exist.
	Zone      *time.Location
	SeatCount int
	SeatPrice domain.Money
}

// Schedule makes the performance. It refuses with invalid_request and names
// every broken field; a start that is not in the future is one, because
// nobody could hold a seat of it.
func Schedule(now time.Time, id domain.PerformanceID, p Plan) (Scheduled, error) {
	if broken := p.broken(now); len(broken) > 0 {
		return Scheduled{}, domain.Invalid(broken...)
	}
	startsAt := p.StartsAt.UTC().Truncate(resolution)
	return Scheduled{
		PerformanceID: id,
		ConcertID:     p.ConcertID,
		StartsAt:      startsAt,
		TimeZone:      p.Zone.String(),
		Date:          startsAt.In(p.Zone).Format(time.DateOnly),
		Seats:         Seats{Count: p.SeatCount, Price: p.SeatPrice},
	}, nil
}

func (p Plan) broken(now time.Time) (broken []domain.FieldError) {
	check := func(ok bool, pointer, detail string, args ...any) {
		if !ok {
			broken = append(broken, domain.FieldError{Pointer: pointer, Detail: fmt.Sprintf(detail, args...)})
		}
	}
	check(p.StartsAt.Truncate(resolution).After(now), "/startsAt", "must be in the future")
	check(p.StartsAt.Before(endOfTime), "/startsAt", "must be before the year 9999")
	check(p.Zone != nil, "/timeZone", "must be the IANA name of a time zone, like Europe/Berlin")
	check(p.SeatCount >= 1 && p.SeatCount <= MaxSeats, "/seats/count", "must be 1 to %d", MaxSeats)
	check(p.SeatPrice >= 1 && p.SeatPrice <= MaxPrice, "/seats/price", "must be 1 to %d", MaxPrice)
	return broken
}
