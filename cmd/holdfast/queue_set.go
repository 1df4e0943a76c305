package main

import (
	"context"
	"errors"
	"io"
	"time"
)

type queueSetCommand struct {
	concertArgument
	queueFlags

	Capacity *int           `env:"HOLDFAST_QUEUE_CAPACITY" placeholder:"COUNT" help:"How many may be inside at a time; 0 lets nobody in."`
	Session  *time.Duration `env:"HOLDFAST_QUEUE_SESSION" placeholder:"DURATION" help:"How long an admission lasts that begins from now on."`
}

// Help shows examples.
func (queueSetCommand) Help() string {
	return `It takes effect at once on all instances, outlives the loss of Redis, and if Redis is away takes effect when it is back. What is not given stays as it is. A larger capacity calls people at once; with a smaller one nobody is sent away, and nobody is called until enough have left. Sessions under way keep their end.

    holdfast queue set 01901f5c-6d2e-7a3b-8c4d-5e6f7a8b9c0d --capacity 300
    holdfast queue set 01901f5c-6d2e-7a3b-8c4d-5e6f7a8b9c0d --capacity 0      # let nobody in for a while
    holdfast queue set 01901f5c-6d2e-7a3b-8c4d-5e6f7a8b9c0d --session 5m

A server does the same: PUT /v1/admin/concerts/{concertId}/queue.`
}

// Limits of the contract for what the flags say.
const (
	mostInside     = 1_000_000
	longestSession = 24 * time.Hour
)

// Validate says what is wrong with the flags.
func (c queueSetCommand) Validate() error {
	var errs []error
	if c.Capacity == nil && c.Session == nil {
		errs = append(errs, errors.New("give --capacity, --session, or both"))
	}
	if c.Capacity != nil && (*c.Capacity < 0 || *c.Capacity > mostInside) {
		errs = append(errs, errors.New("--capacity must be 0 to 1000000"))
	}
	if c.Session != nil && (*c.Session < time.Second || *c.Session > longestSession || *c.Session%time.Second != 0) {
		errs = append(errs, errors.New("--session must be whole seconds, 1s to 24h"))
	}
	return errors.Join(append(errs, c.check(), c.queueFlags.Validate())...)
}

// Run changes the room and shows it.
func (c queueSetCommand) Run(ctx context.Context, stdout io.Writer) error {
	h, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	settings, err := h.settings(ctx, c.id())
	if err != nil {
		return err
	}
	if c.Capacity != nil {
		settings.Capacity = *c.Capacity
	}
	if c.Session != nil {
		settings.Session = *c.Session
	}
	if err := h.Configure(ctx, c.id(), settings); err != nil {
		return err
	}
	room, _, err := h.StatusOf(ctx, c.id())
	if err != nil {
		return err
	}
	return c.print(stdout, room)
}
