package projections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Checkpoint is how far one build of a projection has come.
type Checkpoint struct {
	Projection string
	// Place is the schema that the build's tables stand in.
	Place string
	// Version is that of the projection that made the tables.
	Version int
	// Position of the last event that is in the tables, 0 for none.
	Position eventstore.Position
	// EventAt is when that event was recorded; zero for none.
	EventAt time.Time
	// UpdatedAt is when the checkpoint moved last, by the store's clock.
	UpdatedAt time.Time
	// Stopped says which event the projection cannot get past, empty if none.
	Stopped string
	// StoppedAt is when that was found last; zero if it is not stopped.
	StoppedAt time.Time
}

// ErrNotBuilt means that a projection has no tables in a place.
var ErrNotBuilt = errors.New("read model has not been built: migrate the read models")

const checkpointColumns = `projection, place, version, position, event_at, updated_at, coalesce(stopped, ''), stopped_at`

// Checkpoints returns the checkpoints of all builds, by projection and place.
func Checkpoints(ctx context.Context, db Querier) ([]Checkpoint, error) {
	rows, err := db.Query(ctx, `SELECT `+checkpointColumns+` FROM holdfast_read.checkpoints ORDER BY projection, place`)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	checkpoints, err := pgx.CollectRows(rows, scanCheckpoint)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	return checkpoints, nil
}

// Querier reads rows: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// ReadCheckpoint returns the checkpoint of a projection in a place, or
// [ErrNotBuilt].
func ReadCheckpoint(ctx context.Context, db Querier, projection, place string) (Checkpoint, error) {
	rows, err := db.Query(ctx, `SELECT `+checkpointColumns+`
		FROM holdfast_read.checkpoints WHERE projection = $1 AND place = $2`, projection, place)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint of %s: %w", projection, err)
	}
	checkpoint, err := pgx.CollectExactlyOneRow(rows, scanCheckpoint)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Checkpoint{}, fmt.Errorf("%s in %s: %w", projection, place, ErrNotBuilt)
	case err != nil:
		return Checkpoint{}, fmt.Errorf("read checkpoint of %s: %w", projection, err)
	}
	return checkpoint, nil
}

func scanCheckpoint(row pgx.CollectableRow) (Checkpoint, error) {
	var c Checkpoint
	var eventAt, stoppedAt *time.Time
	err := row.Scan(&c.Projection, &c.Place, &c.Version, &c.Position, &eventAt, &c.UpdatedAt, &c.Stopped, &stoppedAt)
	c.EventAt, c.UpdatedAt, c.StoppedAt = utc(eventAt), c.UpdatedAt.UTC(), utc(stoppedAt)
	return c, err
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
