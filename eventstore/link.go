package eventstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// lockKey is the advisory lock that every append holds until its commit. The
// function holdfast.append names the same number.
const lockKey = 5209530441842

// tailLimit bounds how many events of other processes are read under the lock.
// A writer that is further behind forgets its memory instead.
const tailLimit = 5_000

// link is the writer's own connection, made anew when it breaks. One goroutine
// uses it.
type link struct {
	config  *pgx.ConnConfig
	timeout time.Duration
	conn    *pgx.Conn
	// heard is when the server has last answered.
	heard time.Time
}

// idleLimit is how long the connection may have been silent before it is tried
// with an empty message first, which may be lost without harm.
const idleLimit = time.Second

// connect makes sure that there is a connection. It reports whether it had to
// make one: then whatever was known of the log is from before the gap.
func (l *link) connect() (renewed bool, err error) {
	if l.alive() {
		return false, nil
	}
	l.drop()
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	config := l.config.Copy()
	limit := strconv.FormatInt(l.timeout.Milliseconds(), 10)
	config.RuntimeParams["application_name"] += " writer"
	// What is read under the lock must be from after the wait for it.
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	// An acknowledgement means fsync.
	config.RuntimeParams["synchronous_commit"] = "on"
	// Whoever stalls while holding the append lock stops everybody, so the
	// server gives up on us when we would have given up on it.
	config.RuntimeParams["idle_in_transaction_session_timeout"] = limit
	config.RuntimeParams["statement_timeout"] = limit
	l.conn, err = pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, unavailable("connect to append", err)
	}
	l.heard = time.Now()
	return true, nil
}

// alive reports whether the connection works, as far as one can tell.
func (l *link) alive() bool {
	if l.conn == nil || l.conn.IsClosed() {
		return false
	}
	if time.Since(l.heard) < idleLimit {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), min(l.timeout, time.Second))
	defer cancel()
	if l.conn.Ping(ctx) != nil {
		return false
	}
	l.heard = time.Now()
	return true
}

// drop gives the connection up after a failure: what it was doing is unknown.
func (l *link) drop() {
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.conn.Close(ctx)
	l.conn = nil
}

// recover makes the best of a failed append. If the server has refused it for
// what is in it, it was rolled back and the connection is as good as before.
func (l *link) recover(err error) {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || passing(refusal.Code) || l.cancel() != nil {
		l.drop()
	}
}

func (l *link) close() { l.drop() }

// Outcomes of holdfast.append.
const (
	outcomeDone     = "done"
	outcomeMoved    = "moved"
	outcomeRepeated = "repeated"
)

// reply is the answer of holdfast.append.
type reply struct {
	outcome string
	head    Position
	at      time.Time
}

// append commits a group in one round trip if the log still ends with the known
// event and the store's time is within the span.
func (l *link) append(known end, from, until time.Time, keys [][16]byte, b batch) (reply, error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	var r reply
	err := l.conn.QueryRow(ctx,
		`SELECT outcome, head, at FROM holdfast.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		known.position, bound(known.at), bound(from), bound(until), uuids(keys),
		b.streams, b.versions, b.types, b.tags, b.payloads, b.metadatas, b.commandIDs, b.fingerprints, b.sizes,
	).Scan(&r.outcome, &r.head, &r.at)
	if err != nil {
		l.recover(err)
		return reply{}, unavailable("append to the log", err)
	}
	l.heard = time.Now()
	r.at = r.at.UTC()
	return r, nil
}

func bound(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()}
}

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
	repeatedKeys = `
SELECT e.command_id FROM unnest($1::uuid[]) AS k(id) JOIN holdfast.events e ON e.command_id = k.id`
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
