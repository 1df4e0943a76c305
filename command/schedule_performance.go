package command

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// SchedulePerformance asks for one date of a concert. Its limits are those of
// [performance.Schedule].
type SchedulePerformance struct {
	ConcertID domain.ConcertID
	StartsAt  time.Time
	// TimeZone is the IANA name of the zone at the venue.
	TimeZone  string
	SeatCount int
	SeatPrice domain.Money
}

// Performance is a performance that was scheduled.
type Performance struct {
	PerformanceID domain.PerformanceID
	ConcertID     domain.ConcertID
	// Date is the day of the start in the performance's time zone, as 2006-01-02.
	Date string
}

// SchedulePerformance makes a performance and puts its seats on sale. It
// refuses with concert_not_found or invalid_request. A time zone exists if
// this program has its rules: import time/tzdata where the machine may not.
func (u *Unit) SchedulePerformance(ctx context.Context, env Envelope, c SchedulePerformance) (Accepted[Performance], error) {
	const name = "schedule_performance"
	id := domain.PerformanceID(u.newID())
	plan := performance.Plan{
		ConcertID: c.ConcertID, StartsAt: c.StartsAt, Zone: zone(c.TimeZone), SeatCount: c.SeatCount, SeatPrice: c.SeatPrice,
	}
	concertStream := concert.Stream(c.ConcertID)
	return do(ctx, u, env, order{
		name: name,
		fingerprint: newRequest(name).text(string(c.ConcertID)).text(c.StartsAt.UTC().Format(time.RFC3339Nano)).
			text(c.TimeZone).number(int64(c.SeatCount)).number(int64(c.SeatPrice)).fingerprint(),
		streams: []string{concertStream},
		decide: func(tx transaction) error {
			announced, err := load[concert.State](tx, concertStream)
			if err != nil {
				return err
			}
			if err := announced.Exists(); err != nil {
				return err
			}
			scheduled, err := performance.Schedule(tx.Now(), id, plan)
			if err != nil {
				return err
			}
			var f facts
			stream := performance.Stream(id)
			tx.Fresh(stream)
			f.add(stream, scheduled)
			return f.record(tx)
		},
	}, performanceFrom)
}

// longestZoneName bounds what is looked for on disk; the longest name in the
// database has 32 characters.
const longestZoneName = 64

// zone returns the time zone of an IANA name, nil if there is none. Go knows
// two names that IANA does not: "" for UTC, and "Local" for whatever the
// machine is set to.
func zone(name string) *time.Location {
	if name == "" || name == "Local" || len(name) > longestZoneName {
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return loc
}

func performanceFrom(lead eventstore.Event) (Performance, error) {
	e, err := leadAs[performance.Scheduled](lead, performance.Decode)
	return Performance{PerformanceID: e.PerformanceID, ConcertID: e.ConcertID, Date: e.Date}, err
}
