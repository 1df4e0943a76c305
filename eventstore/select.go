package eventstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// selectPage is how many positions a page of a narrow selection spans. Few of
// its events come back, so it may be wider than a page of a scan.
const selectPage = 100_000

// Select calls visit for each event of a selection, in order, and passed, which
// may be nil, each time that everything up to a position has been visited. The
// first error of either ends it. The bytes of an event are valid until visit
// returns.
//
// Like [Log.Scan] it reads pages by position and holds nothing back, unless
// streams are named: those are few events, found by their index at once. It ends
// at the selection's last position, or where the log ended when it began.
func (l *Log) Select(ctx context.Context, s Selection, visit func(Event) error, passed func(Position) error) error {
	if passed == nil {
		passed = func(Position) error { return nil }
	}
	var err error
	if s.UpTo, err = l.notBeyondHead(ctx, s.UpTo); err != nil {
		return err
	}
	if !s.Narrow() {
		return l.scan(ctx, wholeRow(), s.After, s.UpTo, visit, passed)
	}
	condition, arguments := s.where()
	sql := `SELECT ` + columns + ` FROM holdfast.events WHERE ` + condition + ` ORDER BY position`
	span := Position(selectPage)
	if s.fewStreams() {
		span = max(s.UpTo-s.After, 0)
	}
	for after := s.After; after < s.UpTo; {
		last := min(after+span, s.UpTo)
		arguments[0], arguments[1] = after, last
		// Planned with its values each time: whether an index helps depends on them.
		rows, err := l.pool.Query(ctx, sql, append([]any{pgx.QueryExecModeDescribeExec}, arguments...)...)
		if err != nil {
			return unavailable("select events", err)
		}
		if err := eachEvent(rows, visit); err != nil {
			return err
		}
		if err := passed(last); err != nil {
			return err
		}
		after = last
	}
	return nil
}

// Count is how many events of a selection agree in what they were grouped by.
type Count struct {
	// Key has what they agree in, in the order of the grouping.
	Key    []string
	Events int64
}

// groupings are what events can be counted by. Times are UTC.
var groupings = map[string]string{
	"type":     `type`,
	"category": `split_part(stream, '-', 1)`,
	"stream":   `stream`,
	"actor":    `coalesce(metadata ->> 'actor', '')`,
	"minute":   `to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:00"Z"')`,
	"hour":     `to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:00:00"Z"')`,
	"day":      `to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
}

// CountBy counts the events of a selection by each of type, category, stream,
// actor, minute, hour or day that is named, and calls visit for each group, in
// the order of their keys, bytewise. Without a name there is one group of all.
// The database does the work, in one statement and in bounded memory.
func (l *Log) CountBy(ctx context.Context, s Selection, by []string, visit func(Count) error) error {
	keys := make([]string, len(by))
	for i, name := range by {
		expression, known := groupings[name]
		if !known {
			return fmt.Errorf("events cannot be counted by %q", name)
		}
		keys[i] = expression + ` COLLATE "C"`
	}
	condition, arguments := s.where()
	sql := `SELECT ARRAY[` + strings.Join(keys, `, `) + `]::text[], count(*) FROM holdfast.events WHERE ` + condition
	if len(keys) > 0 {
		sql += ` GROUP BY ` + strings.Join(keys, `, `) + ` ORDER BY ` + strings.Join(keys, `, `)
	}
	rows, err := l.pool.Query(ctx, sql, append([]any{pgx.QueryExecModeDescribeExec}, arguments...)...)
	if err != nil {
		return unavailable("count events", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c Count
		if err := rows.Scan(&c.Key, &c.Events); err != nil {
			return unavailable("count events", err)
		}
		if err := visit(c); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return unavailable("count events", err)
	}
	return nil
}

// lastAt searches the log by halves: recording times never decrease along it,
// and positions have no gaps.
const lastAt = `
WITH RECURSIVE search(low, high) AS (
    SELECT 0::bigint, coalesce((SELECT position FROM holdfast.events ORDER BY position DESC LIMIT 1), 0)
UNION ALL
    SELECT CASE WHEN early THEN middle ELSE low END, CASE WHEN early THEN high ELSE middle - 1 END
    FROM (
        SELECT low, high, middle, (SELECT e.recorded_at <= $1 FROM holdfast.events e WHERE e.position = middle) AS early
        FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) AS halves
    ) AS judged
)
SELECT low FROM search WHERE low = high`

// LastAt returns the position of the last event that was recorded at or before
// a time, 0 if there is none.
func (l *Log) LastAt(ctx context.Context, at time.Time) (Position, error) {
	var last Position
	// Postgres would round to microseconds, and so beyond the time.
	if err := l.pool.QueryRow(ctx, lastAt, at.Truncate(time.Microsecond)).Scan(&last); err != nil {
		return 0, unavailable("search the log by time", err)
	}
	return last, nil
}
