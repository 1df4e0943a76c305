package eventstore

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Role is a database role that connections take on after login.
type Role string

const (
	// RoleAppender may read events and add events, and can do nothing else.
	RoleAppender Role = "holdfast_appender"
	// RoleProjector may read events, and owns the read models.
	RoleProjector Role = "holdfast_projector"
	// RoleReader may read events, and can do nothing else. Its transactions are
	// read-only besides, so it works on a standby too.
	RoleReader Role = "holdfast_reader"
)

// Connect opens a pool whose connections act as role. The pool must reach
// Postgres itself: advisory locks and LISTEN do not survive a proxy that
// shares connections between transactions.
//
// Settings in databaseURL (pool_max_conns, application_name …) are kept.
// It does not wait for the database: the first query does.
func Connect(ctx context.Context, databaseURL string, role Role) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	params := config.ConnConfig.RuntimeParams
	params["role"] = string(role)
	params["timezone"] = "UTC"
	// Short statements: compiling them takes longer than running them.
	params["jit"] = "off"
	if _, given := params["application_name"]; !given {
		params["application_name"] = "holdfast"
	}
	switch role {
	case RoleAppender:
		useIndexes(params)
	case RoleReader:
		params["default_transaction_read_only"] = "on"
	case RoleProjector:
	}
	watchOverConnections(config)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database pool: %w", err)
	}
	return pool, nil
}

// answerTimeout is how long the answer to a small question may take.
const answerTimeout = 10 * time.Second

// watchOverConnections makes it known within some ten seconds that the machine
// at the other end is gone, where TCP would wait for hours.
func watchOverConnections(config *pgxpool.Config) {
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3,
	}}
	config.ConnConfig.DialFunc = dialer.DialContext
	if config.PingTimeout == 0 {
		config.PingTimeout = answerTimeout
	}
}

// useIndexes makes the planner reach the log by its indexes always. Plans are
// cached, and one that was made while the table was empty would go on scanning
// it when it holds millions of rows.
func useIndexes(params map[string]string) {
	params["enable_seqscan"] = "off"
	params["enable_hashjoin"] = "off"
	params["enable_mergejoin"] = "off"
}
