package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// seatsEach is the size of a measured performance, the largest there is.
const seatsEach = 100_000

// newID mints ids as the server does: UUIDs that begin with the time, so that
// what is made together stands together in an index.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// seller is the whole writing side below HTTP.
type seller struct {
	pool   *pgxpool.Pool
	log    *eventstore.Log
	writer *eventstore.Writer[domain.State]
	unit   *command.Unit
}

func newSeller(ctx context.Context, databaseURL string, holdDuration time.Duration) (*seller, error) {
	pool, err := eventstore.Connect(ctx, withPool(databaseURL, 8), eventstore.RoleAppender)
	if err != nil {
		return nil, err
	}
	log, err := eventstore.Open(ctx, pool, eventstore.Options{})
	if err != nil {
		pool.Close()
		return nil, err
	}
	writer, err := eventstore.NewWriter(log, command.Model(), eventstore.WriterOptions{})
	if err != nil {
		log.Close()
		pool.Close()
		return nil, err
	}
	s := &seller{pool: pool, log: log, writer: writer}
	s.unit, err = command.New(writer, command.Settings{Currency: "EUR", HoldDuration: holdDuration}, newID)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *seller) close() error {
	err := s.writer.Close(context.Background())
	s.log.Close()
	s.pool.Close()
	return err
}

var staff = command.Envelope{Actor: "admin:bench"}

// schedule puts performances of a concert on sale.
func (s *seller) schedule(ctx context.Context, count int) (domain.ConcertID, []domain.PerformanceID, error) {
	concert, err := s.unit.AnnounceConcert(ctx, staff, command.AnnounceConcert{
		Title: "Benchmark", Venue: "Loopback", Currency: "EUR", Capacity: 1000, SessionSeconds: 600,
	})
	if err != nil {
		return "", nil, fmt.Errorf("announce a concert: %w", err)
	}
	performances := make([]domain.PerformanceID, count)
	for i := range performances {
		performance, err := s.unit.SchedulePerformance(ctx, staff, command.SchedulePerformance{
			ConcertID: concert.Answer.ConcertID, StartsAt: time.Now().AddDate(0, 1, i), TimeZone: "UTC",
			SeatCount: seatsEach, SeatPrice: 4500,
		})
		if err != nil {
			return "", nil, fmt.Errorf("schedule a performance: %w", err)
		}
		performances[i] = performance.Answer.PerformanceID
	}
	return concert.Answer.ConcertID, performances, nil
}

// hold holds one seat for a user of its own, with an idempotency key.
func (s *seller) hold(ctx context.Context, performance domain.PerformanceID, seat int) error {
	user := newID()
	envelope := command.Envelope{Actor: "user:" + user, IdempotencyKey: uuid.NewString()}
	_, err := s.unit.HoldSeats(ctx, envelope, command.HoldSeats{
		UserID: domain.UserID(user), PerformanceID: performance, Seats: []int{seat},
	})
	return err
}

// taken passes over the refusal that wanting a hot seat brings.
func taken(err error) error {
	if domain.CodeOf(err) == domain.CodeSeatUnavailable {
		return nil
	}
	return err
}
