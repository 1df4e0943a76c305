package reactors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Status is how one reactor fares, whichever instance works on it.
type Status struct {
	Reactor string
	// Position is the last that it is through with.
	Position eventstore.Position
	// Head is the end of the log.
	Head eventstore.Position
	// MovedAt is when Position changed.
	MovedAt time.Time
	// DeadLetters is how many are open or asked for.
	DeadLetters int64
}

// Lag returns how many events are still to come. Those that nobody wants count
// until the offset is moved past them, which is within about a second.
func (s Status) Lag() int64 { return max(int64(s.Head-s.Position), 0) }

// ReadStatus returns the status of every reactor that the log has an offset
// of, in the order of their names.
func ReadStatus(ctx context.Context, pool *pgxpool.Pool) ([]Status, error) {
	rows, err := pool.Query(ctx, `
		SELECT o.reactor, o.position, coalesce((SELECT max(position) FROM holdfast.events), 0), o.updated_at,
		       (SELECT count(*) FROM holdfast_reactors.dead_letters l WHERE l.reactor = o.reactor AND l.settled_at IS NULL)
		FROM holdfast_reactors.offsets o ORDER BY o.reactor`)
	if err != nil {
		return nil, fmt.Errorf("read the status of the reactors: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Status])
	if err != nil {
		return nil, fmt.Errorf("read the status of the reactors: %w", err)
	}
	return all, nil
}

// ErrNoReactor means that the log has no offset of that name.
var ErrNoReactor = errors.New("no such reactor")

// Move makes a reactor go on after a position, which is at most the end of the
// log. Events that it is taken back over are delivered again, those that it is
// taken past never are. It fails with [ErrBusy] while the reactor is at work.
func Move(ctx context.Context, pool *pgxpool.Pool, reactor string, to eventstore.Position) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if err := lockOffset(ctx, tx, reactor); err != nil {
			return fmt.Errorf("move reactor %s: %w", reactor, err)
		}
		tag, err := tx.Exec(ctx, `
			UPDATE holdfast_reactors.offsets
			SET position = $2, updated_at = clock_timestamp(),
			    event_at = (SELECT recorded_at FROM holdfast.events WHERE position = $2)
			WHERE reactor = $1 AND ($2 = 0 OR EXISTS (SELECT FROM holdfast.events WHERE position = $2))`, reactor, to)
		if err != nil {
			return fmt.Errorf("move reactor %s: %w", reactor, err)
		}
		if tag.RowsAffected() == 1 {
			return nil
		}
		var known bool
		err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM holdfast_reactors.offsets WHERE reactor = $1)`, reactor).Scan(&known)
		switch {
		case err != nil:
			return fmt.Errorf("move reactor %s: %w", reactor, err)
		case !known:
			return fmt.Errorf("%w: %s", ErrNoReactor, reactor)
		default:
			return fmt.Errorf("move reactor %s: the log has no position %d", reactor, to)
		}
	})
}
