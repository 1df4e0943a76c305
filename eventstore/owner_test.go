package eventstore_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// appendLock is the number of the append lock in every database.
const appendLock = 5209530441842

// heldLock is another client in the place where an append would be.
type heldLock struct {
	conn *pgx.Conn
}

// holdLock takes the append lock and keeps it until release.
func holdLock(t testing.TB, databaseURL string) heldLock {
	t.Helper()
	conn := owner(t, databaseURL)
	_, err := conn.Exec(t.Context(), `SELECT pg_advisory_lock($1)`, appendLock)
	require.NoError(t, err)
	return heldLock{conn}
}

func (l heldLock) release(t testing.TB) {
	t.Helper()
	_, err := l.conn.Exec(t.Context(), `SELECT pg_advisory_unlock($1)`, appendLock)
	require.NoError(t, err)
}

// awaitLockQueue returns once a session waits for the append lock.
func awaitLockQueue(t testing.TB, l heldLock) {
	t.Helper()
	eventually(t, "sessions at the append lock", func() bool {
		var n int
		require.NoError(t, l.conn.QueryRow(t.Context(), `
			SELECT count(*) FROM pg_locks
			WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
		).Scan(&n))
		return n > 0
	})
}

// terminate ends the sessions of the database whose application name is like a
// pattern, but for our own, and returns how many there were.
func terminate(t testing.TB, conn *pgx.Conn, pattern string) int {
	t.Helper()
	var n int
	require.NoError(t, conn.QueryRow(t.Context(), `
		SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name LIKE $1 AND pid <> pg_backend_pid()`, pattern,
	).Scan(&n))
	return n
}
