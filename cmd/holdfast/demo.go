package main

import (
	"context"
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// demoConcert is a concert that `holdfast dev` puts on sale.
type demoConcert struct {
	name     string
	title    string
	venue    string
	timeZone string
	// weekday and hour are when it plays, every week.
	weekday time.Weekday
	hour    int
	seats   int
	price   domain.Money
}

var demoConcerts = []demoConcert{
	{"tide", "Songs of the Tide", "Harbour Hall, Hamburg", "Europe/Berlin", time.Saturday, 20, 50, 4_900},
	{"quartet", "Quartet by Candlelight", "Old Mint, Lisbon", "Europe/Lisbon", time.Friday, 21, 24, 2_500},
	{"arena", "The Long Echo", "Riverside Arena, New York", "America/New_York", time.Sunday, 19, 2_000, 8_900},
}

const (
	// demoWeeks is how many dates ahead of now are on sale.
	demoWeeks    = 3
	demoCapacity = 100
	demoSession  = 15 * time.Minute
)

// seedDemo puts the demo concerts on sale with the dates of the coming weeks.
// Each command has its own idempotency key, so doing it again adds what is
// missing and nothing else. It returns the last position.
func seedDemo(ctx context.Context, unit *command.Unit, currency string, now time.Time) (eventstore.Position, error) {
	var last eventstore.Position
	for _, demo := range demoConcerts {
		position, err := demo.seed(ctx, unit, currency, now)
		// What an earlier run recorded under other settings stays as it is.
		if err != nil && domain.CodeOf(err) != domain.CodeKeyReused {
			return 0, err
		}
		last = max(last, position)
	}
	return last, nil
}

func (d demoConcert) seed(ctx context.Context, unit *command.Unit, currency string, now time.Time) (eventstore.Position, error) {
	announced, err := unit.AnnounceConcert(ctx, d.envelope("announced"), command.AnnounceConcert{
		Title: d.title, Venue: d.venue, Currency: currency,
		Capacity: demoCapacity, SessionSeconds: int(demoSession.Seconds()),
	})
	if err != nil {
		return 0, err
	}
	dates, err := d.dates(now)
	if err != nil {
		return 0, err
	}
	last := announced.Position
	for _, startsAt := range dates {
		scheduled, err := unit.SchedulePerformance(ctx, d.envelope(startsAt.Format(time.DateOnly)), command.SchedulePerformance{
			ConcertID: announced.Answer.ConcertID, StartsAt: startsAt, TimeZone: d.timeZone,
			SeatCount: d.seats, SeatPrice: d.price,
		})
		if err != nil {
			return last, err
		}
		last = max(last, scheduled.Position)
	}
	return last, nil
}

func (d demoConcert) envelope(what string) command.Envelope {
	return command.Envelope{Actor: "system:demo", IdempotencyKey: fmt.Sprintf("demo/%s/%s", d.name, what)}
}

// dates are the starts of the coming weeks' performances, the next one at
// least a day ahead.
func (d demoConcert) dates(now time.Time) ([]time.Time, error) {
	zone, err := time.LoadLocation(d.timeZone)
	if err != nil {
		return nil, err
	}
	day := now.In(zone).AddDate(0, 0, 1)
	for day.Weekday() != d.weekday {
		day = day.AddDate(0, 0, 1)
	}
	var dates []time.Time
	for week := range demoWeeks {
		dates = append(dates, time.Date(day.Year(), day.Month(), day.Day()+7*week, d.hour, 0, 0, 0, zone))
	}
	return dates, nil
}
