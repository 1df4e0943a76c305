package eventstore

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// lockKey is the advisory lock that every append holds until its commit. The
// function holdfast.begin_append names the same number.
const lockKey = 5209530441842

// tailLimit bounds how many events of other processes are read under the lock.
// A writer that is further behind forgets its memory instead.
const tailLimit = 5_000

// end is where a log ends: the position of its last event and when that was
// recorded, which a position alone does not tell. The zero end is an empty log's.
type end struct {
	position Position
	at       time.Time
	// ours says that the event is the last of the group before on the writer's
	// own connection, which is on its way: its time is not known yet.
	ours bool
}

// wireAt is the time as the functions of schema/00005_chain.sql take it.
func (known end) wireAt() []byte {
	if known.ours {
		return wireInt(math.MinInt64) // -infinity
	}
	return wireTime(known.at)
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
}

const (
	underLock     = `SELECT pg_advisory_xact_lock($1)`
	headUnderLock = `
SELECT coalesce(max(e.position), 0), max(e.recorded_at), greatest(clock_timestamp(), max(e.recorded_at))
FROM (SELECT position, recorded_at FROM holdfast.events ORDER BY position DESC LIMIT 1) e`
	tailUnderLock = `
SELECT ` + columns + ` FROM holdfast.events WHERE position >= $1 ORDER BY position LIMIT $2`
)

// enter takes the append lock in a transaction and reads what was appended
// after the known end, in one round trip. leave must follow.
func (l *link) enter(known end) (moved, error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	var m moved
	var b pgx.Batch
	b.Queue(`BEGIN`)
	b.Queue(underLock, lockKey)
	b.Queue(headUnderLock).QueryRow(func(row pgx.Row) error {
		var at pgtype.Timestamptz
		err := row.Scan(&m.head.position, &at, &m.at)
		m.head.at = at.Time.UTC()
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

// leave appends a proposal and commits, in one round trip, and returns when it
// is recorded. Whatever comes of it, the transaction of enter is over.
func (l *link) leave(p *proposal) (outcome, time.Time, error) {
	x := l.dispatch(nil, func(message []byte) ([]byte, error) { return p.layOut(message, commit) })
	<-x.answered
	o, at, err := p.judge(x)
	switch {
	case x.err != nil:
		l.drop()
	case o != outcomeDone || err != nil:
		if ended := l.cancel(); ended != nil && err == nil {
			err = ended
		}
	}
	l.heard = time.Now()
	return o, at, err
}

// cancel ends the transaction of enter without appending.
func (l *link) cancel() error {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	if _, err := l.conn.Exec(ctx, `ROLLBACK`); err != nil {
		l.drop()
		return fmt.Errorf("leave the append lock: %w: %w", ErrUnavailable, err)
	}
	return nil
}
