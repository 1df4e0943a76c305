package devstack

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimVariable); dir != "" {
		runVictim(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// folderForServers returns a folder that ends with the test and that server
// accounts can reach, which those of t.TempDir are not.
func folderForServers(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "devstack-test-") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o711)) //nolint:gosec // a folder needs x
	return dir
}

func startPostgres(t *testing.T, opts PostgresOptions) *Postgres {
	t.Helper()
	p, err := StartPostgres(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// query runs a statement on a connection of its own and returns the first
// column of its rows.
func query(t *testing.T, databaseURL, sql string) []string {
	t.Helper()
	rows, err := tryQuery(t.Context(), databaseURL, sql)
	require.NoError(t, err)
	return rows
}

func tryQuery(ctx context.Context, databaseURL, sql string) ([]string, error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
