package eventstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

func openWith(t *testing.T, databaseURL string, opts eventstore.Options) error {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), databaseURL, eventstore.RoleAppender)
	require.NoError(t, err)
	defer pool.Close()
	log, err := eventstore.Open(t.Context(), pool, opts)
	if err == nil {
		log.Close()
	}
	return err
}

// A server that may lose what it has acknowledged is refused, and the setting
// named, unless one says that nothing is worth keeping.
func TestOpenRefusesAServerThatIsNotDurable(t *testing.T) {
	t.Parallel()
	databaseURL := startServer(t, nil).URL("postgres")
	conn := owner(t, databaseURL)
	require.NoError(t, openWith(t, databaseURL, eventstore.Options{}))
	for _, test := range []struct{ setting, off, on string }{
		{"fsync", `ALTER SYSTEM SET fsync = off`, `ALTER SYSTEM RESET fsync`},
		{"full_page_writes", `ALTER SYSTEM SET full_page_writes = off`, `ALTER SYSTEM RESET full_page_writes`},
		{"synchronous_commit", `ALTER SYSTEM SET synchronous_commit = off`, `ALTER SYSTEM RESET synchronous_commit`},
		{"synchronous_commit", `ALTER DATABASE postgres SET synchronous_commit = off`, `ALTER DATABASE postgres RESET synchronous_commit`},
	} {
		configure := func(statement, wanted string) {
			for _, s := range []string{statement, `SELECT pg_reload_conf()`} {
				_, err := conn.Exec(t.Context(), s)
				require.NoError(t, err)
			}
			eventually(t, statement, func() bool {
				var value string
				fresh := owner(t, databaseURL)
				require.NoError(t, fresh.QueryRow(t.Context(), `SELECT current_setting($1)`, test.setting).Scan(&value))
				return value == wanted
			})
		}
		configure(test.off, "off")
		err := openWith(t, databaseURL, eventstore.Options{})
		require.ErrorIs(t, err, eventstore.ErrNotDurable)
		require.ErrorContains(t, err, test.setting)
		require.NoError(t, openWith(t, databaseURL, eventstore.Options{AllowUnsafe: true}))
		configure(test.on, "on")
	}
	require.NoError(t, openWith(t, databaseURL, eventstore.Options{}))
}

func TestOpenRefusesWhatIsNoLog(t *testing.T) {
	t.Parallel()
	databaseURL := emptyDatabase(t, pgtest.New(t), "empty")
	err := openWith(t, databaseURL, eventstore.Options{AllowUnsafe: true})
	require.ErrorContains(t, err, "open the log")
	err = openWith(t, "postgres:///nowhere?host=/nonexistent", eventstore.Options{})
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
}
