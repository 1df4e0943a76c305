package main

import (
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

// dropFlags are common to the commands that drop builds.
type dropFlags struct {
	databaseFlag
	namesArgument

	JSON bool `name:"json" help:"Print a line of JSON for each read model."`
}

// Validate says what is wrong with the flags.
func (c dropFlags) Validate() error { return errors.Join(checkDatabase(c.DatabaseURL), c.check()) }

type (
	dropOldCommand struct{ dropFlags }
	discardCommand struct{ dropFlags }
)

// Help says when a build is not dropped.
func (dropOldCommand) Help() string {
	return `Drops the former builds, after which nothing can be rolled back to. It refuses while a program of another version runs that answers from one: end that program first; it counts as running for 30 seconds after it was seen last.

    holdfast projections drop-old --all`
}

// Help says what is dropped.
func (discardCommand) Help() string {
	return `Drops the builds that stand beside the live ones: those that are not whole, were not swapped in, or were rolled back.

    holdfast projections discard wallets`
}

// Run drops the former builds.
func (c dropOldCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.drop(ctx, stdout, projections.Former, rebuild.DropFormer)
}

// Run drops the next builds.
func (c discardCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.drop(ctx, stdout, projections.Next, func(ctx context.Context, pool *pgxpool.Pool, projection string) (bool, error) {
		return rebuild.Discard(ctx, pool, projection, projections.Next)
	})
}

// droppedJSON is what a machine reads about one read model.
type droppedJSON struct {
	Projection string `json:"projection"`
	Place      string `json:"place"`
	Dropped    bool   `json:"dropped"`
}

func (c dropFlags) drop(
	ctx context.Context, stdout io.Writer, place string,
	drop func(ctx context.Context, pool *pgxpool.Pool, projection string) (bool, error),
) error {
	chosen := c.chosen()
	return withBuilds(ctx, c.DatabaseURL, chosen, func(b *builds) error {
		return each(chosen, func(p projections.Projection) error {
			found, err := drop(ctx, b.pool, p.Name)
			if err != nil {
				return err
			}
			what := "dropped from"
			if !found {
				what = "nothing to drop in"
			}
			return say(stdout, c.JSON, droppedJSON{p.Name, place, found}, "%s: %s %s", p.Name, what, place)
		})
	})
}
