package eventstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// columns of an event, in the order in which decodeRow reads them.
const columns = `position, version, recorded_at, stream, type, tag, payload, metadata`

// rowShape is what is read of an event, and how.
type rowShape struct {
	columns string
	decode  rowDecoder
}

func wholeRow() rowShape { return rowShape{columns, decodeRow} }

func factRow() rowShape { return rowShape{`position, recorded_at, type, payload`, decodeFact} }

// Read returns up to limit events after a position, in order. An empty page
// means that the log ends there. Positions have no gaps and appear in order,
// so a reader that continues after the last position it got misses nothing.
func (l *Log) Read(ctx context.Context, after Position, limit int) ([]Event, error) {
	return l.query(ctx, limit, `SELECT `+columns+` FROM holdfast.events
		WHERE position > $1 ORDER BY position LIMIT $2`, after, limit)
}

// Reader reads a log by positions, as [Log.Read] does.
type Reader interface {
	// Read returns up to limit events after a position, in order.
	Read(ctx context.Context, after Position, limit int) ([]Event, error)
}

// At returns the event at a position of a log, and reports whether there is one.
func At(ctx context.Context, log Reader, position Position) (e Event, found bool, err error) {
	events, err := log.Read(ctx, position-1, 1)
	if err != nil || len(events) == 0 || events[0].Position != position {
		return Event{}, false, err
	}
	return events[0], true, nil
}

// ReadStream returns up to limit events of one stream after a version.
func (l *Log) ReadStream(ctx context.Context, stream string, after Version, limit int) ([]Event, error) {
	return l.query(ctx, min(limit, 64), `SELECT `+columns+` FROM holdfast.events
		WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3`, stream, after, limit)
}

// streamAfter finds the version that a stream had at a position by halves:
// versions have no gaps, and positions rise with them. So a page costs the same
// wherever in its stream it begins.
const streamAfter = `
WITH RECURSIVE search(low, high) AS (
    SELECT 0::bigint, coalesce((SELECT version FROM holdfast.events WHERE stream = $1 ORDER BY version DESC LIMIT 1), 0)
UNION ALL
    SELECT CASE WHEN before THEN middle ELSE low END, CASE WHEN before THEN high ELSE middle - 1 END
    FROM (
        SELECT low, high, middle,
            (SELECT e.position <= $2 FROM holdfast.events e WHERE e.stream = $1 AND e.version = middle) AS before
        FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) AS halves
    ) AS judged
)
SELECT ` + columns + ` FROM holdfast.events
WHERE stream = $1 AND version > (SELECT low FROM search WHERE low = high)
ORDER BY version LIMIT $3`

// ReadStreamAfter returns up to limit events of one stream after a position of
// the log.
func (l *Log) ReadStreamAfter(ctx context.Context, stream string, after Position, limit int) ([]Event, error) {
	return l.query(ctx, min(limit, 64), streamAfter, stream, after, limit)
}

// Scan calls visit for each event after a position up to and including another,
// in order, and stops with visit's first error or where the log ends. The bytes
// of an event belong to the scan: they are valid until visit returns. It reads
// pages by position, the next while one is visited, so it may run as long as it
// likes without holding anything back.
func (l *Log) Scan(ctx context.Context, after, upTo Position, visit func(Event) error) error {
	return l.scan(ctx, wholeRow(), after, upTo, visit, nil)
}

// ScanFacts is Scan for those who only need to know what happened and when: of
// an event there are Position, RecordedAt, Type and Payload. It takes two thirds
// of the time.
func (l *Log) ScanFacts(ctx context.Context, after, upTo Position, visit func(Event) error) error {
	return l.scan(ctx, factRow(), after, upTo, visit, nil)
}

// query returns the events of a query as copies of their own.
func (l *Log) query(ctx context.Context, expect int, sql string, args ...any) ([]Event, error) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.AnswerTimeout)
	defer cancel()
	rows, err := l.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, unavailable("read events", err)
	}
	return collectEvents(rows, expect)
}

// collectEvents reads all rows and closes them. Rows hold the columns named by
// columns.
func collectEvents(rows pgx.Rows, expect int) ([]Event, error) {
	events := make([]Event, 0, max(0, min(expect, 1024)))
	err := eachEvent(rows, func(e Event) error {
		events = append(events, e.detached())
		return nil
	})
	return events, err
}

// detached returns the event with texts of its own, not the driver's. They are
// one allocation, because they live and die together.
func (e Event) detached() Event {
	text := append(append(make([]byte, 0, len(e.Payload)+len(e.Metadata)), e.Payload...), e.Metadata...)
	e.Payload, e.Metadata = text[:len(e.Payload):len(e.Payload)], text[len(e.Payload):]
	return e
}

// eachEvent visits all rows of columns and closes them.
func eachEvent(rows pgx.Rows, visit func(Event) error) error {
	defer rows.Close()
	names := interned{}
	for rows.Next() {
		e, err := decodeRow(rows.RawValues(), names)
		if err != nil {
			return err
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return unavailable("read events", err)
	}
	return nil
}

// rowDecoder reads the binary form of one row.
type rowDecoder func(raw [][]byte, names interned) (Event, error)

// interned keeps one copy of each name that recurs, type names above all.
type interned map[string]string

// intern returns text as a string. The look-up by converted bytes does not
// allocate. A page's worth of names is the bound.
func (names interned) intern(text []byte) string {
	if name, known := names[string(text)]; known {
		return name
	}
	name := string(text)
	names[name] = name
	return name
}

// postgresEpoch is what binary timestamps count from, in microseconds.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// decodeRow reads the binary form of one row of columns. It is written out
// because generic scanning costs more than the rest of reading an event.
func decodeRow(raw [][]byte, names interned) (Event, error) {
	if len(raw) != 8 || len(raw[0]) != 8 || len(raw[1]) != 8 || len(raw[2]) != 8 {
		return Event{}, fmt.Errorf("row of %d columns is not an event in binary form", len(raw))
	}
	return Event{
		Position:   Position(bigint(raw[0])),
		Version:    Version(bigint(raw[1])),
		RecordedAt: postgresEpoch.Add(time.Duration(bigint(raw[2])) * time.Microsecond),
		Stream:     string(raw[3]),
		Type:       names.intern(raw[4]),
		Tag:        string(raw[5]),
		Payload:    raw[6],
		Metadata:   raw[7],
	}, nil
}

// decodeFact reads the binary form of one row of factRow.
func decodeFact(raw [][]byte, names interned) (Event, error) {
	if len(raw) != 4 || len(raw[0]) != 8 || len(raw[1]) != 8 {
		return Event{}, fmt.Errorf("row of %d columns is not a fact in binary form", len(raw))
	}
	return Event{
		Position:   Position(bigint(raw[0])),
		RecordedAt: postgresEpoch.Add(time.Duration(bigint(raw[1])) * time.Microsecond),
		Type:       names.intern(raw[2]),
		Payload:    raw[3],
	}, nil
}

func bigint(raw []byte) int64 {
	return int64(binary.BigEndian.Uint64(raw))
}
