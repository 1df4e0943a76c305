package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain/user"
)

// eventsOfUsers is a range of the index on stream and version, however long the
// log is: the streams of users hold nothing else.
const eventsOfUsers = `
SELECT type, payload FROM holdfast.events WHERE stream >= 'user-' AND stream < 'user.' ORDER BY stream, version`

// ForgottenUsers reads from the log whom it has forgotten.
func ForgottenUsers(ctx context.Context, db Querier) (user.Veil, error) {
	rows, err := db.Query(ctx, eventsOfUsers)
	if err != nil {
		return user.Veil{}, fmt.Errorf("read the forgotten users: %w", err)
	}
	var veil user.Veil
	var wireType string
	var payload []byte
	_, err = pgx.ForEachRow(rows, []any{&wireType, &payload}, func() error {
		e, err := user.Decode(wireType, payload)
		if err != nil {
			return err
		}
		if forgotten, is := e.(user.Forgotten); is {
			veil = veil.Over(forgotten)
		}
		return nil
	})
	if err != nil {
		return user.Veil{}, fmt.Errorf("read the forgotten users: %w", err)
	}
	return veil, nil
}
