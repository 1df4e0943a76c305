package projections

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Seize takes a projection's checkpoint in a transaction, as a step does, and
// leaves the transaction open.
func Seize(
	ctx context.Context, pool *pgxpool.Pool, p Projection, from eventstore.Position, stallLimit time.Duration,
) (pgx.Tx, error) {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return tx, build{Projection: p, place: Live, pool: pool, stallLimit: stallLimit}.claim(ctx, tx, from)
}

// Build folds events into a place, in pages of a size, from wherever its
// checkpoint stands.
func Build(
	ctx context.Context, pool *pgxpool.Pool, p Projection, place string, log Log, pageSize int,
) error {
	w := newWorker(build{Projection: p, place: place, pool: pool, stallLimit: time.Second}, log,
		Options{PageSize: pageSize}.withDefaults())
	if err := w.look(ctx); err != nil {
		return err
	}
	for {
		count, err := w.step(ctx, w.limit())
		if err != nil || count == 0 {
			return err
		}
	}
}
