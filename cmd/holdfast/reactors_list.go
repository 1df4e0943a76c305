package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/reactors"
)

type reactorsCommands struct {
	List reactorsListCommand `cmd:"" help:"List reactors: where they stand, and their dead letters."`
	Move reactorsMoveCommand `cmd:"" help:"Make a reactor go on at another position of the log."`
}

type reactorsListCommand struct {
	databaseFlag
	JSON bool `name:"json" help:"Print one JSON object a line."`
}

// Help shows examples.
func (reactorsListCommand) Help() string {
	return `Every reactor that this log has ever had, whether a server runs it or not.

    holdfast reactors list
    holdfast reactors list --json | jq 'select(.deadLetters > 0)'`
}

// Validate says what is wrong with the flags.
func (c reactorsListCommand) Validate() error { return checkDatabase(c.DatabaseURL) }

// Run lists.
func (c reactorsListCommand) Run(ctx context.Context, stdout io.Writer) error {
	return withReactors(ctx, c.DatabaseURL, func(pool *pgxpool.Pool) error {
		all, err := reactors.ReadStatus(ctx, pool)
		if err != nil {
			return err
		}
		if c.JSON {
			return printReactors(stdout, all)
		}
		table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "REACTOR\tPOSITION\tLAG\tMOVED\tDEAD LETTERS")
		for _, r := range all {
			_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%d\n", r.Reactor, r.Position, r.Lag(), r.MovedAt.UTC().Format(time.RFC3339), r.DeadLetters)
		}
		return table.Flush()
	})
}

// reactorShown is a reactor's status as a machine reads it.
type reactorShown struct {
	Reactor     string    `json:"reactor"`
	Position    int64     `json:"position"`
	Lag         int64     `json:"lag"`
	MovedAt     time.Time `json:"movedAt"`
	DeadLetters int64     `json:"deadLetters"`
}

func printReactors(stdout io.Writer, all []reactors.Status) error {
	out := json.NewEncoder(stdout)
	for _, r := range all {
		err := out.Encode(reactorShown{
			Reactor: r.Reactor, Position: int64(r.Position), Lag: r.Lag(), MovedAt: r.MovedAt.UTC(), DeadLetters: r.DeadLetters,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
