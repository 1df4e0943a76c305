package query

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/projections"
)

// Store answers questions from the read-model tables. It is safe for
// concurrent use.
type Store struct {
	pool      *pgxpool.Pool
	positions *positions
}

// NewStore returns a store. Connections of pool must be allowed to read the
// schema holdfast_read; the pool stays the caller's.
func NewStore(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool, positions: newPositions(pool)}
}

// question is one query of a read model.
type question[T any] struct {
	// model is the projection whose tables are asked.
	model string
	// sql selects the answer's rows.
	sql string
	// scan reads one of them.
	scan pgx.RowToFunc[T]
}

// ask returns the rows of a question from tables that have seen a position. It
// fails with [ErrBehind] if they do not get there in time.
func (q question[T]) ask(ctx context.Context, s *Store, position Position, args ...any) ([]T, error) {
	rows, at, err := q.read(ctx, s.pool, args)
	if err != nil {
		return nil, failed(ctx, q.model, err)
	}
	if at >= position {
		return rows, nil
	}
	if err := await(ctx, func(ctx context.Context) error { return s.positions.waitFor(ctx, q.model, position) }); err != nil {
		return nil, err
	}
	rows, at, err = q.read(ctx, s.pool, args)
	switch {
	case err != nil:
		return nil, failed(ctx, q.model, err)
	case at < position:
		return nil, ErrBehind // another build, which is behind, has taken the place
	}
	return rows, nil
}

const (
	// Rows and checkpoint must be of one moment.
	beginSnapshot = `BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ`

	checkpointOfModel = `SELECT position FROM holdfast_read.checkpoints WHERE projection = $1 AND place = $2`
)

// read returns the rows of a question and the position that they stand at. The
// whole transaction is one round trip.
func (q question[T]) read(ctx context.Context, pool *pgxpool.Pool, args []any) (rows []T, at Position, err error) {
	var batch pgx.Batch
	batch.Queue(beginSnapshot)
	batch.Queue(checkpointOfModel, q.model, projections.Live).QueryRow(func(row pgx.Row) error { return row.Scan(&at) })
	batch.Queue(q.sql, args...).Query(func(found pgx.Rows) error {
		rows, err = pgx.CollectRows(found, q.scan)
		return err
	})
	batch.Queue(`COMMIT`)
	err = pool.SendBatch(ctx, &batch).Close()
	return rows, at, err
}
