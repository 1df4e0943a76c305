package main

import (
	"context"
	"io"
)

type queueStatusCommand struct {
	queueFlags
}

// Help shows examples.
func (queueStatusCommand) Help() string {
	return `The rooms that were opened last, at most 200: how many are inside, have been called, and wait; up to which number turns have come; and about how many turns a minute may come.

    holdfast queue status
    holdfast queue status --json | jq 'select(.waiting > 1000)'`
}

// Run shows the rooms.
func (c queueStatusCommand) Run(ctx context.Context, stdout io.Writer) error {
	h, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	rooms, err := h.Status(ctx)
	if err != nil {
		return err
	}
	return c.print(stdout, rooms...)
}
