package board

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/sale"
)

// Load brings the board to where the tables of the sale stand, so that it need
// not read the log from its beginning. Where the tables have not been built, or
// only by another version of the program, or from a log that this one is not, it
// leaves the board as it is. It is called once, before Run.
func (b *Board) Load(ctx context.Context, pool *pgxpool.Pool) error {
	const maxMoves = 5
	var err error
	for range maxMoves {
		var found projections.Checkpoint
		found, err = projections.Answering(ctx, pool, projections.SalesName, projections.SalesVersion)
		if errors.Is(err, projections.ErrNoVersion) {
			return nil
		}
		if err == nil {
			snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
			err = pgx.BeginTxFunc(ctx, pool, snapshot, func(tx pgx.Tx) error { return b.load(ctx, tx, found.Place) })
		}
		if !errors.Is(err, errMoved) {
			break
		}
	}
	switch {
	case errors.Is(err, projections.ErrAhead):
		b.opts.Logger.WarnContext(ctx, "the board is not loaded from the read model; it reads the log from the beginning", "error", err)
	case err != nil:
		return fmt.Errorf("load the board: %w", err)
	}
	return nil
}

// errMoved means that the tables were swapped in the moment they were read.
var errMoved = errors.New("the tables of the sale are not where their checkpoint says")

// lockTables keeps the tables where they are until the transaction ends. It is
// the transaction's beginning, for its snapshot is taken after it.
const lockTables = `LOCK TABLE concerts, performances, seats, admissions IN ACCESS SHARE MODE`

func (b *Board) load(ctx context.Context, tx pgx.Tx, place string) error {
	if _, err := tx.Exec(ctx, `SET LOCAL search_path TO `+pgx.Identifier{place}.Sanitize()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, lockTables); err != nil {
		if refusal, is := errors.AsType[*pgconn.PgError](err); is && refusal.Code == noSuchTable {
			return fmt.Errorf("%w: %w", errMoved, err)
		}
		return err
	}
	checkpoint, err := projections.ReadCheckpoint(ctx, tx, projections.SalesName, place)
	switch {
	case errors.Is(err, projections.ErrNotBuilt):
		return errMoved
	case err != nil:
		return err
	case checkpoint.Version != projections.SalesVersion:
		return errMoved
	}
	// The board goes on after the checkpoint. In a log that was restored from an
	// older copy there are other events up to it, now or soon.
	if err := checkpoint.CheckLog(ctx, b.log); err != nil {
		return err
	}
	x := emptyIndex()
	if err := loadConcerts(ctx, tx, x); err != nil {
		return fmt.Errorf("concerts: %w", err)
	}
	revisions, err := loadPerformances(ctx, tx, x)
	if err != nil {
		return fmt.Errorf("performances: %w", err)
	}
	if err := loadSeats(ctx, tx, x, revisions); err != nil {
		return fmt.Errorf("seats: %w", err)
	}
	if err := b.loadAdmissions(ctx, tx); err != nil {
		return fmt.Errorf("admissions: %w", err)
	}
	// From the log itself: no table is needed for the few there are. Users that
	// were forgotten after the checkpoint are covered again when it is read.
	veil, err := projections.ForgottenUsers(ctx, tx)
	if err != nil {
		return err
	}
	b.veil.Store(&veil)
	b.index.Store(x)
	b.progress.reach(checkpoint.Position)
	return nil
}

// noSuchTable is what Postgres answers where a table is not there.
const noSuchTable = "42P01"

func loadConcerts(ctx context.Context, tx pgx.Tx, x *index) error {
	rows, err := tx.Query(ctx, `
		SELECT concert_id::text, title, venue, currency, queue_capacity, session_seconds
		FROM concerts ORDER BY position`)
	if err != nil {
		return err
	}
	var c sale.Concert
	var sessionSeconds int
	_, err = pgx.ForEachRow(rows, []any{&c.ID, &c.Title, &c.Venue, &c.Currency, &c.QueueCapacity, &sessionSeconds}, func() error {
		c.Session = time.Duration(sessionSeconds) * time.Second
		x.addConcert(c)
		return nil
	})
	return err
}

// revisions holds the last change of each performance.
type revisions map[domain.PerformanceID]eventstore.Position

func loadPerformances(ctx context.Context, tx pgx.Tx, x *index) (revisions, error) {
	rows, err := tx.Query(ctx, `
		SELECT performance_id::text, concert_id::text, local_date::text, starts_at, time_zone, seat_count, seat_price, revision
		FROM performances`)
	if err != nil {
		return nil, err
	}
	latest := make(revisions)
	var p sale.Performance
	var revision eventstore.Position
	into := []any{&p.ID, &p.ConcertID, &p.Date, &p.StartsAt, &p.TimeZone, &p.SeatCount, &p.SeatPrice, &revision}
	_, err = pgx.ForEachRow(rows, into, func() error {
		p.StartsAt = p.StartsAt.UTC()
		latest[p.ID] = revision
		if !x.addPerformance(sale.NewSeats(p, int64(revision))) {
			return fmt.Errorf("performance %s has no concert", p.ID)
		}
		return nil
	})
	return latest, err
}

// loadSeats reads the seats that are taken.
func loadSeats(ctx context.Context, tx pgx.Tx, x *index, latest revisions) error {
	rows, err := tx.Query(ctx, `
		SELECT performance_id::text, seat, state = 'sold', coalesce(hold_until, 'epoch') FROM seats`)
	if err != nil {
		return err
	}
	taken := newPage(x)
	var id domain.PerformanceID
	var seat int
	var sold bool
	var until time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &seat, &sold, &until}, func() error {
		c := sale.Change{Seat: seat, State: sale.Held, Until: until}
		if sold {
			c = sale.Change{Seat: seat, State: sale.Sold}
		}
		return taken.change(latest[id], id, c)
	})
	if err != nil {
		return err
	}
	taken.showSeats()
	return nil
}

// loadAdmissions reads the admissions that were over within the board's memory.
func (b *Board) loadAdmissions(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `
		SELECT admission_id, over_at FROM admissions
		WHERE over_at > clock_timestamp() - $1::interval ORDER BY over_at`, b.opts.Memory)
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ended, error) {
		var e ended
		var key [16]byte
		err := row.Scan(&key, &e.at)
		e.key = uuid.UUID(key)
		return e, err
	})
	if err != nil {
		return err
	}
	b.over.add(all...)
	return nil
}
