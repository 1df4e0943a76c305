package main

import (
	"context"
	"errors"
	"io"
)

type queueOpenCommand struct {
	concertArgument
	queueFlags
}

// Help says what opening does, with an example.
func (queueOpenCommand) Help() string {
	return `Undoes holdfast queue close: everybody stands where they stood. The queue of a concert that is sold out stays closed until there are more seats.

    holdfast queue open 01901f5c-6d2e-7a3b-8c4d-5e6f7a8b9c0d`
}

// Validate says what is wrong with the flags.
func (c queueOpenCommand) Validate() error {
	return errors.Join(c.check(), c.queueFlags.Validate())
}

// Run opens the queue.
func (c queueOpenCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.setClosed(ctx, stdout, c.concertArgument, false)
}
