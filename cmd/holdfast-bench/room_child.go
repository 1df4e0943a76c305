package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// roomChild is the process that visits a waiting room.
type roomChild struct {
	Address string           `arg:""`
	Concert domain.ConcertID `arg:""`
	// Want is what every request asks for: nothing, how a place stands, or a
	// place for a user of its own.
	Want        string `arg:"" enum:"noop,poll,join"`
	Connections int
	SigningKey  string `env:"HOLDFAST_SIGNING_KEY"`
}

const (
	// waiters is how many places are polled for in turn.
	waiters = 20_000
	// firstWaiter stands behind everybody who may be inside.
	firstWaiter = 5_000
	// joiners is how many users may join in one round.
	joiners = 60_000
)

// Run sends requests whenever the parent says so.
func (c roomChild) Run(ctx context.Context) error {
	requests, want, err := c.prepare()
	if err != nil {
		return err
	}
	idle, err := dialWires(ctx, c.Address, c.Connections)
	if err != nil {
		return err
	}
	defer idle.close()
	if c.Want == "poll" {
		// Somebody has to open the room.
		if err := c.joinOne(idle); err != nil {
			return err
		}
	}
	return serveParent(ctx, func(ctx context.Context, length time.Duration) (bench.Sample, error) {
		return bench.Closed(ctx, c.Connections, length, func(_ context.Context, index int) error {
			if c.Want == "join" && index >= len(requests) {
				return errTooFewUsers
			}
			status, err := idle.do(requests[index%len(requests)])
			if err == nil && status != want {
				err = fmt.Errorf("answer has status %d, expected %d", status, want)
			}
			return err
		})
	})
}

var errTooFewUsers = errors.New("more joins in a round than there are users")

// prepare returns the requests that are sent in turn, and the status that each
// is to be answered with.
func (c roomChild) prepare() (requests [][]byte, status int, err error) {
	keys, err := token.NewKeys([]byte(c.SigningKey))
	if err != nil {
		return nil, 0, err
	}
	switch c.Want {
	case "poll":
		requests, err = c.each(waiters, func(i int) ([]byte, error) { return c.poll(keys, int64(firstWaiter+i)) })
		return requests, http.StatusOK, err
	case "join":
		requests, err = c.each(joiners, func(i int) ([]byte, error) { return c.join(keys, i) })
		return requests, http.StatusCreated, err
	default:
		return [][]byte{[]byte("GET /healthz HTTP/1.1\r\nHost: " + c.Address + "\r\n\r\n")}, http.StatusOK, nil
	}
}

func (roomChild) each(count int, request func(i int) ([]byte, error)) ([][]byte, error) {
	all := make([][]byte, count)
	for i := range all {
		var err error
		if all[i], err = request(i); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (c roomChild) poll(keys *token.Keys, number int64) ([]byte, error) {
	bearer, err := sign(keys, token.Queue{
		UserID: domain.UserID(uuid.NewString()), ConcertID: c.Concert,
		AdmissionID: domain.AdmissionID(uuid.NewString()), Number: number,
	})
	return []byte("GET /v1/queue HTTP/1.1\r\nHost: " + c.Address + "\r\nAuthorization: Bearer " + bearer + "\r\n\r\n"), err
}

// join is a user's request from an address of the user's own.
func (c roomChild) join(keys *token.Keys, i int) ([]byte, error) {
	bearer, err := sign(keys, token.Access{UserID: domain.UserID(uuid.NewString())})
	address := "10." + strconv.Itoa(i>>16&255) + "." + strconv.Itoa(i>>8&255) + "." + strconv.Itoa(i&255)
	return []byte("POST /v1/concerts/" + string(c.Concert) + "/queue-tokens HTTP/1.1\r\nHost: " + c.Address +
		"\r\nAuthorization: Bearer " + bearer + "\r\nX-Forwarded-For: " + address + "\r\nContent-Length: 0\r\n\r\n"), err
}

func (c roomChild) joinOne(idle wires) error {
	keys, err := token.NewKeys([]byte(c.SigningKey))
	if err != nil {
		return err
	}
	request, err := c.join(keys, 0)
	if err != nil {
		return err
	}
	if status, err := idle.do(request); err != nil || status != http.StatusCreated {
		return errors.Join(err, fmt.Errorf("joining is answered with status %d", status))
	}
	return nil
}

func sign(keys *token.Keys, bearer token.Bearer) (string, error) {
	now := time.Now()
	return keys.Sign(bearer, now, now.Add(time.Hour))
}
