package waitingroom

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
)

// configure sets the settings of a room, which is noted if it is not there.
// What is so already makes no revision.
func (l ledger) configure(ctx context.Context, concert domain.ConcertID, s Settings, now time.Time) (record, error) {
	return l.change(ctx, concert, `
		INSERT INTO holdfast_waiting.rooms AS room
		       (concert_id, incarnation, ceiling, base, floor, serving, issued, rate, capacity, session_ms, opened_at)
		VALUES ($1, 0, 0, 0, 0, 0, 0, 0, $2, $3, $4)
		ON CONFLICT (concert_id) DO UPDATE
		SET capacity = $2, session_ms = $3, revision = room.revision + 1
		WHERE (room.capacity, room.session_ms) IS DISTINCT FROM ($2, $3)
		RETURNING `+recordColumns, s.Capacity, s.Session.Milliseconds(), now)
}

// closeAt notes that an operator has closed the queue, or opened it if at is
// zero. What is so already makes no revision.
func (l ledger) closeAt(ctx context.Context, concert domain.ConcertID, at time.Time) (record, error) {
	var closed *time.Time
	if !at.IsZero() {
		closed = &at
	}
	return l.change(ctx, concert, `
		UPDATE holdfast_waiting.rooms SET closed_at = $2, revision = revision + 1
		WHERE concert_id = $1 AND (closed_at IS NULL) <> ($2::timestamptz IS NULL)
		RETURNING `+recordColumns, closed)
}

// change runs a statement that returns the room if it has changed it, and
// returns the room as it stands. It returns errNoRoom if there is none.
func (l ledger) change(ctx context.Context, concert domain.ConcertID, sql string, args ...any) (record, error) {
	room, err := scanRecord(l.pool.QueryRow(ctx, sql, append([]any{concert}, args...)...))
	if errors.Is(err, pgx.ErrNoRows) {
		return l.read(ctx, concert)
	}
	if err != nil {
		return record{}, fmt.Errorf("change waiting room: %w", err)
	}
	return room, nil
}

// stock notes how many seats concerts have and which are sold out, and returns
// the rooms that this has changed. A room that is not there is noted only if
// its concert is sold out. Rows are locked in the order of the concerts, so
// instances that tell of the same ones at once do not wait in a circle.
func (l ledger) stock(ctx context.Context, stocks []Stock, now time.Time) ([]listed, error) {
	var (
		concerts                      []domain.ConcertID
		seats, capacities, sessionsMS []int64
		soldOut                       []bool
	)
	for _, s := range stocks {
		concerts = append(concerts, s.ConcertID)
		seats = append(seats, s.Seats)
		soldOut = append(soldOut, s.SoldOut())
		capacities = append(capacities, int64(s.Settings.Capacity))
		sessionsMS = append(sessionsMS, s.Settings.Session.Milliseconds())
	}
	return l.listed(ctx, `
		INSERT INTO holdfast_waiting.rooms AS room
		       (concert_id, incarnation, ceiling, base, floor, serving, issued, rate, capacity, session_ms, opened_at,
		        seats, sold_out)
		SELECT told.concert_id, 0, 0, 0, 0, 0, 0, 0, told.capacity, told.session_ms, $1, told.seats,
		       CASE WHEN told.sold_out THEN told.seats ELSE 0 END
		FROM unnest($2::text[]::uuid[], $3::bigint[], $4::boolean[], $5::bigint[], $6::bigint[])
		     AS told (concert_id, seats, sold_out, capacity, session_ms)
		WHERE told.sold_out OR EXISTS (
			SELECT FROM holdfast_waiting.rooms known WHERE known.concert_id = told.concert_id)
		ORDER BY told.concert_id
		ON CONFLICT (concert_id) DO UPDATE
		SET seats = greatest(room.seats, excluded.seats), sold_out = greatest(room.sold_out, excluded.sold_out),
		    revision = room.revision + 1
		WHERE room.seats < excluded.seats OR room.sold_out < excluded.sold_out
		RETURNING concert_id::text, `+recordColumns, now, concerts, seats, soldOut, capacities, sessionsMS)
}
