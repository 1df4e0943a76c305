package eventstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

const (
	beginOnOurs = `SELECT holdfast.begin_append(true, $1, '-infinity', '{}', '{}', '{}') IS NOT NULL`
	endOnOurs   = `SELECT holdfast.end_append($1, '-infinity', null, null) IS NOT NULL`
)

// put appends one event to the stream "s" at a position, in the open
// transaction of a connection, as a group that stands on this session's last.
func put(t *testing.T, conn *pgx.Conn, position int64) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `
		INSERT INTO holdfast.events (position, version, stream, type, payload, metadata) VALUES ($1, $1, 's', 'noted.v1', '{}', '{}')`, position)
	require.NoError(t, err)
}

// sqlState is what the server objected to, or "".
func sqlState(err error) string {
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refusal.Code
	}
	return ""
}

// begun makes the first group of a session: events 1 and 2.
func begun(t *testing.T) (conn *pgx.Conn, databaseURL string) {
	t.Helper()
	databaseURL = pgtest.New(t)
	conn = owner(t, databaseURL)
	_, err := conn.Exec(t.Context(), `BEGIN; SELECT holdfast.begin_append(true, 0, null, '{}', '{}', '{}')`)
	require.NoError(t, err)
	put(t, conn, 1)
	put(t, conn, 2)
	_, err = conn.Exec(t.Context(), `SELECT holdfast.end_append(2, $1, $1, $1)`, (*time.Time)(nil))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `COMMIT`)
	require.NoError(t, err)
	return conn, databaseURL
}

// Whoever says that the head is the session's own append is believed only if it
// is: not of another session, not of an append that was rolled back, and not if
// somebody else has appended as much.
func TestStandingOnOnesOwnAppend(t *testing.T) {
	t.Parallel()
	const moved, untimely = "ZL001", "ZL004"
	conn, databaseURL := begun(t)
	var ok bool
	require.NoError(t, conn.QueryRow(t.Context(), beginOnOurs, 2).Scan(&ok))
	require.True(t, ok)
	require.Equal(t, moved, sqlState(conn.QueryRow(t.Context(), beginOnOurs, 1).Scan(&ok)))
	other := owner(t, databaseURL)
	require.Equal(t, moved, sqlState(other.QueryRow(t.Context(), beginOnOurs, 2).Scan(&ok)))

	_, err := conn.Exec(t.Context(), `BEGIN`)
	require.NoError(t, err)
	put(t, conn, 3)
	require.NoError(t, conn.QueryRow(t.Context(), endOnOurs, 3).Scan(&ok))
	_, err = conn.Exec(t.Context(), `ROLLBACK`)
	require.NoError(t, err)
	put(t, other, 3) // as much as was rolled back
	require.Equal(t, moved, sqlState(conn.QueryRow(t.Context(), beginOnOurs, 3).Scan(&ok)))
	require.Equal(t, moved, sqlState(conn.QueryRow(t.Context(), beginOnOurs, 2).Scan(&ok)))

	_, err = conn.Exec(t.Context(), `BEGIN`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
		VALUES (4, 4, now() - interval '1 hour', 's', 'noted.v1', '{}', '{}')`)
	require.NoError(t, err)
	require.Equal(t, untimely, sqlState(conn.QueryRow(t.Context(), endOnOurs, 4).Scan(&ok)), "time does not run backwards")
	_, err = conn.Exec(t.Context(), `ROLLBACK`)
	require.NoError(t, err)
}

// Commands that stand on others in flight fall with them and are decided again.
func TestGroupsInFlightFallTogether(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	s := openStore(t, databaseURL, settings{writer: eventstore.WriterOptions{GroupLimit: 1}})
	mustAppend(t, s, "s", "1")
	lock := holdLock(t, databaseURL)
	const callers = 6
	done := make(chan error, callers)
	for range callers {
		go func() { _, err := appended(t.Context(), s, "s"); done <- err }()
	}
	awaitLockQueue(t, lock)
	// Another process, which holds the lock, gets in before them.
	_, err := lock.conn.Exec(t.Context(), `
		INSERT INTO holdfast.events (position, version, stream, type, payload, metadata) VALUES (2, 2, 's', 'noted.v1', '{"id":"2"}', '{}')`)
	require.NoError(t, err)
	lock.release(t)
	for range callers {
		require.NoError(t, <-done)
	}
	require.Equal(t, eventstore.Position(2+callers), head(t, s.log).Position)
}
