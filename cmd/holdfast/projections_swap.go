package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

// swapFlags are common to the commands that move builds.
type swapFlags struct {
	databaseFlag
	namesArgument

	SwapPatience time.Duration `env:"HOLDFAST_SWAP_PATIENCE" default:"1m" placeholder:"TIME" help:"How long a swap waits for long readers of its tables (default 1m)."`
	JSON         bool          `name:"json" help:"Print a line of JSON for each read model."`
}

// Validate says what is wrong with the flags.
func (c swapFlags) Validate() error {
	return errors.Join(checkDatabase(c.DatabaseURL), c.check(), positive("--swap-patience", c.SwapPatience))
}

type (
	swapCommand     struct{ swapFlags }
	rollbackCommand struct{ swapFlags }
)

// Help says what is promised.
func (swapCommand) Help() string {
	return `Makes the build beside the live one the live one, in one transaction of at most 100 ms; the live one becomes the former one. Nobody waits for it: while somebody reads the tables for long, it tries again and again, and says who that is when its patience ends. A former build from before is dropped.

    holdfast projections swap wallets
    holdfast projections swap --all --swap-patience 10m`
}

// Help says what is promised.
func (rollbackCommand) Help() string {
	return `Makes the former build the live one again, in one transaction of at most 100 ms; the live one is set aside, so that holdfast projections swap makes it live again. Servers leave it there until then.

    holdfast projections rollback wallets
    holdfast projections rollback --all`
}

// Run swaps.
func (c swapCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.move(ctx, stdout, (*rebuild.Builder).Swap)
}

// Run rolls back.
func (c rollbackCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.move(ctx, stdout, (*rebuild.Builder).Rollback)
}

// swappedJSON is what a machine reads about one read model.
type swappedJSON struct {
	Projection   string  `json:"projection"`
	Version      int     `json:"version"`
	Position     int64   `json:"position"`
	Behind       int64   `json:"behind"`
	Milliseconds float64 `json:"milliseconds"`
	Tries        int     `json:"tries"`
}

func (c swapFlags) move(
	ctx context.Context, stdout io.Writer,
	move func(*rebuild.Builder, context.Context, projections.Projection) (rebuild.Swapped, error),
) error {
	chosen := c.chosen()
	return withBuilds(ctx, c.DatabaseURL, chosen, func(b *builds) error {
		builder := rebuild.New(b.pool, b.log, rebuild.Options{SwapPatience: c.SwapPatience})
		return each(chosen, func(p projections.Projection) error {
			s, err := move(builder, ctx, p)
			if err != nil {
				return err
			}
			return say(stdout, c.JSON, swappedJSON{
				p.Name, s.Version, int64(s.Position), s.Behind, milliseconds(s.Took), s.Tries,
			}, "%s: version %d is live, at position %d, %d events behind the one before (%.1f ms)",
				p.Name, s.Version, s.Position, s.Behind, milliseconds(s.Took))
		})
	})
}
