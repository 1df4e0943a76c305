package rebuild

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/projections"
)

// begin finds the build of a projection that was begun, or begins one. What was
// begun from a log that this one is not is of no use to anybody, and is
// discarded.
func (b *Builder) begin(ctx context.Context, p projections.Projection) (*part, error) {
	found, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, b.opts.Place)
	switch {
	case errors.Is(err, projections.ErrNotBuilt):
	case err != nil:
		return nil, err
	case found.Version != p.Version:
		return nil, fmt.Errorf("%s: a build of version %d stands in %s, this program's version is %d: discard it first",
			p.Name, found.Version, b.opts.Place, p.Version)
	default:
		err := found.CheckLog(ctx, b.log)
		if err == nil {
			return &part{Projection: p, at: found.Position, copying: found.Copying}, nil
		}
		if !errors.Is(err, projections.ErrAhead) {
			return nil, err
		}
		b.notef("%v: what was built in %s is discarded", err, b.opts.Place)
		if _, err := Discard(ctx, b.pool, p.Name, b.opts.Place); err != nil {
			return nil, err
		}
	}
	err = pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if err := p.Create(ctx, tx, b.opts.Place); err != nil {
			return err
		}
		if p.Bulk == nil {
			return nil
		}
		return strip(ctx, tx, p, b.opts.Place)
	})
	if err != nil {
		return nil, fmt.Errorf("begin to build %s: %w", p.Name, err)
	}
	return &part{Projection: p, copying: p.Bulk != nil}, nil
}

const (
	// Keys are constraints and go with them; both are made again by the text that
	// the database gives.
	findIndexes = `
SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %I.%I', n.nspname, i.relname)
	ELSE format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, t.relname, i.relname) END,
	CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.oid)
	ELSE format('ALTER TABLE %I.%I ADD CONSTRAINT %I ', n.nspname, t.relname, i.relname) || pg_get_constraintdef(c.oid) END
FROM pg_index x
	JOIN pg_class i ON i.oid = x.indexrelid
	JOIN pg_class t ON t.oid = x.indrelid
	JOIN pg_namespace n ON n.oid = t.relnamespace
	LEFT JOIN pg_constraint c ON c.conindid = i.oid AND c.contype IN ('p', 'u', 'x')
WHERE n.nspname = $1 AND t.relname = ANY($2)
ORDER BY t.relname, x.indisprimary DESC, i.relname`

	beginCopying = `
UPDATE holdfast_read.checkpoints SET phase = 'copy', withheld = $3 WHERE projection = $1 AND place = $2`
)

// strip takes the indexes and keys off the tables that are copied into, notes
// how they are made again, and makes the tables for open rows.
func strip(ctx context.Context, tx pgx.Tx, p projections.Projection, place string) error {
	rows, err := tx.Query(ctx, findIndexes, place, p.Bulk.Bare)
	if err != nil {
		return err
	}
	var drop, makeAgain string
	var statements, withheld []string
	_, err = pgx.ForEachRow(rows, []any{&drop, &makeAgain}, func() error {
		statements, withheld = append(statements, drop), append(withheld, makeAgain)
		return nil
	})
	if err != nil {
		return err
	}
	if len(withheld) == 0 {
		return errMoved // another process has begun the build in the same moment
	}
	for _, table := range p.Bulk.Open {
		statements = append(statements, fmt.Sprintf(`CREATE TABLE %s (LIKE %s)`, openTable(place, table), qualified(place, table)))
	}
	if err := execAll(ctx, tx, statements); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, beginCopying, p.Name, place, withheld)
	return err
}

func qualified(place, table string) string { return pgx.Identifier{place, table}.Sanitize() }

func openTable(place, table string) string { return qualified(place, table+projections.OpenSuffix) }

func execAll(ctx context.Context, tx pgx.Tx, statements []string) error {
	for _, statement := range statements {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
