package rebuild

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/projections"
)

// ErrInUse means that a running program answers from what was to be dropped.
var ErrInUse = errors.New("a running program needs it")

// Discard drops the build of a projection in a place that is not the live one,
// whether it is whole or not. It returns false if there is none. The caller has
// locked the projection.
func Discard(ctx context.Context, pool *pgxpool.Pool, projection, place string) (found bool, err error) {
	if place == projections.Live {
		return false, errors.New("the live build is not dropped")
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := projections.ReadCheckpoint(ctx, tx, projection, place)
		if errors.Is(err, projections.ErrNotBuilt) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		return drop(ctx, tx, projection, place)
	})
	if err != nil {
		return found, fmt.Errorf("drop %s in %s: %w", projection, place, err)
	}
	return found, nil
}

// DropFormer drops the former build of a projection, after which nothing can be
// rolled back to. It fails with [ErrInUse] while programs of its version run and
// the live build is of another version, for they answer from it. It returns
// false if there is none.
func DropFormer(ctx context.Context, pool *pgxpool.Pool, projection string) (found bool, err error) {
	former, err := projections.ReadCheckpoint(ctx, pool, projection, projections.Former)
	if errors.Is(err, projections.ErrNotBuilt) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	live, err := projections.ReadCheckpoint(ctx, pool, projection, projections.Live)
	if err != nil {
		return false, err
	}
	if live.Version != former.Version {
		seen, used, err := projections.InUse(ctx, pool, projection, former.Version)
		if err != nil {
			return false, err
		}
		if used {
			return false, fmt.Errorf("the former build of %s: %w: one of version %d was seen at %s and answers from it",
				projection, ErrInUse, former.Version, seen.Format(time.RFC3339))
		}
	}
	return Discard(ctx, pool, projection, projections.Former)
}

// drop removes tables and checkpoint. Tables go in the reverse of the order in
// which they were made, for the later ones may refer to the earlier.
func drop(ctx context.Context, tx pgx.Tx, projection, place string) error {
	checkpoint, err := projections.ReadCheckpoint(ctx, tx, projection, place)
	if err != nil {
		return err
	}
	var statements []string
	for _, table := range slices.Backward(checkpoint.Tables) {
		statements = append(statements, `DROP TABLE IF EXISTS `+openTable(place, table), `DROP TABLE IF EXISTS `+qualified(place, table))
	}
	if err := execAll(ctx, tx, statements); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM holdfast_read.checkpoints WHERE projection = $1 AND place = $2`, projection, place)
	return err
}
