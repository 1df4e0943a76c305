package main

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/reactors"
)

type reactorsMoveCommand struct {
	Name string `arg:"" help:"Name of the reactor, as holdfast reactors list shows it."`
	databaseFlag
	To int64 `required:"" placeholder:"POSITION" help:"The last position that it is to be through with; 0 for the beginning of the log."`
}

// Help says what it is for, and what it does to events.
func (reactorsMoveCommand) Help() string {
	return `For a log that was restored from an older copy, where the reactor waits to be told where it goes on. It may be moved at any time: events that it is taken back over are delivered again, and those that it is taken past never are.

    holdfast reactors move end_sessions --to 4711`
}

// Validate says what is wrong with the flags.
func (c reactorsMoveCommand) Validate() error {
	if c.To < 0 {
		return fmt.Errorf("--to %d is no position: they count from 0, the beginning of the log", c.To)
	}
	return checkDatabase(c.DatabaseURL)
}

// Run moves.
func (c reactorsMoveCommand) Run(ctx context.Context, stdout io.Writer) error {
	return withReactors(ctx, c.DatabaseURL, func(pool *pgxpool.Pool) error {
		if err := reactors.Move(ctx, pool, c.Name, eventstore.Position(c.To)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(stdout, "Reactor %s goes on after position %d.\n", c.Name, c.To)
		return err
	})
}
