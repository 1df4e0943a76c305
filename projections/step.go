package projections

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// statementLimit bounds each statement of a step.
const statementLimit = 30 * time.Second

var (
	// errTaken means that another worker has the checkpoint's row at this moment.
	errTaken = errors.New("another worker holds the checkpoint")
	// errMoved means that the checkpoint does not stand where the page begins:
	// another worker has moved it.
	errMoved = errors.New("another worker has moved the checkpoint")
	// errSwapped means that another build has been swapped into the place.
	errSwapped = errors.New("another build has been swapped in")
	// errOtherVersion means that the tables were made by another version of the
	// projection.
	errOtherVersion = errors.New("tables are of another version of the projection: rebuild it, or run the program that made them")
	// errCopying means that the build is being copied from the log.
	errCopying = errors.New("tables are being copied from the log")
)

// build is one build of a projection: the projection in a place.
type build struct {
	Projection
	place string
	pool  *pgxpool.Pool
	// madeAt tells the build from others that are swapped into the place; zero
	// if any will do.
	madeAt time.Time
	// stallLimit is how long the server waits for the process within a step.
	stallLimit time.Duration
}

// write makes one step: it writes the page, which covers the events after
// position from up to and including last, and moves the checkpoint with it, or
// does nothing at all.
func (b build) write(ctx context.Context, page Page, from eventstore.Position, last eventstore.Event) error {
	var batch pgx.Batch
	page.Queue(&batch)
	batch.Queue(moveCheckpoint, b.Name, b.place, last.Position, last.RecordedAt)
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if err := b.claim(ctx, tx, from); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return fmt.Errorf("write %s up to position %d: %w", b.Name, last.Position, err)
		}
		return nil
	})
}

const (
	// The settings last as long as the transaction: unqualified names mean the
	// tables of the place, a stalled or runaway step ends by itself, and rows are
	// reached by their keys. Plans are cached, and one that was made while a
	// table was empty would go on scanning it when it holds millions of rows.
	claimSettings = `
SELECT set_config('search_path', $1, true),
       set_config('idle_in_transaction_session_timeout', $2, true),
       set_config('statement_timeout', $3, true),
       set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true)`

	claimCheckpoint = `
SELECT position, version, made_at FROM holdfast_read.checkpoints
WHERE projection = $1 AND place = $2 AND phase = 'follow'
FOR UPDATE SKIP LOCKED`

	moveCheckpoint = `
UPDATE holdfast_read.checkpoints
SET position = $3, event_at = $4, updated_at = clock_timestamp(), stopped = NULL, stopped_at = NULL
WHERE projection = $1 AND place = $2`

	stopCheckpoint = `
UPDATE holdfast_read.checkpoints SET stopped = $4, stopped_at = clock_timestamp()
WHERE projection = $1 AND place = $2 AND position = $3`
)

// claim takes the checkpoint for the transaction. It fails with errTaken,
// errMoved, errSwapped or errOtherVersion.
func (b build) claim(ctx context.Context, tx pgx.Tx, from eventstore.Position) error {
	var position eventstore.Position
	var version int
	var madeAt time.Time
	var batch pgx.Batch
	batch.Queue(claimSettings, b.place, milliseconds(b.stallLimit), milliseconds(statementLimit))
	batch.Queue(claimCheckpoint, b.Name, b.place).QueryRow(func(row pgx.Row) error {
		return row.Scan(&position, &version, &madeAt)
	})
	err := tx.SendBatch(ctx, &batch).Close()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errTaken
	case err != nil:
		return fmt.Errorf("claim the checkpoint of %s: %w", b.Name, err)
	case version != b.Version:
		return errOtherVersion
	case !b.madeAt.IsZero() && !madeAt.Equal(b.madeAt):
		return errSwapped
	case position != from:
		return errMoved
	}
	return nil
}

// milliseconds formats a setting of the server.
func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// stop notes the event that the build cannot get past, for everybody to see.
func (b build) stop(ctx context.Context, from eventstore.Position, bad *BadEventError) error {
	if _, err := b.pool.Exec(ctx, stopCheckpoint, b.Name, b.place, from, bad.Error()); err != nil {
		return fmt.Errorf("note that %s has stopped: %w", b.Name, err)
	}
	return nil
}

// Rejected reports whether the database refused the rows of a page for what
// they are: trying again gives the same answer.
func Rejected(err error) bool {
	if _, is := errors.AsType[*inconsistentError](err); is {
		return true
	}
	refusal, is := errors.AsType[*pgconn.PgError](err)
	if !is || len(refusal.Code) != 5 {
		return false
	}
	const dataException, integrityViolation = "22", "23"
	class := refusal.Code[:2]
	return class == dataException || class == integrityViolation
}
