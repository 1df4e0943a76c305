package rebuild

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/projections"
)

const (
	claimWithheld = `
SELECT withheld FROM holdfast_read.checkpoints
WHERE projection = $1 AND place = $2 AND phase = 'copy' FOR UPDATE`

	endCopying = `
UPDATE holdfast_read.checkpoints SET phase = 'follow', withheld = '{}' WHERE projection = $1 AND place = $2`

	// Sorting for an index takes what memory it is given, once.
	finishSettings = `
SELECT set_config('search_path', $1, true), set_config('maintenance_work_mem', '128MB', true), set_config('work_mem', '64MB', true)`
)

// finish makes the tables of a copy whole: open rows go where they belong, and
// indexes and keys are made. Then ordinary steps can go on. It does nothing if
// that has been done.
func (b *Builder) finish(ctx context.Context, p projections.Projection) error {
	place := b.opts.Place
	var done bool
	err := pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		var withheld []string
		err := tx.QueryRow(ctx, claimWithheld, p.Name, place).Scan(&withheld)
		if errors.Is(err, pgx.ErrNoRows) {
			done = true
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, finishSettings, place); err != nil {
			return err
		}
		if err := execAll(ctx, tx, finishing(p, place, withheld)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, endCopying, p.Name, place)
		return err
	})
	switch {
	case projections.Rejected(err):
		// Two events claim what only one may have. Steps find the second one.
		b.notef("%s: %v: beginning again, by steps", p.Name, err)
		return b.beginBySteps(ctx, p)
	case err != nil:
		return fmt.Errorf("finish the copy of %s: %w", p.Name, err)
	case done:
		return nil
	}
	return b.analyze(ctx, p)
}

// finishing lists what is run: rows first, for they are put in faster without
// indexes.
func finishing(p projections.Projection, place string, withheld []string) []string {
	var statements []string
	for _, table := range p.Bulk.Open {
		open := openTable(place, table)
		insert := `INSERT INTO ` + qualified(place, table) + ` SELECT * FROM ` + open //nolint:unqueryvet // it was made LIKE the other
		statements = append(statements, insert, `DROP TABLE `+open)
	}
	statements = append(statements, p.Bulk.Finish...)
	return append(statements, withheld...)
}

// beginBySteps makes empty tables with everything, for steps to fill.
func (b *Builder) beginBySteps(ctx context.Context, p projections.Projection) error {
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if err := drop(ctx, tx, p.Name, b.opts.Place); err != nil {
			return err
		}
		return p.Create(ctx, tx, b.opts.Place)
	})
}

// analyze tells the planner what the tables hold before anybody asks them.
func (b *Builder) analyze(ctx context.Context, p projections.Projection) error {
	for _, table := range p.TableNames() {
		if _, err := b.pool.Exec(ctx, `ANALYZE `+qualified(b.opts.Place, table)); err != nil {
			return fmt.Errorf("analyze %s: %w", table, err)
		}
	}
	return nil
}
