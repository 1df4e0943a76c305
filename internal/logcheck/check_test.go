package logcheck_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/logcheck"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// execute runs one statement that changes the log behind everybody's back.
func execute(ctx context.Context, t *testing.T, databaseURL, statement string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, databaseURL)
	require.NoError(t, err)
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
	require.NoError(t, conn.Close(ctx))
}

const thousandEvents = `
INSERT INTO holdfast.events (position, version, recorded_at, stream, type, payload, metadata)
SELECT n, (n + 3) / 4, now(), 'stream-' || n % 4, 'test.happened.v1', '{}', '{}'
FROM generate_series(1, 1000) AS n`

func TestCheckReadsTheWholeLog(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t.Context(), t, databaseURL, thousandEvents)
	require.NoError(t, logcheck.Check(t.Context(), databaseURL))
}

func TestCheckFindsWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		statement string
		rule      logcheck.Rule
		position  int64
	}{
		{"an event is gone", `DELETE FROM holdfast.events WHERE position = 500`, logcheck.RulePositions, 501},
		{"time was changed", `UPDATE holdfast.events SET recorded_at = now() - interval '1 s' WHERE position = 9`, logcheck.RuleTime, 9},
		{"an event was turned into a charge", `UPDATE holdfast.events SET type = 'wallet.charged.v1', stream = 'wallet-u',
			version = 1, payload = '{"userId":"u","amount":5,"balance":6}' WHERE position = 1000`, logcheck.RuleBalance, 1000},
		{"a command lacks its end", `UPDATE holdfast.events SET command_id = gen_random_uuid(), fingerprint = gen_random_uuid(),
			command_size = 2 WHERE position = 1000`, logcheck.RuleCommand, 1000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.New(t)
			execute(t.Context(), t, databaseURL, thousandEvents)
			// The clean-up checks the log again, and must find an innocent one.
			t.Cleanup(func() { restore(t, databaseURL) })
			execute(t.Context(), t, databaseURL, test.statement)

			var broken *logcheck.RuleError
			require.ErrorAs(t, logcheck.Check(t.Context(), databaseURL), &broken)
			require.Equal(t, test.rule, broken.Rule)
			require.Equal(t, test.position, broken.Position)
		})
	}
}

func TestCheckSaysWhenItCannotRead(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	execute(t.Context(), t, databaseURL, `ALTER TABLE holdfast.events RENAME TO gone`)
	t.Cleanup(func() { restore(t, databaseURL) })
	var broken *logcheck.RuleError
	err := logcheck.Check(t.Context(), databaseURL)
	require.ErrorContains(t, err, "check the log")
	require.NotErrorAs(t, err, &broken)

	require.ErrorContains(t, logcheck.Check(t.Context(), "postgres://127.0.0.1:1/none"), "check the log")
}

// restore puts an empty log in the place of the one that was tampered with.
// It runs in a clean-up, when the test's own context has ended.
func restore(t *testing.T, databaseURL string) {
	t.Helper()
	execute(context.WithoutCancel(t.Context()), t, databaseURL,
		`ALTER TABLE IF EXISTS holdfast.gone RENAME TO events; TRUNCATE holdfast.events`)
}
