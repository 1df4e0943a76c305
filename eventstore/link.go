package eventstore

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// link is the writer's own connection, made anew when it breaks. One goroutine
// uses it.
type link struct {
	config  *pgx.ConnConfig
	timeout time.Duration
	logger  *slog.Logger
	conn    *pgx.Conn
	// heard is when the server has last answered.
	heard time.Time
}

// idleLimit is how long the connection may have been silent before it is tried
// with an empty message first, which may be lost without harm.
const idleLimit = time.Second

// connect makes sure that there is a connection. It reports whether it had to
// make one: then whatever was known of the log is from before the gap.
func (l *link) connect() (renewed bool, err error) {
	if l.alive() {
		return false, nil
	}
	l.drop()
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	config := l.config.Copy()
	limit := strconv.FormatInt(l.timeout.Milliseconds(), 10)
	config.RuntimeParams["application_name"] += " writer"
	// What is read under the lock must be from after the wait for it.
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	// An acknowledgement means fsync.
	config.RuntimeParams["synchronous_commit"] = "on"
	// Whoever stalls while holding the append lock stops everybody, so the
	// server gives up on us when we would have given up on it. In a COPY it
	// does not; see endStalled.
	config.RuntimeParams["idle_in_transaction_session_timeout"] = limit
	config.RuntimeParams["statement_timeout"] = limit
	// And it soon finds out by itself that our machine is gone.
	config.RuntimeParams["tcp_keepalives_idle"] = "5"
	config.RuntimeParams["tcp_keepalives_interval"] = "2"
	config.RuntimeParams["tcp_keepalives_count"] = "3"
	l.conn, err = pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, unavailable("connect to append", err)
	}
	if err := l.prepare(ctx); err != nil {
		l.drop()
		return false, unavailable("prepare to append", err)
	}
	l.endStalled(ctx)
	l.heard = time.Now()
	return true, nil
}

// endStalled makes the server end the session of a writer that has stopped in
// the middle of a COPY, and so holds the append lock for as long as the server
// believes in the connection. A writer that has waited for the lock in vain
// connects anew, and so comes by here. It is no fault if it cannot be done: the
// login may not end those of others, and then the server's keepalives must.
func (l *link) endStalled(ctx context.Context) {
	var ended int
	err := l.conn.QueryRow(ctx, `SELECT holdfast.end_stalled_append($1)`, l.timeout).Scan(&ended)
	switch {
	case err != nil:
		l.logger.WarnContext(ctx, "cannot look for a stalled writer", "error", err)
	case ended > 0:
		l.logger.WarnContext(ctx, "ended the session of a writer that had stopped while it held the append lock", "sessions", ended)
	}
}

// alive reports whether the connection works, as far as one can tell.
func (l *link) alive() bool {
	if l.conn == nil || l.conn.IsClosed() {
		return false
	}
	if time.Since(l.heard) < idleLimit {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), min(l.timeout, time.Second))
	defer cancel()
	if l.conn.Ping(ctx) != nil {
		return false
	}
	l.heard = time.Now()
	return true
}

// drop gives the connection up after a failure: what it was doing is unknown.
func (l *link) drop() {
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.conn.Close(ctx)
	l.conn = nil
}

func (l *link) close() { l.drop() }
