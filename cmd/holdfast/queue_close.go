package main

import (
	"context"
	"errors"
	"io"
)

type queueCloseCommand struct {
	concertArgument
	queueFlags
}

// Help says what closing does, with an example.
func (queueCloseCommand) Help() string {
	return `Whoever waits or joins is told that the queue is closed; those inside stay to their end. Places are kept: when the queue opens again, everybody stands where they stood. A concert that is sold out closes its queue by itself.

    holdfast queue close 01901f5c-6d2e-7a3b-8c4d-5e6f7a8b9c0d`
}

// Validate says what is wrong with the flags.
func (c queueCloseCommand) Validate() error {
	return errors.Join(c.check(), c.queueFlags.Validate())
}

// Run closes the queue.
func (c queueCloseCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.setClosed(ctx, stdout, c.concertArgument, true)
}

// setClosed closes a queue or opens it, and shows the room.
func (f queueFlags) setClosed(ctx context.Context, stdout io.Writer, concert concertArgument, closed bool) error {
	h, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	// A room that nobody has joined is noted first, so that it can be closed.
	settings, err := h.settings(ctx, concert.id())
	if err != nil {
		return err
	}
	set := h.ReopenQueue
	if closed {
		set = h.CloseQueue
	}
	if err := errors.Join(h.Configure(ctx, concert.id(), settings), set(ctx, concert.id())); err != nil {
		return err
	}
	room, _, err := h.StatusOf(ctx, concert.id())
	if err != nil {
		return err
	}
	return f.print(stdout, room)
}
