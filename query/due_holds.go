package query

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/projections"
)

// DueHolds asks which holds have ended by the clock without anybody having
// recorded it.
type DueHolds struct {
	store *Store
}

// NewDueHolds returns the question to a store.
func NewDueHolds(store *Store) *DueHolds { return &DueHolds{store: store} }

// The partial index on reservations that are held has them in this order.
var dueHolds = question[domain.ReservationID]{
	model: projections.ReservationsName,
	table: "reservations",
	sql: `
SELECT reservation_id::text FROM {place}.reservations
WHERE state = 'held' AND expires_at <= clock_timestamp() ORDER BY expires_at LIMIT $1`,
	scan: pgx.RowTo[domain.ReservationID],
}

// Ask lists up to limit reservations that stand as held and whose end has
// passed by the store's clock, the longest past first. It lags as the read
// model does: one that has been ended since may still be named.
func (q *DueHolds) Ask(ctx context.Context, limit int) ([]domain.ReservationID, error) {
	return dueHolds.ask(ctx, q.store, 0, limit)
}
