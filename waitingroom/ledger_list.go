package waitingroom

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
)

// listed is a room with the concert that it belongs to.
type listed struct {
	concert domain.ConcertID
	record
}

// list returns rooms, the latest opened first, without their gaps.
func (l ledger) list(ctx context.Context, limit int) ([]listed, error) {
	return l.listed(ctx, `
		SELECT concert_id::text, `+recordColumns+` FROM holdfast_waiting.rooms
		ORDER BY opened_at DESC, concert_id LIMIT $1`, limit)
}

// records returns the rooms of concerts, without their gaps.
func (l ledger) records(ctx context.Context, concerts []domain.ConcertID) ([]listed, error) {
	return l.listed(ctx, `
		SELECT concert_id::text, `+recordColumns+` FROM holdfast_waiting.rooms
		WHERE concert_id = ANY($1::text[]::uuid[])`, concerts)
}

// listed runs a statement that returns the id of a concert and the columns of
// its record.
func (l ledger) listed(ctx context.Context, sql string, args ...any) ([]listed, error) {
	rows, err := l.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list waiting rooms: %w", err)
	}
	rooms, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (listed, error) {
		var r listed
		var err error
		r.record, err = scanRecord(prefixed{row, &r.concert})
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("list waiting rooms: %w", err)
	}
	return rooms, nil
}

// prefixed scans one more column before those asked for.
type prefixed struct {
	row   pgx.Row
	first any
}

func (p prefixed) Scan(dest ...any) error {
	return p.row.Scan(append([]any{p.first}, dest...)...)
}
