package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

type verifyProjectionsCommand struct {
	databaseFlag
	progressFlag
	namesArgument

	Batch int  `env:"HOLDFAST_REBUILD_BATCH" default:"100000" placeholder:"EVENTS" help:"Events that are copied in one transaction (default 100000)."`
	JSON  bool `name:"json" help:"Print a line of JSON for each read model."`
}

// Help says what is compared with what.
func (verifyProjectionsCommand) Help() string {
	return `Builds read models anew in a place of their own (holdfast_read_trial), compares them row for row with the live ones at one position, and drops them again. Traffic goes on. If one differs, the first row in the order of the key is shown and the exit code is 1; so it is if a live one has stopped at an event that the build has got past.

    holdfast projections verify --all
    holdfast projections verify wallets --json`
}

// Validate says what is wrong with the flags.
func (c verifyProjectionsCommand) Validate() error {
	var wrong []error
	if c.Batch <= 0 {
		wrong = append(wrong, fmt.Errorf("--batch must be more than 0, not %d", c.Batch))
	}
	return errors.Join(append(wrong, checkDatabase(c.DatabaseURL), c.check())...)
}

// differenceJSON is what a machine reads about a row.
type differenceJSON struct {
	Table string `json:"table"`
	Live  string `json:"live"`
	Built string `json:"built"`
}

func differenceOf(d *rebuild.Difference) *differenceJSON {
	if d == nil {
		return nil
	}
	return &differenceJSON{Table: d.Table, Live: d.Live, Built: d.Other}
}

// comparisonSentence says what came of a comparison.
func comparisonSentence(c rebuild.Comparison) string {
	const enough = 12
	if c.Equal() {
		return fmt.Sprintf("%s: at position %d, the live one and the build are equal (sha256 %s)", c.Projection, c.Position, c.Live[:enough])
	}
	text := fmt.Sprintf("%s: at position %d, the live one (sha256 %s) and the build (%s) DIFFER", c.Projection, c.Position, c.Live[:enough], c.Other[:enough])
	if c.First != nil {
		text += fmt.Sprintf(", first in table %s\n  live:  %s\n  built: %s\n ", c.First.Table, orNone(c.First.Live), orNone(c.First.Other))
	}
	return text
}

func orNone(row string) string {
	if row == "" {
		return "no such row"
	}
	return row
}

// verifiedProjection is what a machine reads about one read model.
type verifiedProjection struct {
	Projection string          `json:"projection"`
	Version    int             `json:"version"`
	Position   int64           `json:"position"`
	Equal      bool            `json:"equal"`
	LiveSHA256 string          `json:"liveSha256"`
	SHA256     string          `json:"sha256"`
	Difference *differenceJSON `json:"difference,omitempty"`
}

// Run verifies.
func (c verifyProjectionsCommand) Run(ctx context.Context, stdout io.Writer) error {
	shown := &phases{form: c.Progress}
	chosen := c.chosen()
	return withBuilds(ctx, c.DatabaseURL, chosen, func(b *builds) error {
		// A build that a killed run has left is gone on with: it is as good.
		// Whatever else comes of a run, it leaves none.
		builder := rebuild.New(b.pool, b.log, rebuild.Options{
			Place: projections.Trial, ChunkSize: c.Batch, Progress: shown.show,
		})
		err := builder.Build(ctx, chosen)
		shown.end(err)
		if _, bad := errors.AsType[*projections.BadEventError](err); bad {
			return errors.Join(err, each(chosen, func(p projections.Projection) error { return dropTrial(ctx, b, p) }))
		}
		if err != nil {
			return err
		}
		return each(chosen, func(p projections.Projection) error {
			compared, err := builder.Compare(ctx, p, projections.Trial)
			shown.end(err)
			if ctx.Err() != nil {
				return err
			}
			dropped := dropTrial(ctx, b, p)
			if errors.Is(err, rebuild.ErrLiveStopped) {
				err = fmt.Errorf("%w; %s", err, rebuildAdvice(p.Name))
			}
			if err := errors.Join(err, dropped); err != nil {
				return err
			}
			err = say(stdout, c.JSON, verifiedProjection{
				Projection: p.Name, Version: p.Version, Position: int64(compared.Position), Equal: compared.Equal(),
				LiveSHA256: compared.Live, SHA256: compared.Other, Difference: differenceOf(compared.First),
			}, "%s", comparisonSentence(compared))
			if !compared.Equal() {
				err = errors.Join(err, fmt.Errorf("the live read model %s is not what the log says; %s", p.Name, rebuildAdvice(p.Name)))
			}
			return err
		})
	})
}

func dropTrial(ctx context.Context, b *builds, p projections.Projection) error {
	_, err := rebuild.Discard(ctx, b.pool, p.Name, projections.Trial)
	return err
}

// rebuildAdvice says what puts a live read model that is wrong right.
func rebuildAdvice(name string) string {
	return fmt.Sprintf("holdfast projections rebuild %s --swap always replaces it", name)
}
