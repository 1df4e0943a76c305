package http_test

import (
	"context"
	"sync"
	"time"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/query"
)

// commands answers every command from a function that a test can replace, and
// remembers what it was asked. A command that nobody expects is a refusal.
type commands struct {
	mu    sync.Mutex
	asked []asked

	err      error
	replayed bool
}

type asked struct {
	env     command.Envelope
	request any
}

func (c *commands) note(env command.Envelope, request any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, asked{env, request})
	return c.err
}

// last returns what was asked most recently.
func (c *commands) last() asked {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.asked) == 0 {
		return asked{}
	}
	return c.asked[len(c.asked)-1]
}

func (c *commands) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}

func accept[T any](c *commands, env command.Envelope, request any, answer T) (command.Accepted[T], error) {
	if err := c.note(env, request); err != nil {
		return command.Accepted[T]{}, err
	}
	return command.Accepted[T]{Answer: answer, Position: 42, Replayed: c.replayed}, nil
}

func (c *commands) AnnounceConcert(_ context.Context, env command.Envelope, r command.AnnounceConcert) (command.Accepted[command.Concert], error) {
	return accept(c, env, r, command.Concert{ConcertID: concertID})
}

func (c *commands) SchedulePerformance(_ context.Context, env command.Envelope, r command.SchedulePerformance) (command.Accepted[command.Performance], error) {
	return accept(c, env, r, command.Performance{PerformanceID: performanceID, ConcertID: r.ConcertID, Date: "2027-05-01"})
}

func (c *commands) HoldSeats(_ context.Context, env command.Envelope, r command.HoldSeats) (command.Accepted[command.Reservation], error) {
	return accept(c, env, r, reservation("held"))
}

func (c *commands) CancelReservation(_ context.Context, env command.Envelope, r command.CancelReservation) (command.Accepted[command.Reservation], error) {
	return accept(c, env, r, reservation("cancelled"))
}

func (c *commands) ChargeWallet(_ context.Context, env command.Envelope, r command.ChargeWallet) (command.Accepted[command.Charge], error) {
	return accept(c, env, r, command.Charge{ChargeID: chargeID, Amount: r.Amount, Balance: r.Amount})
}

func (c *commands) Pay(_ context.Context, env command.Envelope, r command.Pay) (command.Accepted[command.Payment], error) {
	return accept(c, env, r, command.Payment(payment()))
}

func (c *commands) GiveUpAdmission(_ context.Context, env command.Envelope, r command.GiveUpAdmission) (command.Accepted[command.EndedAdmission], error) {
	return accept(c, env, r, command.EndedAdmission(r))
}

func reservation(state string) command.Reservation {
	r := command.Reservation{
		ReservationID: reservationID, UserID: userID, ConcertID: concertID, PerformanceID: performanceID,
		Date: "2027-05-01", Seats: []int{7, 8}, Price: 9000, ExpiresAt: now.Add(5 * time.Minute),
	}
	switch state {
	case "held":
		r.State = "held"
	default:
		r.State = "cancelled"
	}
	return r
}

func payment() query.Payment {
	return query.Payment{
		PaymentID: paymentID, ReservationID: reservationID, PerformanceID: performanceID,
		Seats: []int{7, 8}, Amount: 9000, Balance: 1000, PaidAt: now,
	}
}

// slowCommands take until a channel is closed or the caller gives up.
type slowCommands struct {
	http.Commands
	until <-chan struct{}
}

func (c slowCommands) HoldSeats(ctx context.Context, _ command.Envelope, _ command.HoldSeats) (command.Accepted[command.Reservation], error) {
	select {
	case <-c.until:
	case <-ctx.Done():
	}
	return command.Accepted[command.Reservation]{}, ctx.Err()
}
