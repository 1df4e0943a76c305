package eventstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

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
