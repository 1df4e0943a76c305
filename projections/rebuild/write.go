package rebuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/projections"
)

// errMoved means that the build does not stand where this process left it.
var errMoved = errors.New("another process works on the build")

const (
	claimCopy = `
SELECT FROM holdfast_read.checkpoints
WHERE projection = $1 AND place = $2 AND version = $3 AND position = $4 AND phase = 'copy'
FOR UPDATE`

	moveCopy = `
UPDATE holdfast_read.checkpoints SET position = $3, event_at = $4, updated_at = clock_timestamp()
WHERE projection = $1 AND place = $2`
)

// write commits a chunk with the checkpoints that it brings the parts to.
func (b *Builder) write(ctx context.Context, group []*part, c chunk) error {
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('search_path', $1, true)`, b.opts.Place); err != nil {
			return err
		}
		for i, p := range group {
			tag, err := tx.Exec(ctx, claimCopy, p.Name, b.opts.Place, p.Version, c.from)
			switch {
			case err != nil:
				return fmt.Errorf("claim the build of %s: %w", p.Name, err)
			case tag.RowsAffected() == 0:
				return fmt.Errorf("%s: %w", p.Name, errMoved)
			}
			err = writePart(ctx, tx, &c.parts[i])
			switch {
			case projections.Rejected(err):
				return &oddError{part: p, err: err}
			case err != nil:
				return fmt.Errorf("copy %s up to position %d: %w", p.Name, c.upTo, err)
			}
			if _, err := tx.Exec(ctx, moveCopy, p.Name, b.opts.Place, c.upTo, c.lastAt); err != nil {
				return fmt.Errorf("move the build of %s: %w", p.Name, err)
			}
		}
		return nil
	})
}

func writePart(ctx context.Context, tx pgx.Tx, c *projections.Chunk) error {
	for _, rows := range c.Rows {
		table := pgx.Identifier{rows.Table}.Sanitize()
		if rows.Replace {
			if _, err := tx.Exec(ctx, `TRUNCATE `+table); err != nil {
				return err
			}
		}
		if rows.Data == nil {
			continue
		}
		into := `COPY ` + table + ` (` + rows.Columns + `) FROM STDIN (FORMAT binary)`
		if _, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(rows.Data), into); err != nil {
			return err
		}
	}
	if c.Batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, &c.Batch).Close()
}
