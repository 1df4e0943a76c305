package eventstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// lockKey is the advisory lock that every append holds until its commit. The
// function holdfast.append names the same number.
const lockKey = 5209530441842

// tailLimit bounds how many events of other processes are read under the lock.
// A writer that is further behind forgets its memory instead.
const tailLimit = 5_000

// end is where a log ends: the position of its last event and when that was
// recorded, which a position alone does not tell. The zero end is an empty log's.
type end struct {
	position Position
	at       time.Time
}

// behind takes the last event that was known off the events from its position
// on. It reports whether it is the same and what is left reaches the head.
func (known end) behind(events []Event, head end) ([]Event, bool) {
	if known.position > 0 {
		if len(events) == 0 || events[0].Position != known.position || !events[0].RecordedAt.Equal(known.at) {
			return nil, false
		}
		events = events[1:]
	}
	return events, Position(len(events)) == head.position-known.position
}

// moved is what a writer finds when it has the append lock.
type moved struct {
	// tail is what was appended after the end that the writer knew. It is
	// whole unless the log has another past than it had, or there is too much.
	tail  []Event
	whole bool
	head  end
	at    time.Time
	// repeated are those of its keys that the log holds.
	repeated map[[16]byte]bool
}

const (
	underLock     = `SELECT pg_advisory_xact_lock($1)`
	headUnderLock = `
SELECT coalesce(max(e.position), 0), max(e.recorded_at), greatest(clock_timestamp(), max(e.recorded_at))
FROM (SELECT position, recorded_at FROM holdfast.events ORDER BY position DESC LIMIT 1) e`
	// The inner LIMIT is explained in holdfast.append.
	repeatedKeys = `
SELECT k.id FROM unnest($1::uuid[]) AS k(id)
CROSS JOIN LATERAL (SELECT FROM holdfast.events e WHERE e.command_id = k.id LIMIT 1) AS recorded`
	tailUnderLock = `
SELECT ` + columns + ` FROM holdfast.events WHERE position >= $1 ORDER BY position LIMIT $2`
	insertEvents = `
INSERT INTO holdfast.events (position, version, recorded_at, command_id, fingerprint, command_size,
                             stream, type, tag, payload, metadata)
SELECT $1 + n, version, $2, command_id, fingerprint, size, stream, type, nullif(tag, ''), payload::json, metadata::json
FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::uuid[], $11::integer[])
     WITH ORDINALITY AS e(stream, version, type, tag, payload, metadata, command_id, fingerprint, size, n)`
	notifyHead = `SELECT pg_notify('holdfast_log', $1)`
)

// enter takes the append lock in a transaction and reads what was appended
// after the known end, in one round trip. leave or cancel must follow.
func (l *link) enter(known end, keys [][16]byte) (moved, error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	m := moved{repeated: map[[16]byte]bool{}}
	var b pgx.Batch
	b.Queue(`BEGIN`)
	b.Queue(underLock, lockKey)
	b.Queue(headUnderLock).QueryRow(func(row pgx.Row) error {
		var at pgtype.Timestamptz
		err := row.Scan(&m.head.position, &at, &m.at)
		m.head.at = at.Time.UTC()
		return err
	})
	b.Queue(repeatedKeys, uuids(keys)).Query(func(rows pgx.Rows) error {
		var id pgtype.UUID
		_, err := pgx.ForEachRow(rows, []any{&id}, func() error { m.repeated[id.Bytes] = true; return nil })
		return err
	})
	b.Queue(tailUnderLock, known.position, tailLimit+1).Query(func(rows pgx.Rows) (err error) {
		m.tail, err = collectEvents(rows, 64)
		return err
	})
	if err := l.conn.SendBatch(ctx, &b).Close(); err != nil {
		l.drop()
		return moved{}, unavailable("take the append lock", err)
	}
	l.heard = time.Now()
	m.at = m.at.UTC()
	m.tail, m.whole = known.behind(m.tail, m.head)
	return m, nil
}

// leave appends a group after head and commits, in one round trip.
func (l *link) leave(head Position, at time.Time, b batch) error {
	if len(b.streams) == 0 {
		return l.cancel()
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	last := strconv.FormatInt(int64(head)+int64(len(b.streams)), 10)
	var statements pgx.Batch
	statements.Queue(insertEvents, head, at,
		b.streams, b.versions, b.types, b.tags, b.payloads, b.metadatas, b.commandIDs, b.fingerprints, b.sizes)
	statements.Queue(notifyHead, last)
	statements.Queue(`COMMIT`)
	if err := l.conn.SendBatch(ctx, &statements).Close(); err != nil {
		l.recover(err)
		return unavailable("append to the log", err)
	}
	return nil
}

// cancel ends the transaction of enter without appending. What was read under
// the lock stays true.
func (l *link) cancel() error {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	if _, err := l.conn.Exec(ctx, `ROLLBACK`); err != nil {
		l.drop()
		return fmt.Errorf("leave the append lock: %w: %w", ErrUnavailable, err)
	}
	return nil
}
