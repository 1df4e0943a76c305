package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// outcome is what the database says of a proposal.
type outcome string

// Outcomes. All but the first mean that nothing was written; they are the
// SQLSTATEs that the functions of schema/00005_chain.sql and 00007_placed.sql raise.
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
	beginPlaced = "holdfast_begin_placed"
	copyPlaced  = "holdfast_copy_placed"
	endPlaced   = "holdfast_end_placed"
	readBefore  = "holdfast_read_before"
)

// prepare makes a new connection know the statements of an append.
func (l *link) prepare(ctx context.Context) error {
	for name, sql := range map[string]string{
		beginAppend: `SELECT holdfast.begin_append($1, $2, $3, $4, $5, $6)`,
		copyAppend:  copyEvents,
		copyAt:      copyEventsAt,
		endAppend:   `SELECT holdfast.end_append($1, $2, $3, $4)`,
		commit:      `COMMIT`,
		beginPlaced: `SELECT at, head FROM holdfast.begin_placed_append($1, $2, $3, $4, $5, $6, $7, $8)`,
		copyPlaced:  copyPlacedEvents,
		endPlaced:   `SELECT holdfast.end_placed_append($1, $2, $3)`,
		readBefore:  beforePlaced,
	} {
		if _, err := l.conn.PgConn().Prepare(ctx, name, sql, nil); err != nil {
			return err
		}
	}
	return nil
}

// append sends a proposal, behind another exchange unless that is nil. The
// server records it in one round trip, if it still stands, and nothing that it
// refuses is recorded in part. judge tells what came of it.
func (l *link) append(p *proposal, behind *exchange) *exchange {
	return l.dispatch(behind, func(message []byte) ([]byte, error) { return p.layOut(message, "") })
}

// judge returns what came of a proposal whose exchange has been answered. An
// error is the server's refusal of what is in it, or leaves the outcome unknown
// and the connection useless.
func (p *proposal) judge(x *exchange) (outcome, time.Time, error) {
	switch {
	case x.err != nil:
		// Whatever was said before: a broken connection is no verdict.
		return "", time.Time{}, fmt.Errorf("append to the log: %w: %w", ErrUnavailable, errors.Join(x.lastWords(), x.err))
	case x.refusal != nil:
		o := outcome(x.refusal.Code)
		switch {
		case slices.Contains(objections, o):
			return o, time.Time{}, nil
		case p.begins && x.refusal.ConstraintName == streamVersion:
			return outcomeNotEmpty, time.Time{}, nil
		}
		return "", time.Time{}, unavailable("append to the log", x.refusal)
	case len(p.events) > 0:
		return outcomeDone, x.at, nil
	}
	// Refusals are true at a moment that the database has told.
	recorded := x.at
	if !p.at.IsZero() {
		recorded = p.at
	}
	if !p.includes(recorded) {
		return outcomeUntimely, time.Time{}, nil
	}
	return outcomeDone, recorded, nil
}

// layOut appends everything that a proposal is made of, up to Sync, and at its
// end a statement unless its name is empty.
func (p *proposal) layOut(message []byte, last string) (_ []byte, err error) {
	message, err = p.appendBegin(message)
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
	return message, nil
}

// appendBegin appends what takes the lock and verifies.
func (p *proposal) appendBegin(message []byte) ([]byte, error) {
	statement, parameters := beginAppend, [][]byte{
		wireBool(len(p.events) > 0), wireInt(int64(p.known.position)), p.known.wireAt(),
		wireUUIDs(p.keys), wireNames(p.empty, false), wireNames(p.empty, true),
	}
	if p.placed {
		statement = beginPlaced
		parameters = append(parameters, wireNames(p.reads, false), wireNames(p.reads, true))
	}
	return appendExecute(message, statement, parameters...)
}

// appendEvents appends the part of a message that writes.
func appendEvents(message []byte, p *proposal) ([]byte, error) {
	statement := copyAppend
	switch {
	case p.placed:
		statement = copyPlaced
	case !p.at.IsZero():
		statement = copyAt
	}
	message, err := appendExecute(message, statement)
	if err != nil {
		return nil, err
	}
	message = appendCopy(message, p)
	if p.placed {
		return appendExecute(message, endPlaced,
			wireInt(int64(len(p.events))), wireTime(p.from), wireTime(p.until))
	}
	return appendExecute(message, endAppend,
		wireInt(int64(p.last())), p.known.wireAt(), wireTime(p.from), wireTime(p.until))
}
