package history

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Insert puts events into the log of a database as they are, by COPY, past
// every guard of the event store but the table's own. The connection must be
// allowed to insert into the log.
func Insert(ctx context.Context, conn *pgx.Conn, events []eventstore.Event) error {
	columns := []string{"position", "version", "recorded_at", "stream", "type", "tag", "payload", "metadata"}
	_, err := conn.CopyFrom(ctx, pgx.Identifier{"holdfast", "events"}, columns,
		pgx.CopyFromSlice(len(events), func(i int) ([]any, error) {
			e := events[i]
			var tag *string
			if e.Tag != "" {
				tag = &e.Tag
			}
			return []any{e.Position, e.Version, e.RecordedAt, e.Stream, e.Type, tag, e.Payload, e.Metadata}, nil
		}))
	if err != nil {
		return fmt.Errorf("insert a history: %w", err)
	}
	return nil
}
