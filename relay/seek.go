package relay

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// ErrHeld means that an instance relays at the moment.
var ErrHeld = errors.New("an instance is relaying")

// Seek moves a checkpoint to a position by an operator's decision: what follows
// it is sent, again or for the first time, and what does not is not. It fails
// with [ErrHeld] while an instance relays, and if the log does not reach the
// position. The former owner is fenced.
func Seek(ctx context.Context, pool *pgxpool.Pool, name string, to eventstore.Position) (Checkpoint, error) {
	c, moved, err := one(ctx, pool, `
		UPDATE holdfast_relay.checkpoints c SET
			position = $2, epoch = c.epoch + 1, owner = NULL, lease_until = '-infinity', updated_at = clock_timestamp(),
			event_at = (SELECT recorded_at FROM holdfast.events WHERE position = $2), trouble = NULL, trouble_at = NULL
		WHERE name = $1 AND c.lease_until <= clock_timestamp()
			AND ($2 = 0 OR EXISTS (SELECT FROM holdfast.events WHERE position = $2))
		RETURNING `+columns, name, int64(to))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("move the relay's checkpoint: %w", err)
	}
	if moved {
		return c, nil
	}
	c, found, err := one(ctx, pool, `SELECT `+columns+` FROM holdfast_relay.checkpoints c WHERE name = $1`, name)
	switch {
	case err != nil:
		return Checkpoint{}, fmt.Errorf("read the relay's checkpoint: %w", err)
	case !found:
		return Checkpoint{}, fmt.Errorf("there is no checkpoint %q: the relay has never run", name)
	case c.Held:
		return c, fmt.Errorf("%w (%s): stop it first", ErrHeld, c.Owner)
	default:
		return c, fmt.Errorf("position %d is not in the log, which ends at %d", to, c.Head)
	}
}
