package eventstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// appending is the SQLSTATE, or "", that a call ends with, made as the appender
// in a transaction that is rolled back.
func appending(t *testing.T, conn *pgx.Conn, sql string, arguments ...any) string {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(t.Context())) }()
	var at *time.Time
	err = tx.QueryRow(t.Context(), sql, arguments...).Scan(&at)
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refusal.Code
	}
	require.NoError(t, err)
	require.NotNil(t, at)
	return ""
}

// oneEvent is a log with one event, which is recorded in the future, and a
// connection to it as the appender.
func oneEvent(t *testing.T, key uuid.UUID) (conn *pgx.Conn, last time.Time) {
	t.Helper()
	conn = owner(t, pgtest.New(t))
	require.NoError(t, conn.QueryRow(t.Context(), `
		INSERT INTO holdfast.events (position, version, recorded_at, stream, type, tag, payload, metadata, command_id, fingerprint, command_size)
		VALUES (1, 1, now() + '1 hour', 's', 'noted.v1', 't', '{}', '{}', $1, $1, 1) RETURNING recorded_at`, key).Scan(&last))
	_, err := conn.Exec(t.Context(), `SET ROLE holdfast_appender`)
	require.NoError(t, err)
	return conn, last
}

func TestBeginAppendObjects(t *testing.T) {
	t.Parallel()
	const moved, repeated, notEmpty = "ZL001", "ZL002", "ZL003"
	key := uuid.New()
	conn, last := oneEvent(t, key)
	earlier := last.Add(-time.Microsecond)
	for _, test := range []struct {
		name          string
		head          int64
		at            *time.Time
		keys          []uuid.UUID
		streams, tags []string
		code          string
	}{
		{name: "head too low", head: 0, code: moved},
		{name: "head too high", head: 2, at: &last, code: moved},
		{name: "same head, other past", head: 1, at: &earlier, code: moved},
		{name: "same head, no past", head: 1, code: moved},
		{name: "moved outweighs all else", head: 0, keys: []uuid.UUID{key}, streams: []string{"s"}, code: moved},
		{name: "known key", head: 1, at: &last, keys: []uuid.UUID{uuid.New(), key}, code: repeated},
		{name: "stream with events", head: 1, at: &last, streams: []string{"new", "s"}, code: notEmpty},
		{name: "tag with events", head: 1, at: &last, tags: []string{"new", "t"}, code: notEmpty},
		{name: "a tag is no stream, and a stream no tag", head: 1, at: &last, streams: []string{"t"}, tags: []string{"s"}},
		{name: "all as it is known", head: 1, at: &last, keys: []uuid.UUID{uuid.New()}, streams: []string{"new"}, tags: []string{"new"}},
	} {
		for _, writing := range []bool{true, false} {
			require.Equal(t, test.code, appending(t, conn, `SELECT holdfast.begin_append($1, $2, $3, $4, $5, $6)`,
				writing, test.head, test.at, append([]uuid.UUID{}, test.keys...),
				append([]string{}, test.streams...), append([]string{}, test.tags...)), "%s, writing: %t", test.name, writing)
		}
	}
}

// Time under the lock is never before that of the last event.
func TestBeginAppendTellsATimeThatDoesNotRunBackwards(t *testing.T) {
	t.Parallel()
	conn, last := oneEvent(t, uuid.New())
	var at time.Time
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT holdfast.begin_append(false, 1, $1, '{}', '{}', '{}')`, last).Scan(&at))
	require.True(t, at.Equal(last))
}

func TestBeginAppendLocksForWritersOnly(t *testing.T) {
	t.Parallel()
	conn, last := oneEvent(t, uuid.New())
	for _, writing := range []bool{true, false} {
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `SELECT holdfast.begin_append($1, 1, $2, '{}', '{}', '{}')`, writing, last)
		require.NoError(t, err)
		var locked bool
		require.NoError(t, tx.QueryRow(t.Context(), `
			SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted)`).Scan(&locked))
		require.Equal(t, writing, locked)
		require.NoError(t, tx.Rollback(t.Context()))
	}
}

func TestEndAppendJudgesTheTime(t *testing.T) {
	t.Parallel()
	const untimely = "ZL004"
	conn, last := oneEvent(t, uuid.New())
	earlier, later := last.Add(-time.Microsecond), last.Add(time.Microsecond)
	for _, test := range []struct {
		name               string
		known, from, until *time.Time
		code               string
	}{
		{name: "the clock went back", known: &later, code: untimely},
		{name: "too early", known: &earlier, from: &later, code: untimely},
		{name: "too late", until: &earlier, code: untimely},
		{name: "until is exclusive", until: &last, code: untimely},
		{name: "from is inclusive", known: &last, from: &last, until: &later},
		{name: "open span", known: &earlier},
		{name: "first event"},
	} {
		require.Equal(t, test.code, appending(t, conn, `SELECT holdfast.end_append(1, $1, $2, $3)`,
			test.known, test.from, test.until), test.name)
	}
	require.Equal(t, "P0002", appending(t, conn, `SELECT holdfast.end_append(2, $1, $1, $1)`, (*time.Time)(nil)), "no such event")
}
