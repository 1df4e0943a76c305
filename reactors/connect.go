package reactors

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Role is the database role of reactors: it reads the log, moves their offsets
// and keeps their dead letters, and can do nothing else.
const Role eventstore.Role = "holdfast_reactor"

// connections is how many a pool needs for so many reactors: each holds one
// while it works, and needs another one to write a dead letter. Two are for
// whoever asks how they fare.
func connections(reactors int) int32 { return int32(2*reactors + 2) }

// Connect opens a pool whose connections act as [Role], large enough for so
// many reactors; see [eventstore.Connect].
func Connect(ctx context.Context, databaseURL string, reactors int) (*pgxpool.Pool, error) {
	plain, err := eventstore.Connect(ctx, databaseURL, Role)
	if err != nil {
		return nil, err
	}
	config := plain.Config()
	plain.Close() // it has not connected yet
	config.MaxConns = max(config.MaxConns, connections(reactors))
	params := config.ConnConfig.RuntimeParams
	// The transaction that a handler works in lasts as long as the handler.
	params["idle_in_transaction_session_timeout"] = "0"
	params["statement_timeout"] = "30s"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database pool of the reactors: %w", err)
	}
	return pool, nil
}
