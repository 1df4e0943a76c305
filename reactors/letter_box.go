package reactors

import (
	stdsql "database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
)

// deadLetters is the topic of the poison queues.
const deadLetters = "dead_letters"

// longestReason bounds what is kept of an error, in bytes. A panic brings its
// stack.
const longestReason = 8 << 10

// newLetterBox returns the publisher that poison queues publish to.
func newLetterBox(db *stdsql.DB) (message.Publisher, error) {
	publisher, err := sql.NewPublisher(db, sql.PublisherConfig{SchemaAdapter: &letterBox{}}, nil)
	if err != nil {
		return nil, fmt.Errorf("publisher of dead letters: %w", err)
	}
	return publisher, nil
}

// letterBox is the dead letters as watermill-sql publishes to them. What stands
// in the log is not copied: a letter is the event's position and what went
// wrong.
type letterBox struct{ source }

// errOneLetter would be a poison queue that gathers messages.
var errOneLetter = errors.New("dead letters are written one by one")

// InsertQuery implements [sql.SchemaAdapter].
func (*letterBox) InsertQuery(_ string, msgs message.Messages) (sql.Query, error) {
	if len(msgs) != 1 {
		return sql.Query{}, errOneLetter
	}
	msg := msgs[0]
	position, err := strconv.ParseInt(msg.UUID, 10, 64)
	if err != nil {
		return sql.Query{}, fmt.Errorf("message %q is no event of the log: %w", msg.UUID, err)
	}
	attempts, err := strconv.Atoi(msg.Metadata.Get(attemptsKey))
	if err != nil {
		return sql.Query{}, fmt.Errorf("message %q was never tried: %w", msg.UUID, err)
	}
	return sql.Query{
		Query: `
			INSERT INTO holdfast_reactors.dead_letters AS l (reactor, position, event_at, attempts, reason)
			SELECT $1, e.position, e.recorded_at, $3, $4 FROM holdfast.events e WHERE e.position = $2
			ON CONFLICT (reactor, position, event_at) WHERE settled_at IS NULL DO UPDATE
			SET state = 'open', died_at = clock_timestamp(), attempts = l.attempts + excluded.attempts, reason = excluded.reason`,
		Args: []any{
			msg.Metadata.Get(middleware.PoisonedHandlerKey), position, attempts,
			storable(msg.Metadata.Get(middleware.ReasonForPoisonedKey)),
		},
	}, nil
}

// storable makes a reason fit for a text column: an error may quote whatever
// it choked on.
func storable(reason string) string {
	reason = strings.ReplaceAll(strings.ToValidUTF8(reason, "\uFFFD"), "\x00", "\uFFFD")
	if reason == "" {
		return "an error without a word"
	}
	if len(reason) > longestReason {
		reason = strings.ToValidUTF8(reason[:longestReason], "") + " …"
	}
	return reason
}
