package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// httpChild is the process that sends requests to a server.
type httpChild struct {
	Address     string               `arg:""`
	Concert     domain.ConcertID     `arg:""`
	Performance domain.PerformanceID `arg:""`
	// Want is what every request asks for: a seat of its own, or the one that
	// is taken.
	Want        string `arg:"" enum:"own,taken"`
	Connections int
	SigningKey  string `env:"HOLDFAST_SIGNING_KEY"`
}

// users is how many users take turns. Each has an admitted queue token, and
// none comes to its limit of holds within one performance.
const users = 20_000

// Run sends requests whenever the parent says so.
func (c httpChild) Run(ctx context.Context) error {
	tokens, err := c.mint()
	if err != nil {
		return err
	}
	idle, err := dialWires(ctx, c.Address, c.Connections)
	if err != nil {
		return err
	}
	defer idle.close()
	send := func(index, seat, want int) error {
		status, err := idle.do(c.request(tokens[index%users], seat))
		if err == nil && status != want {
			err = fmt.Errorf("answer has status %d, expected %d", status, want)
		}
		return err
	}
	op := func(_ context.Context, index int) error { return send(index, index+1, http.StatusCreated) }
	if c.Want == "taken" {
		if err := send(0, 1, http.StatusCreated); err != nil {
			return err
		}
		op = func(_ context.Context, index int) error { return send(index, 1, http.StatusConflict) }
	}
	return serveParent(ctx, func(ctx context.Context, length time.Duration) (bench.Sample, error) {
		return bench.Closed(ctx, c.Connections, length, op)
	})
}

// mint signs the tokens that users would get at their turn.
func (c httpChild) mint() ([]string, error) {
	keys, err := token.NewKeys([]byte(c.SigningKey))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	until := now.Add(time.Hour)
	tokens := make([]string, users)
	for i := range tokens {
		tokens[i], err = keys.Sign(token.Queue{
			UserID: domain.UserID(uuid.NewString()), ConcertID: c.Concert,
			AdmissionID: domain.AdmissionID(uuid.NewString()), Number: int64(i) + 1, AdmittedUntil: until,
		}, now, until)
		if err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// request is a whole POST /v1/reservations for one seat.
func (c httpChild) request(bearer string, seat int) []byte {
	body := `{"performanceId":"` + string(c.Performance) + `","seats":[` + strconv.Itoa(seat) + `]}`
	return []byte("POST /v1/reservations HTTP/1.1\r\nHost: " + c.Address +
		"\r\nAuthorization: Bearer " + bearer + "\r\nIdempotency-Key: " + uuid.NewString() +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}
