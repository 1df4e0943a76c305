package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func connect(t *testing.T, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	return conn
}

func TestDatabasesAreMigratedAndApart(t *testing.T) {
	t.Parallel()
	const twin = "two tests that write the same thing"
	for range 2 {
		t.Run(twin, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, pgtest.New(t))
			defer func() { _ = conn.Close(t.Context()) }()

			var events int
			require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM holdfast.events`).Scan(&events))
			require.Zero(t, events)
			_, err := conn.Exec(t.Context(), `
				INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
				VALUES (1, 1, now(), 's', 'tested.v1', '{}', '{}')`)
			require.NoError(t, err)
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const many = 8
	addresses := make(chan string, many)
	for range many {
		go func() { addresses <- pgtest.New(t) }()
	}
	distinct := map[string]bool{}
	for range many {
		distinct[<-addresses] = true
	}
	require.Len(t, distinct, many)
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		pgtest.New(b)
	}
}
