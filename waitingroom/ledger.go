package waitingroom

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/domain"
)

// ledger is what Postgres remembers of the rooms. Its methods may be called by
// any number of instances at once.
type ledger struct {
	pool *pgxpool.Pool
}

// record is one room as Postgres has it.
type record struct {
	incarnation          int64
	ceiling, base, floor int64
	serving, issued      int64
	rate                 float64
	settings             Settings
	closure              Closure
	// revision goes up with every change of the settings and the closure.
	revision int64
	gaps     []gap
}

// gap is a run of numbers that were never drawn, as far as is known: those
// above after, up to and including upTo.
type gap struct {
	after, upTo int64
}

// within is how many numbers of the gap lie between two others.
func (g gap) within(after, before int64) int64 {
	return max(0, min(g.upTo, before-1)-max(g.after, after))
}

const recordColumns = `incarnation, ceiling, base, floor, serving, issued, rate, capacity, session_ms, revision,
	CASE WHEN sold_out > 0 AND sold_out = seats THEN 'sold_out' WHEN closed_at IS NOT NULL THEN 'operator' ELSE '' END`

func scanRecord(row pgx.Row) (record, error) {
	var r record
	var session int64
	err := row.Scan(&r.incarnation, &r.ceiling, &r.base, &r.floor, &r.serving, &r.issued, &r.rate,
		&r.settings.Capacity, &session, &r.revision, &r.closure)
	r.settings.Session = time.Duration(session) * time.Millisecond
	return r, err
}

// read returns errNoRoom if the room has never been opened.
func (l ledger) read(ctx context.Context, concert domain.ConcertID) (record, error) {
	room, err := scanRecord(l.pool.QueryRow(ctx,
		`SELECT `+recordColumns+` FROM holdfast_waiting.rooms WHERE concert_id = $1`, concert))
	if errors.Is(err, pgx.ErrNoRows) {
		return record{}, errNoRoom
	}
	if err != nil {
		return record{}, fmt.Errorf("read waiting room: %w", err)
	}
	room.gaps, err = readGaps(ctx, l.pool, concert)
	return room, err
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func readGaps(ctx context.Context, db querier, concert domain.ConcertID) ([]gap, error) {
	rows, err := db.Query(ctx,
		`SELECT issued, floor FROM holdfast_waiting.losses WHERE concert_id = $1 ORDER BY floor`, concert)
	if err != nil {
		return nil, fmt.Errorf("read losses of a waiting room: %w", err)
	}
	gaps, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (gap, error) {
		var g gap
		return g, row.Scan(&g.after, &g.upTo)
	})
	if err != nil {
		return nil, fmt.Errorf("read losses of a waiting room: %w", err)
	}
	return gaps, nil
}

// create notes a room that has not been opened yet. A room that is there keeps
// the settings that it has.
func (l ledger) create(ctx context.Context, concert domain.ConcertID, s Settings, now time.Time) error {
	_, err := l.pool.Exec(ctx, `
		INSERT INTO holdfast_waiting.rooms
		       (concert_id, incarnation, ceiling, base, floor, serving, issued, rate, capacity, session_ms, opened_at)
		VALUES ($1, 0, 0, 0, 0, 0, 0, 0, $2, $3, $4)
		ON CONFLICT DO NOTHING`, concert, s.Capacity, s.Session.Milliseconds(), now)
	if err != nil {
		return fmt.Errorf("note waiting room: %w", err)
	}
	return nil
}

// reserve raises the ceiling of an incarnation to at least wanted and returns
// it. Instances that race for the same block reserve it once. It returns
// errMoved if the room has gone into another incarnation.
func (l ledger) reserve(ctx context.Context, concert domain.ConcertID, incarnation, wanted int64) (int64, error) {
	var ceiling int64
	err := l.pool.QueryRow(ctx, `
		UPDATE holdfast_waiting.rooms SET ceiling = greatest(ceiling, $3)
		WHERE concert_id = $1 AND incarnation = $2
		RETURNING ceiling`, concert, incarnation, wanted).Scan(&ceiling)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errMoved
	}
	if err != nil {
		return 0, fmt.Errorf("reserve numbers: %w", err)
	}
	return ceiling, nil
}

// checkpoint is what is written every second or so while a room moves.
type checkpoint struct {
	serving, issued, high int64
	rate                  float64
	now                   time.Time
}

// save writes a checkpoint and takes away sessions that have ended. It does
// nothing if the room has gone into another incarnation.
func (l ledger) save(ctx context.Context, concert domain.ConcertID, incarnation int64, c checkpoint) error {
	var batch pgx.Batch
	batch.Queue(`
		UPDATE holdfast_waiting.rooms SET serving = greatest(base, $3), issued = greatest(issued, $4), rate = $5
		WHERE concert_id = $1 AND incarnation = $2`, concert, incarnation, c.serving, c.issued, c.rate)
	batch.Queue(`
		UPDATE holdfast_waiting.losses SET issued = $3
		WHERE concert_id = $1 AND incarnation = $2 - 1 AND issued < $3`, concert, incarnation, c.high)
	batch.Queue(`
		DELETE FROM holdfast_waiting.sessions WHERE concert_id = $1 AND ends_at <= $2`, concert, c.now)
	if err := l.pool.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("save checkpoint of waiting room: %w", err)
	}
	return nil
}
