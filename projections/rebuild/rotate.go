package rebuild

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/projections"
)

// build is a build and the place that it goes to.
type build struct {
	projections.Checkpoint
	to string
}

const (
	// swapSettings last as long as the transaction. The limit of statements bounds
	// waiting for all tables together, which that of locks does not.
	swapSettings = `
SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true)`

	// lockRows waits for the step that is under way, if any, and lets no other
	// one begin.
	lockRows = `
SELECT FROM holdfast_read.checkpoints WHERE projection = $1 AND place = ANY($2) ORDER BY place FOR UPDATE`

	// The key of a checkpoint holds its place, so one that goes where another is
	// must follow it out.
	moveRow = `
UPDATE holdfast_read.checkpoints SET place = $3, set_aside = $4, updated_at = clock_timestamp()
WHERE projection = $1 AND place = $2`
)

// lockBuilds locks the checkpoints of builds and returns them by their place.
func lockBuilds(ctx context.Context, tx pgx.Tx, projection string, places ...string) (map[string]projections.Checkpoint, error) {
	if _, err := tx.Exec(ctx, swapSettings, strconv.FormatInt(lockPiece.Milliseconds(), 10)); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, lockRows, projection, places); err != nil {
		return nil, fmt.Errorf("wait for a step to end: %w", err)
	}
	locked := make(map[string]projections.Checkpoint, len(places))
	for _, place := range places {
		checkpoint, err := projections.ReadCheckpoint(ctx, tx, projection, place)
		if err != nil {
			return nil, err
		}
		if checkpoint.Copying {
			return nil, fmt.Errorf("%s: %w", projection, ErrNothingBuilt)
		}
		locked[place] = checkpoint
	}
	return locked, nil
}

// rotate moves builds whose checkpoints are locked to other places, in order:
// each place is empty when its turn comes. Locks are taken all at once, before
// anything is changed.
func rotate(ctx context.Context, tx pgx.Tx, projection string, setAside bool, builds []build) error {
	var tables, moves []string
	for _, b := range builds {
		for _, table := range b.Tables {
			tables = append(tables, qualified(b.Place, table))
			moves = append(moves, `ALTER TABLE `+qualified(b.Place, table)+` SET SCHEMA `+b.to)
		}
	}
	if _, err := tx.Exec(ctx, swapSettings, strconv.FormatInt(lockPiece.Milliseconds(), 10)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `LOCK TABLE `+strings.Join(tables, ", ")+` IN ACCESS EXCLUSIVE MODE`); err != nil {
		return fmt.Errorf("wait for questions to end: %w", err)
	}
	var batch pgx.Batch
	for _, statement := range moves {
		batch.Queue(statement)
	}
	for _, b := range builds {
		batch.Queue(moveRow, projection, b.Place, b.to, setAside && b.to == projections.Next)
	}
	return tx.SendBatch(ctx, &batch).Close()
}

// blocker says which session keeps a swap from its tables, as far as the
// database tells.
func (b *Builder) blocker(ctx context.Context, p projections.Projection) string {
	var pid int
	var application, age, query string
	err := asLogin(ctx, b.pool, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
		SELECT a.pid, coalesce(a.application_name, ''), date_trunc('second', clock_timestamp() - a.xact_start)::text, coalesce(left(a.query, 120), '')
		FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
			JOIN pg_stat_activity a USING (pid)
		WHERE n.nspname = ANY($1) AND c.relname = ANY($2) AND l.granted AND l.pid <> pg_backend_pid()
		ORDER BY a.xact_start LIMIT 1`,
			[]string{projections.Live, projections.Next, projections.Former}, p.TableNames()).Scan(&pid, &application, &age, &query)
	})
	if err != nil {
		return ""
	}
	return fmt.Sprintf("; session %d (%s) has its tables for %s: %s", pid, application, age, strings.Join(strings.Fields(query), " "))
}
