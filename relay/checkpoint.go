package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Checkpoint is where a relay stands, as the database knows it.
type Checkpoint struct {
	Name string
	// Position up to which Kafka has acknowledged everything.
	Position eventstore.Position
	// EventAt is when the event at Position was recorded; zero at 0.
	EventAt time.Time
	// Epoch counts the owners.
	Epoch int64
	// Owner works at the moment, or was the last to; empty after an orderly end.
	Owner string
	// Held says that the owner's lease has not ended.
	Held bool
	// TakenAt is when the owner took over; zero if nobody ever did.
	TakenAt time.Time
	// Trouble is what keeps the owner from going on, empty if nothing does.
	Trouble string
	// TroubleAt is since when.
	TroubleAt time.Time
	// UpdatedAt is when the position moved last.
	UpdatedAt time.Time
	// Head is the end of the log.
	Head eventstore.Position
	// WaitingSince is when the oldest event was recorded that is yet to be sent;
	// zero if there is none.
	WaitingSince time.Time
	// Now is the store's clock at the moment of all this.
	Now time.Time
}

// Lag returns how many events are yet to be sent.
func (c Checkpoint) Lag() int64 { return max(int64(c.Head-c.Position), 0) }

// Delay returns for how long the oldest of them has been waiting.
func (c Checkpoint) Delay() time.Duration {
	if c.WaitingSince.IsZero() {
		return 0
	}
	return max(c.Now.Sub(c.WaitingSince), 0)
}

// Querier reads rows: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// columns of a checkpoint c. The look-ups in the log are each one probe of its
// primary key.
const columns = `c.name, c.position, c.event_at, c.epoch, coalesce(c.owner, ''), c.lease_until > clock_timestamp(),
	c.taken_at, coalesce(c.trouble, ''), c.trouble_at, c.updated_at,
	coalesce((SELECT max(position) FROM holdfast.events), 0),
	(SELECT recorded_at FROM holdfast.events WHERE position = c.position + 1),
	clock_timestamp()`

// Checkpoints returns the checkpoints of all relays, by name. There is none
// before a relay has worked.
func Checkpoints(ctx context.Context, db Querier) ([]Checkpoint, error) {
	rows, err := db.Query(ctx, `SELECT `+columns+` FROM holdfast_relay.checkpoints c ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read the relay's checkpoint: %w", err)
	}
	all, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read the relay's checkpoint: %w", err)
	}
	return all, nil
}

// one runs a statement that returns one checkpoint, or none: then found is false.
func one(ctx context.Context, db Querier, sql string, args ...any) (c Checkpoint, found bool, err error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return Checkpoint{}, false, err
	}
	c, err = pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Checkpoint{}, false, nil
	}
	return c, err == nil, err
}

func scan(row pgx.CollectableRow) (Checkpoint, error) {
	var c Checkpoint
	var eventAt, takenAt, troubleAt, waitingSince *time.Time
	err := row.Scan(&c.Name, &c.Position, &eventAt, &c.Epoch, &c.Owner, &c.Held,
		&takenAt, &c.Trouble, &troubleAt, &c.UpdatedAt, &c.Head, &waitingSince, &c.Now)
	c.EventAt, c.TakenAt, c.TroubleAt, c.WaitingSince = utc(eventAt), utc(takenAt), utc(troubleAt), utc(waitingSince)
	c.UpdatedAt, c.Now = c.UpdatedAt.UTC(), c.Now.UTC()
	return c, err
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
