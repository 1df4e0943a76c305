package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// outcome is what the database says of a proposal.
type outcome string

// Outcomes. All but the first mean that nothing was written; they are the
// SQLSTATEs that the functions of schema/00004_copy.sql raise.
const (
	// outcomeDone: it is recorded.
	outcomeDone outcome = ""
	// outcomeMoved: the log does not end where it was known to.
	outcomeMoved outcome = "ZL001"
	// outcomeRepeated: the log holds a key of a command.
	outcomeRepeated outcome = "ZL002"
	// outcomeNotEmpty: what was taken to be empty is not.
	outcomeNotEmpty outcome = "ZL003"
	// outcomeUntimely: the time of recording is outside of its span.
	outcomeUntimely outcome = "ZL004"
)

// objections are what the database may have against a proposal.
var objections = []outcome{outcomeMoved, outcomeRepeated, outcomeNotEmpty, outcomeUntimely}

// streamVersion is the unique index of streams and versions.
const streamVersion = "events_stream_version"

// Names of the link's prepared statements.
const (
	beginAppend = "holdfast_begin"
	copyAppend  = "holdfast_copy"
	copyAt      = "holdfast_copy_at"
	endAppend   = "holdfast_end"
	commit      = "holdfast_commit"
)

// prepare makes a new connection know the statements of an append.
func (l *link) prepare(ctx context.Context) error {
	for name, sql := range map[string]string{
		beginAppend: `SELECT holdfast.begin_append($1, $2, $3, $4, $5, $6)`,
		copyAppend:  copyEvents,
		copyAt:      copyEventsAt,
		endAppend:   `SELECT holdfast.end_append($1, $2, $3, $4)`,
		commit:      `COMMIT`,
	} {
		if _, err := l.conn.PgConn().Prepare(ctx, name, sql, nil); err != nil {
			return err
		}
	}
	return nil
}

// append records a proposal in one round trip, if it still stands, and returns
// when that is. Nothing that the database refuses is recorded in part.
func (l *link) append(p *proposal) (outcome, time.Time, error) {
	message, err := l.message(p, "")
	if err != nil {
		return "", time.Time{}, err
	}
	return l.propose(p, message)
}

// propose sends a proposal and returns what came of it.
func (l *link) propose(p *proposal, message []byte) (outcome, time.Time, error) {
	recorded, err := l.exchange(message)
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		if o := outcome(refusal.Code); slices.Contains(objections, o) {
			return o, time.Time{}, nil
		}
		if p.begins && refusal.ConstraintName == streamVersion {
			return outcomeNotEmpty, time.Time{}, nil
		}
	}
	if err != nil {
		l.recover(err)
		return "", time.Time{}, unavailable("append to the log", err)
	}
	if len(p.events) > 0 {
		return outcomeDone, recorded, nil
	}
	// Refusals are true at a moment that the database has told.
	if !p.at.IsZero() {
		recorded = p.at
	}
	if !p.includes(recorded) {
		return outcomeUntimely, time.Time{}, nil
	}
	return outcomeDone, recorded, nil
}

// message lays out everything that a proposal is made of, up to Sync, and at its
// end a statement unless its name is empty.
func (l *link) message(p *proposal, last string) (message []byte, err error) {
	message, err = appendExecute(l.buffer[:0], beginAppend, wireBool(len(p.events) > 0),
		wireInt(int64(p.known.position)), wireTime(p.known.at),
		wireUUIDs(p.keys), wireNames(p.empty, false), wireNames(p.empty, true))
	if len(p.events) > 0 && err == nil {
		message, err = appendEvents(message, p)
	}
	if last != "" && err == nil {
		message, err = appendExecute(message, last)
	}
	if err == nil {
		message, err = (&pgproto3.Sync{}).Encode(message)
	}
	if err != nil {
		return nil, fmt.Errorf("lay out a group: %w", err)
	}
	if cap(message) <= keptBuffer {
		l.buffer = message
	}
	return message, nil
}

// keptBuffer is the largest message whose memory the next one uses again.
const keptBuffer = 4 << 20

// appendEvents appends the part of a message that writes.
func appendEvents(message []byte, p *proposal) ([]byte, error) {
	statement := copyAppend
	if !p.at.IsZero() {
		statement = copyAt
	}
	message, err := appendExecute(message, statement)
	if err != nil {
		return nil, err
	}
	message = appendCopy(message, p)
	return appendExecute(message, endAppend,
		wireInt(int64(p.last())), wireTime(p.known.at), wireTime(p.from), wireTime(p.until))
}

// exchange sends messages that end with Sync, in one round trip, and returns the
// time that the last row of the answer tells.
func (l *link) exchange(message []byte) (at time.Time, err error) {
	conn := l.conn.PgConn()
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	if err := conn.SyncConn(ctx); err != nil {
		return at, err
	}
	deadline, _ := ctx.Deadline()
	if err := conn.Conn().SetDeadline(deadline); err != nil {
		return at, err
	}
	if _, err := conn.Conn().Write(message); err != nil {
		return at, err
	}
	at, refusal, err := readAnswer(conn.Frontend())
	if err == nil {
		err = conn.Conn().SetDeadline(time.Time{})
	}
	if refusal != nil {
		return at, refusal
	}
	l.heard = time.Now()
	return at, err
}

// readAnswer reads up to the answer to Sync. The refusal is what the server
// objects to; any other error means that the connection is of no more use.
func readAnswer(from *pgproto3.Frontend) (at time.Time, refusal, err error) {
	for {
		answer, err := from.Receive()
		if err != nil {
			return at, refusal, err
		}
		switch answer := answer.(type) {
		case *pgproto3.DataRow:
			if len(answer.Values) != 1 || len(answer.Values[0]) != 8 {
				return at, refusal, errNoTime
			}
			at = postgresEpoch.Add(time.Duration(bigint(answer.Values[0])) * time.Microsecond)
		case *pgproto3.ErrorResponse:
			refusal = pgconn.ErrorResponseToPgError(answer)
		case *pgproto3.ReadyForQuery:
			return at, refusal, nil
		}
	}
}

var errNoTime = errors.New("the database did not say when a group was recorded")
