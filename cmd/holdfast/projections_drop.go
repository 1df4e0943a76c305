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

	JSON bool `name:"json" help:"Print a line of JSON for each build."`
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
	return `Drops the builds that stand beside the live ones: those that are not whole, were not swapped in, or were rolled back, and what a verify that was killed has left.

    holdfast projections discard wallets`
}

// Run drops the former builds.
func (c dropOldCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.each(ctx, func(pool *pgxpool.Pool, projection string) error {
		found, err := rebuild.DropFormer(ctx, pool, projection)
		if err != nil {
			return err
		}
		return c.say(stdout, projection, projections.Former, found)
	})
}

// Run drops the next builds, and the trial ones where there are any.
func (c discardCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.each(ctx, func(pool *pgxpool.Pool, projection string) error {
		for _, place := range []string{projections.Next, projections.Trial} {
			found, err := rebuild.Discard(ctx, pool, projection, place)
			if err != nil {
				return err
			}
			if !found && place == projections.Trial {
				continue // nobody expects one
			}
			if err := c.say(stdout, projection, place, found); err != nil {
				return err
			}
		}
		return nil
	})
}

// droppedJSON is what a machine reads about one build.
type droppedJSON struct {
	Projection string `json:"projection"`
	Place      string `json:"place"`
	Dropped    bool   `json:"dropped"`
}

// each drops what drop does, of every read model that was chosen.
func (c dropFlags) each(ctx context.Context, drop func(pool *pgxpool.Pool, projection string) error) error {
	chosen := c.chosen()
	return withBuilds(ctx, c.DatabaseURL, chosen, func(b *builds) error {
		return each(chosen, func(p projections.Projection) error { return drop(b.pool, p.Name) })
	})
}

func (c dropFlags) say(stdout io.Writer, projection, place string, dropped bool) error {
	what := "dropped from"
	if !dropped {
		what = "nothing to drop in"
	}
	return say(stdout, c.JSON, droppedJSON{projection, place, dropped}, "%s: %s %s", projection, what, place)
}
