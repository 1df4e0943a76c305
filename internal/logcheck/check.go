package logcheck

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// selectEvents walks the primary key. The cast to text spares the driver from
// parsing JSON that the fold parses anyway.
const selectEvents = `
SELECT position, stream, version, type, coalesce(tag, ''),
       command_id, coalesce(command_size, 0), payload::text, recorded_at
FROM holdfast.events
ORDER BY position`

// Check reads the whole log of a database on one snapshot and returns nil if
// every rule holds. A broken rule is a [*RuleError], the first one in position
// order; any other error means that the log could not be read.
func Check(ctx context.Context, databaseURL string) (err error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("check the log: %w", err)
	}
	defer func() {
		if closeErr := conn.Close(context.WithoutCancel(ctx)); closeErr != nil && err == nil {
			err = fmt.Errorf("check the log: %w", closeErr)
		}
	}()

	// One statement is one snapshot, so appends that go on do no harm.
	rows, err := conn.Query(ctx, selectEvents)
	if err != nil {
		return fmt.Errorf("check the log: %w", err)
	}
	defer rows.Close()
	return checkRows(rows)
}

func checkRows(rows pgx.Rows) error {
	f := newFold()
	for rows.Next() {
		var r record
		var payload string
		err := rows.Scan(&r.position, &r.stream, &r.version, &r.eventType, &r.tag,
			&r.commandID, &r.commandSize, &payload, &r.recordedAt)
		if err != nil {
			return fmt.Errorf("check the log after position %d: %w", f.position, err)
		}
		r.payload = []byte(payload)
		if err := f.add(r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("check the log after position %d: %w", f.position, err)
	}
	return f.finish()
}
