package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// ErrFenced means that another instance has taken over: this one may move
// nothing any more.
var ErrFenced = errors.New("another instance relays now")

// lease is an owner's hold on the checkpoint, for one epoch.
type lease struct {
	pool  *pgxpool.Pool
	name  string
	epoch int64
	term  time.Duration
}

// takeStatement makes the row if need be and takes it if nobody holds it. Of
// several that try one wins: the others wait for its row lock and then find
// the lease held.
const takeStatement = `
INSERT INTO holdfast_relay.checkpoints AS c (name, epoch, owner, taken_at, lease_until)
VALUES ($1, 1, $2, clock_timestamp(), clock_timestamp() + $3)
ON CONFLICT (name) DO UPDATE SET
	epoch = c.epoch + 1, owner = $2, taken_at = clock_timestamp(), lease_until = clock_timestamp() + $3
	WHERE c.lease_until <= clock_timestamp()
RETURNING ` + columns

// take returns the lease and the checkpoint, or no lease while somebody else
// has it.
func take(ctx context.Context, pool *pgxpool.Pool, o Options) (*lease, Checkpoint, error) {
	c, taken, err := one(ctx, pool, takeStatement, o.Name, o.Owner, o.Lease)
	if err != nil {
		return nil, Checkpoint{}, fmt.Errorf("take the relay's checkpoint: %w", err)
	}
	if !taken {
		c, _, err = one(ctx, pool, `SELECT `+columns+` FROM holdfast_relay.checkpoints c WHERE name = $1`, o.Name)
		return nil, c, err
	}
	return &lease{pool: pool, name: o.Name, epoch: c.Epoch, term: o.Lease}, c, nil
}

// renew holds on to the checkpoint, and notes what troubles the owner, if
// anything does. The note keeps the time since when it is the same.
func (l *lease) renew(ctx context.Context, n note) (Checkpoint, error) {
	c, held, err := one(ctx, l.pool, `
		UPDATE holdfast_relay.checkpoints c SET
			lease_until = clock_timestamp() + $3,
			trouble = CASE WHEN position < $5 THEN nullif($4, '') END,
			trouble_at = CASE
				WHEN position >= $5 OR $4 = '' THEN NULL
				WHEN c.trouble = $4 THEN c.trouble_at
				ELSE clock_timestamp() END
		WHERE name = $1 AND epoch = $2
		RETURNING `+columns, l.name, l.epoch, l.term, fit(n.text), n.until)
	switch {
	case err != nil:
		return Checkpoint{}, fmt.Errorf("renew the relay's lease: %w", err)
	case !held:
		return Checkpoint{}, ErrFenced
	}
	return c, nil
}

// advance moves the checkpoint to an event that has been acknowledged, and
// renews the lease by the way. It never goes back, and in another epoch it
// does not move at all.
func (l *lease) advance(ctx context.Context, to eventstore.Event) error {
	tag, err := l.pool.Exec(ctx, `
		UPDATE holdfast_relay.checkpoints SET
			position = $3, event_at = $4, updated_at = clock_timestamp(),
			lease_until = greatest(lease_until, clock_timestamp() + $5), trouble = NULL, trouble_at = NULL
		WHERE name = $1 AND epoch = $2 AND position <= $3`,
		l.name, l.epoch, to.Position, to.RecordedAt, l.term)
	switch {
	case err != nil:
		return fmt.Errorf("move the relay's checkpoint to %d: %w", to.Position, err)
	case tag.RowsAffected() == 0:
		return ErrFenced
	}
	return nil
}

// release lets another instance take over at once.
func (l *lease) release(ctx context.Context) error {
	_, err := l.pool.Exec(ctx, `
		UPDATE holdfast_relay.checkpoints SET lease_until = '-infinity', owner = NULL
		WHERE name = $1 AND epoch = $2`, l.name, l.epoch)
	if err != nil {
		return fmt.Errorf("release the relay's checkpoint: %w", err)
	}
	return nil
}

// maxTrouble is what the column takes, less the room for a cut rune.
const maxTrouble = 1990

// fit shortens a note to what the column takes, and keeps it valid text.
func fit(note string) string {
	if len(note) > maxTrouble {
		note = note[:maxTrouble]
	}
	return toValid(note)
}
