package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

type rebuildCommand struct {
	databaseFlag
	progressFlag
	namesArgument

	Batch        int           `env:"HOLDFAST_REBUILD_BATCH" default:"100000" placeholder:"EVENTS" help:"Events that are copied in one transaction (default 100000)."`
	Swap         string        `env:"HOLDFAST_REBUILD_SWAP" enum:"if-equal,always,never" default:"if-equal" placeholder:"WHEN" help:"When the build is swapped in: if-equal to the live one, always, or never (default if-equal)."`
	SwapPatience time.Duration `env:"HOLDFAST_SWAP_PATIENCE" default:"1m" placeholder:"TIME" help:"How long a swap waits for long readers of its tables (default 1m)."`
	Fresh        bool          `help:"Discard what was built before and begin again."`
	JSON         bool          `name:"json" help:"Print a line of JSON for each read model."`
}

// Help says what happens, in which order.
func (rebuildCommand) Help() string {
	return `Builds beside the live read models while traffic goes on: copies the log, makes the indexes, catches up, compares row for row with the live ones, and swaps them in within 100 ms. The live ones become the former ones, which are kept current: roll back to them in an instant, or drop them.

Ctrl-C or a kill loses nothing: the next run goes on where the last transaction ended. If the builds differ from the live ones, the first row that does is shown, nothing is swapped, and the exit code is 1; so it is if a live one has stopped at an event, or has seen events that the log does not have. holdfast projections swap swaps anyway, and so does --swap always.

    holdfast projections rebuild --all
    holdfast projections rebuild wallets payments --swap never
    holdfast projections rebuild --all --json --progress json`
}

// Validate says what is wrong with the flags.
func (c rebuildCommand) Validate() error {
	var wrong []error
	if c.Batch <= 0 {
		wrong = append(wrong, fmt.Errorf("--batch must be more than 0, not %d", c.Batch))
	}
	return errors.Join(append(wrong, checkDatabase(c.DatabaseURL), c.check(), positive("--swap-patience", c.SwapPatience))...)
}

// rebuilt is what a machine reads about one read model.
type rebuilt struct {
	Projection string          `json:"projection"`
	Version    int             `json:"version"`
	Position   int64           `json:"position"`
	Equal      *bool           `json:"equal,omitempty"`
	SHA256     string          `json:"sha256,omitempty"`
	LiveSHA256 string          `json:"liveSha256,omitempty"`
	Difference *differenceJSON `json:"difference,omitempty"`
	LiveFault  string          `json:"liveFault,omitempty"`
	Swapped    bool            `json:"swapped"`
	SwapMillis float64         `json:"swapMilliseconds,omitempty"`
}

// Run rebuilds.
func (c rebuildCommand) Run(ctx context.Context, stdout io.Writer) error {
	shown := &phases{form: c.Progress}
	chosen := c.chosen()
	return withBuilds(ctx, c.DatabaseURL, chosen, func(b *builds) error {
		builder := rebuild.New(b.pool, b.log, rebuild.Options{
			ChunkSize: c.Batch, SwapPatience: c.SwapPatience, Progress: shown.show,
		})
		for _, p := range chosen {
			if err := c.prepare(ctx, b, p); err != nil {
				return err
			}
		}
		err := builder.Build(ctx, chosen)
		shown.end(err)
		if err != nil {
			return fmt.Errorf("%w\nThe live read models are as they were. Run the same command again to go on", err)
		}
		return each(chosen, func(p projections.Projection) error {
			err := c.conclude(ctx, builder, p, stdout)
			shown.end(err)
			return err
		})
	})
}

// prepare discards a build that is not to be gone on with: any if the command
// says so, and one that was rolled back.
func (c rebuildCommand) prepare(ctx context.Context, b *builds, p projections.Projection) error {
	found, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, projections.Next)
	switch {
	case errors.Is(err, projections.ErrNotBuilt):
		return nil
	case err != nil:
		return err
	case c.Fresh || found.SetAside:
		_, err = rebuild.Discard(ctx, b.pool, p.Name, projections.Next)
	}
	return err
}

var errDiffers = errors.New("is not equal to the live one")

// conclude compares a build and swaps it in, or says what swaps it in.
func (c rebuildCommand) conclude(ctx context.Context, builder *rebuild.Builder, p projections.Projection, stdout io.Writer) error {
	done := rebuilt{Projection: p.Name, Version: p.Version}
	compared, err := builder.Compare(ctx, p, projections.Next)
	var sentence string
	var against error // what is to be known before it takes the place of the live one
	switch {
	case errors.Is(err, rebuild.ErrOtherVersion):
		sentence = fmt.Sprintf("%s: version %d is built; the live one is of another version", p.Name, p.Version)
	case errors.Is(err, projections.ErrAhead):
		sentence = p.Name + ": is built; the live one has seen events that the log does not have"
		against, done.LiveFault = err, err.Error()
	case errors.Is(err, rebuild.ErrLiveStopped):
		sentence = p.Name + ": is built; the live one has stopped, so they were not compared"
		against, done.LiveFault = err, err.Error()
	case err != nil:
		return err
	default:
		equal := compared.Equal()
		done.Equal, done.SHA256, done.LiveSHA256 = &equal, compared.Other, compared.Live
		done.Position, done.Difference = int64(compared.Position), differenceOf(compared.First)
		sentence = comparisonSentence(compared)
		if !equal {
			against = fmt.Errorf("the build of %s %w", p.Name, errDiffers)
		}
	}
	if c.Swap == "never" || c.Swap == "if-equal" && against != nil {
		err := say(stdout, c.JSON, done, "%s; not swapped", sentence)
		if against != nil {
			err = errors.Join(err, fmt.Errorf("%w: holdfast projections swap %s takes it nevertheless", against, p.Name))
		}
		return err
	}
	swapped, err := builder.Swap(ctx, p)
	if err != nil {
		return err
	}
	done.Swapped, done.SwapMillis, done.Position = true, milliseconds(swapped.Took), int64(swapped.Position)
	return say(stdout, c.JSON, done, "%s; swapped in, in %.1f ms", sentence, milliseconds(swapped.Took))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
