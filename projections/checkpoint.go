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
	// Copying says that the build is being copied from the log: its tables are
	// neither whole nor indexed.
	Copying bool
	// Tables are those of the build, which may be of another version.
	Tables []string
	// SetAside says that an operator took the build out of use, so that no
	// server swaps it in by itself.
	SetAside bool
	// MadeAt is when the build was begun.
	MadeAt time.Time
	// Digest is the latest of the build's rows; its SHA256 is empty for none.
	Digest Fingerprint
	// DigestAt is when that was taken; zero for none.
	DigestAt time.Time
}

// ErrNotBuilt means that a projection has no tables in a place.
var ErrNotBuilt = errors.New("read model has not been built: migrate the read models")

const checkpointColumns = `projection, place, version, position, event_at, updated_at, coalesce(stopped, ''), stopped_at,
	phase = 'copy', tables, set_aside, made_at, coalesce(digest, ''), coalesce(digest_position, 0), digest_at`

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

// CheckLog compares the log with the checkpoint: it fails with [ErrAhead] if
// the log does not have the last event that is in the tables, recorded when the
// checkpoint says.
func (c Checkpoint) CheckLog(ctx context.Context, log eventstore.Reader) error {
	if c.Position == 0 {
		return nil
	}
	last, found, err := eventstore.At(ctx, log, c.Position)
	switch {
	case err != nil:
		return fmt.Errorf("compare the log with the checkpoint of %s: %w", c.Projection, err)
	case !found:
		return fmt.Errorf("%s: position %d is beyond the end of the log: %w", c.Projection, c.Position, ErrAhead)
	case !c.EventAt.IsZero() && !c.EventAt.Equal(last.RecordedAt):
		return fmt.Errorf("%s: the event at position %d was recorded at %s, that of the log at %s: %w", c.Projection, c.Position,
			c.EventAt.Format(time.RFC3339Nano), last.RecordedAt.Format(time.RFC3339Nano), ErrAhead)
	}
	return nil
}

func scanCheckpoint(row pgx.CollectableRow) (Checkpoint, error) {
	var c Checkpoint
	var eventAt, stoppedAt, digestAt *time.Time
	err := row.Scan(&c.Projection, &c.Place, &c.Version, &c.Position, &eventAt, &c.UpdatedAt, &c.Stopped, &stoppedAt,
		&c.Copying, &c.Tables, &c.SetAside, &c.MadeAt, &c.Digest.SHA256, &c.Digest.Position, &digestAt)
	c.EventAt, c.UpdatedAt, c.StoppedAt = utc(eventAt), c.UpdatedAt.UTC(), utc(stoppedAt)
	c.MadeAt, c.DigestAt = c.MadeAt.UTC(), utc(digestAt)
	if len(c.Tables) == 0 {
		c.Tables = firstTables[c.Projection]
	}
	return c, err
}

// firstTables are those of the builds that were made before the checkpoint
// named them.
var firstTables = map[string][]string{
	SalesName:        {"concerts", "performances", "seats", "admissions"},
	ReservationsName: {"reservations"},
	WalletsName:      {"wallets", "wallet_entries"},
	PaymentsName:     {"payments"},
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
