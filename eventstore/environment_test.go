package eventstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// configured is a database with a setting of its own.
func configured(t *testing.T, setting string) string {
	t.Helper()
	databaseURL := pgtest.New(t)
	conn := owner(t, databaseURL)
	_, err := conn.Exec(t.Context(), `ALTER DATABASE `+conn.Config().Database+` SET `+setting)
	require.NoError(t, err)
	return databaseURL
}

// The database may have other ideas about transactions than the append has.
func TestDefaultsOfTheDatabaseDoNotMatter(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{
		`default_transaction_isolation = 'serializable'`,
		`default_transaction_isolation = 'repeatable read'`,
		`search_path = 'nowhere'`,
		`datestyle = 'German'`,
		`timezone = 'Asia/Kathmandu'`,
		`plan_cache_mode = 'force_custom_plan'`,
		`synchronous_commit = 'local'`,
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			databaseURL := configured(t, setting)
			stores := []store{openStore(t, databaseURL, settings{}), openStore(t, databaseURL, settings{})}
			race(t, stores, "hot", 8, 20)
			p := retrace(t, stores[0].log)
			require.Len(t, p.events, 20)
		})
	}
}
