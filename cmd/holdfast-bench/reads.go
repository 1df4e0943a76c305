package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/bench"
)

// readEvents is the length of the log that is read, an even number.
const readEvents = 500_000

// reads measures what bounds every start, rebuild and follower: a whole log
// in order, each event decoded into its type. The log is made of holds of one
// seat, so half of its events are of seats and half of reservations.
func reads(s *server, events int) bench.Section {
	const measure = "read and decode in order"
	return bench.Section{
		Title: "Read the log",
		Open: func(ctx context.Context) (bench.Opened, error) {
			databaseURL, err := s.logDatabase(ctx, "reads")
			if err != nil {
				return bench.Opened{}, err
			}
			if err := fillWithHolds(ctx, databaseURL, events); err != nil {
				return bench.Opened{}, err
			}
			pool, err := eventstore.Connect(ctx, databaseURL, eventstore.RoleAppender)
			if err != nil {
				return bench.Opened{}, err
			}
			log, err := eventstore.Open(ctx, pool, eventstore.Options{})
			if err != nil {
				pool.Close()
				return bench.Opened{}, err
			}
			run := func(ctx context.Context, _ time.Duration) (bench.Sample, error) { return readAll(ctx, log, events) }
			return bench.Opened{
				Measures: []bench.Measure{{Name: measure, Run: run}},
				Close: func() error {
					log.Close()
					pool.Close()
					return nil
				},
			}, nil
		},
		Claims: []bench.Claim{bench.RateAtLeast(measure, 400_000)},
	}
}

// readAll reads the log once.
func readAll(ctx context.Context, log *eventstore.Log, events int) (bench.Sample, error) {
	started := time.Now()
	decoded := 0
	err := log.Scan(ctx, 0, eventstore.Position(events), func(e eventstore.Event) error {
		decoded++
		return decode(e)
	})
	if err == nil && decoded != events {
		err = fmt.Errorf("read %d events of %d", decoded, events)
	}
	return bench.Sample{Rate: float64(decoded) / time.Since(started).Seconds()}, err
}

var errUnexpected = errors.New("event of another kind than was written")

func decode(e eventstore.Event) error {
	if strings.HasPrefix(e.Type, "seat.") {
		event, err := seat.Decode(e.Type, e.Payload)
		if _, held := event.(seat.Held); err == nil && !held {
			return errUnexpected
		}
		return err
	}
	event, err := reservation.Decode(e.Type, e.Payload)
	if _, held := event.(reservation.Held); err == nil && !held {
		return errUnexpected
	}
	return err
}

// fillWithHolds copies holds into an empty log, as they would stand there.
func fillWithHolds(ctx context.Context, databaseURL string, events int) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var (
		at      = time.Now().UTC().Truncate(time.Microsecond)
		columns = []string{"position", "version", "recorded_at", "stream", "type", "tag", "payload", "metadata"}
		second  []any
		next    = 0
	)
	rows := func() ([]any, error) {
		next++
		switch {
		case next > events:
			return nil, nil
		case next%2 == 0:
			return second, nil
		}
		first, other, err := hold(next, at)
		second = other
		return first, err
	}
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"holdfast", "events"}, columns, pgx.CopyFromFunc(rows))
	if err != nil {
		return fmt.Errorf("fill the log: %w", err)
	}
	_, err = conn.Exec(ctx, `VACUUM ANALYZE holdfast.events`)
	return err
}

// hold returns the two rows of a hold that begins at a position.
func hold(position int, at time.Time) (held, seatHeld []any, err error) {
	var (
		id          = uuid.NewString()
		user        = uuid.NewString()
		performance = domain.PerformanceID(fixedPerformance)
		number      = position/2 + 1
	)
	lead, err := reservation.Encode(reservation.Held{
		ReservationID: domain.ReservationID(id), UserID: domain.UserID(user), ConcertID: fixedConcert,
		PerformanceID: performance, Date: "2026-12-24", Seats: []int{number}, Price: 4500, HoldMs: 300_000,
	})
	if err != nil {
		return nil, nil, err
	}
	part, err := seat.Encode(seat.Held{
		PerformanceID: performance, Seat: number, ReservationID: domain.ReservationID(id),
		UserID: domain.UserID(user), Price: 4500, HoldMs: 300_000,
	})
	if err != nil {
		return nil, nil, err
	}
	metadata := []byte(`{"actor":"user:` + user + `","command":"hold_seats","correlation":"` + id + `"}`)
	held = []any{position, 1, at, "reservation-" + id, reservation.TypeHeld, "holds-" + user, lead, metadata}
	seatStream := fmt.Sprintf("seat-%s-%d", performance, number)
	seatHeld = []any{position + 1, 1, at, seatStream, seat.TypeHeld, nil, part, metadata}
	return held, seatHeld, nil
}

const (
	fixedPerformance = "0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a11"
	fixedConcert     = "0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a12"
)
