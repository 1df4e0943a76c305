package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay"
)

type relaySeekCommand struct {
	databaseFlag
	To   int64  `required:"" placeholder:"POSITION" help:"Position after which the relay goes on; 0 sends everything again."`
	Name string `default:"kafka" placeholder:"NAME" help:"Which checkpoint (default kafka)."`
}

// Help says when that is right.
func (relaySeekCommand) Help() string {
	return `For two occasions: the topic has been lost and everything must be sent again, or the database has been restored from an older copy, and the relay refuses to go on because the log is not the one that it has sent. What is sent again is not marked as a replay.

Stop all relays first; this refuses while one works.

    holdfast relay seek --to 0`
}

// Validate says what is wrong with the flags.
func (c relaySeekCommand) Validate() error {
	if c.To < 0 {
		return errors.Join(checkDatabase(c.DatabaseURL), fmt.Errorf("--to must be 0 or a position, not %d", c.To))
	}
	return checkDatabase(c.DatabaseURL)
}

// Run moves the checkpoint.
func (c relaySeekCommand) Run(ctx context.Context, stdout io.Writer) error {
	pool, err := eventstore.Connect(ctx, c.DatabaseURL, relay.Role)
	if err != nil {
		return err
	}
	defer pool.Close()
	at, err := relay.Seek(ctx, pool, c.Name, eventstore.Position(c.To))
	if err != nil {
		return adviseOnDatabase(err)
	}
	_, err = fmt.Fprintf(stdout, "%s: position %d of %d, %d behind\n", at.Name, at.Position, at.Head, at.Lag())
	return err
}
