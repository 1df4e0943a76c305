package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export"
	"github.com/holdfast-dev/holdfast/replay"
)

type eventsTailCommand struct {
	readerFlags
	selectFlags
	jsonFlag
	From  replay.When `env:"HOLDFAST_EVENTS_FROM" placeholder:"MOMENT" help:"Begin with this position, at this time, or with what is recorded from now on (default head)."`
	Limit int64       `env:"HOLDFAST_EVENTS_LIMIT" placeholder:"N" help:"End after so many events; 0 goes on until it is interrupted (default 0)."`
}

// Help shows examples.
func (eventsTailCommand) Help() string {
	return `Goes on until it is interrupted, in the order of the log and without a gap, whatever happens to the connection meanwhile.

    holdfast events tail
    holdfast events tail --from 1 --category wallet
    holdfast events tail --from 10m --type 'seat.*' --json | jq .payload.seat`
}

// Validate says what is wrong with the flags.
func (c eventsTailCommand) Validate() error {
	var wrong error
	if c.Limit < 0 {
		wrong = fmt.Errorf("--limit must not be negative, as %d is", c.Limit)
	}
	return errors.Join(wrong, c.selectFlags.Validate(), c.readerFlags.Validate())
}

var errEnough = errors.New("as many events as were asked for")

// Run follows the log.
func (c eventsTailCommand) Run(ctx context.Context, stdout io.Writer) error {
	ctx, stop := untilNobodyReads(ctx, stdout)
	defer stop()
	return c.ask(ctx, func(log askedLog) error {
		span, err := replay.Range(ctx, log, c.From, replay.When{})
		if err != nil {
			return err
		}
		if c.From.IsHead() {
			span.After = span.UpTo
		}
		out := &tail{selection: c.selection(), out: bufio.NewWriter(stdout), json: c.JSON, limit: c.Limit}
		err = log.Follow(ctx, span.After, out.show)
		switch {
		case ctx.Err() != nil, errors.Is(err, errEnough):
			return nil //nolint:nilerr // being interrupted is how it ends
		default:
			return err
		}
	})
}

// tail writes events as they come.
type tail struct {
	selection eventstore.Selection
	out       *bufio.Writer
	json      bool
	lines     export.Lines
	limit     int64
	shown     int64
}

// show writes those events of a page that are selected.
func (t *tail) show(_ context.Context, events []eventstore.Event) error {
	for _, e := range events {
		match, err := t.selection.Match(e)
		if err != nil {
			return err
		}
		if !match {
			continue
		}
		if err := t.write(e); err != nil {
			return err
		}
		t.shown++
		if t.shown == t.limit {
			if err := t.out.Flush(); err != nil {
				return err
			}
			return errEnough
		}
	}
	return t.out.Flush()
}

func (t *tail) write(e eventstore.Event) error {
	if !t.json {
		return writeStory(t.out, e)
	}
	line, err := t.lines.Append(nil, e)
	if err != nil {
		return err
	}
	_, err = t.out.Write(line)
	return err
}
