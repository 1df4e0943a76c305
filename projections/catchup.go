package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/idle"
)

// CatchUp makes the steps of a build that bring it to a position or beyond, and
// tells progress of each. Others may make steps of the same build meanwhile. An
// event that the projection cannot get past is a [*BadEventError], which is
// noted at the checkpoint too.
func CatchUp(
	ctx context.Context, pool *pgxpool.Pool, p Projection, place string, log Log,
	upTo eventstore.Position, opts Options, progress func(eventstore.Position),
) error {
	opts = opts.withDefaults()
	w := newWorker(build{Projection: p, place: place, pool: pool, stallLimit: opts.StallLimit}, log, opts)
	if err := w.look(ctx); err != nil {
		return err
	}
	for w.at < upTo {
		count, err := w.step(ctx, w.limit())
		switch {
		case err == nil && count == 0:
			return fmt.Errorf("%s in %s: position %d is wanted, the log ends at %d: %w", p.Name, place, upTo, w.at, ErrAhead)
		case errors.Is(err, errTaken), errors.Is(err, errMoved):
			if !idle.For(ctx, w.opts.Pace) {
				return ctx.Err()
			}
			err = w.look(ctx)
		case err != nil:
			if bad, is := errors.AsType[*BadEventError](err); is {
				err = errors.Join(err, w.stop(ctx, w.at, bad))
			}
		}
		if err != nil {
			return err
		}
		progress(w.at)
	}
	return nil
}

// Step writes what events, which follow the checkpoint of a build, add up to in
// a transaction that has locked the checkpoint's row.
func (p Projection) Step(ctx context.Context, tx pgx.Tx, place string, events []eventstore.Event) error {
	if len(events) == 0 {
		return nil
	}
	page, last := p.NewPage(), events[len(events)-1]
	if _, bad := Fold(p.Name, p.Categories, page, events); bad != nil {
		return bad
	}
	// A batch is prepared before any of it runs, so the search path comes first.
	if _, err := tx.Exec(ctx, claimSettings, place, milliseconds(statementLimit), milliseconds(statementLimit)); err != nil {
		return fmt.Errorf("go to %s: %w", place, err)
	}
	var batch pgx.Batch
	page.Queue(&batch)
	batch.Queue(moveCheckpoint, p.Name, place, last.Position, last.RecordedAt)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("write %s up to position %d: %w", p.Name, last.Position, err)
	}
	return nil
}
