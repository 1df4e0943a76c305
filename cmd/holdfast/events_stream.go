package main

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export"
)

type eventsStreamCommand struct {
	readerFlags
	rangeFlags
	jsonFlag
	Name string `arg:"" help:"Name of the stream, or the id of a concert, performance, reservation, user (for the wallet) or admission."`
}

// Help shows examples.
func (eventsStreamCommand) Help() string {
	return `Tells what happened to one seat, reservation, wallet or whatever else has a stream, in order and in words.

    holdfast events stream seat-0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a11-7
    holdfast events stream 0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a12 --json`
}

// Run tells the story of a stream.
func (c eventsStreamCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.ask(ctx, func(log askedLog) error {
		stream, err := historyOf(log).Stream(ctx, c.Name)
		if err != nil {
			return err
		}
		selection, _, err := c.within(ctx, log, eventstore.Selection{Streams: []string{stream}})
		if err != nil {
			return err
		}
		if c.JSON {
			_, err := export.ToStream(ctx, log, stdout, export.Options{Format: export.NDJSON, Selection: selection})
			return err
		}
		out := bufio.NewWriter(stdout)
		err = log.Select(ctx, selection, func(e eventstore.Event) error { return writeStory(out, e) }, nil)
		return errors.Join(err, out.Flush())
	})
}
