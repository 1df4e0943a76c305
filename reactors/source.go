package reactors

import (
	stdsql "database/sql"
	"errors"
	"fmt"

	"github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

const (
	// batch is how many events one transaction covers at most, and so how many
	// may be delivered again after a kill.
	batch = 10
	// reach is how many events one look goes through at most.
	reach = 10_000
	// slack is how many events that are not wanted a busy log may record before
	// the offset is moved past them.
	slack = 1_000
)

// What a look may find; see schema/00003_next.sql.
const (
	foundEvent    = "event"
	foundLetter   = "letter"
	foundIdle     = "idle"
	foundMore     = "more"
	foundTaken    = "taken"
	foundMissing  = "missing"
	foundAhead    = "ahead"
	foundReplaced = "replaced"
)

// look is what the latest query has found.
type look struct {
	what string
	// at is how far the log was looked through if there was nothing.
	at eventstore.Position
}

// source is the log as watermill-sql reads it for one reactor: its
// [sql.SchemaAdapter] and its [sql.OffsetsAdapter]. The methods that matter are
// called by the subscriber's one goroutine.
type source struct {
	reactor Reactor
	found   look
}

// errReadOnly is the answer to whoever would publish into the log.
var errReadOnly = errors.New("the log is written by commands only")

// SelectQuery implements [sql.SchemaAdapter].
func (s *source) SelectQuery(string, string, sql.OffsetsAdapter) sql.Query {
	s.found = look{}
	return sql.Query{
		Query: `
			SELECT what, at, head, coalesce(letter, 0), coalesce(attempts, 0), recorded_at, coalesce(stream, ''), coalesce(version, 0),
			       coalesce(type, ''), coalesce(tag, ''), payload::text, metadata::text
			FROM holdfast_reactors.next($1, $2, $3, $4, $5)`,
		Args: []any{s.reactor.Name, s.reactor.Types, batch, reach, slack},
	}
}

// letterKey is under which a row keeps the dead letter that it stands for.
const letterKey = "letter"

// letterTry is one more try of a dead letter.
type letterTry struct {
	id int64
	// attempts is how many there have been before.
	attempts int
}

// UnmarshalMessage implements [sql.SchemaAdapter]. A row that stands for no
// event is [stdsql.ErrNoRows], which ends the query without a message, or the
// error that it tells of.
func (s *source) UnmarshalMessage(row sql.Scanner) (sql.Row, error) {
	var (
		event      eventstore.Event
		letter     letterTry
		head       eventstore.Position
		recordedAt stdsql.NullTime
	)
	err := row.Scan(&s.found.what, &event.Position, &head, &letter.id, &letter.attempts, &recordedAt, &event.Stream, &event.Version,
		&event.Type, &event.Tag, &event.Payload, &event.Metadata)
	if err != nil {
		return sql.Row{}, fmt.Errorf("read what is next: %w", err)
	}
	switch s.found.what {
	case foundEvent, foundLetter:
		event.RecordedAt = recordedAt.Time
		return sql.Row{
			Offset:    int64(event.Position),
			Msg:       messageOf(event, letter.id != 0),
			ExtraData: map[string]any{letterKey: letter},
		}, nil
	case foundMissing, foundAhead, foundReplaced:
		return sql.Row{}, &OffsetError{Reactor: s.reactor.Name, Position: event.Position, Head: head, fault: s.found.what}
	default:
		s.found.at = event.Position
		return sql.Row{}, stdsql.ErrNoRows
	}
}

// unreadable is where a message says why its event could not be read.
const unreadable = "holdfast_unreadable"

// messageOf returns the message of an event. An event that makes none gets one
// that its reactor cannot cope with: it must not stop those behind it.
func messageOf(e eventstore.Event, again bool) *message.Message {
	msg, err := envelope.Encode(e, envelope.Options{Replay: again})
	if err != nil {
		msg = message.NewMessage(fmt.Sprint(e.Position), e.Payload)
		msg.Metadata.Set(unreadable, err.Error())
		return msg
	}
	if id := msg.Metadata.Get(envelope.HeaderCorrelationID); id != "" {
		middleware.SetCorrelationID(id, msg)
	}
	return msg
}

// SubscribeIsolationLevel implements [sql.SchemaAdapter]. Each statement of
// next has to see what was committed before it.
func (*source) SubscribeIsolationLevel() stdsql.IsolationLevel { return stdsql.LevelReadCommitted }

// InsertQuery implements [sql.SchemaAdapter] by refusing.
func (*source) InsertQuery(string, message.Messages) (sql.Query, error) {
	return sql.Query{}, errReadOnly
}

// SchemaInitializingQueries implements both adapters. [Migrate] makes the
// tables.
func (*source) SchemaInitializingQueries(string) []sql.Query { return nil }

// BeforeSubscribingQueries implements [sql.OffsetsAdapter]. [Open] makes the
// offset.
func (*source) BeforeSubscribingQueries(string, string) []sql.Query { return nil }

// NextOffsetQuery implements [sql.OffsetsAdapter]. The function next knows the
// offset.
func (*source) NextOffsetQuery(string, string) sql.Query { return sql.Query{} }

// ConsumedMessageQuery implements [sql.OffsetsAdapter].
func (*source) ConsumedMessageQuery(string, sql.Row, string, []byte) sql.Query { return sql.Query{} }

// AckMessageQuery implements [sql.OffsetsAdapter]: it moves the offset to the
// last event of a batch, or settles the letter that was tried again, unless
// the reactor has given up on it once more: then there are more attempts, and
// somebody may have asked for the next try already.
func (s *source) AckMessageQuery(_ string, row sql.Row, _ string) sql.Query {
	if letter, _ := row.ExtraData[letterKey].(letterTry); letter.id != 0 {
		return sql.Query{
			Query: `
				UPDATE holdfast_reactors.dead_letters SET state = 'retried', settled_at = clock_timestamp()
				WHERE id = $1 AND state = 'asked' AND attempts = $2`,
			Args: []any{letter.id, letter.attempts},
		}
	}
	return sql.Query{
		Query: `
			UPDATE holdfast_reactors.offsets o
			SET position = e.position, event_at = e.recorded_at, updated_at = clock_timestamp()
			FROM holdfast.events e WHERE o.reactor = $1 AND e.position = $2`,
		Args: []any{s.reactor.Name, row.Offset},
	}
}
